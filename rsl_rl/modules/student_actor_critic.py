"""A student that is to be reinforced: it acts with noise, and the teacher's critic judges it."""

import copy

import torch
from torch import nn

from rsl_rl.modules.actor_critic import ActorCritic, PolicyOutput
from rsl_rl.modules.memory import NoMemory, State
from rsl_rl.modules.observation_input import Observations
from rsl_rl.modules.policy import Policy
from rsl_rl.modules.student import StudentPolicy
from rsl_rl.modules.teacher import TeacherActorCritic
from rsl_rl.utils.errors import ConfigError


class StudentActorCritic(ActorCritic):
    """An :class:`ActorCritic` whose actor is a student, sharing its modules, and whose critic begins as the teacher's.

    All statistics of observations are the teacher's and stay fixed, as the student's do.
    """

    def __init__(self, student: StudentPolicy, teacher: TeacherActorCritic, *, init_noise_std: float = 0.3) -> None:
        """Join both; the bounds of the noise are the teacher's.

        Args:
            student: The policy to be trained.
            teacher: The policy that it has learned from.
            init_noise_std: Standard deviation of the actions at the start.

        Raises:
            ConfigError: The initial standard deviation is out of its bounds.
        """
        if not teacher.min_std <= init_noise_std <= teacher.max_std:
            raise ConfigError(
                f"reinforcement.init_noise_std = {init_noise_std:g} must lie within the policy's min_std = "
                f"{teacher.min_std:g} and max_std = {teacher.max_std:g}"
            )
        Policy.__init__(self)  # its parts exist: none is built anew
        self.student = student
        self.num_actions, self.min_std, self.max_std = teacher.num_actions, teacher.min_std, teacher.max_std
        self.actor_input, self.actor_memory, self.actor = student.actor_input, student.memory, student.trunk
        self.critic_input, self.critic = copy.deepcopy((teacher.critic_input, teacher.critic))
        self.critic.requires_grad_()
        self.critic_memory = NoMemory(self.critic_input.dim)
        self.noise_std = nn.Parameter(torch.full_like(teacher.noise_std, init_noise_std))

    @property
    def critic_parts(self) -> dict[str, nn.Module]:
        """What is none of the student's, by the names that a teacher has for its own."""
        return {"critic": self.critic, "critic_input": self.critic_input}

    def begin_critic(self, teacher: TeacherActorCritic) -> None:
        """Take over critic and statistics of a teacher, in place."""
        for name, part in self.critic_parts.items():
            part.load_state_dict(getattr(teacher, name).state_dict())

    @property
    def normalizes(self) -> bool:
        """Nothing to be brought up to date."""
        return False

    @property
    def stored_groups(self) -> list[str]:
        """Those of student and critic, and what the student's decoder is to tell."""
        return list(dict.fromkeys((*super().stored_groups, *self.student.target_input.groups)))

    @property
    def may_be_unknown(self) -> list[str]:
        """Stored groups in which what is not finite is what a map does not know, and read so by all that read them."""
        known = (*self.critic_input.groups, *self.student.target_input.groups)
        return [name for name in self.student.actor_input.groups[1:] if name not in known]

    def initial_state(self, num_envs: int) -> State:
        """Return the student's hidden state at the start of an episode: the critic has none."""
        return self.student.initial_state(num_envs)

    def forward(self, obs: Observations, state: State = ()) -> tuple[PolicyOutput, State]:
        """Return the outputs for the next observations [N, width], and the next hidden state."""
        actions, next_state = self.student.act_inference(obs, state)
        return PolicyOutput(actions, self.std, self.value(obs)), next_state

    def unroll_actor(
        self, obs: Observations, dones: torch.Tensor, state: State = ()
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and standard deviation of the actions for recorded observations, with gradients."""
        output, _ = self.student.unroll(obs, dones, state)
        return output.actions, self.std

    def acting_part(self) -> Policy:
        """Return the student."""
        return self.student
