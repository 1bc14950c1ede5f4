import math
import os
import signal

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rsl_rl.runners import OnPolicyRunner
from rsl_rl.runners.on_policy_runner import TRAINING_KEYS
from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError, LoggingError, TrainingError
from tests.rsl_rl.point_env import PointEnv, train_cfg


def make(log_dir=None, env=None, **sections):
    return OnPolicyRunner(env or PointEnv(), train_cfg(**sections), log_dir)


def weights(runner):
    return {name: value.clone() for name, value in runner.policy.state_dict().items()}


def assert_same_weights(a, b):
    for name, value in weights(a).items():
        torch.testing.assert_close(value, b.policy.state_dict()[name], rtol=0, atol=0, msg=name)


@pytest.mark.parametrize("policy", ["ActorCritic", "ActorCriticRecurrent"])
def test_learns_to_drive_a_point_to_the_origin(policy):
    runner = make(policy_class=policy, algorithm={"num_mini_batches": 2}, runner={"num_steps_per_env": 16})
    runner.learn(25)
    env = PointEnv(32)
    env.position = torch.linspace(-1.0, 1.0, 32)
    act = runner.get_inference_policy("cpu")
    for _ in range(10):
        env.step(act(env.get_observations()))
    # Five full steps of 0.2 reach the origin from the farthest start. Without a move the mean distance would be 0.5.
    assert env.position.abs().mean() < 0.05


def test_same_seed_same_weights():
    runners = []
    for seed in (1, 1, 2):
        torch.manual_seed(0)
        runners.append(OnPolicyRunner(PointEnv(), {**train_cfg(), "seed": seed}))
        runners[-1].learn(2, init_at_random_ep_len=True)
    assert_same_weights(runners[0], runners[1])
    assert not torch.equal(runners[0].policy.noise_std, runners[2].policy.noise_std)


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(tmp_path):
    torch.manual_seed(5)
    whole = make()
    whole.learn(4)
    torch.manual_seed(5)
    first = make(tmp_path)
    first.learn(2)
    torch.manual_seed(99)
    resumed = make()
    resumed.load(tmp_path / "model_2.pt")
    assert resumed.iteration == 2
    resumed.learn(2)
    assert resumed.iteration == 4
    assert_same_weights(whole, resumed)


def test_a_run_that_goes_back_to_a_checkpoint_goes_on_as_another_that_loads_it(tmp_path):
    """What it remembered of robots, and of their episodes, was that of a way it left."""
    runs = []
    for iterations in (1, 0):
        run = make(policy_class="ActorCriticRecurrent", runner={"num_steps_per_env": 5})
        run.learn(iterations)
        runs.append(run)
    runs[0].save(tmp_path / "model.pt")
    for run in runs:
        run.load(tmp_path / "model.pt")
        run.learn(1)
    assert_same_weights(*runs)
    assert torch.equal(runs[0]._episodes._running, runs[1]._episodes._running)


def test_an_environment_is_called_after_each_iteration_if_it_wants_to_be():
    runner, calls = make(), []
    runner.env.on_iteration = lambda: calls.append(runner.iteration)
    runner.learn(2)
    assert calls == [1, 2]


def test_loading_to_play_takes_only_the_policy(tmp_path):
    first = make(tmp_path)
    first.learn(1)
    other = make()
    state, rate = torch.get_rng_state(), other.algorithm.learning_rate.clone()
    position = other.env.position.clone()
    other.load(tmp_path / "model_1.pt", load_optimizer=False, resume=False)
    assert_same_weights(first, other)
    assert other.iteration == 0
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(other.env.position, position)
    assert torch.equal(other.algorithm.learning_rate, rate)


def test_a_policy_that_plays_is_switched_and_the_one_in_training_stays(tmp_path):
    first, second = make(tmp_path), make()
    first.learn(1)
    observations = second.env.get_observations()
    playing, before = second.get_inference_policy(), weights(second)
    second.load_for_inference(tmp_path / "model_1.pt", playing)
    torch.testing.assert_close(playing(observations), first.get_inference_policy()(observations), rtol=0, atol=0)
    for name, value in weights(second).items():
        assert torch.equal(value, before[name])
    acted = playing(observations)
    with pytest.raises(CheckpointError, match="another policy"):
        make(policy={"actor_hidden_dims": [7]}).load_for_inference(tmp_path / "model_1.pt", playing)
    torch.testing.assert_close(playing(observations), acted, rtol=0, atol=0)


