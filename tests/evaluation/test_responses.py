"""The response map, with a policy that stands still: nothing comes of any command."""

import pytest
import torch

from legged_gym.config.layers import set_fields
from legged_gym.evaluation.responses import check_number, commands, measure_responses, response_settings, response_table
from legged_gym.scripts import evaluate
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.errors import UserError
from legged_gym.utils.seeding import set_seed
from tests.evaluation.acting import acting


def test_commands_are_along_one_axis_each() -> None:
    asked = list(commands())
    assert len(asked) == len(set(asked)) == 1 + 2 * (6 + 5 + 6)
    assert all(sum(value != 0.0 for value in command) <= 1 for command in asked)
    wanted = ((0.0, 0.0, 0.0), (0.05, 0.0, 0.0), (-2.0, 0.0, 0.0), (0.0, -0.1, 0.0), (0.0, 0.0, 2.0))
    assert set(wanted) <= set(asked)


def test_fewer_robots_than_commands_are_refused() -> None:
    """The last commands had no row in the table, and nothing was said."""
    check_number(35)
    with pytest.raises(UserError, match="--num_envs 34: there are 35 commands, so that there must be as many robots"):
        check_number(34)


def test_each_command_is_seen_from_the_first_step_on_and_told_by_itself() -> None:
    cfg, _ = get_cfgs("go2_blind")
    set_fields(response_settings(cfg), cfg)
    assert cfg.env.episode_length_s == 20.0
    cfg.env.num_envs, cfg.sim.engine, cfg.env.episode_length_s = 2 * len(list(commands())), "mujoco", 0.4
    set_seed(1)
    env = make_env("go2_blind", cfg, "cpu", 1)
    seen = []

    def stand(obs: object) -> torch.Tensor:
        seen.append(env.commands[:, :3].clone())
        return torch.zeros(env.num_envs, env.num_actions)

    responses = measure_responses(env, acting(stand))
    asked = torch.tensor(list(commands())).repeat(2, 1)
    assert len(seen) == 20 and all(torch.equal(now, asked) for now in seen)
    torch.testing.assert_close(torch.tensor([response["command"] for response in responses]), asked[: len(responses)])
    assert all(abs(value) < 0.3 for response in responses for value in response["achieved"])
    assert all(response["fall_rate"] == 0.0 and response["power"] >= 0.0 for response in responses)
    assert len(response_table(responses).splitlines()) == 1 + len(responses)
    env.close()


@pytest.mark.parametrize("flags", [["--command", "0", "0", "0"], ["--plot", "out.png"], ["--suite", "belief"]])
def test_responses_are_of_commands_of_their_own(flags: list[str]) -> None:
    with pytest.raises(UserError, match="commands of its own"):
        evaluate.main(["--task=go2_blind", "--responses", *flags])
