import torch

from legged_gym.utils.keyboard import KeyboardCommand

UP, DOWN, LEFT, RIGHT, PAGE_UP, HOME = 265, 264, 263, 262, 266, 268
LIMITS = [[-0.5, 1.0], [-0.2, 0.2], [-1.0, 1.0]]


def test_keys_change_their_own_axis_within_limits():
    command = KeyboardCommand(LIMITS)
    for key in (UP, UP, UP, DOWN, LEFT, PAGE_UP, ord("Q")):
        command.press(key)
    assert command.values == [0.2, 0.1, 0.1]
    for _ in range(20):
        command.press(UP)
        command.press(PAGE_UP)
        command.press(RIGHT)
    assert command.values == [1.0, 0.2, -1.0]
    command.press(HOME)
    assert command.values == [0.0, 0.0, 0.0]


def test_command_goes_to_every_robot_and_leaves_the_heading():
    command = KeyboardCommand(LIMITS, [0.5, -0.1, 0.3])
    commands = torch.full((2, 4), 7.0)
    command.apply(commands)
    assert torch.allclose(commands, torch.tensor([[0.5, -0.1, 0.3, 7.0]] * 2))
    left, right = command.lines()
    assert left.count("\n") == right.count("\n") and "+0.5 m/s, -0.1 m/s, +0.3 rad/s" in right
