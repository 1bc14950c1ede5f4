"""Sweeps on Weights & Biases: the real package against a stand-in for their server."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import wandb
import yaml
from wandb.wandb_agent import Agent

from legged_gym.runs.tracking import Account
from legged_gym.sweeps import wandb_candidate
from legged_gym.sweeps.definition import parse_definition
from legged_gym.sweeps.wandb_backend import create_sweep, join_sweep
from legged_gym.utils.errors import UserError
from rsl_rl.utils.errors import LoggingError
from tests.rsl_rl.wandb_files import fresh_wandb

ME = Account("me", "walking")
SWEEP = {
    "method": "bayes",
    "metric": {"name": "Train/mean_reward", "goal": "maximize"},
    "run_cap": 7,
    "early_terminate": {"type": "hyperband", "min_iter": 5},
    "parameters": {
        "train_cfg.algorithm.gamma": {"min": 0.9, "max": 0.99},
        "train_cfg.seed": {"min": 0, "max": 8, "q": 4, "distribution": "q_uniform"},
        "train_cfg.policy.actor_hidden_dims": {"values": [[8], [8, 8]]},
    },
}
CANDIDATE = {"train_cfg.algorithm.gamma": 0.98, "train_cfg.seed": 4.0, "train_cfg.policy.actor_hidden_dims": [8, 8]}


class Server(BaseHTTPRequestHandler):
    """Keeps one sweep, and has one candidate for whoever asks first."""

    sweep: dict = {}
    candidates: list = []

    def do_GET(self):
        self.answer({})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/graphql":
            request = json.loads(body)
            self.answer({"data": self.data(request["query"], request.get("variables"))})
        else:
            self.answer({})

    def data(self, query, variables):
        if "upsertSweep" in query:
            Server.sweep = yaml.safe_load(variables["config"]) | {
                "at": variables["entityName"] + variables["projectName"]
            }
            project = {"id": "1", "name": "walking", "entity": {"id": "1", "name": "me"}}
            return {"upsertSweep": {"sweep": {"name": "abc", "project": project}, "configValidationWarnings": []}}
        if "createAgent" in query:
            return {"createAgent": {"agent": {"id": "agent"}}}
        if "agentHeartbeat" in query:
            running = "true" in variables["runState"]
            command = {"type": "exit"} if not Server.candidates and not running else None
            if Server.candidates:
                args = {key: {"value": value} for key, value in Server.candidates.pop().items()}
                command = {"type": "run", "run_id": "one", "program": "train.py", "args": args}
            commands = json.dumps([command] if command else [])
            return {"agentHeartbeat": {"agent": {"id": "agent"}, "commands": commands}}
        if "sweep(" in query:
            empty = dict.fromkeys(("description", "createdAt", "heartbeatAt", "updatedAt", "controller", "scheduler"))
            state = {"id": "1", "state": "RUNNING", "earlyStopJobRunning": False, "runs": {"edges": []}}
            config = yaml.safe_dump(Server.sweep)
            return {"project": {"sweep": {**empty, **state, "name": "abc", "method": "bayes", "config": config}}}
        return {"viewer": {"id": "1", "username": "me", "entity": "me", "flags": "{}", "teams": {"edges": []}}}

    def answer(self, content):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *args):
        pass


@pytest.fixture(autouse=True)
def nobody_logged_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the agent writes where it is
    with fresh_wandb(tmp_path):
        yield


@pytest.fixture
def server(monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()


def test_a_sweep_is_made_and_its_candidates_are_trainings(server, tmp_path, monkeypatch):
    assert create_sweep("walk", parse_definition(SWEEP), "training", ["--task=go2_flat", "--num_envs=64"], ME) == "abc"
    assert Server.sweep.pop("at") == "mewalking"
    assert Server.sweep["name"] == "walk"
    for name in ("method", "metric", "run_cap", "early_terminate"):
        assert Server.sweep[name] == SWEEP[name]
    assert Server.sweep["parameters"].keys() == SWEEP["parameters"].keys()

    # The agent starts the `python` beside this one: here, a program that notes how it was called.
    python, called = tmp_path / "bin" / "python", tmp_path / "called.json"
    python.parent.mkdir()
    python.write_text(f"#!{sys.executable}\nimport json, sys\njson.dump(sys.argv[1:], open({str(called)!r}, 'w'))\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(Agent, "POLL_INTERVAL", 0.1)
    Server.candidates = [CANDIDATE]
    join_sweep("abc", ME)
    command = json.loads(called.read_text())
    assert command[:2] == ["-m", "legged_gym.sweeps.wandb_candidate"]

    started = []
    monkeypatch.setattr("os.execv", lambda *args: started.append(args))
    monkeypatch.setattr(wandb_candidate, "end_with_parent", lambda number: None)
    wandb_candidate.main(command[2:])
    ((program, started_command),) = started
    assert program == started_command[0] == sys.executable
    assert started_command[1:] == [
        "-m", "training",
        "--task=go2_flat", "--num_envs=64", "--wandb_entity=me", "--wandb_project=walking",
        "--set", "train.algorithm.gamma=0.98",
        "--set", "train.seed=4",
        "--set", "train.policy.actor_hidden_dims=[8, 8]",
    ]  # fmt: skip


def test_their_server_ends_candidates_by_hyperband_alone():
    definition = parse_definition(SWEEP | {"early_terminate": {"type": "median"}})
    with pytest.raises(UserError, match="Weights & Biases knows hyperband alone, not median"):
        create_sweep("walk", definition, "training", [], ME)


@pytest.mark.parametrize(
    "begin", [lambda: create_sweep("walk", parse_definition(SWEEP), "training", [], ME), lambda: join_sweep("abc", ME)]
)
def test_without_account_server_or_network(begin, monkeypatch):
    with pytest.raises(LoggingError, match="not logged in"):
        begin()
    wandb.teardown()
    monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="no answer from http://127.0.0.1:9"):
        begin()
    wandb.teardown()
    monkeypatch.setenv("WANDB_MODE", "offline")
    with pytest.raises(UserError, match="a sweep needs their server, and the mode is offline"):
        begin()


def test_what_the_server_refuses_is_told_in_one_line(server, monkeypatch):
    monkeypatch.setattr(Server, "data", lambda self, query, variables: {"project": None})
    with pytest.raises(UserError, match="^Weights & Biases: ") as error:
        join_sweep("nonsense", ME)
    assert "\n" not in str(error.value)
