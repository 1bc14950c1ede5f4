from types import SimpleNamespace

import matplotlib.image
import numpy as np
import pytest
import torch

from legged_gym.utils.errors import UserError
from legged_gym.viewing.state_log import StateLogger


@pytest.fixture
def env():
    n, d = 3, 5
    return SimpleNamespace(
        dt=0.02,
        dof_names=[f"joint_{i}" for i in range(d)],
        body_names=["base", "L_foot", "R_foot"],
        feet_indices=torch.tensor([1, 2]),
        commands=torch.zeros(n, 4),
        base_lin_vel=torch.zeros(n, 3),
        base_ang_vel=torch.zeros(n, 3),
        dof_pos=torch.zeros(n, d),
        joint_targets=torch.zeros(n, d),
        torques=torch.zeros(n, d),
        contact_forces=torch.zeros(n, 3, 3),
        reset_buf=torch.zeros(n, dtype=torch.bool),
        rewards=SimpleNamespace(names=["tracking", "torques"], values=torch.zeros(2, n)),
    )


def test_series_follow_the_chosen_robot(env):
    log = StateLogger(env, robot=1)
    for step in range(4):
        env.commands[1] = torch.tensor([1.0, 2.0, 3.0, 9.0]) * step
        env.base_lin_vel[1] = torch.tensor([0.1, 0.2, 9.0]) * step
        env.base_ang_vel[1] = torch.tensor([9.0, 9.0, 0.3]) * step
        env.contact_forces[1, :, 2] = torch.tensor([9.0, 10.0, 20.0])
        env.rewards.values[:, 1] = torch.tensor([0.02, -0.01])
        env.commands[0].fill_(99.0)
        log.record()
    np.testing.assert_allclose(log.series("command")[3], [3.0, 6.0, 9.0])
    np.testing.assert_allclose(log.series("velocity")[2], [0.2, 0.4, 0.6], rtol=1e-6)
    np.testing.assert_allclose(log.series("foot_force")[0], [10.0, 20.0])
    np.testing.assert_allclose(log.series("reward")[0], [1.0, -0.5], rtol=1e-6)
    assert log.series("dof_pos").shape == (4, 5)


def test_a_play_without_end_keeps_its_last_steps(env, monkeypatch, tmp_path):
    log, times = StateLogger(env, most=3), []
    for step in range(5):
        env.dof_pos[0] = step
        log.record()
    assert log.series("dof_pos")[:, 0].tolist() == [2.0, 3.0, 4.0]
    monkeypatch.setattr(StateLogger, "_lines", staticmethod(lambda panel, time, title, lines: times.append(time)))
    log.plot(tmp_path / "plot.png")
    np.testing.assert_allclose(times[0], [0.06, 0.08, 0.1])


def test_plot_is_a_picture_that_shows_the_signals(env, tmp_path):
    log = StateLogger(env)
    for step in range(50):
        env.base_lin_vel[0, 0] = np.sin(0.2 * step)
        env.dof_pos[0] = 0.1 * step
        env.reset_buf[0] = step == 30
        log.record()
    log.plot(tmp_path / "plot.png")
    pixels = matplotlib.image.imread(tmp_path / "plot.png")
    assert pixels.shape[0] > 600 and pixels.shape[1] == 1280
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 10


def test_plot_errors_are_the_users(env, tmp_path):
    log = StateLogger(env)
    with pytest.raises(UserError, match="nothing was recorded"):
        log.plot(tmp_path / "plot.png")
    log.record()
    for name in ("missing/plot.png", "plot.xyz"):
        with pytest.raises(UserError, match="cannot write"):
            log.plot(tmp_path / name)
