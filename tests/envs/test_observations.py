"""Observation groups: order, scales, noise, delay."""

from typing import Any

import pytest
import torch

from legged_gym.interface.observations import Observations, ObservationTerm
from legged_gym.interface.readings import Readings
from legged_gym.utils.errors import UserError
from tests.envs.conftest import MakeEnv, zero_actions


def two_terms(n: int = 3, **kwargs: object) -> tuple[Observations, torch.Tensor]:
    value = torch.arange(n, dtype=torch.float32)[:, None] + torch.tensor([0.0, 10.0])
    terms = {
        "a": ObservationTerm("a", 2, lambda r: value, (1.0, 2.0), "sensor", noise=0.5, sensed=True),
        "b": ObservationTerm("b", 1, lambda r: value[:, :1] * 1000.0, 1.0, "nothing", privileged=True),
    }
    groups = {"policy": ["a"], "critic": ["b", "a"]}
    options = {"clip": 100.0, "noise_level": 0.0, "noisy_groups": ["policy"], **kwargs}
    return Observations(terms, groups, n, torch.device("cpu"), **options), value  # type: ignore[arg-type]


def test_terms_are_scaled_clipped_and_ordered() -> None:
    observations, _ = two_terms()
    observations.measure(Readings())
    observations.observe(torch.zeros(3, dtype=torch.bool))
    torch.testing.assert_close(observations.buffers["policy"][2], torch.tensor([2.0, 24.0]))
    torch.testing.assert_close(observations.buffers["critic"][2], torch.tensor([100.0, 2.0, 24.0]))


def test_noise_is_uniform_scaled_and_only_in_the_policy_group() -> None:
    n = 20000
    observations, _ = two_terms(n, noise_level=1.0, clip=1.0e9)
    observations.measure(Readings())
    observations.observe(torch.zeros(n, dtype=torch.bool))
    noise = observations.buffers["policy"] - observations.buffers["critic"][:, 1:]
    assert noise.abs().amax(dim=0)[0] <= 0.51 and noise.abs().amax(dim=0)[1] <= 1.01
    spread = torch.tensor([0.5, 1.0]) / 3**0.5
    torch.testing.assert_close(noise.std(dim=0), spread, rtol=0.03, atol=0.0)
    torch.testing.assert_close(noise.mean(dim=0), torch.zeros(2), rtol=0.0, atol=0.02)
    observations.observe_final()
    torch.testing.assert_close(observations.final_buffers["policy"], observations.buffers["critic"][:, 1:])


def test_delay_ages_each_environment_by_its_own_steps_and_restarts_with_the_episode() -> None:
    observations, value = two_terms(delay=torch.tensor([0, 1, 2]))
    seen = []
    for step in range(4):
        value[:, 0] = float(step)
        observations.measure(Readings())
        observations.observe(torch.full((3,), step == 0))
        seen.append(observations.buffers["policy"][:, 0].clone())
    torch.testing.assert_close(torch.stack(seen), torch.tensor([[0.0, 0, 0], [1, 0, 0], [2, 1, 0], [3, 2, 1]]))
    value[:, 0] = 9.0
    observations.measure(Readings())
    observations.observe(torch.tensor([False, False, True]))
    torch.testing.assert_close(observations.buffers["policy"][:, 0], torch.tensor([9.0, 3.0, 9.0]))
    assert observations.buffers["critic"][1, 1] == 9.0


@pytest.mark.parametrize(
    ("task", "policy", "critic"),
    [("go2_flat", 48, 48), ("go2_flat_deploy", 45, 48), ("go2_rough", 235, 235), ("go2_rough_deploy", 232, 235)],
)
def test_widths_of_the_go2_tasks(make: MakeEnv, task: str, policy: int, critic: int) -> None:
    obs = make(task, num_envs=2).get_observations()
    assert obs["policy"].shape == (2, policy) and obs["critic"].shape == (2, critic)


def test_deployable_tasks_see_nothing_privileged(make: MakeEnv) -> None:
    for task in ("go2_flat_deploy", "go2_rough_deploy"):
        observations = make(task, num_envs=1).observations
        assert not any(term.privileged for term in observations.group_terms("policy"))
        assert observations.group_terms("critic")[0].privileged


def test_flat_observation_by_hand(make: MakeEnv) -> None:
    env = make("go2_flat", num_envs=4)
    for _ in range(3):
        env.step(torch.full((4, 12), 0.3))
    row, state = env.get_observations()["policy"][1], env.root_states[1]
    x, y, z, w = state[3:7].tolist()
    rotation = torch.tensor(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    torch.testing.assert_close(row[0:3], 2.0 * rotation.T @ state[7:10], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(row[3:6], 0.25 * rotation.T @ state[10:13], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(row[6:9], -rotation[2], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(row[9:12], env.commands[1, :3] * torch.tensor([2.0, 2.0, 0.25]))
    torch.testing.assert_close(row[12:24], env.dof_pos[1] - env.default_dof_pos)
    torch.testing.assert_close(row[24:36], 0.05 * env.dof_vel[1])
    torch.testing.assert_close(row[36:48], torch.full((12,), 0.3))


def test_height_scan_interpolates_the_map(make: MakeEnv) -> None:
    """Fault 13 of legged_gym: heights by truncation."""
    env = make("go2_rough", num_envs=10)
    env.step(zero_actions(env))
    scan = env.get_observations()["policy"][:, 48:]
    terrain, env_id, point = env.terrain, 7, 3
    state = env.root_states[env_id]
    yaw = torch.atan2(env.heading[env_id, 1], env.heading[env_id, 0])
    px, py = env.height_scan.points[point]
    x = float(state[0] + torch.cos(yaw) * px - torch.sin(yaw) * py - terrain.origin_xy[0]) / terrain.horizontal_scale
    y = float(state[1] + torch.sin(yaw) * px + torch.cos(yaw) * py - terrain.origin_xy[1]) / terrain.horizontal_scale
    i, j, u, v = int(x), int(y), x - int(x), y - int(y)
    h = terrain.heights
    height = (
        h[i, j] * (1 - u) * (1 - v) + h[i + 1, j] * u * (1 - v) + h[i, j + 1] * (1 - u) * v + h[i + 1, j + 1] * u * v
    )
    expected = 5.0 * min(max(float(state[2]) - 0.5 - height, -1.0), 1.0)
    assert scan[env_id, point].item() == pytest.approx(expected, abs=2e-3)


def test_unknown_term_is_refused(make: MakeEnv) -> None:
    def change(cfg: object) -> None:
        cfg.observations.policy = ["base_lin_vell"]  # type: ignore[attr-defined]

    with pytest.raises(UserError, match="base_lin_vell"):
        make(change=change)


def test_ground_is_scanned_where_something_needs_it(make: MakeEnv) -> None:
    """Observed, or rewarded on ground that is not flat: the mean of the scan; else the height under the base."""

    def rewarded(cfg: Any) -> None:
        cfg.rewards.scales.base_height = -1.0

    rough, flat, perceptive = make("go2_rough", num_envs=2), make("go2_flat", num_envs=2), make("go2_perceptive", 2)
    torch.testing.assert_close(rough.ground_height, rough.measured_heights.mean(dim=1))
    assert not hasattr(make("go2_flat", num_envs=2, change=rewarded), "measured_heights")
    assert hasattr(make("go2_perceptive", 2, change=rewarded), "measured_heights")
    for env in (flat, perceptive):
        assert not hasattr(env, "measured_heights")
        torch.testing.assert_close(env.ground_height, env.height_sampler.sample(env.root_states[:, :2]))
