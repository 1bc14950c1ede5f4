"""What a checkpoint's configuration lacks, or has too much of, is told."""

from pathlib import Path
from typing import Any

import pytest

from legged_gym.config.io import class_to_dict, config_hash, save_yaml
from legged_gym.runs.configure import flag_settings, saved_config, trained_configs, trained_settings
from legged_gym.scripts.command_line import task_parser
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError
from rsl_rl.utils import checkpoint as checkpoints
from rsl_rl.utils.errors import CheckpointError, DamagedError

BEGINS_AT = "train.reinforcement.begins_at"


def write(path: Path, env: dict[str, Any], train: dict[str, Any]) -> Path:
    checkpoints.save(path, {"config": {"task": "go2_flat", "env": env, "train": train}})
    return path


def test_fields_that_a_checkpoint_lacks_are_named_with_the_values_that_hold(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    env, train = map(class_to_dict, get_cfgs("go2_flat"))
    del env["terrain"]["slope"], env["control"]["actuator"], train["algorithm"]["gamma"]
    del env["rewards"]["scales"]["command_progress"]  # which the task has at 0
    env["rewards"]["tracking_sigma"] = 0.5
    path = write(tmp_path / "old.pt", env, train)
    env_cfg, train_cfg = trained_configs(path, "go2_flat")
    assert (env_cfg.terrain.slope, env_cfg.control.actuator.model, train_cfg.algorithm.gamma) == (0.4, "pd", 0.99)
    assert env_cfg.rewards.tracking_sigma == 0.5
    assert caplog.messages == [  # the plane has no slope, and the actuator no delay and no network
        f"{path} lacks fields, whose defaults hold: control.actuator.model = 'pd', train.algorithm.gamma = 0.99"
    ]


def test_a_checkpoint_from_before_schedules_was_trained_without_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = "go2_perceptive_sight"
    env, train = map(class_to_dict, get_cfgs(task))
    assert train["algorithm"].pop("final_entropy_factor") < 1.0
    del train["algorithm"]["entropy_anneal"]
    checkpoints.save(tmp_path / "old.pt", {"config": {"task": task, "env": env, "train": train}})
    _, train_cfg = trained_configs(tmp_path / "old.pt", task)
    assert train_cfg.algorithm.final_entropy_factor == 1.0 and caplog.messages == []


@pytest.mark.parametrize("task", ["go2_blind", "go2_perceptive_sight", "go2_flat"])
def test_a_checkpoint_from_before_mirror_images_goes_on_without_them(
    task: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    env, train = map(class_to_dict, get_cfgs(task))
    train["algorithm"]["class_name"] = "PPO"
    train["policy"].pop("init_action_scale", None)
    checkpoints.save(tmp_path / "old.pt", {"config": {"task": task, "env": env, "train": train}})
    _, train_cfg = trained_configs(tmp_path / "old.pt", task)
    assert train_cfg.algorithm.class_name == "PPO" and caplog.messages == []
    assert getattr(train_cfg.policy, "init_action_scale", 1.0) == 1.0


@pytest.mark.parametrize("field", ["final_entropy_factor", "entropy_anneal"])
def test_a_checkpoint_that_lacks_half_a_schedule_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, field: str
) -> None:
    """No training wrote it: neither those from before schedules nor those since."""
    task = "go2_perceptive_sight"
    env, train = map(class_to_dict, get_cfgs(task))
    default = train["algorithm"].pop(field)
    path = tmp_path / "spoiled.pt"
    checkpoints.save(path, {"config": {"task": task, "env": env, "train": train}})
    trained_configs(path, task)
    assert caplog.messages == [f"{path} lacks fields, whose defaults hold: train.algorithm.{field} = {default!r}"]


def test_how_something_is_computed_may_be_lacking(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Every checkpoint of before `torch_compile` would be told of."""
    env, train = map(class_to_dict, get_cfgs("go2_flat"))
    del env["env"]["torch_compile"]
    path = tmp_path / "older.pt"
    checkpoints.save(path, {"config": {"task": "go2_flat", "env": env, "train": train}})
    env_cfg, _ = trained_configs(path, "go2_flat")
    assert caplog.messages == [] and env_cfg.env.torch_compile is False


def test_what_has_no_effect_may_be_lacking(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Every student of before `reinforcement` would be told of all of it; unless it is asked for now."""
    task, path = "go2_perceptive", tmp_path / "older.pt"
    env, train = map(class_to_dict, get_cfgs(task))
    del train["reinforcement"]
    checkpoints.save(path, {"config": {"task": task, "env": env, "train": train}, "algorithm": {}})
    _, train_cfg = trained_configs(path, task)
    assert caplog.messages == [] and train_cfg.reinforcement.begins_at == 1.0
    args = task_parser("").parse([f"--task={task}", f"--set={BEGINS_AT}=0.5"])
    assert trained_settings(args, task, path).value(BEGINS_AT) == 0.5
    assert len(caplog.messages) == 1 and "train.reinforcement.gamma = 0.99" in caplog.messages[0]


@pytest.mark.parametrize("part", [None, {}])
def test_what_rewards_began_with_is_not_changed_where_they_teach(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, part: dict[str, Any] | None
) -> None:
    task, path = "go2_perceptive", tmp_path / "model_1.pt"
    env, train = map(class_to_dict, get_cfgs(task))
    train["reinforcement"]["begins_at"] = 0.5
    saved = {"config": {"task": task, "env": env, "train": train}, "algorithm": {"reinforcement": part}}
    checkpoints.save(path, saved)
    beginning = ["train.reinforcement.init_noise_std", "train.reinforcement.learning_rate"]
    flags = [f"--task={task}", f"--set={BEGINS_AT}=0.5", *(f"--set={name}=0.1" for name in beginning)]
    trained_settings(task_parser("").parse(flags), task, path)
    told = [f"--set {name} has no effect: {path} has what became of it" for name in beginning]
    assert sorted(caplog.messages) == ([] if part is None else told)
    later = task_parser("").parse([f"--task={task}", f"--set={BEGINS_AT}=1"])
    if part is None:
        assert trained_settings(later, task, path).value(BEGINS_AT) == 1.0
    else:
        with pytest.raises(UserError, match=f"{BEGINS_AT}: rewards teach the student of {path} already, since 0.5"):
            trained_settings(later, task, path)
    caplog.clear()  # who plays it is told that nothing is learned, and no more
    assert trained_settings(later, task, path, lambda *_: {}).value(BEGINS_AT) == 1.0 and not caplog.messages


def test_a_checkpoint_is_read_no_more_often_for_more_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for its configuration, once for whether rewards teach."""
    task, path, read = "go2_perceptive", tmp_path / "model_1.pt", []
    env, train = map(class_to_dict, get_cfgs(task))
    checkpoints.save(path, {"config": {"task": task, "env": env, "train": train}, "algorithm": {}})
    load = checkpoints.load
    monkeypatch.setattr(checkpoints, "load", lambda *args, **kwargs: read.append(args) or load(*args, **kwargs))
    flags = [f"--set=train.reinforcement.{name}=0.5" for name in ("begins_at", "init_noise_std")]
    flags.append("--set=train.reinforcement.learning_rate=1e-4")
    trained_settings(task_parser("").parse([f"--task={task}", *flags]), task, path)
    assert len(read) == 2


def test_a_reward_that_a_checkpoint_does_not_know_had_no_weight(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = "go2_perceptive_sight"
    env, train = map(class_to_dict, get_cfgs(task))
    assert env["rewards"]["scales"].pop("uneven_duty") != 0.0
    checkpoints.save(tmp_path / "older.pt", {"config": {"task": task, "env": env, "train": train}})
    env_cfg, _ = trained_configs(tmp_path / "older.pt", task)
    assert caplog.messages == [] and env_cfg.rewards.scales.uneven_duty == 0.0


def test_what_a_flag_says_is_not_set_once_more() -> None:
    parser = task_parser("")
    args = parser.parse(["--task=go2_flat", "--num_envs=4", "--set=env.num_envs=0"])
    with pytest.raises(UserError, match="--num_envs and --set env.num_envs say the same: leave one of them out"):
        flag_settings(args, "go2_flat")
    args = parser.parse(["--sim=mujoco", "--set=sim.engine=mujoco_warp"])
    with pytest.raises(UserError, match="--sim and --set sim.engine say the same"):
        flag_settings(args, "go2_flat")
    assert flag_settings(parser.parse(["--num_envs=4", "--set=sim.dt=0.004"]), "go2_flat").env_cfg.env.num_envs == 4


def test_a_whole_configuration_is_taken_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    env, train = map(class_to_dict, get_cfgs("go2_flat"))
    trained_configs(write(tmp_path / "new.pt", env, train), "go2_flat")
    assert caplog.messages == []


@pytest.mark.parametrize("config", [None, "text", {}, {"task": 3, "env": {}, "train": {}}, {"task": "go2_flat"}])
def test_a_configuration_that_no_training_wrote_is_told_in_one_line(tmp_path: Path, config: Any) -> None:
    path = tmp_path / "model_1.pt"
    checkpoints.save(path, {"config": config})
    with pytest.raises(CheckpointError, match=r"model_1\.pt holds no configuration of a task") as error:
        saved_config(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("part", "section"), [("env", "terrain"), ("train", "algorithm"), ("train", "runner")])
def test_a_value_in_place_of_a_saved_section_is_told(tmp_path: Path, part: str, section: str) -> None:
    saved = dict(zip(("env", "train"), map(class_to_dict, get_cfgs("go2_flat")), strict=True))
    saved[part][section] = 3
    path = write(tmp_path / "model_1.pt", **saved)
    with pytest.raises(UserError, match=rf"{section} = 3 must be a section with ") as error:
        trained_configs(path, "go2_flat")
    assert "\n" not in str(error.value)


def test_a_damaged_checkpoint_names_the_last_whole_one(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"model_{number}.pt", {}, {}) for number in (50, 100, 150, 200)]
    for damaged in paths[2:]:
        damaged.write_bytes(damaged.read_bytes()[:-200])
    with pytest.raises(DamagedError, match=r"model_200\.pt is .*damaged one; .*model_100\.pt is whole"):
        saved_config(paths[-1])
    alone = tmp_path / "alone" / "policy.pt"
    alone.parent.mkdir()
    alone.write_bytes(b"")
    with pytest.raises(DamagedError, match="damaged one$"):
        saved_config(alone)


def test_a_file_that_was_edited_beside_a_checkpoint_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    env, train = map(class_to_dict, get_cfgs("go2_flat"))
    config = {"task": "go2_flat", "env": env, "train": train}
    paths = [write(tmp_path / f"model_{number}.pt", env, train) for number in (0, 50)]
    save_yaml(tmp_path / "config.yaml", {**config, "config_hash": config_hash(config)})
    saved_config(paths[0])
    assert caplog.messages == []
    edited = class_to_dict(config)
    edited["env"]["sim"]["dt"], edited["train"]["algorithm"]["gamma"] = 0.004, 0.9
    save_yaml(tmp_path / "config.yaml", edited)
    for _ in range(2):
        saved = saved_config(paths[1])
    assert saved["env"]["sim"]["dt"] == env["sim"]["dt"]
    fields = "sim.dt, train.algorithm.gamma"
    told = f"{tmp_path / 'config.yaml'} differs from what model_50.pt holds, which counts; in {fields}"
    assert caplog.messages == [f"{told} (--set changes one)"]
