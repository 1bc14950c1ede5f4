"""`evaluate.py --suite=sight`, from checkpoints to tables, data and figure."""

import copy
import functools
import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.evaluation.trials import run_trials
from legged_gym.scripts import evaluate
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.terrain.height_sampler import HeightSampler
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from rsl_rl.runners import OnPolicyRunner
from studies.sight import grounds, program, walk
from studies.sight.controls import CONTROLS
from tests.evaluation.acting import acting
from tests.flags import latest

SMALL = {"gap": (0.4, 0.6), "pit": (0.35, 0.5)}


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Untrained policies: two that see and one that does not."""
    folder, files = tmp_path_factory.mktemp("policies"), {}
    for name, task, seed in [("first", "go2_sight", 1), ("second", "go2_sight", 2), ("blind", "go2_sight_blind", 1)]:
        env_cfg, train_cfg = get_cfgs(task)
        env_cfg.env.num_envs, env_cfg.sim.engine = 2, "mujoco"
        env_cfg.terrain.num_rows, env_cfg.terrain.num_cols, env_cfg.terrain.border_size = 1, 1, 0.0
        train_cfg.seed, train_cfg.algorithm.num_mini_batches = seed, 1
        train_cfg.policy.actor_hidden_dims = train_cfg.policy.critic_hidden_dims = [8]
        env, train = make_env(task, env_cfg, "cpu", 1), class_to_dict(train_cfg)
        config = {"task": task, "env": class_to_dict(env_cfg), "train": train}
        files[name] = folder / f"{task}_{name}.pt"
        OnPolicyRunner(env, train, None, "cpu", config).save(files[name])
        env.close()
    return files


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounds, "SIZES", SMALL)
    monkeypatch.setattr(grounds, "LOOKED_AT", ("gap", "pit"))
    monkeypatch.setattr("studies.sight.judgement.SIZES", SMALL)
    monkeypatch.setattr(grounds, "COLUMNS", 1)


FLAGS = ("--suite=sight", "--sim=mujoco", "--trials=2", "--set=env.episode_length_s=0.2")


def test_from_checkpoints_to_tables_data_and_figure(policies: Any, tmp_path: Path, capsys: Any) -> None:
    out, again = tmp_path / "out.json", tmp_path / "again.json"
    files = [str(policies[name]) for name in ("first", "blind", "second")]
    evaluate.main([*FLAGS, "--checkpoint", *files, f"--json={out}", f"--plot={tmp_path}", "--parts=1,3"])
    data = json.loads(out.read_text())
    assert [(policy["task"], policy["seed"], policy["sees"]) for policy in data["policies"]] == [
        ("go2_sight", 1, True), ("go2_sight", 2, True), ("go2_sight_blind", 1, False),
    ]  # fmt: skip
    crossed, controlled = data["records"]["crossings"], data["records"]["controls"]
    cells = [(record["seed"], record["terrain"], record["size"], record["trials"]) for record in crossed[:4]]
    assert cells == [(1, "gap", 0.4, 2), (1, "gap", 0.6, 2), (1, "pit", 0.35, 2), (1, "pit", 0.5, 2)]
    assert len(crossed) == 3 * 4 and len(controlled) == 2 * 2 * len(CONTROLS)
    assert {record["control"] for record in controlled} == set(CONTROLS)
    assert [row["task"] for row in data["crossings"]] == ["go2_sight", "go2_sight_blind"] * 4
    assert (tmp_path / "success_by_size.png").exists()
    text = capsys.readouterr().out
    assert "go2_sight, 2 trainings: 0 of 4 limits reached" in text and "is the map used? go2_sight, seed 2" in text
    evaluate.main(["--suite=sight", f"--from_json={out}", f"--json={again}"])
    assert json.loads(again.read_text()) == data and capsys.readouterr().out == text


def test_rough_ground_and_a_folder_of_policies(policies: Any, tmp_path: Path, capsys: Any) -> None:
    flags = ["--trials=1", "--parts=2", f"--policies={policies['first'].parent}", f"--json={tmp_path / 'a.json'}"]
    evaluate.main(latest([*FLAGS, *flags, "--set=terrain.num_rows=2"]))
    records = json.loads((tmp_path / "a.json").read_text())["records"]["rough"]
    types = ["slope_up", "slope_down", "rough_slope_up", "rough_slope_down", "stairs_up", "stairs_down", "discrete"]
    assert [record["terrain"] for record in records[:14:2]] == types and len(records) == 3 * 14
    assert "go2_rough's map: success of the worst training of go2_sight_blind" in capsys.readouterr().out


def test_what_cannot_be_judged_is_one_line(policies: Any, tmp_path: Path) -> None:
    for flags, message in [
        (["--num_envs=3"], "--num_envs: not of --suite=sight, which takes --trials"),
        ([f"--policies={tmp_path}"], "no policy to judge: there is no file "),
        (["--parts=4"], "--parts: there is no part '4'"),
        ([f"--from_json={__file__}"], "--sim: --from_json measures nothing, but reads what was measured"),
        (["--policies=x", "--checkpoint", __file__], "--policies: --checkpoint names the policies"),
        (["--parts=3", "--checkpoint", str(policies["blind"])], "--parts=3 is of policies with a map"),
        (["--checkpoint", *[str(policies["first"])] * 2], "a file is named twice"),
        (
            ["--task=go2_sight", "--checkpoint", str(policies["first"]), str(policies["blind"])],
            "is of the task 'go2_sight_blind', not of 'go2_sight'",
        ),
    ]:
        with pytest.raises(UserError, match=message):
            evaluate.main([*FLAGS, *flags])


RESULTS = Path(LEGGED_GYM_ROOT_DIR) / "benchmarks/results"
WRONG = json.dumps({"suite": "sight", "records": {"crossings": [dict.fromkeys(program.FIELDS, "x")]}})


@pytest.mark.parametrize(
    "content",
    ['{"suite": "belief"}', '{"suite": "sight", "records": {"crossings": [{"policy": "a"}]}}', "[]", WRONG],
)
def test_what_was_not_measured_by_this_suite_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(UserError, match="was not written by --suite=sight --json"):
        evaluate.main(["--suite=sight", f"--from_json={path}"])


def refused(changed: dict[str, Any], path: Path) -> str:
    """What is said of changed results, in a line."""
    path.write_text(json.dumps(changed))
    with pytest.raises(UserError, match="or was changed ") as told:
        evaluate.main([f"--suite={changed['suite']}", f"--from_json={path}"])
    assert "\n" not in str(told.value)
    return str(told.value)


SUITE = "mujoco_c_go2_sight_suite.json"


def test_counts_and_labels_that_no_trials_have_are_refused(tmp_path: Path) -> None:
    measured = json.loads((RESULTS / SUITE).read_text())
    for name, value in [
        ("successes", 10**6), ("successes", 2.5), ("successes", True), ("successes", math.nan), ("falls", -1),
        ("trials", -10), ("trials", math.inf), ("level", -1), ("policy", ["a"]), ("stuck", 0.5),
        ("task", "go2_sihgt"), ("task", 3), ("seed", 1.5), ("seed", -2), ("seed", "1"), ("control", "god map"),
        ("size", -0.1), ("size", math.nan), ("size", "0.4"), ("ground", "rough"), ("terrain", ""), ("policy", ""),
    ]:  # fmt: skip
        changed = copy.deepcopy(measured)
        changed["records"]["crossings"][0][name] = value
        told = refused(changed, tmp_path / "results.json")
        assert "must be" in told or "more came of" in told
        assert value != "go2_sihgt" or "did you mean go2_sight" in told
    changed = copy.deepcopy(measured)
    changed["policies"][0]["sees"] = "yes"
    assert "sees = 'yes' must be true or false" in refused(changed, tmp_path / "results.json")


def test_a_cell_has_one_record(tmp_path: Path) -> None:
    measured = json.loads((RESULTS / SUITE).read_text())
    measured["records"]["rough"].append(copy.deepcopy(measured["records"]["rough"][0]))
    told = refused(measured, tmp_path / "results.json")
    assert "two records of resources/policies/go2_sight.pt, good map, slope_up, 0" in told


def test_records_of_an_unknown_ground_are_refused(tmp_path: Path) -> None:
    measured = json.loads((RESULTS / SUITE).read_text())
    path = tmp_path / "results.json"
    path.write_text(json.dumps(measured | {"records": {"crosings": measured["records"]["crossings"]}}))
    with pytest.raises(UserError, match="was not written by --suite=sight --json"):
        evaluate.main(["--suite=sight", f"--from_json={path}"])


def test_what_no_belief_was_measured_with_is_refused(tmp_path: Path) -> None:
    measured = json.loads((RESULTS / "belief_sight_third_h100.json").read_text())
    for place, name, value in [
        ((), "task", "go2_percieved"), ((), "sim", "mujocco"), ((), "seed", 0.5), ((), "seed", -2), ((), "parts", [7]),
        ((), "parts", [6, 6]), ((), "trials", 0), ((), "conditions", []), (("conditions", "large"), "drift", -1.0),
        (("conditions", "large"), "z", [0.1]), (("conditions", "large"), "dropped", math.nan),
        (("conditions",), "lagre", {}), (("conditions", "none"), "memory", "lost"), (("seconds",), "standard", -1.0),
        (("seconds",), "standard", math.nan), (("seconds",), "standard", "1"), (("policies",), "pupil", {}),
        (("policies", "student"), "file", ""), (("policies", "student"), "sees_noisy_map", 1),
        (("records", "standard", 0), "condition", "lagre"), (("records", "standard", 0), "policy", "pupil"),
        (("records", "standard", 0), "steps", -1), (("records", "standard", 0), "gate", 2.0),
        (("records", "standard", 0), "action_error", math.nan), (("records",), "else", []),
    ]:  # fmt: skip
        changed = copy.deepcopy(measured)
        functools.reduce(lambda node, key: node[key], place, changed)[name] = value
        assert "must be" in refused(changed, tmp_path / "results.json"), (place, name, value)
    measured["records"]["standard"].append(measured["records"]["standard"][0])
    assert "two records of " in refused(measured, tmp_path / "results.json")


def test_shipped_results_are_read(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # all sizes again
    count = 0
    for path in sorted(RESULTS.glob("*.json")):
        data = json.loads(path.read_text())
        if data.get("suite") in ("sight", "belief") and "records" in data:
            evaluate.main([f"--suite={data['suite']}", f"--from_json={path}"])
            assert capsys.readouterr().out
            count += 1
    assert count >= 8


def look(env: Any, _: Any) -> Any:
    """Robots that stand before the edge, and are carried across if their map says what is there."""
    truth, steps = HeightSampler(env.terrain, "cpu"), iter(range(100))

    def act(_: Any) -> torch.Tensor:
        root = env.root_states.clone()
        if next(steps) == 0:
            moved = torch.ones(env.num_envs, dtype=torch.bool)
            place = torch.tensor([1.2, 0.0, 0.4])
        else:
            points = env.height_scan.sample_points(env.root_states, env.heading)
            moved = (truth.sample(points) - env.measured_heights).abs().amax(dim=1) < 0.05
            place = torch.tensor([4.2, 0.0, 1.0])
        root[:, :3] = env.env_origins + place
        root[:, 3:] = torch.tensor([0.0, 0.0, 0.0, 1.0] + [0.0] * 6)
        env.sim.reset(moved, root, env.dof_pos.clone(), torch.zeros_like(env.dof_vel))
        return torch.zeros(env.num_envs, env.num_actions)

    return run_trials(env, acting(act))


def test_who_looks_is_lost_with_another_robots_map(policies: Any, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(walk, "run_trials", look)
    out = tmp_path / "out.json"
    evaluate.main(latest([*FLAGS, "--trials=8", f"--checkpoint={policies['first']}", "--parts=3", f"--json={out}"]))
    (summary,) = json.loads(out.read_text())["controls"]
    share = {control: [rate["value"] for rate in row.values()] for control, row in summary["success"].items()}
    assert share["good map"] == share["20 Hz"] == [1.0, 1.0]
    assert share["swapped"] == share["blank"] == share["0.1 m forward"] == [0.0, 0.0]
    assert summary["verdict"] == {"gap": "looks", "pit": "looks"}
