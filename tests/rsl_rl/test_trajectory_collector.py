"""A trainer that learns from a folder, and those who write there."""

import os
import signal
import time

import pytest
import torch

from rsl_rl.runners import SkillDistillationRunner, TrajectoryCollector, trajectory_collector
from rsl_rl.storage import feeds
from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError, LoggingError, TrainingError
from tests.processes import CONTEXT
from tests.rsl_rl import folder_processes
from tests.rsl_rl.skill_env import SkillEnv, train_cfg
from tests.rsl_rl.test_dagger import teachers  # noqa: F401 - a fixture
from tests.rsl_rl.test_logger import read_events

pytestmark = pytest.mark.usefixtures("fast")


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(feeds, "POLL", 0.01)


def trainer(teachers, folder, log_dir=None, **dataset):  # noqa: F811
    runner = SkillDistillationRunner(SkillEnv(1), folder_processes.config(folder, **dataset), log_dir)
    runner.load_teachers(teachers)
    return runner


def collector(teachers, folder, num_envs=32, name="shared", follow=True, **sections):  # noqa: F811
    runner = SkillDistillationRunner(SkillEnv(num_envs), train_cfg(**sections))
    runner.load_teachers(teachers)
    return TrajectoryCollector(runner, folder / name, follow=follow)


def test_what_is_decoded_is_recorded_and_files_without_it_are_of_another_schema(teachers, tmp_path):  # noqa: F811
    config = folder_processes.config(tmp_path)
    config["obs_groups"]["privileged"] = ["state"]
    collector(teachers, tmp_path, obs_groups={"privileged": ["state"]}).collect(1)
    runner = SkillDistillationRunner(SkillEnv(1), config)
    runner.load_teachers(teachers)
    runner.learn(1)
    assert runner._scan is not None and runner._scan.num_files == 1
    assert runner.algorithm.metrics()["Loss/privileged_reconstruction"].isfinite()
    with pytest.raises(ConfigError, match="another schema"):
        collector(teachers, tmp_path)


def test_a_trainer_without_robots_learns_what_collectors_see(teachers, tmp_path):  # noqa: F811
    """In turns: what one learned, the others act by."""
    runner = trainer(teachers, tmp_path, tmp_path)
    workers = [collector(teachers, tmp_path, 16), collector(teachers, tmp_path, 24)]
    losses = []
    for _ in range(12):
        for worker in workers:
            worker.num_rollouts = 0
            worker.collect(1)
        runner.learn(1)
        losses.append(runner.algorithm.metrics()["Loss/behaviour"].item())
        for worker in workers:
            worker._take_newest()
            assert worker._runner.iteration == runner.iteration and worker.is_finished
            worker.is_finished = False
            for mine, trained in zip(worker._runner.policy.parameters(), runner.policy.parameters(), strict=True):
                assert torch.equal(mine, trained)
    assert losses[-1] < 0.3 * losses[0]
    scan = runner._scan
    assert scan is not None and scan.num_files == 24 and scan.folder.num_bad == 0 and scan.iteration == 11
    assert len(scan.folder.names()) < 24  # what was learned from twice is gone


def test_a_trainer_saves_where_room_is_needed(teachers, tmp_path, monkeypatch):  # noqa: F811
    def fill(feed, storage, should_stop, make_room):
        first = tmp_path / "model_0.pt"
        first.unlink()
        make_room()
        raise TrainingError(f"saved: {first.exists()}")

    monkeypatch.setattr(feeds.ScanFeed, "fill", fill)
    with pytest.raises(TrainingError, match="saved: True"):
        trainer(teachers, tmp_path / "shared", tmp_path).learn(1)


