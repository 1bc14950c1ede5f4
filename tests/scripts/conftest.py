import pytest

from legged_gym.runs import tracking
from legged_gym.scripts import command_line as cli
from tests.flags import latest


@pytest.fixture
def run_script(tmp_path, monkeypatch):
    """Run a script's main function as from the command line, with its logs in `tmp_path`; returns the exit status.

    Of flags in the form `--flag=value` or `--set KEY=VALUE` the last of each stands, as a program would not have it.
    """
    monkeypatch.setattr(tracking, "CONFIG_FILE", tmp_path / "nobody.json")

    def run(script, *flags):
        has_logs = hasattr(script, "make_parser") and "--log_root" in script.make_parser().format_help()
        where = [f"--log_root={tmp_path}"] if has_logs else []
        with pytest.raises(SystemExit) as stop:
            cli.run_program(lambda: script.main(latest([*where, *flags])))
        return stop.value.code

    return run
