import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.config.io import config_hash
from legged_gym.runs import folders as runs
from legged_gym.utils.errors import UserError


def make(root, name, created=None, iterations=(), mtime=None, stage=None):
    run = root / "exp" / name
    run.mkdir(parents=True)
    if stage:
        (run / "config.yaml").write_text(yaml.safe_dump({"train": {"runner": {"stage": stage}}}))
    if created:
        (run / "run.yaml").write_text(yaml.safe_dump({"created": created}))
    for iteration in iterations:
        (run / f"model_{iteration}.pt").touch()
    if mtime is not None:
        for path in (*run.iterdir(), run):
            os.utime(path, (mtime, mtime))
    return run


def test_latest_run_is_the_newest_by_time_across_months(tmp_path):
    """legged_gym sorted names: Dec < Jan < Nov, so it resumed the wrong run."""
    make(tmp_path, "Nov30_10-00-00_", "2026-11-30T10:00:00+00:00", [50])
    make(tmp_path, "Dec31_23-59-59_", "2026-12-31T23:59:59+00:00", [50])
    newest = make(tmp_path, "Jan01_00-00-01_", "2027-01-01T00:00:01+00:00", [50])
    make(tmp_path, "Jan02_00-00-00_", "2027-01-02T00:00:00+00:00", [])  # nothing to load from it
    assert runs.find_run("exp", root=tmp_path) == newest


def test_creation_time_beats_file_times(tmp_path):
    """A copy of an old run has new file times; it is still the old run."""
    make(tmp_path, "a", "2026-01-01T00:00:00+00:00", [1], mtime=2_000_000_000)
    newest = make(tmp_path, "b", "2026-01-02T00:00:00+00:00", [1], mtime=1_000_000_000)
    assert runs.find_run("exp", root=tmp_path) == newest


def test_time_zones_are_compared_as_instants(tmp_path):
    newest = make(tmp_path, "a", "2026-01-01T00:00:00-05:00", [1])
    make(tmp_path, "b", "2026-01-01T01:00:00+00:00", [1])
    assert runs.find_run("exp", root=tmp_path) == newest


def test_without_metadata_file_times_decide(tmp_path):
    make(tmp_path, "Nov02", iterations=[1], mtime=1_000_000_000)
    newest = make(tmp_path, "Jan01", iterations=[1], mtime=1_000_000_100)
    assert runs.find_run("exp", root=tmp_path) == newest


def test_find_by_name_and_path(tmp_path):
    run = make(tmp_path, "Jan01_00-00-00_a", iterations=[1])
    make(tmp_path, "Jan01_00-00-00_b", iterations=[1])
    assert runs.find_run("exp", run.name, tmp_path) == run
    assert runs.find_run("other", str(run), tmp_path) == run


def test_the_newest_run_of_a_stage(tmp_path):
    teacher = make(tmp_path, "a", "2026-01-01T00:00:00+00:00", [1], stage="teacher")
    student = make(tmp_path, "b", "2026-01-02T00:00:00+00:00", [1], stage="student")
    make(tmp_path, "c", "2026-01-03T00:00:00+00:00", [], stage="teacher")
    assert runs.find_run("exp", root=tmp_path) == runs.find_run("exp", root=tmp_path, stage="student") == student
    assert runs.find_run("exp", root=tmp_path, stage="teacher") == teacher
    assert runs.resolve_checkpoint("exp", root=tmp_path, stage="teacher") == teacher / "model_1.pt"
    assert runs.find_run("exp", "b", tmp_path, stage="teacher") == student  # a name is a name
    newest = make(tmp_path, "d", "2026-01-04T00:00:00+00:00", [1])  # a run that does not say what it trained
    assert runs.find_run("exp", root=tmp_path) == newest
    assert runs.find_run("exp", root=tmp_path, stage="teacher") == teacher
    (newest / "config.yaml").write_text("task: go2_flat\n")
    assert runs.trained_stage(newest) is None
    (teacher / "model_1.pt").unlink()
    with pytest.raises(UserError, match="no run of a teacher in .*exp has a checkpoint yet; runs: d, c, b, a"):
        runs.find_run("exp", root=tmp_path, stage="teacher")