def test_collectors_of_a_trainers_first_checkpoint_do_not_find_an_earlier_training_finished(
    teachers,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    def save(path):
        write(path)
        worker._take_newest()
        found.append((path.name, worker.is_finished))

    worker, found = collector(teachers, tmp_path), []
    worker.collect(1)
    trainer(teachers, tmp_path).learn(1)
    worker._take_newest()
    assert worker.is_finished
    runner = trainer(teachers, tmp_path, tmp_path / "run")
    write = runner.save
    monkeypatch.setattr(runner, "save", save)
    runner.learn(1)
    assert found == [("model_0.pt", False), ("model_1.pt", False)]
    worker._take_newest()
    assert worker.is_finished


def test_a_collector_that_comes_before_a_resumed_trainer_waits_for_it(teachers, tmp_path, monkeypatch):  # noqa: F811
    """One that comes when all is over does not record, and ends."""

    def resume(_):
        goes_on = {"iteration": 1, "progress": 0.1, "policy": worker._runner.policy.state_dict(), "finished": False}
        worker.folder.publish(goes_on)

    collector(teachers, tmp_path).collect(1)
    trainer(teachers, tmp_path, max_uses=1).learn(1)
    monkeypatch.setattr(trajectory_collector, "POLL", 0.01)
    monkeypatch.setattr(trajectory_collector, "RESUMED_WITHIN", 0.05)
    late = collector(teachers, tmp_path)
    late.collect()
    assert late.is_finished and late.num_rollouts == 0
    monkeypatch.setattr(trajectory_collector, "RESUMED_WITHIN", 300.0)
    monkeypatch.setattr(trajectory_collector.time, "sleep", resume)
    worker = collector(teachers, tmp_path)
    worker.collect(1)
    assert not worker.is_finished and worker.num_rollouts == 1


@pytest.mark.parametrize("has_recorded", [True, False])
def test_a_collector_ends_with_its_training_and_when_it_is_asked_to(teachers, tmp_path, monkeypatch, has_recorded):  # noqa: F811
    """It waits for nobody once it has recorded; and while it waits, it listens."""
    worker = collector(teachers, tmp_path)
    last = {"iteration": 1, "progress": 1.0, "policy": worker._runner.policy.state_dict(), "finished": True}
    worker.num_rollouts = int(has_recorded)
    worker.folder.publish(last)
    slept = []
    monkeypatch.setattr(trajectory_collector.time, "sleep", lambda _: (slept.append(0), worker.request_stop()))
    worker.collect()
    assert worker.is_finished and len(slept) == (0 if has_recorded else 1)


def test_pieces_say_who_made_them_and_by_which_student(teachers, tmp_path):  # noqa: F811
    worker = collector(teachers, tmp_path)
    worker.folder.publish(
        {"iteration": 7, "progress": 0.25, "policy": worker._runner.policy.state_dict(), "finished": False}
    )
    worker.collect(2)
    for number, name in enumerate(worker.folder.names()):
        found = worker.folder.read(name)
        assert found is not None
        assert (found.policy_iteration, found.collector, found.number) == (7, worker.recorder.identity, number)
    assert worker._runner.algorithm.share.item() == pytest.approx(0.5 * (1.0 - 0.25 / 0.3))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"iteration": "x"}, "student.pt is of iteration 'x', which no training comes to"),
        ({"progress": 1}, "student.pt has the progress 1, which no training comes to"),
        ({"progress": float("nan")}, "student.pt has the progress nan, which no training comes to"),
        ({"progress": 1.5}, "student.pt has the progress 1.5, which no training comes to"),
        ({"finished": "False"}, "student.pt is finished or not, not 'False'"),
    ],
)
def test_a_student_of_no_training_is_refused_and_nothing_of_it_is_taken_up(teachers, tmp_path, wrong, message):  # noqa: F811
    """Fault: with a progress of NaN no teacher acted, and a training that was not finished was over."""
    worker = collector(teachers, tmp_path, 2)
    student = worker._runner.policy.state_dict()
    before = worker._runner.algorithm.share.clone()
    worker.folder.publish({"iteration": 7, "progress": 0.1, "policy": student, "finished": False} | wrong)
    with pytest.raises(CheckpointError, match=message):
        worker._take_newest()
    assert worker._runner.iteration == 0 and not worker.is_finished and worker._runner.algorithm.share == before


def test_a_robot_whose_memory_is_not_finite_does_not_spoil_the_others_file(teachers, tmp_path, caplog):  # noqa: F811
    worker = collector(teachers, tmp_path, num_envs=3)
    worker._runner.algorithm.state[0][:, 1] = torch.nan
    worker.collect(1)
    (name,) = worker.folder.names()
    found = worker.folder.read(name)
    assert found is not None and worker.folder.num_bad == 0
    assert torch.equal(found.actions[:, 1], found.actions[:, 0]) and found.actions.isfinite().all()
    assert not torch.equal(found.actions[:, 2], found.actions[:, 0])
    assert "left out 10 steps which were not finite" in caplog.text


