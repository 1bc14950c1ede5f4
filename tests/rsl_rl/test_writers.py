"""Writers side by side, and Weights & Biases (the real package) with and without a server."""

import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
import wandb

from rsl_rl.runners import OnPolicyRunner
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import LoggingError
from rsl_rl.utils.logger import Logger
from rsl_rl.utils.writers import TensorBoardWriter, WandbWriter, Writer, require_wandb
from tests.rsl_rl.point_env import PointEnv, train_cfg
from tests.rsl_rl.test_logger import read_events
from tests.rsl_rl.wandb_files import fresh_wandb, read_run

BOTH = (TensorBoardWriter, partial(WandbWriter, entity="me", project="walking"))
CLOSED = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def nobody_logged_in(tmp_path):
    with fresh_wandb(tmp_path):
        yield


def train(folder):
    """Two iterations of a pretended training."""
    log = Logger(folder, BOTH, {"task": "go2_flat", "train": {"algorithm": {"gamma": 0.98}}}, console=None)
    log.log({"Loss/kl": 0.5, "Train/mean_reward": float("nan")}, 1)
    log.log({"Loss/kl": 0.25, "Train/mean_reward": 2.0}, 2)
    log.close()
    wandb.teardown()  # as the end of the process: waits until all is on the disk


SCALARS = {1: {"Loss/kl": 0.5}, 2: {"Loss/kl": 0.25, "Train/mean_reward": 2.0}}


def test_offline_run_has_scalars_and_configuration_beside_the_events(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("WANDB_MODE", "offline")
    caplog.set_level("INFO")
    folder = tmp_path / "logs" / "go2_flat" / "Nov21_one"
    train(folder)
    assert read_run(folder) == {
        "name": "Nov21_one",
        "entity": "me",
        "project": "walking",
        "config": {"task": "go2_flat", "train": {"algorithm": {"gamma": 0.98}}},
        "history": SCALARS,
    }
    assert read_events(folder) == {"Loss/kl": [(1, 0.5), (2, 0.25)], "Train/mean_reward": [(2, 2.0)]}
    assert f"upload it with: wandb sync {folder}/wandb/offline-run" in caplog.text


def test_without_a_server_the_run_goes_on_offline_and_nobody_waits_for_it(tmp_path, monkeypatch, caplog):
    """The client itself, which would wait for the server, is never asked to open a run there."""
    monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", CLOSED)
    modes, init = [], wandb.init

    def watch(**settings):
        modes.append(settings.get("mode"))
        return init(**settings)

    monkeypatch.setattr(wandb, "init", watch)
    train(tmp_path / "run")
    assert modes == ["offline"]
    assert f"Weights & Biases goes on offline: no answer from {CLOSED}" in caplog.text
    assert read_run(tmp_path / "run")["history"] == SCALARS
    assert read_events(tmp_path / "run")["Loss/kl"] == [(1, 0.5), (2, 0.25)]


def test_an_account_that_the_server_turns_down(tmp_path, monkeypatch, caplog):
    class Server(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(401)
            self.end_headers()
            self.wfile.write(b'{"errors": [{"message": "who are you?"}]}')

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        train(tmp_path / "run")
        server.shutdown()
    assert "Weights & Biases goes on offline: who are you?" in caplog.text
    assert read_events(tmp_path / "run")["Loss/kl"] == [(1, 0.5), (2, 0.25)]


@pytest.mark.parametrize(
    ("key", "message"),
    [(None, "not logged in; run `wandb login`, or set WANDB_MODE=offline"), ("abc", "WANDB_API_KEY invalid")],
)
def test_nobody_is_asked_for_an_account(monkeypatch, key, message):
    if key is not None:
        monkeypatch.setenv("WANDB_API_KEY", key)
    with pytest.raises(LoggingError, match=message) as error:
        require_wandb()
    assert "\n" not in str(error.value)


def test_only_the_main_process_writes(tmp_path):
    opened = []

    def open_writer(log_dir, config):
        opened.append((log_dir, config))
        return TensorBoardWriter(log_dir, config)

    runner = OnPolicyRunner(PointEnv(), train_cfg(), tmp_path, config={"task": "point"})
    runner.writers = [open_writer]
    for rank in (1, 0):
        runner.distributed = Distributed(rank=rank)
        runner._open_log().close()
    assert opened == [(tmp_path, {"task": "point"})]


def test_a_writer_that_fails_leaves_the_others(tmp_path, caplog):
    closed = []

    class Broken(Writer):
        def __init__(self, log_dir, config):
            pass

        def write(self, scalars, step):
            raise LoggingError("connection lost")

        def close(self):
            closed.append(self)
            raise LoggingError("connection lost for good")

    log = Logger(tmp_path, (Broken, TensorBoardWriter), console=None)
    log.log({"Loss/kl": 1.0}, 1)
    log.log({"Loss/kl": 2.0}, 2)
    log.close()
    assert caplog.text.count("connection lost") == len(closed) == 1
    assert read_events(tmp_path) == {"Loss/kl": [(1, 1.0), (2, 2.0)]}


def test_a_variable_that_the_client_does_not_take_is_told_in_a_line(monkeypatch):
    """Its settings raise an error of several lines, which is none of its own."""

    def setup(**_):
        raise ValueError("1 validation error for Settings\nmode\n  Input should be 'online'")

    client = SimpleNamespace(Error=RuntimeError, Settings=dict, setup=setup)
    monkeypatch.setitem(sys.modules, "wandb", client)
    with pytest.raises(LoggingError, match="Weights & Biases: 1 validation error for Settings mode Input should be"):
        require_wandb()