def test_a_checkpoint_without_training_plays_but_does_not_resume(tmp_path):
    first = make(tmp_path)
    first.learn(1)
    state = checkpoint.load(tmp_path / "model_1.pt")
    checkpoint.save(tmp_path / "policy.pt", {**state, **dict.fromkeys(TRAINING_KEYS)})
    other = make()
    other.load(tmp_path / "policy.pt", load_optimizer=False, resume=False)
    assert_same_weights(first, other)
    with pytest.raises(CheckpointError, match="not resumed"):
        other.load(tmp_path / "policy.pt")


def test_a_checkpoint_has_to_agree_in_the_groups_that_somebody_reads(tmp_path):
    """And in any that both have; a group that one of them alone has, and nobody reads, is no difference."""
    position, image = [{"name": "position", "width": 1}], [{"name": "image", "width": 9}]
    of_policy = {"policy": position, "critic": position}

    def runner_of(observations):
        env = PointEnv()
        env.layout = {"observations": observations, "dt": 0.1}
        return make(env=env)

    for saved, present in ((of_policy, of_policy | {"depth": image}), (of_policy | {"depth": image}, of_policy)):
        runner_of(saved).save(tmp_path / "model_0.pt")
        runner_of(present).load(tmp_path / "model_0.pt", load_optimizer=False, resume=False)
    for other, message in (
        (of_policy | {"policy": image}, r"observations\.policy\[0\]\.name is 'position' there"),
        ({"policy": position, "depth": image}, r"observations\.critic is .* there, missing here"),
        (of_policy | {"depth": position}, r"observations\.depth\[0\]\.name is 'image' there"),
    ):
        runner_of(of_policy | {"depth": image}).save(tmp_path / "model_0.pt")
        with pytest.raises(CheckpointError, match=message):
            runner_of(other).load(tmp_path / "model_0.pt", load_optimizer=False, resume=False)


def test_frames_have_to_agree_in_the_groups_that_somebody_reads(tmp_path):
    """As their terms have to."""
    position, image = [{"name": "position", "width": 1}], [{"name": "image", "width": 9}]
    of_policy = {"observations": {"policy": position, "critic": position}}
    all_made = {"observations": {**of_policy["observations"], "depth": image}}

    def runner_of(layout):
        env = PointEnv()
        env.layout = layout
        return make(env=env)

    for more in ({}, {"policy": 3}):
        layouts = (of_policy | ({"history": more} if more else {}), all_made | {"history": more | {"depth": 2}})
        for saved, present in (layouts, layouts[::-1]):
            runner_of(saved).save(tmp_path / "model_0.pt")
            runner_of(present).load(tmp_path / "model_0.pt", load_optimizer=False, resume=False)
    for saved, message in (
        (of_policy | {"history": {"policy": 2}}, r"history\.policy is 2 there, missing here"),
        (of_policy | {"history": {"policy": 2, "critic": 3}}, r"history\.critic is 3 there, missing here"),
        (all_made | {"history": {"depth": 2}}, r"history\.depth is 2 there, missing here"),
    ):
        runner_of(saved).save(tmp_path / "model_0.pt")
        with pytest.raises(CheckpointError, match=message):
            runner_of(all_made).load(tmp_path / "model_0.pt", load_optimizer=False, resume=False)


def test_checkpoints_and_their_content(tmp_path):
    cfg = train_cfg(runner={"save_interval": 2})
    runner = OnPolicyRunner(PointEnv(), cfg, tmp_path, config={"task": "point", "train": cfg})
    runner.learn(3)
    assert sorted(path.name for path in tmp_path.glob("*.pt")) == ["model_2.pt", "model_3.pt"]
    for iteration in (2, 3):
        state = checkpoint.load(tmp_path / f"model_{iteration}.pt")
        assert state["iteration"] == iteration
        assert state["config"] == {"task": "point", "train": cfg}
        assert state["layout"] == runner.layout
        assert state["env"].keys() == {"position", "steps"}


