import pytest
import torch

from legged_gym.config.checks import check_config
from legged_gym.config.layers import set_fields
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.envs.perceptive.perceptive_config import PerceptiveCfg
from legged_gym.export.parity import Recorder
from legged_gym.sensors.depth_image import DepthCameraCfg
from legged_gym.tasks import TASKS, get_cfgs
from legged_gym.utils.errors import UserError
from legged_gym.viewing import playing
from legged_gym.viewing.belief_view import BeliefView
from rsl_rl.modules import ActorCritic, ActorCriticRecurrent, InferencePolicy
from rsl_rl.modules.memory import clear_state
from tests.rsl_rl import perceptive

WIDTHS = {"policy": 3, "critic": 2}
GROUPS = {"policy": ["policy"], "critic": ["critic"]}


class CountingEnv:
    """Observations count the steps; the second environment's episode ends at every third one."""

    num_envs = 2

    def __init__(self):
        self.count = 0
        self.actions = []

    def get_observations(self):
        return {"policy": torch.full((2, 3), float(self.count)), "critic": torch.zeros(2, 2)}

    def step(self, actions):
        self.actions.append(actions.clone())
        self.count += 1
        dones = torch.tensor([False, self.count % 3 == 0])
        return self.get_observations(), torch.zeros(2), dones, {}


class ClosingScreen:
    def __init__(self, frames):
        self.frames = frames
        self.calls = []

    def before_step(self):
        self.calls.append("before")

    def show(self):
        self.calls.append("show")
        self.frames -= 1
        return self.frames > 0

    def close(self):
        self.calls.append("close")


