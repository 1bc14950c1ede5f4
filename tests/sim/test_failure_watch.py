"""What is told of simulations that fail."""

from types import SimpleNamespace

from legged_gym.sim.failure_watch import FailureWatch


def watched(counts, num_envs=4):
    kinds = {"non_finite": 0, "contact_overflow": 0}
    sim = SimpleNamespace(
        failure_kinds=tuple(kinds),
        pool_settings={"contact_overflow": "sim.max_contacts"},
        num_envs=num_envs,
        failure_counts=lambda: kinds | next(counts),
    )
    return FailureWatch(sim)  # pyright: ignore[reportArgumentType]


def test_failures_of_a_few_are_not_told_and_those_of_all_when_they_double(caplog):
    totals = [3, 7, 12, 19, 27]  # 3, 4, 5, 7, 8 new ones
    watch = watched(iter({"non_finite": total} for total in totals))
    told = []
    for _ in totals:
        watch.look()
        told.append(len(caplog.messages))
    assert told == [0, 1, 1, 1, 2]
    assert caplog.messages[0].startswith("4 simulations failed in an iteration of 4 robots, and began anew")


def test_a_full_pool_names_its_setting_once(caplog):
    watch = watched(iter({"contact_overflow": total} for total in (1, 2)))
    watch.look()
    watch.look()
    assert caplog.messages == ["1 robots were reset by contact overflow: raise sim.max_contacts"]
