import json
from functools import partial
from pathlib import Path

import pytest

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.runs import tracking
from legged_gym.runs.tracking import Account, log_writers, wandb_account
from legged_gym.scripts.train import make_parser
from legged_gym.utils.errors import UserError
from rsl_rl.utils.errors import LoggingError
from rsl_rl.utils.writers import TensorBoardWriter


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "wandb_config.json"
    monkeypatch.setattr(tracking, "CONFIG_FILE", path)
    monkeypatch.setattr(tracking, "require_wandb", lambda: None)
    return path


def account(*flags):
    return wandb_account(make_parser().parse(flags))


def test_off_until_both_are_known_and_flags_win_over_the_file(file):
    assert account() is None
    assert account("--wandb_entity=me", "--wandb_project=walking") == Account("me", "walking")
    file.write_text(json.dumps({"entity": "team", "project": "running"}))
    assert account() == Account("team", "running")
    assert account("--wandb_entity=me") == Account("me", "running")
    assert account("--wandb_entity=me", "--wandb_project=walking") == Account("me", "walking")
    assert account("--disable_wandb") is None
    for flag in ("--wandb_entity", "--wandb_project"):
        with pytest.raises(UserError, match=f"{flag} has no effect beside --disable_wandb"):
            account(f"{flag}=me", "--disable_wandb")


def test_one_alone_is_a_mistake(file):
    with pytest.raises(UserError, match="no project; name it with --wandb_project or in .*wandb_config.json"):
        account("--wandb_entity=me")
    file.write_text('{"project": "running"}')
    with pytest.raises(UserError, match="no entity; name it with --wandb_entity"):
        account()
    assert account("--wandb_entity=me") == Account("me", "running")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "wandb_config.json is not valid JSON: Expecting property name"),
        ("[]", "expected an object of texts"),
        ('{"entity": 3}', "expected an object of texts"),
        ('{"entitty": "me", "project": "p"}', "unknown entry 'entitty'; did you mean entity"),
    ],
)
def test_a_file_that_is_none(file, text, message):
    file.write_text(text)
    with pytest.raises(UserError, match=message) as error:
        account()
    assert "\n" not in str(error.value)
    assert account("--disable_wandb") is None


def test_the_account_must_be_usable(file, monkeypatch):
    def fail():
        raise LoggingError("not logged in")

    monkeypatch.setattr(tracking, "require_wandb", fail)
    assert account() is None
    with pytest.raises(LoggingError):
        account("--wandb_entity=me", "--wandb_project=walking")


def test_local_logs_are_written_either_way():
    assert log_writers(None) == [TensorBoardWriter]
    local, remote = log_writers(Account("me", "walking"))
    assert local is TensorBoardWriter
    assert isinstance(remote, partial) and remote.keywords == {"entity": "me", "project": "walking"}


def test_the_example_is_such_a_file(file):
    file.write_text((Path(LEGGED_GYM_ROOT_DIR) / "user" / "wandb_config_example.json").read_text())
    assert account() == Account("your-user-or-team", "robust_parallel")


@pytest.mark.parametrize("project", ["a/b", "a#b", "a:b", " "])
def test_names_that_the_server_does_not_take(file, project):
    with pytest.raises(UserError, match="cannot be the project"):
        wandb_account(make_parser().parse(["--wandb_entity=me", "--wandb_project", project]))