def test_rollout_records_what_the_policy_saw_and_the_ends():
    policy = InferencePolicy(ActorCritic(WIDTHS, GROUPS, 2), "cpu")
    env, recorder, steps = CountingEnv(), Recorder(max_steps=4), []
    assert playing.rollout(env, policy, 6, recorder, on_step=lambda: steps.append(env.count)) == 6
    assert steps == [1, 2, 3, 4, 5, 6]
    recording = recorder.finish()
    assert set(recording.observations) == {"policy"}
    assert recording.observations["policy"][:, 0, 0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert recording.dones.tolist() == [[False, False], [False, False], [False, True], [False, False]]


def test_rollout_forgets_the_past_of_ended_episodes_only():
    network = ActorCriticRecurrent(WIDTHS, GROUPS, 2, rnn_hidden_size=4)
    env = CountingEnv()
    playing.rollout(env, InferencePolicy(network, "cpu"), 5, Recorder(1))
    with torch.no_grad():
        state = network.initial_state(2)
        for step, actions in enumerate(env.actions):
            if step == 3:
                state = tuple(part.clone() for part in state)
                for part in state:
                    part[:, 1] = 0.0
            expected, state = network.act_inference({"policy": torch.full((2, 3), float(step))}, state)
            torch.testing.assert_close(actions, expected)


def test_rollout_goes_on_until_the_window_is_closed():
    policy = InferencePolicy(ActorCritic(WIDTHS, GROUPS, 2), "cpu")
    screen = ClosingScreen(frames=3)
    assert playing.rollout(CountingEnv(), policy, None, Recorder(1), screen) == 3
    assert screen.calls == ["before", "show"] * 3


class BlindEnv(CountingEnv):
    """Offers the groups of a student; the second robot has no map from the third step on."""

    feet_indices = torch.tensor([0, 1, 2, 3])
    body_names = ("FL_foot", "FR_foot", "RL_foot", "RR_foot")

    def get_observations(self):
        obs = perceptive.random_obs(2)
        if self.count >= 2:
            obs["exteroceptive"][1] = torch.nan
        return obs


def test_a_robot_without_a_map_is_told_once(caplog):
    policy = InferencePolicy(perceptive.make_student(perceptive.make_teacher()), "cpu")
    env = BlindEnv()
    playing.rollout(env, policy, 2, Recorder(1))
    assert not caplog.records
    playing.rollout(env, policy, 5, Recorder(1))
    assert caplog.messages == ["some robots have no map now: they walk blind"]
    assert all(actions.isfinite().all() for actions in env.actions)


def test_the_view_gets_what_the_student_acted_on():
    """Also that the network runs once a step: the hidden state is that of a single pass."""
    torch.manual_seed(0)
    student = perceptive.make_student(perceptive.make_teacher())
    env, recorder, seen = BlindEnv(), Recorder(5), []

    class View(BeliefView):
        def see(self, inference):
            seen.append(inference)
            return super().see(inference)

    playing.rollout(env, InferencePolicy(student, "cpu"), 5, recorder, view=View(env))
    recording, state = recorder.finish(), student.initial_state(2)
    with torch.no_grad():
        for step, inference in enumerate(seen):
            obs = {name: group[step] for name, group in recording.observations.items()}
            expected, state = student.infer(obs, state)
            torch.testing.assert_close(inference._asdict(), expected._asdict())
            assert torch.equal(env.actions[step], inference.actions)
            state = clear_state(state, recording.dones[step])


def test_calm_settings_leave_nothing_random_but_commands():
    cfg = LeggedRobotCfg()
    cfg.domain_rand.randomize_gains = True
    set_fields(playing.calm_settings(cfg), cfg)
    assert (cfg.terrain.num_rows, cfg.terrain.num_cols) == (5, 5)
    assert not (cfg.terrain.curriculum or cfg.commands.curriculum or cfg.noise.add_noise)
    switches = [value for value in vars(cfg.domain_rand).values() if isinstance(value, bool)]
    assert len(switches) >= 5 and not any(switches)
    assert cfg.domain_rand.friction_range == [0.5, 1.25]
    assert LeggedRobotCfg().domain_rand.push_robots


def test_a_depth_camera_keeps_its_noise():
    class SeeingCfg(LeggedRobotCfg):
        class depth_camera(DepthCameraCfg):
            pass

    assert playing.calm_settings(SeeingCfg())["noise.add_noise"]


def test_a_map_keeps_its_noise_unless_told_otherwise():
    cfg = PerceptiveCfg()
    set_fields(playing.calm_settings(cfg), cfg)
    assert cfg.noise.add_noise and cfg.map_noise.factor == 1.0
    assert cfg.map_noise.conditions == PerceptiveCfg.map_noise.conditions
    set_fields(playing.calm_settings(cfg, "offset"), cfg)
    assert cfg.map_noise.factor == 1.0
    assert cfg.map_noise.conditions == {
        "offset": {"probability": 1.0, "z": PerceptiveCfg.map_noise.conditions["offset"]["z"]}
    }
    assert PerceptiveCfg.map_noise.conditions["offset"]["probability"] == 0.3
    cfg = PerceptiveCfg()
    cfg.map_noise.missing_probability = 0.5
    set_fields(playing.calm_settings(cfg, "none"), cfg)
    assert cfg.noise.add_noise and cfg.map_noise.factor == cfg.map_noise.missing_probability == 0.0
    with pytest.raises(UserError, match="noise: there are none, nominal, offset, noisy; did you mean noisy"):
        playing.calm_settings(PerceptiveCfg(), "noise")
    with pytest.raises(UserError, match="this task have no map"):
        playing.calm_settings(LeggedRobotCfg(), "none")


@pytest.mark.parametrize("task", TASKS)
def test_every_task_can_be_steered_by_hand(task: str) -> None:
    cfg, _ = get_cfgs(task)
    set_fields(playing.calm_settings(cfg) | playing.hand_steered(cfg), cfg)
    check_config(cfg)


def test_a_robot_that_a_policy_never_had_is_not_played_with():
    """An A1 of `a1_climb` always has 1 to 3 kg more, and readings 40 ms late; without them it fell off its plateaus."""
    env_cfg, _ = get_cfgs("a1_climb")
    set_fields(playing.calm_settings(env_cfg), env_cfg)
    rand = env_cfg.domain_rand
    assert rand.randomize_base_mass and rand.added_mass_range == [1.0, 1.0]
    assert rand.randomize_obs_delay and rand.obs_delay_range == [2, 2]
    assert not rand.randomize_motor_strength and not rand.randomize_base_com and not rand.randomize_friction
    set_fields({"domain_rand.randomize_motor_strength": True, "domain_rand.motor_strength_range": [0.7, 0.9]}, env_cfg)
    assert playing.calm_settings(env_cfg)["domain_rand.motor_strength_range"] == [0.9, 0.9]
    off = playing.calm_settings(get_cfgs("go2_perceptive_sight")[0])  # readings of none to one step, -1 to 3 kg more
    assert not off["domain_rand.randomize_obs_delay"] and not off["domain_rand.randomize_base_mass"]
    assert not playing.calm_settings(get_cfgs("a1_field")[0])["domain_rand.randomize_obs_delay"]