def test_robots_tell_what_went_wrong_with_them_after_each_rollout(teachers, tmp_path, monkeypatch):  # noqa: F811
    """Fault: an engine whose pools were full reset robots, and its collector said nothing of it."""
    told = []
    worker = collector(teachers, tmp_path, 2)
    monkeypatch.setattr(worker._runner.env, "on_iteration", lambda: told.append(worker.num_rollouts), raising=False)
    worker.collect(2)
    assert told == [1, 2]


def test_the_student_remembers_across_pieces_and_forgets_at_ends(teachers, tmp_path):  # noqa: F811
    """A piece of 4 steps begins within an episode of 10, with what was remembered."""
    worker = collector(teachers, tmp_path, runner={"num_steps_per_env": 5})
    worker.collect(3)
    states = [found.state[0] for name in worker.folder.names() if (found := worker.folder.read(name)) is not None]
    assert not states[0].any() and states[1].abs().min(dim=2).values.max() > 0.0 and not states[2].any()


def test_a_student_begins_with_a_data_set(teachers, tmp_path):  # noqa: F811
    """Recorded by teachers alone; then it goes on with robots of its own."""
    worker = collector(teachers, tmp_path, name="data", follow=False, distillation={"teacher_share": 1.0})
    worker.collect(3)
    assert worker._runner.algorithm._led.all()
    cfg = train_cfg() | {"pretrain_dataset": {"data_dir": str(tmp_path / "data"), "pretrain_iterations": 3}}
    runner = SkillDistillationRunner(SkillEnv(), cfg)
    runner.load_teachers(teachers)
    before = runner.env.position.clone()
    runner.learn(3)
    assert torch.equal(runner.env.position, before) and runner.algorithm.metrics()["Loss/behaviour"] > 0.0
    runner.learn(1)
    assert not torch.equal(runner.env.position, before)
    assert len(worker.folder.names()) == 3


def test_how_old_students_are_is_not_told_before_they_are_learned_from(teachers, tmp_path):  # noqa: F811
    collector(teachers, tmp_path, name="data", follow=False).collect(1)
    collector(teachers, tmp_path).collect(1)
    runner = trainer(teachers, tmp_path, tmp_path / "log", data_dir=str(tmp_path / "data"), pretrain_iterations=1)
    runner.learn(2)
    assert read_events(tmp_path / "log")["Trajectories/iterations_old"] == [(2, 1.0)]


@pytest.mark.parametrize("number", ["2", -1])
def test_a_wrong_number_of_iterations_is_refused_before_anything_is_done(teachers, tmp_path, number):  # noqa: F811
    runner = trainer(teachers, tmp_path, tmp_path / "log")
    with pytest.raises(ConfigError, match="num_learning_iterations must be a whole number"):
        runner.learn(number)
    assert not (tmp_path / "log").exists() and not (tmp_path / "shared").exists()


def test_a_trainers_folder_is_free_again_when_its_training_cannot_begin(teachers, tmp_path):  # noqa: F811
    runner = trainer(teachers, tmp_path, tmp_path / "log")
    (tmp_path / "log").write_text("no folder")
    with pytest.raises(LoggingError):
        runner.learn(1)
    trainer(teachers, tmp_path).open_feeds()


def test_a_stop_does_not_hide_that_nothing_was_learned(teachers, tmp_path, monkeypatch):  # noqa: F811
    runner = trainer(teachers, tmp_path)

    def fail_when_asked_to_stop(storage, should_stop, make_room):
        runner.request_stop(signal.SIGTERM)
        raise TrainingError("no loss was finite")

    runner.open_feeds()
    monkeypatch.setattr(runner._scan, "fill", fail_when_asked_to_stop)
    with pytest.raises(TrainingError, match="no loss was finite"):
        runner.learn(1)


def test_labels_of_other_teachers_are_of_another_schema(teachers, tmp_path):  # noqa: F811
    """A student would have learned from both without a word."""
    collector(teachers, tmp_path).collect(1)
    trainer(dict(teachers), tmp_path).open_feeds()  # the same weights
    others = {**teachers, "flee": teachers["approach"]}
    with pytest.raises(ConfigError, match=r"teachers\.flee is '\w{16}' there, '\w{16}' here; use another folder$"):
        trainer(others, tmp_path).open_feeds()