def test_a_task_without_runs_names_the_policy_that_came_along_and_no_folder_of_exports(tmp_path):
    (tmp_path / "shipped" / "exported").mkdir(parents=True)
    with pytest.raises(UserError, match=r"no runs in .*go2_rough; trained already: .*policies/go2_rough\.pt$"):
        runs.find_run("go2_rough", root=tmp_path)
    with pytest.raises(UserError, match="no runs in .*exp$"):
        runs.find_run("exp", root=tmp_path)


def test_errors_name_what_exists(tmp_path):
    (tmp_path / "exp").mkdir()
    with pytest.raises(UserError, match="no runs in .*exp$"):
        runs.find_run("exp", root=tmp_path)
    make(tmp_path, "Jan01_00-00-00_a")
    with pytest.raises(UserError, match="no run in .* has a checkpoint yet; runs: Jan01_00-00-00_a"):
        runs.find_run("exp", root=tmp_path)
    with pytest.raises(UserError, match="did you mean Jan01_00-00-00_a"):
        runs.find_run("exp", "Jan01_00-00-00_b", tmp_path)
    with pytest.raises(UserError, match="did you mean exp"):
        runs.find_run("expp", root=tmp_path)
    with pytest.raises(UserError, match="plain folder name"):
        runs.find_run("../exp", root=tmp_path)
    with pytest.raises(UserError, match="no run .*: it is a file, which --checkpoint takes"):
        runs.find_run("exp", __file__, tmp_path)


def test_checkpoint_by_iteration_number(tmp_path):
    run = make(tmp_path, "a", iterations=[50, 950, 1000, 9])
    (run / "model_best.pt").touch()
    (run / "model_2000.pt.tmp").touch()
    assert list(runs.checkpoints(run)) == [9, 50, 950, 1000]
    assert runs.find_checkpoint(run).name == "model_1000.pt"
    assert runs.find_checkpoint(run, 50).name == "model_50.pt"
    with pytest.raises(UserError, match="no checkpoint 51 .*there are 1000, 950, 50, 9"):
        runs.find_checkpoint(run, 51)
    with pytest.raises(UserError, match="no checkpoint in"):
        runs.find_checkpoint(make(tmp_path, "b"))


def test_resolve_checkpoint_takes_iterations_and_paths(tmp_path):
    run = make(tmp_path, "a", iterations=[1, 2])
    assert runs.resolve_checkpoint("exp", root=tmp_path).name == "model_2.pt"
    assert runs.resolve_checkpoint("exp", "a", "1", tmp_path).name == "model_1.pt"
    assert runs.resolve_checkpoint("none", "-1", str(run / "model_1.pt"), tmp_path) == run / "model_1.pt"
    with pytest.raises(UserError, match="no checkpoint file"):
        runs.resolve_checkpoint("exp", "a", str(run / "model_3.pt"), tmp_path)


def test_create_run(tmp_path):
    one = runs.create_run("exp", "try", {"task": "go2"}, {"engine": "mujoco"}, tmp_path)
    two = runs.create_run("exp", "try", {}, {}, tmp_path)
    assert one != two and one.parent == tmp_path / "exp"
    assert re.fullmatch(r"[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d_try", one.name)
    metadata = yaml.safe_load((one / "run.yaml").read_text())
    assert metadata["engine"] == "mujoco"
    assert abs(datetime.now().timestamp() - datetime.fromisoformat(metadata["created"]).timestamp()) < 60
    config = yaml.safe_load((one / "config.yaml").read_text())
    assert config == {"task": "go2", "config_hash": config_hash({"task": "go2"})}
    assert "commit: " in (one / "code_version.txt").read_text()
    assert runs.created(one) <= runs.created(two)


def test_what_sweeps_keep_is_no_run(tmp_path):
    run = make(tmp_path, "Nov30_10-00-00_", "2026-11-30T10:00:00+00:00", [50])
    make(tmp_path, "sweeps")
    assert runs.find_run("exp", root=tmp_path) == run
    with pytest.raises(UserError, match=r"no run 'sweep' in .*exp \(newest: Nov30_10-00-00_\)"):
        runs.find_run("exp", "sweep", tmp_path)


