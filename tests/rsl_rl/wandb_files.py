"""A fresh Weights & Biases, and what a run of it keeps on disk: protocol buffers in the log format of LevelDB."""

import contextlib
import json
import os
from unittest.mock import patch

import wandb
from wandb.proto.wandb_internal_pb2 import Record
from wandb.sdk.lib import wbauth

BLOCK, FILE_HEADER, HEADER = 32768, 7, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


@contextlib.contextmanager
def fresh_wandb(home):
    """The package as in a new process of somebody who never logged in; the environment as before afterwards."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    places = {"HOME": str(home), "NETRC": str(home / "netrc"), "WANDB_CONFIG_DIR": str(home / "config")}
    with patch.dict(os.environ, {**own, **places}, clear=True):
        wandb.teardown()
        wbauth.unauthenticate_session(update_settings=False)
        yield
        wandb.teardown()


def read_run(folder):
    """Name, entity, project, configuration and scalars ({step: {tag: value}}) of the only run in a log folder."""
    (path,) = folder.glob("wandb/*run-*/*.wandb")
    about, history = {}, {}
    for record in records(path.read_bytes()):
        if record.WhichOneof("record_type") == "run":
            run = record.run
            config = {item.key: json.loads(item.value_json) for item in run.config.update if item.key != "_wandb"}
            about = {"name": run.display_name, "entity": run.entity, "project": run.project, "config": config}
        elif record.WhichOneof("record_type") == "history":
            values = {
                item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item
            }
            history[record.history.step.num] = {tag: value for tag, value in values.items() if tag[0] != "_"}
    return about | {"history": history}


def records(data):
    position, parts = FILE_HEADER, b""
    while position + HEADER <= len(data):
        left = BLOCK - position % BLOCK
        if left < HEADER:
            position += left
            continue
        length, kind = int.from_bytes(data[position + 4 : position + 6], "little"), data[position + 6]
        parts += data[position + HEADER : position + HEADER + length]
        position += HEADER + length
        if kind in (FULL, LAST):
            record = Record()
            record.ParseFromString(parts)
            yield record
            parts = b""