def test_a_data_set_is_nobodys_to_delete_from_and_a_trainers_folder_is_no_data_set(teachers, tmp_path):  # noqa: F811
    collector(teachers, tmp_path, name="data", follow=False).collect(1)
    for refused in (
        lambda: trainer(teachers, tmp_path, scan_dir=str(tmp_path / "data")).open_feeds(),
        lambda: collector(teachers, tmp_path, name="data"),
    ):
        with pytest.raises(ConfigError, match="data is a data set, which nobody deletes from"):
            refused()
    collector(teachers, tmp_path, name="data", follow=False).collect(1)  # more of it
    runner = trainer(teachers, tmp_path)
    runner.open_feeds()
    collector(teachers, tmp_path).collect(1)
    for refused in (
        lambda: collector(teachers, tmp_path, follow=False),
        lambda: trainer(teachers, tmp_path / "other", data_dir=str(tmp_path / "shared")).open_feeds(),
    ):
        with pytest.raises(ConfigError, match="shared is a trainer's folder, where files come and go"):
            refused()


def test_what_cannot_go_on_is_told_in_one_line(teachers, tmp_path):  # noqa: F811
    with pytest.raises(TrainingError, match="no new trajectories in .* for 0 s"):
        trainer(teachers, tmp_path, patience=0.05).learn(1)
    other = {"student": {"image_shape": [5, 7]}, "runner": {"num_steps_per_env": 5}}
    with pytest.raises(ConfigError, match="was saved with another schema: num_steps is 10 there, 5 here; use another"):
        collector(teachers, tmp_path, **other)
    with pytest.raises(ConfigError, match="is no folder of trajectories"):
        trainer(teachers, tmp_path, data_dir=str(tmp_path / "none")).learn(1)
    with pytest.raises(ConfigError, match="keep_latest = 8 is less than a rollout's num_trajectories = 32"):
        trainer(teachers, tmp_path, keep_latest=8)
    with pytest.raises(CheckpointError, match="the student has no teachers"):
        TrajectoryCollector(SkillDistillationRunner(SkillEnv(), train_cfg()), tmp_path / "x")


def test_a_data_set_that_cannot_be_written_ends_and_a_trainers_folder_may_come_back(teachers, tmp_path, monkeypatch):  # noqa: F811
    """Nobody makes room in a data set: without an end, it would go on for ever."""
    monkeypatch.setattr(trajectory_collector, "RETRY", 0.0)
    workers = [collector(teachers, tmp_path, 2, name, follow=name == "shared") for name in ("data", "shared")]
    for name in ("data", "shared"):
        (tmp_path / name).rename(tmp_path / f"{name}_gone")
    with pytest.raises(CheckpointError, match="cannot write .*data.*: No such file"):
        workers[0].collect(1)
    workers[1]._write()
    assert workers[1].num_rollouts == 0
    (tmp_path / "shared_gone").rename(tmp_path / "shared")
    workers[1].collect(1)
    assert workers[1].num_rollouts == 1


def start(role, *arguments):
    process = CONTEXT.Process(target=role, args=arguments)
    process.start()
    return process


def wait_for(condition, seconds=300.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_trainer_and_collectors_come_and_go_even_by_kill_9(teachers, tmp_path):  # noqa: F811
    """Files under their names are always whole, the trainer goes on from its checkpoint, and all end by themselves."""
    for skill, path in teachers.items():
        (tmp_path / f"{skill}.pt").write_bytes(path.read_bytes())
    shared = tmp_path / "shared"
    first, killed = start(folder_processes.train, tmp_path, 1000), start(folder_processes.collect, tmp_path)
    processes = [first, killed]
    try:
        wait_for(lambda: (tmp_path / "model_2.pt").exists())
        for process in processes:
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL  # in the middle of its work
        newest = max(int(path.stem[6:]) for path in tmp_path.glob("model_*.pt"))
        last = newest + 2
        processes += [start(folder_processes.collect, tmp_path), start(folder_processes.train, tmp_path, last)]
        for process in processes[2:]:
            process.join(300)
            assert process.exitcode == 0
    finally:
        for process in processes:
            process.kill()
            process.join()
    assert checkpoint.load(tmp_path / f"model_{last}.pt")["iteration"] == last
    assert not (shared / "set_aside").exists()
    assert not list(shared.glob(".*.tmp"))
    collectors = {name.split("-", 1)[1].rsplit("-", 1)[0] for name in os.listdir(shared) if name.startswith("0")}
    assert len(collectors) <= 2
