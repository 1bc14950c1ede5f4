"""The training of an estimator beside PPO."""

import copy
import math

import pytest
import torch

from rsl_rl.algorithms import EstimatorPPO
from rsl_rl.runners import OnPolicyRunner
from rsl_rl.utils import checkpoint
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import CheckpointError, ConfigError
from tests.rsl_rl import point_env
from tests.rsl_rl.processes import run_two
from tests.rsl_rl.product_env import ProductEnv, train_cfg
from tests.rsl_rl.small_estimator import T, make_ppo, random_obs, roll
from tests.rsl_rl.two_estimators import learn_from_fixed_data

N = 4


def learner_state(ppo):
    return copy.deepcopy({"policy": ppo.policy.state_dict(), "algorithm": ppo.state_dict()})


def estimator_weights(ppo):
    return [weight.detach().clone() for weight in ppo.policy.estimator_parameters()]


def test_one_update_by_hand():
    """It is plain Adam's on the mean squared error, with the statistics that PPO's update left."""
    ppo = make_ppo(estimator={"learning_rate": 0.01, "num_samples": T * N})
    reference = copy.deepcopy(ppo.policy)
    roll(ppo)
    ppo.update(random_obs(N))
    reference.actor_input.load_state_dict(ppo.policy.actor_input.state_dict())
    obs = ppo.storage.rollout.obs
    x = reference.actor_input.normalizer(torch.cat((obs["past"], obs["felt"]), dim=-1))
    error = reference.actor.estimator(x) - torch.cat((obs["velocity"], obs["contact"]), dim=-1)
    optimizer = torch.optim.Adam(reference.actor.estimator.parameters(), lr=0.01)
    error.square().mean().backward()
    optimizer.step()
    for ours, expected in zip(ppo.policy.estimator_parameters(), reference.estimator_parameters(), strict=True):
        torch.testing.assert_close(ours, expected, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(ppo.metrics()["Loss/estimator"], error.square().mean().detach())


def test_estimators_training_touches_nothing_else():
    ppo = make_ppo()
    roll(ppo)
    before = learner_state(ppo)
    ppo.estimation.update()
    after = learner_state(ppo)
    for name, value in after["policy"].items():
        assert torch.equal(value, before["policy"][name]) is not name.startswith("actor.estimator."), name
    torch.testing.assert_close(after["algorithm"]["optimizer"], before["algorithm"]["optimizer"], rtol=0, atol=0)


def test_errors_by_hand_are_those_of_the_estimates_acted_on():
    ppo = make_ppo()
    policy = copy.deepcopy(ppo.policy)
    roll(ppo)
    ppo.update(random_obs(N))
    rows = {"height": [], "speed": [], "contact": []}
    for step in range(T):
        obs = {name: group[step] for name, group in ppo.storage.rollout.obs.items()}
        error = (policy.estimate(obs) - torch.cat((obs["velocity"], obs["contact"]), dim=-1)).abs()
        rows["height"].append(error[:, 0] / 5.0)
        rows["speed"].append((error[:, 1] / 2.0 + error[:, 2] / 4.0) / 2.0)
        rows["contact"].append((error[:, 3] + error[:, 4]) / 2.0)
    metrics = ppo.metrics()
    for name, values in rows.items():
        torch.testing.assert_close(metrics[f"Estimator/error_{name}"], torch.stack(values).mean().detach())
    assert {tag for tag in metrics if "stimat" in tag} == {
        "Loss/estimator",
        "Estimator/learning_rate",
        *(f"Estimator/error_{name}" for name in rows),
    }


def test_learning_rate_falls_linearly_and_stays():
    ppo = make_ppo(estimator={"learning_rate": 2e-3, "final_learning_rate": 4e-4, "decay_iterations": 4})
    roll(ppo)
    rates = []
    for _ in range(7):
        ppo.estimation.update()
        rates.append(ppo.metrics()["Estimator/learning_rate"].item())
    assert rates == pytest.approx([2e-3, 1.6e-3, 1.2e-3, 0.8e-3, 0.4e-3, 0.4e-3, 0.4e-3])


def test_learning_rate_of_the_published_robot():
    estimation = make_ppo().estimation
    for iteration, rate in {0: 2e-3, 500: 1.6e-3, 1000: 1.2e-3, 2000: 4e-4, 9000: 4e-4}.items():
        estimation.iteration = iteration
        estimation.update()
        assert estimation.learning_rate.item() == pytest.approx(rate)


@pytest.mark.parametrize(("num_samples", "used"), [(10, 9), (1000, T * N)])
def test_the_buffer_is_a_random_part_of_the_rollout(num_samples, used):
    estimation = make_ppo(estimator={"num_samples": num_samples, "num_epochs": 2, "num_mini_batches": 3}).estimation
    batches = list(estimation._mini_batches())
    assert [len(batch) for batch in batches] == [used // 3] * 6
    epochs = [torch.cat(batches[:3]).tolist(), torch.cat(batches[3:]).tolist()]
    assert all(len(set(epoch)) == used for epoch in epochs) and epochs[0] != epochs[1]
    assert len(set(epochs[0]) | set(epochs[1])) <= min(num_samples, T * N)
    drawn = {sample for _ in range(40) for batch in estimation._mini_batches() for sample in batch.tolist()}
    assert drawn == set(range(T * N))


def spoil_target(obs, step):
    if step == 2:
        obs["contact"][1] = torch.nan


def test_a_target_that_is_not_finite_is_left_out():
    ppo = make_ppo(estimator={"num_mini_batches": 4})
    roll(ppo, spoil_target)
    ppo.update(random_obs(N))
    metrics = ppo.metrics()
    assert (metrics["Loss/skipped_updates"], metrics["Faults/left_out_steps"]) == (0, 1)
    assert metrics["Loss/estimator"].isfinite()


def test_a_target_that_is_not_finite_is_skipped_counted_and_remembered():
    ppo = make_ppo(estimator={"num_mini_batches": 4})
    ppo.storage.leave_out_faulty = lambda: None
    roll(ppo)
    ppo.update(random_obs(N))
    weights = estimator_weights(ppo)
    roll(ppo, spoil_target)
    ppo.update(random_obs(N))
    metrics = ppo.metrics()
    assert (ppo.num_skipped, metrics["Loss/skipped_updates"]) == (0, 1)
    assert metrics["Loss/estimator"].isfinite() and metrics["Loss/surrogate"].isfinite()
    assert metrics["Estimator/error_contact"].isnan() and metrics["Estimator/error_speed"].isfinite()
    assert all(value.isfinite().all() for value in ppo.policy.state_dict().values())
    assert not torch.equal(ppo.policy.estimator_parameters()[0], weights[0])  # by the other mini-batches
    offending = ppo.offending_mini_batch()
    row = offending["samples"].tolist().index(2 * N + 1)
    assert len(offending["samples"]) == T * N // 4
    assert offending["fields"]["obs"]["contact"][row].isnan().all()
    assert math.isnan(offending["losses"]["estimator"])


def test_all_skipped_changes_neither_weights_nor_moments():
    ppo = make_ppo(estimator={"num_epochs": 2})
    ppo.storage.leave_out_faulty = lambda: None
    roll(ppo)
    ppo.update(random_obs(N))
    weights, moments = estimator_weights(ppo), learner_state(ppo)["algorithm"]["estimator"]["optimizer"]
    roll(ppo, spoil_target)
    ppo.update(random_obs(N))
    torch.testing.assert_close(estimator_weights(ppo), weights, rtol=0, atol=0)
    torch.testing.assert_close(ppo.state_dict()["estimator"]["optimizer"], moments, rtol=0, atol=0)
    assert ppo.metrics()["Loss/skipped_updates"] == 2 and ppo.metrics()["Loss/estimator"].isnan()


def test_a_mini_batch_that_ppo_skipped_is_told_too():
    ppo = make_ppo()
    ppo.storage.leave_out_faulty = lambda: None
    roll(ppo, spoil_target)
    ppo.update(random_obs(N))
    assert set(ppo.offending_mini_batch()["losses"]) == {"estimator"}
    roll(ppo)
    ppo.storage.rollout.rewards[2, 1] = torch.inf
    ppo.update(random_obs(N))
    assert ppo.metrics()["Loss/skipped_updates"] == 2
    offending = ppo.offending_mini_batch()
    assert set(offending["losses"]) == {"surrogate", "value_function", "entropy", "kl"}
    assert offending["fields"]["rewards"].isinf().sum() == 1


def test_state_survives_saving_to_another_learner():
    def make():
        return make_ppo(estimator={"decay_iterations": 5, "num_mini_batches": 2})

    first, second = make(), make()
    for _ in range(3):
        roll(first)
        first.update(random_obs(N))
    second.policy.load_state_dict(copy.deepcopy(first.policy.state_dict()))
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    assert second.estimation.iteration == 3
    assert torch.equal(second.estimation.learning_rate, first.estimation.learning_rate)
    for ppo in (first, second):
        torch.manual_seed(7)
        roll(ppo)
        ppo.update(random_obs(N))
    torch.testing.assert_close(learner_state(second), learner_state(first), rtol=0, atol=0)


@pytest.mark.parametrize("iteration", [-1, 1.5, True, 10**18, "7", None])
def test_an_estimators_iteration_that_no_training_comes_to_is_refused(tmp_path, iteration):
    make_runner(tmp_path).learn(1)
    path = tmp_path / "model_1.pt"
    state = torch.load(path, weights_only=True)
    state["algorithm"]["estimator"]["iteration"] = iteration
    torch.save(state, path)
    with pytest.raises(CheckpointError, match=r"the estimator's iteration .* is none that a training comes to"):
        make_runner().load(path)


def test_an_estimators_optimizer_without_moments_is_refused_after_the_first_iteration(tmp_path):
    make_runner(tmp_path).learn(1)
    path = tmp_path / "model_1.pt"
    state = torch.load(path, weights_only=True)
    state["algorithm"]["estimator"]["optimizer"] = {}
    torch.save(state, path)
    with pytest.raises(CheckpointError, match="an optimizer without moments"):
        make_runner().load(path)
    torch.save({**state, "iteration": 0}, path)
    make_runner().load(path)  # nothing was done: there are none to take up


class StaleTargets(ProductEnv):
    """Gives, where an episode begins, the targets of the one that ended."""

    def step(self, actions):
        before = self.get_observations()["targets"]
        obs, rewards, dones, extras = super().step(actions)
        obs["targets"] = torch.where(dones.unsqueeze(1), before, obs["targets"])
        return obs, rewards, dones, extras


def make_runner(log_dir=None, env=None, **sections):
    return OnPolicyRunner(env or ProductEnv(), train_cfg(**sections), log_dir)


def test_targets_are_recorded_with_what_the_estimator_sees_across_resets():
    runner = make_runner()
    runner._collect(runner.env.get_observations())
    steps = runner.algorithm.storage.rollout
    numbers, targets = steps.obs["policy"], steps.obs["targets"]
    assert torch.equal(targets, torch.stack((2.0 * numbers.prod(dim=-1), numbers[..., 0].abs()), dim=-1))
    jumps = (numbers[1:] != numbers[:-1]).all(dim=-1)
    assert torch.equal(jumps, steps.dones[:-1] != 0) and 0 < jumps.sum() < jumps.numel()


def test_the_actor_acts_well_by_the_estimate_alone():
    """A linear actor cannot multiply. And the error of the estimate goes to zero: nothing is paired wrongly."""
    runner = make_runner()
    runner.learn(30)
    metrics = runner.algorithm.metrics()
    assert metrics["Loss/estimator"] < 0.01
    assert metrics["Estimator/error_force"] < 0.05 and metrics["Estimator/error_size"] < 0.1
    env, policy = ProductEnv(500), runner.get_inference_policy()
    obs = env.get_observations()
    missed = (policy(obs)[:, 0] - env.force).abs().mean()
    assert missed < 0.1 < 0.5 < env.force.abs().mean()
    torch.testing.assert_close(policy.infer(obs).estimate, obs["targets"], atol=0.7, rtol=0)


def test_labels_from_before_the_reset_would_show():
    """A quarter of them would tell nothing of the input, so that the error could not go to zero."""
    runner = make_runner(env=StaleTargets())
    runner.learn(15)
    # The best guess is 3/4 of the way from the mean to the true value, and leaves 1 - (3/4)^2 of the variance.
    variance = (4.0 * 0.75**2 + 1.5**2 / 12.0) / 2.0
    assert runner.algorithm.metrics()["Loss/estimator"] > 0.8 * (1.0 - 0.75**2) * variance


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(tmp_path):
    torch.manual_seed(5)
    whole = make_runner()
    whole.learn(4)
    torch.manual_seed(5)
    make_runner(tmp_path).learn(2)
    torch.manual_seed(99)
    resumed = make_runner()
    resumed.load(tmp_path / "model_2.pt")
    resumed.learn(2)
    assert resumed.algorithm.estimation.iteration == 4
    torch.testing.assert_close(learner_state(resumed.algorithm), learner_state(whole.algorithm), rtol=0, atol=0)


def test_skipped_updates_are_dumped(tmp_path, caplog):
    class Spoiled(ProductEnv):
        steps = 0

        def step(self, actions):
            obs, *rest = super().step(actions)
            self.steps += 1
            obs["targets"][3] = torch.nan if self.steps == 14 else obs["targets"][3]
            return obs, *rest

    runner = make_runner(tmp_path, Spoiled())
    runner.algorithm.storage.leave_out_faulty = lambda: None
    runner.learn(3)
    assert "iteration 2: skipped 4 updates which were not finite" in caplog.text
    dump = checkpoint.load(tmp_path / "skipped_update_2.pt")
    assert dump["fields"]["obs"]["targets"].isnan().any() and math.isnan(dump["losses"]["estimator"])


def test_policy_and_algorithm_need_each_other(tmp_path):
    with pytest.raises(ConfigError, match="PPO does not train the estimator: EstimatorPPO and .* go together"):
        OnPolicyRunner(ProductEnv(), {**train_cfg(), "algorithm": {"class_name": "PPO"}})
    with pytest.raises(ConfigError, match="EstimatorPPO needs a policy with an estimator"):
        OnPolicyRunner(point_env.PointEnv(), point_env.train_cfg(algorithm={"class_name": "EstimatorPPO"}))
    make_runner(tmp_path).learn(1)
    with pytest.raises(CheckpointError, match=r"another policy: .*actor\.estimator\.0\.weight is \[32, 2\] there"):
        make_runner(policy={"estimator_hidden_dims": [31]}).load(tmp_path / "model_1.pt")


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="estimator EstimatorTraining has no setting 'num_sample', did you mean"):
        make_ppo(estimator={"num_sample": 3})
    with pytest.raises(ConfigError, match="estimator: num_mini_batches is 25, num_samples 24"):
        make_ppo(estimator={"num_mini_batches": 25})
    with pytest.raises(ConfigError, match="decay_iterations must be at least 1"):
        make_ppo(estimator={"decay_iterations": 0})
    with pytest.raises(ConfigError, match="EstimatorPPO has no setting 'entropy_coeff', did you mean 'entropy_coef'"):
        make_runner(algorithm={"entropy_coeff": 0.1})


def test_terms_of_the_targets():
    env = ProductEnv()
    env.layout["observations"]["targets"].pop()
    with pytest.raises(ConfigError, match="group 'targets' has 2 columns, the environment's layout tells of 1"):
        make_runner(env=env)
    env.layout = None
    algorithm = make_runner(env=env).algorithm
    assert isinstance(algorithm, EstimatorPPO)
    assert "Estimator/error_targets" in algorithm.metrics()


def test_two_processes_learn_what_one_learns_from_all(tmp_path):
    first, second = run_two(learn_from_fixed_data, tmp_path, ("cpu", "cpu"), "gloo")
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    torch.testing.assert_close(first, learn_from_fixed_data(Distributed()), atol=1e-5, rtol=1e-5)