def test_files_that_come_and_go_in_a_run_without_metadata(tmp_path, monkeypatch):
    run = make(tmp_path, "old", mtime=1000)
    monkeypatch.setattr(runs.Path, "iterdir", lambda path: iter([path / "gone.db-journal"]))
    assert runs.created(run) == 1000


def test_create_run_without_a_name_and_with_a_bad_one(tmp_path):
    assert re.fullmatch(r"[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d", runs.create_run("exp", "", {}, {}, tmp_path).name)
    with pytest.raises(UserError, match="path separator"):
        runs.create_run("exp", "a/b", {}, {}, tmp_path)


def test_runs_of_one_second_get_their_own_folders(tmp_path, monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 5, 4, 3, 2, 1, tzinfo=tz)

    monkeypatch.setattr(runs, "datetime", Clock)
    names = [runs.create_run("exp", "", {}, {}, tmp_path).name for _ in range(3)]
    assert names == ["May04_03-02-01", "May04_03-02-01_2", "May04_03-02-01_3"]


def test_unwritable_log_folder(tmp_path):
    (tmp_path / "logs").write_text("a file, where the folder should be")
    with pytest.raises(UserError, match="cannot write to .*exp"):
        runs.check_writable("exp", tmp_path / "logs")
    with pytest.raises(UserError, match="cannot write to .*exp"):
        runs.create_run("exp", "", {}, {}, tmp_path / "logs")
    runs.check_writable("exp", tmp_path)
    assert list((tmp_path / "exp").iterdir()) == []


def test_code_version_tells_commit_and_dirt(tmp_path, monkeypatch):
    def git(*args):
        subprocess.run(["git", "-C", str(tmp_path), *args], check=True, capture_output=True)

    monkeypatch.setattr(runs, "LEGGED_GYM_ROOT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert runs.code_version().startswith("commit: unknown\n")
    git("init")
    git("-c", "user.name=n", "-c", "user.email=e", "commit", "--allow-empty", "-m", "m")
    assert re.match(r"commit: [0-9a-f]{40}\n", runs.code_version())
    (tmp_path / "new").touch()
    assert re.match(r"commit: [0-9a-f]{40} \(dirty\)\n", runs.code_version())


def test_trainings_that_start_together_get_their_own_folders(tmp_path):
    """Whoever makes the folder has it, so that no two look for a free name and take the same."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda seed: runs.create_run("exp", "", {"seed": seed}, {}, tmp_path), range(8)))
    assert len(set(made)) == 8
    assert [yaml.safe_load((run / "config.yaml").read_text())["seed"] for run in made] == list(range(8))


def test_what_is_made_of_a_shipped_policy_is_not_written_into_the_package(tmp_path):
    shipped = Path(LEGGED_GYM_ROOT_DIR, "resources", "policies", "go2_flat.pt")
    assert runs.outputs_of(shipped, tmp_path) == tmp_path / "shipped"
    assert runs.outputs_of(tmp_path / "run" / "model_5.pt", tmp_path) == tmp_path / "run"


def test_links_to_nowhere_and_folders_are_no_checkpoints(tmp_path):
    run = tmp_path / "e" / "Nov01_00-00-00"
    run.mkdir(parents=True)
    (run / "model_5.pt").symlink_to("/nowhere/model_5.pt")
    (run / "model_6.pt").mkdir()
    (run / "model_\u0663.pt").touch()
    assert runs.checkpoints(run) == {}
    with pytest.raises(UserError, match="no run in .* has a checkpoint yet"):
        runs.find_run("e", root=tmp_path)


def test_a_run_beside_a_checkpoints_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model_1.pt"
    path.write_bytes(b"")
    assert runs.resolve_checkpoint("any", "-1", str(path), tmp_path) == path
    with pytest.raises(UserError, match="--load_run Nov01: --checkpoint names a file"):
        runs.resolve_checkpoint("any", "Nov01", str(path), tmp_path)


def test_a_newest_checkpoint_that_leads_nowhere_is_told(tmp_path, caplog):
    run = make(tmp_path, "run", iterations=[2])
    (run / "model_9.pt").symlink_to("nowhere")
    assert runs.find_checkpoint(run).name == "model_2.pt"
    assert "model_9.pt leads nowhere; the newest checkpoint is" in caplog.text
