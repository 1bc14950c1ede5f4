"""What `doctor.py` does once its flags are read."""

import argparse
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from legged_gym.diagnosis import drawing, machine, packages
from legged_gym.diagnosis.findings import Finding, Section, count, page, plain, section
from legged_gym.utils.outputs import write_json

logger = logging.getLogger(__name__)


def examine(args: argparse.Namespace) -> int:
    """Look at everything and tell it; the exit status: 1 where something does not work."""
    sections = [
        section("machine", machine.look),
        section("packages", packages.look),
        section("drawing", drawing.look),
    ]
    speeds: list[dict[str, Any]] = []
    if not args.no_measure:
        if count(sections, "fault"):
            sections.append(("training", [Finding("not measured", "mend what is marked by X first", "note")]))
        else:
            _check_flags(args.task, args.sim_device)
            logger.info("measuring: a minute on a CPU; where kernels are compiled for the first time, two")
            sections.append(section("training", lambda: _measured(args.task, args.sim_device, speeds)))
    print(page(sections))
    if args.json:
        write_json(args.json, _result(sections, speeds), indent=2)
    return int(count(sections, "fault") > 0)


def _check_flags(tasks: Sequence[str], device: str | None) -> None:
    """Refuse what there is not; sooner, torch may be what is broken.

    Raises:
        UserError: unknown task or device.
    """
    from legged_gym.sim.devices import check_device
    from legged_gym.tasks import check_task

    for name in tasks:
        check_task(name)
    if device is not None:
        check_device(device)


def _measured(tasks: Sequence[str], device: str | None, speeds: list[dict[str, Any]]) -> Iterator[Finding]:
    from legged_gym.diagnosis import training  # torch and MuJoCo, which may be what is broken

    logging.getLogger("legged_gym.terrain").setLevel(logging.WARNING)
    for task in tasks:
        speed = training.measure(task, device, training.BUDGET / len(tasks))
        speeds.append(asdict(speed) | {"expected_seconds": speed.expected, "most_robots": speed.most_robots})
        yield from training.tell(speed)


def _result(sections: Sequence[Section], speeds: list[dict[str, Any]]) -> dict[str, Any]:
    return {"findings": plain(sections), "speeds": speeds, "faults": count(sections, "fault")}