def test_tags(tmp_path):
    make(tmp_path).learn(3)
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert set(events.Tags()["scalars"]) == {
        "Loss/surrogate",
        "Loss/value_function",
        "Loss/entropy",
        "Loss/kl",
        "Loss/entropy_coef",
        "Loss/learning_rate",
        "Loss/skipped_updates",
        "Faults/left_out_steps",
        "Policy/mean_noise_std",
        "Perf/total_fps",
        "Perf/collection time",
        "Perf/learning_time",
        "Train/mean_reward",
        "Train/mean_episode_length",
        "Episode/rew_distance",
        "Terrain/level",
    }
    # Episodes of 20 steps end first in the third iteration of 8.
    lengths = [(event.step, event.value) for event in events.Scalars("Train/mean_episode_length")]
    assert lengths == [(3, 20.0)]
    assert [event.value for event in events.Scalars("Terrain/level")] == [2.0, 2.0, 2.0]
    reward, distance = events.Scalars("Train/mean_reward")[0].value, events.Scalars("Episode/rew_distance")
    assert reward == pytest.approx(20 * sum(event.value for event in distance) / 3, rel=0.2)


def test_a_schedule_follows_the_iteration_also_where_a_run_is_resumed(tmp_path):
    """From half of 8 iterations to three quarters of them; as long as the run was to be, not as long as it is."""
    annealed = {"entropy_coef": 0.1, "final_entropy_factor": 0.2, "entropy_anneal": [0.5, 0.75]}

    def logged(folder):
        events = EventAccumulator(str(folder))
        events.Reload()
        return [event.value for event in events.Scalars("Loss/entropy_coef")]

    first = make(tmp_path / "first", algorithm=annealed, runner={"max_iterations": 8})
    first.learn(5)
    assert logged(tmp_path / "first") == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.1])
    resumed = make(tmp_path / "resumed", algorithm=annealed, runner={"max_iterations": 8})
    resumed.load(tmp_path / "first" / "model_5.pt")
    resumed.learn(5)
    assert logged(tmp_path / "resumed") == pytest.approx([0.06, 0.02, 0.02, 0.02, 0.02])
    assert resumed.progress == 1.0


def test_layout_mismatch_is_named_and_changes_nothing(tmp_path):
    make(tmp_path).learn(1)
    env = PointEnv()
    env.layout = {"obs_terms": {"policy": {"position": 1}}, "dt": 0.2}
    other = make(env=env)
    before = weights(other)
    with pytest.raises(CheckpointError, match=r"another layout: dt is 0\.1 there, 0\.2 here"):
        other.load(tmp_path / "model_1.pt")
    for name, value in weights(other).items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_policy_mismatch_is_named(tmp_path):
    make(tmp_path).learn(1)
    with pytest.raises(CheckpointError, match=r"another policy: .*actor\.0\.weight is \[16, 1\] there, \[7, 1\] here"):
        make(policy={"actor_hidden_dims": [7]}).load(tmp_path / "model_1.pt")


def double(state):
    return {name: value.double() for name, value in state.items()}


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("iteration", lambda _: -5, "has the iteration -5, which no training comes to"),
        ("iteration", lambda _: 2**31, "has the iteration 2147483648, which no training comes to"),
        ("iteration", lambda _: "7", "has the iteration '7'"),
        ("policy", lambda _: None, "holds no weights of a policy: None"),
        ("policy", lambda _: {"std": 1.0}, "holds no weights of a policy"),
        ("policy", double, r"another policy: .* is 'float64' there, 'float32' here"),
        ("algorithm", lambda _: {}, "state of the algorithm that cannot be taken up"),
        ("algorithm", lambda _: "adam", "state of the algorithm that cannot be taken up"),
        ("algorithm", lambda state: {**state, "optimizer": {0: 1}}, "state of the algorithm that cannot be taken up"),
        ("algorithm", lambda state: {**state, "optimizer": {}}, "an optimizer without moments, as before the first it"),
        ("random_state", lambda _: None, "state of a training that cannot be taken up"),
        ("random_state", lambda state: {**state, "python": (3, (1, 2), None)}, "state of a training that cannot"),
    ],
)
def test_content_that_no_runner_wrote_is_told_in_one_line(tmp_path, key, change, words):
    make(tmp_path).learn(1)
    path = tmp_path / "model_1.pt"
    state = torch.load(path, weights_only=True)
    torch.save({**state, key: change(state[key])}, path)
    with pytest.raises(CheckpointError, match=words) as error:
        make().load(path)
    assert "\n" not in str(error.value)


