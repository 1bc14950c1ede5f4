"""Proximal policy optimisation."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch

from robust_parallel.graph import fused
from rsl_rl.algorithms.collector import Collector
from rsl_rl.algorithms.losses import adapted_learning_rate, steered_learning_rate, surrogate_loss, value_loss
from rsl_rl.algorithms.updater import Updater
from rsl_rl.modules import gaussian
from rsl_rl.modules.actor_critic import ActorCritic
from rsl_rl.modules.memory import State, reset_state
from rsl_rl.modules.observation_input import Observations
from rsl_rl.storage import RolloutStorage, Transitions
from rsl_rl.utils.annealing import annealed
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.ranges import require_numbers, require_window
from rsl_rl.utils.second_thread import SecondThread
from rsl_rl.utils.threads import forward_work

Gradients = tuple[torch.Tensor | None, ...]
"""Of all parameters; None for those that a part of the loss does not depend on."""

LOSSES = ("surrogate", "value_function", "entropy", "kl")
"""What each mini-batch reports, in the order of the tensors that hold them."""

SCHEDULES = ("adaptive", "steered", "fixed")
"""How the learning rate changes."""


class PPO:
    """Collects rollouts with a policy and improves it, without ever waiting for the device.

    Call :meth:`start_rollout`; then for each of its steps :meth:`act`, step the environment, :meth:`process_env_step`;
    and at the end :meth:`update`. On CUDA an update on a mini-batch is one launch of a graph.

    A step of a robot with a reward, an observation or anything else that is not finite is left out, and counted. A
    mini-batch whose losses or gradients are not finite all the same changes neither the weights nor the optimiser's
    state nor the learning rate; it is counted, and remembered for :meth:`offending_mini_batch`.

    With several processes, all have the same weights after construction and after each update.
    """

    loss_names: ClassVar[tuple[str, ...]] = LOSSES
    """What each mini-batch reports: ``LOSSES``, and further terms of the actor's loss."""

    trains_estimator = False
    """Whether an estimator in the policy is trained, which then has to have one."""

    uses_mirror = False
    """Whether it takes the environment's mirror, as the argument ``mirror``."""

    def __init__(
        self,
        policy: ActorCritic,
        storage: RolloutStorage,
        distributed: Distributed | None = None,
        layout: Mapping[str, Any] | None = None,
        *,
        num_learning_epochs: int = 5,
        num_mini_batches: int = 4,
        clip_param: float = 0.2,
        gamma: float = 0.99,
        lam: float = 0.95,
        value_loss_coef: float = 1.0,
        use_clipped_value_loss: bool = True,
        entropy_coef: float = 0.01,
        final_entropy_factor: float = 1.0,
        entropy_anneal: Sequence[float] = (0.5, 0.6),
        learning_rate: float = 1e-3,
        schedule: str = "adaptive",
        desired_kl: float = 0.01,
        max_grad_norm: float = 1.0,
        use_graphs: bool = True,
        torch_compile: bool = False,
    ) -> None:
        """Prepare the optimiser, buffers and graphs.

        Args:
            policy: Actor and critic, on the device of the storage.
            storage: Where to record rollouts.
            distributed: The processes which train together.
            layout: That of the environment, for algorithms that name columns of observations, see
                :class:`rsl_rl.env.VecEnv`.
            num_learning_epochs: Times each sample is used.
            num_mini_batches: Updates in each epoch.
            clip_param: Change of the probability ratio, and of the value, beyond which there is nothing to gain.
            gamma: Discount factor.
            lam: Weight of longer estimates in the advantages, 0 to 1.
            value_loss_coef: Weight of the critic's loss.
            use_clipped_value_loss: Whether to limit the change of the values too.
            entropy_coef: Weight of the entropy bonus, at the start.
            final_entropy_factor: What it is multiplied by at the end.
            entropy_anneal: Shares of the training between which that factor goes linearly from 1 to its end, see
                :meth:`set_progress`.
            learning_rate: Learning rate of Adam, at the start.
            schedule: "adaptive" to hold the divergence of each mini-batch near ``desired_kl``, "steered" to hold its
                mean over all mini-batches of a rollout there, or "fixed".
            desired_kl: Divergence in nats between the policy that acted and the one being trained.
            max_grad_norm: Norm to which gradients are clipped.
            use_graphs: Whether to use CUDA graphs; without effect on a CPU.
            torch_compile: Whether to fuse the operations of the losses and their gradients, which the first update then
                takes a minute for; without effect on a CPU.

        Raises:
            ConfigError: A setting is out of its range, or the policy has a part that would stay untrained.
        """
        del layout
        self._check_policy(policy)
        if schedule not in SCHEDULES:
            raise ConfigError(f"schedule must be one of {', '.join(SCHEDULES)}, not '{schedule}'")
        if not (0.0 < gamma <= 1.0 and 0.0 <= lam <= 1.0):
            raise ConfigError(f"gamma must be above 0 and lam at least 0, both at most 1, not {gamma} and {lam}")
        require_numbers(1, num_learning_epochs=num_learning_epochs)
        require_numbers(0.0, above=True, clip_param=clip_param, desired_kl=desired_kl, max_grad_norm=max_grad_norm)
        require_numbers(
            0.0, value_loss_coef=value_loss_coef, entropy_coef=entropy_coef, final_entropy_factor=final_entropy_factor
        )
        require_window("entropy_anneal", entropy_anneal)
        self.policy = policy
        self.storage = storage
        self.distributed = distributed or Distributed()
        self.num_learning_epochs = num_learning_epochs
        self.num_mini_batches = num_mini_batches
        self.clip_param = clip_param
        self.value_clip = clip_param if use_clipped_value_loss else None
        self.gamma, self.lam = gamma, lam
        self.value_loss_coef = value_loss_coef
        self.schedule, self.desired_kl = schedule, desired_kl
        device = storage.device
        self.entropy_coef = torch.tensor(float(entropy_coef), device=device)
        """Present weight of the entropy bonus, 0-d, to be changed in place at any time: graphs read it there."""
        self._entropy_coefs = (entropy_coef, entropy_coef * final_entropy_factor)
        self._entropy_anneal = entropy_anneal
        fuses = torch_compile and device.type == "cuda"
        self._actor_losses = fused(self._compute_actor_losses, fuses)
        self._critic_losses = fused(self._compute_critic_losses, fuses)

        self.distributed.broadcast_(policy.state_dict().values())
        self._samples = torch.zeros(storage.mini_batch_size(num_mini_batches), dtype=torch.long, device=device)
        work = forward_work(policy, storage.num_steps * storage.num_envs / num_mini_batches)
        self._second_thread = SecondThread(device.type == "cpu", work / 2)  # half of it is the critic's
        self._collector = Collector(policy, storage, gamma, use_graphs)
        self._updater = Updater(
            policy.policy_gradient_parameters(),
            self.loss_names,
            [self._samples],
            self._compute_gradients,
            self.distributed,
            use_graphs,
            learning_rate=learning_rate,
            max_grad_norm=max_grad_norm,
            before_step=self._adapt_learning_rate,
            after_step=policy.project_parameters,
        )

    @property
    def learning_rate(self) -> torch.Tensor:
        """Present learning rate, 0-d."""
        return self._updater.learning_rate

    @property
    def num_skipped(self) -> torch.Tensor:
        """Number of mini-batches skipped since the start, 0-d."""
        return self._updater.num_skipped

    def set_progress(self, progress: float) -> None:
        """Set the weight of the entropy bonus for a point of the training, from 0 (start) to 1 (end)."""
        self.entropy_coef.fill_(annealed(progress, self._entropy_coefs, self._entropy_anneal))

    def go_on_from(self, state: State) -> None:
        """Go on with the robots of a policy that remembered this of them, the hidden state of an actor like this one.

        The critic's memory, if it has any, begins anew.
        """
        for buffer, part in zip(self._collector.state, state, strict=False):
            buffer.copy_(part)

    def forget(self) -> None:
        """Remember nothing of the robots any more."""
        reset_state(self._collector.state)

    def start_rollout(self) -> None:
        """Start a new rollout where the last one ended, in place of it."""
        self._collector.start()

    def act(self, obs: Observations) -> torch.Tensor:
        """Return actions [N, A] for observation groups [N, width], in a buffer that the next call overwrites."""
        return self._collector.act(obs)

    def process_env_step(self, rewards: torch.Tensor, dones: torch.Tensor, extras: Mapping[str, Any]) -> None:
        """Record what the environment returned for the last actions: rewards [N], dones [N], extras."""
        self._collector.record(rewards, dones, extras)

    def update(self, obs: Observations) -> None:
        """Learn from a complete rollout.

        The running statistics of observations are brought up to date at the end, so that the policy being trained is
        the one that acted until its weights change.

        Args:
            obs: The observations that follow the last step.
        """
        with torch.no_grad():
            self.storage.compute_returns(self._collector.last_values(obs), self.gamma, self.lam)
            self.storage.leave_out_faulty()
            self.storage.normalize_advantages(self.distributed)
            self._updater.begin()
        with self._second_thread.sharing():
            for samples in self.storage.mini_batches(self.num_learning_epochs, self.num_mini_batches):
                self._samples.copy_(samples)
                self._updater.step()
        if self.schedule == "steered":
            kl = self._updater.means()["Loss/kl"]
            self.learning_rate.copy_(steered_learning_rate(self.learning_rate, kl, self.desired_kl))
        if self.policy.normalizes:
            self._update_normalization(self.storage.gather(self.storage.stand_ins).obs)

    def metrics(self) -> dict[str, torch.Tensor]:
        """Return the results of the last update by tag, as 0-d tensors.

        Losses are means over its mini-batches, NaN if every one was skipped.
        """
        return {
            **self._updater.means(),
            "Loss/entropy_coef": self.entropy_coef,
            "Loss/learning_rate": self.learning_rate,
            "Loss/skipped_updates": self.num_skipped,
            "Faults/left_out_steps": self.storage.num_left_out,
            "Policy/mean_noise_std": self.policy.std.detach().mean(),
        }

    def offending_mini_batch(self) -> dict[str, Any]:
        """Return the last mini-batch that was skipped: its samples, fields and losses. Valid until the next rollout."""
        (samples,) = self._updater.skipped_mini_batch
        batch = self.storage.gather(samples)
        fields = {name: getattr(batch, name) for name in batch.__slots__}
        return {"samples": samples, "losses": self._updater.skipped_losses(), "fields": fields}

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on: the optimiser's moments and the learning rate."""
        return self._updater.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned."""
        self._updater.load_state_dict(state)

    def _check_policy(self, policy: ActorCritic) -> None:
        """Refuse a policy with a part that would stay untrained, or whose own unrolling would be passed over."""
        if (policy.estimate_targets is not None) != self.trains_estimator:
            problem = "needs a policy with an estimator" if self.trains_estimator else "does not train the estimator"
            raise ConfigError(f"{type(self).__name__} {problem}: EstimatorPPO and EstimatorActorCritic go together")
        kind = type(policy)
        if hasattr(kind, "unroll") and kind.unroll_actor is ActorCritic.unroll_actor:
            problem = "has an unroll, which is not what learns"
            raise ConfigError(f"{kind.__name__} {problem}: override unroll_actor and unroll_critic")

    def _update_normalization(self, obs: Observations) -> None:
        """Add the observations of a rollout to the policy's running statistics."""
        self.policy.update_normalization(obs, self.distributed)

    def _mini_batch(self) -> Transitions:
        """Return what the present mini-batch is learned from."""
        return self.storage.gather(self._samples)

    def _compute_gradients(self) -> None:
        batch = self._mini_batch()
        critic = self._second_thread.begin(self._critic_gradients, batch)
        actor_gradients, (surrogate, *terms) = self._actor_gradients(batch)
        critic_gradients, value = critic()
        self._updater.store((actor_gradients, critic_gradients), (surrogate, value, *terms))

    def _actor_gradients(self, batch: Transitions) -> tuple[Gradients, tuple[torch.Tensor, ...]]:
        """Return the gradients of the actor's loss, and its terms: :attr:`loss_names` but the critic's, each 0-d."""
        loss, *terms = self._actor_losses(batch)
        return self._updater.gradients(loss), tuple(terms)

    def _compute_actor_losses(self, batch: Transitions) -> tuple[torch.Tensor, ...]:
        """Return the actor's loss and its terms."""
        return self._policy_losses(batch, *self.policy.unroll_actor(batch.obs, batch.dones, batch.state))

    def _policy_losses(self, batch: Transitions, mean: torch.Tensor, std: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the actor's loss and its terms, given mean [..., A] and deviation of its actions now."""
        log_prob = gaussian.log_prob(mean, std, batch.actions)
        surrogate = surrogate_loss(log_prob, batch.log_prob, batch.advantages, self.clip_param)
        entropy = gaussian.entropy(std).mean()
        with torch.no_grad():
            kl = self._divergence(gaussian.kl(batch.mean, batch.std, mean, std))
        return surrogate - self.entropy_coef * entropy, surrogate, entropy, kl

    def _divergence(self, kl: torch.Tensor) -> torch.Tensor:
        """Return what the learning rate follows [], given the divergence of each sample of a mini-batch [...]."""
        return kl.mean()

    def _critic_gradients(self, batch: Transitions) -> tuple[Gradients, torch.Tensor]:
        """Return the gradients of the critic's loss, and its error, 0-d."""
        loss, value = self._critic_losses(batch)
        return self._updater.gradients(loss), value

    def _compute_critic_losses(self, batch: Transitions) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the critic's loss and its error."""
        values = self.policy.unroll_critic(batch.obs, batch.dones, batch.state)
        value = value_loss(values, batch.values, batch.returns, self.value_clip)
        return self.value_loss_coef * value, value

    def _adapt_learning_rate(self, losses: torch.Tensor, finite: torch.Tensor) -> None:
        if self.schedule == "adaptive":
            rate = self.learning_rate
            adapted = adapted_learning_rate(rate, losses[LOSSES.index("kl")], self.desired_kl)
            rate.copy_(torch.where(finite, adapted, rate))
