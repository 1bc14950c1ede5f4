import torch

from legged_gym.viewing.keyboard import KeyboardCommand

UP, DOWN, LEFT, RIGHT, PAGE_UP, PAGE_DOWN, HOME = 265, 264, 263, 262, 266, 267, 268
LIMITS = [[-0.5, 1.0], [-0.2, 0.2], [-1.0, 1.0]]


def test_keys_change_their_own_axis_within_limits():
    command = KeyboardCommand(LIMITS)
    for key in (UP, UP, UP, DOWN, LEFT, PAGE_UP, ord("X")):
        command.press(key)
    assert command.values == [0.2, 0.1, 0.1]
    for _ in range(20):
        command.press(UP)
        command.press(PAGE_UP)
        command.press(RIGHT)
    assert command.values == [1.0, 0.2, -1.0]
    command.press(HOME)
    assert command.values == [0.0, 0.0, 0.0]


def test_letters_do_what_the_other_keys_do():
    for letters, others in (("WWAQ", (UP, UP, PAGE_UP, LEFT)), ("SDE", (DOWN, PAGE_DOWN, RIGHT))):
        by_letter, by_other = KeyboardCommand(LIMITS), KeyboardCommand(LIMITS)
        for letter, other in zip(letters, others, strict=True):
            by_letter.press(ord(letter))
            by_other.press(other)
        assert by_letter.values == by_other.values != [0.0, 0.0, 0.0]
        by_letter.press(ord(" "))
        assert by_letter.values == [0.0, 0.0, 0.0] and not by_letter.restarts


def test_a_new_episode_leaves_the_command():
    command = KeyboardCommand(LIMITS, values=[0.5, 0.0, 0.0])
    command.press(ord("R"))
    assert command.restarts and command.values == [0.5, 0.0, 0.0]


def test_without_steering_only_a_new_episode_can_be_asked_for():
    command = KeyboardCommand(LIMITS, steers=False)
    command.press(UP)
    commands = torch.full((2, 4), 7.0)
    command.apply(commands)
    assert (commands == 7.0).all()
    assert command.lines() == ("R", "new episode")


def test_command_goes_to_every_robot_and_leaves_the_heading():
    command = KeyboardCommand(LIMITS, values=[0.5, -0.1, 0.3])
    commands = torch.full((2, 4), 7.0)
    command.apply(commands)
    assert torch.allclose(commands, torch.tensor([[0.5, -0.1, 0.3, 7.0]] * 2))
    left, right = command.lines()
    assert left.count("\n") == right.count("\n") and "+0.5 m/s, -0.1 m/s, +0.3 rad/s" in right
