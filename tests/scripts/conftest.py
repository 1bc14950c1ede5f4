import sys

import pytest
import torch

from legged_gym.runs import folders as runs
from legged_gym.runs import tracking
from legged_gym.scripts import command_line as cli


@pytest.fixture
def run_script(tmp_path, monkeypatch):
    """Run a script's main function as from the command line, with its logs in `tmp_path`; returns the exit status."""
    monkeypatch.setattr(runs, "LOG_ROOT", tmp_path)
    monkeypatch.setattr(tracking, "CONFIG_FILE", tmp_path / "nobody.json")
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)

    def run(script, *flags):
        monkeypatch.setattr(sys, "argv", [script.__name__, *flags])
        with pytest.raises(SystemExit) as stop:
            cli.run_program(script.main)
        return stop.value.code

    return run