class SignallingEnv(PointEnv):
    """Sends this process a signal in the middle of the second iteration."""

    steps = 0
    number = signal.SIGTERM

    def step(self, actions):
        self.steps += 1
        if self.steps == 12:
            os.kill(os.getpid(), self.number)
        return super().step(actions)


@pytest.fixture
def as_in_a_terminal():
    """Ctrl-C raises and a hang-up ends: the tests may have been started in the background, or by nohup."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, before[0])
    signal.signal(signal.SIGHUP, before[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_saves_and_ends_training(tmp_path, number, as_in_a_terminal):
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    env = SignallingEnv()
    env.number = number
    runner = make(tmp_path, env)
    runner.learn(100)
    assert (runner.iteration, runner.stopped_by) == (2, number)
    assert [path.name for path in tmp_path.glob("*.pt")] == ["model_2.pt"]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    runner.learn(1)  # the request does not outlive the run
    assert (runner.iteration, runner.stopped_by) == (3, None)


def test_nohup_goes_on(tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    env = SignallingEnv()
    env.number = signal.SIGHUP
    runner = make(tmp_path, env)
    runner.learn(3)
    signal.signal(signal.SIGHUP, before)
    assert (runner.iteration, runner.stopped_by) == (3, None)


def test_a_second_interrupt_ends_at_once(tmp_path, as_in_a_terminal):
    class Impatient(SignallingEnv):
        number = signal.SIGINT

        def step(self, actions):
            if self.steps == 13:
                os.kill(os.getpid(), signal.SIGINT)
            return super().step(actions)

    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    runner = make(tmp_path, Impatient())
    with pytest.raises(KeyboardInterrupt):
        runner.learn(100)
    assert runner.iteration == 1
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    runner.learn(1)  # the rollout cut short is begun anew
    assert runner.iteration == 2


def test_a_failing_disk_does_not_end_training_but_the_last_checkpoint_is_needed(tmp_path, monkeypatch, caplog):
    runner = make(tmp_path, runner={"save_interval": 1})
    runner.learn(1)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match=r"cannot write .*model_3.pt: No space left on device"):
        runner.learn(2)
    assert runner.iteration == 3
    assert caplog.text.count("model_2.pt: No space left on device; going on without it") == 1
    assert [path.name for path in tmp_path.iterdir() if "model" in path.name] == ["model_1.pt"]


def test_the_log_folder_is_checked_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    env = PointEnv()
    runner = make(tmp_path / "file", env)
    position = env.position.clone()
    with pytest.raises(LoggingError, match="cannot write to the log folder"):
        runner.learn(1)
    assert torch.equal(env.position, position)


def test_skipped_updates_are_dumped(tmp_path, caplog):
    class Spoiled(SignallingEnv):
        def step(self, actions):
            self.steps += 1
            obs, rewards, dones, extras = PointEnv.step(self, actions)
            return obs, torch.where(torch.tensor(self.steps == 12), torch.nan, rewards), dones, extras

    runner = make(tmp_path, Spoiled())
    runner.algorithm.storage.leave_out_faulty = lambda: None
    runner.learn(3)
    assert caplog.text.count("skipped 8 updates which were not finite") == 1
    assert [path.name for path in tmp_path.glob("skipped*")] == ["skipped_update_2.pt"]
    dump = checkpoint.load(tmp_path / "skipped_update_2.pt")
    assert dump["fields"]["advantages"].isnan().any()
    assert dump["fields"]["obs"]["policy"].shape == (64 * 8 // 4, 1)
    assert set(dump["losses"]) == {"surrogate", "value_function", "entropy", "kl"}
    assert all(value.isfinite().all() for value in runner.policy.state_dict().values())


class Faulty(PointEnv):
    """Some robots' rewards are NaN from a step on."""

    def __init__(self, robots=slice(None), first=0):
        self.steps, self.robots, self.first = 0, robots, first
        super().__init__()

    def step(self, actions):
        obs, rewards, dones, extras = super().step(actions)
        self.steps += 1
        if self.steps > self.first:
            rewards[self.robots] = math.nan
        return obs, rewards, dones, extras

    def faults(self):
        return "the reward rotten was not finite"


