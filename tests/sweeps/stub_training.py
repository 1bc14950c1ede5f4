"""Stands in for train.py: logs a metric for a while, fast. What it does is decided by the parameter x.

Each start and each full end is noted in a file: what really ran.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

CRASH, SILENT, SHORT = 666, 667, 668
"""Values of x: crash, never log the metric, end early. Else the metric is x times the iteration."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--step_time", type=float)
    parser.add_argument("--run_name")
    parser.add_argument("--set", action="append", dest="settings")
    args = parser.parse_args()
    x = int(dict(text.split("=") for text in args.settings)["x"])

    def note(what):
        with (args.runs / "notes.txt").open("a") as file:
            file.write(f"{what} {x} {os.getpid()}\n")

    note("start")
    run = args.runs / f"Jan01_{args.run_name}"
    run.mkdir()
    (run / "config.yaml").write_text(f"train: {{runner: {{max_iterations: {args.steps}}}}}")
    if x == CRASH:
        sys.exit("first line\nValueError: x is bad")
    writer = EventFileWriter(str(run))
    tag = "Other/metric" if x == SILENT else "Train/metric"
    for step in range(1, args.steps + (x != SHORT)):
        value = Summary.Value(tag=tag, simple_value=x * step)
        writer.add_event(Event(step=step, wall_time=time.time(), summary=Summary(value=[value])))
        writer.flush()
        time.sleep(args.step_time)
    writer.close()
    note("end")


if __name__ == "__main__":
    main()
