"""Stands in for train.py: logs a metric for a while, fast. What it does is decided by the parameter x.

Each start and each full end is noted in a file: what really ran.
"""

import argparse
import os
import struct
import sys
import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

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
    log = (run / f"events.out.tfevents.{os.getpid()}").open("ab", buffering=0)
    tag = "Other/metric" if x == SILENT else "Train/metric"
    for step in range(1, args.steps + (x != SHORT)):
        value = Summary.Value(tag=tag, simple_value=x * step)
        log.write(record(Event(step=step, wall_time=time.time(), summary=Summary(value=[value])).SerializeToString()))
        time.sleep(args.step_time)
    log.close()
    note("end")


def record(content):
    """An entry of a log; TensorBoard's own writer takes longer to load than all that is done here."""
    length = struct.pack("<Q", len(content))
    return length + checksum(length) + content + checksum(content)


def checksum(content):
    """CRC-32C, masked as in TensorFlow's record files."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


if __name__ == "__main__":
    main()