@pytest.mark.parametrize("policy", ["ActorCritic", "ActorCriticRecurrent"])
def test_a_robot_whose_rewards_are_not_finite_is_left_out_and_told(policy, tmp_path, caplog):
    runner = OnPolicyRunner(Faulty(robots=3), train_cfg(policy), tmp_path)
    runner.learn(4)
    assert runner.algorithm.num_skipped == 0
    told = [f"iteration {i}: left out {8 * i} steps which were not finite: the reward rotten" for i in (1, 3)]
    assert [message.startswith(start) for message, start in zip(caplog.messages, told, strict=True)] == [True, True]


def test_a_training_that_learns_nothing_ends_with_an_error_and_keeps_what_it_knew(tmp_path):
    runner = OnPolicyRunner(Faulty(first=16), train_cfg(), tmp_path)
    with pytest.raises(TrainingError, match="nothing was learned in the last 10 iterations.*: the reward rotten"):
        runner.learn(100)
    assert runner.iteration == 12
    assert (tmp_path / "model_12.pt").is_file()


def test_a_policy_that_is_not_finite_is_refused(tmp_path):
    runner = make(tmp_path)
    runner.policy.critic[0].weight.data[1, 0] = math.inf
    runner.save(tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match="the policy's critic.0.weight is not finite"):
        make(tmp_path).load(tmp_path / "model.pt")


@pytest.mark.parametrize(
    "name, value, told",
    [
        ("noise_std", 0.0, "damaged: the policy's noise_std has 0, which it cannot be"),
        ("noise_std", -0.5, "damaged: the policy's noise_std has -0.5, which it cannot be"),
        ("actor.0.weight", 2.0e6, "damaged: the policy's actor.0.weight has 2e.06, which nothing learns"),
        ("critic.0.bias", -2.0e6, "damaged: the policy's critic.0.bias has 2e.06, which nothing learns"),
        ("actor_input.normalizer.var", -1.0, "damaged: the policy's actor_input.normalizer.var has -1"),
        ("actor_input.normalizer.count", -1, "damaged: the policy's actor_input.normalizer.count has -1"),
    ],
)
def test_a_policy_that_no_training_leaves_is_refused(name, value, told, tmp_path):
    path, normalized = tmp_path / "model.pt", {"runner": {"empirical_normalization": True}}
    runner = make(tmp_path, **normalized)
    runner.save(path)
    make(tmp_path, **normalized).load(path)
    state = checkpoint.load(path)
    state["policy"][name].view(-1)[0] = value
    checkpoint.save(path, state)
    with pytest.raises(CheckpointError, match=told):
        make(tmp_path, **normalized).load(path)


def test_lengths_of_first_episodes_are_spread():
    env = PointEnv(1000)
    lengths = []
    env.get_observations = lambda: (lengths.append(env.episode_length_buf.clone()), PointEnv.get_observations(env))[1]
    make(env=env).learn(0, init_at_random_ep_len=True)
    assert lengths[-1].unique().tolist() == list(range(20))


def test_what_nothing_reads_of_a_configuration_is_told(caplog):
    settings = train_cfg()
    settings["runner"] = {**settings["runner"], "save_intervall": 5}
    OnPolicyRunner(PointEnv(), {**settings, "algoritm": {"gamma": 0.9}})
    assert caplog.messages == [
        "nothing reads the training configuration's section algoritm, did you mean 'algorithm'?",
        "nothing reads the training configuration's setting runner.save_intervall, did you mean 'save_interval'?",
    ]


def test_configuration_is_checked():
    with pytest.raises(ConfigError, match="no setting 'entropy_coeff', did you mean 'entropy_coef'"):
        make(algorithm={"entropy_coeff": 0.1})
    with pytest.raises(ConfigError, match="unknown algorithm 'PPO2', did you mean 'PPO'"):
        make(algorithm={"class_name": "PPO2"})
    with pytest.raises(ConfigError, match="unknown policy 'ActorCritics', did you mean 'ActorCritic'"):
        make(policy_class="ActorCritics")
    with pytest.raises(ConfigError, match="no section 'algorithm'"):
        OnPolicyRunner(PointEnv(), {name: value for name, value in train_cfg().items() if name != "algorithm"})
    with pytest.raises(ConfigError, match=r"config\.seed is a Tensor|config\.seed is a int64"):
        import numpy as np

        OnPolicyRunner(PointEnv(), {**train_cfg(), "seed": np.int64(1)})
