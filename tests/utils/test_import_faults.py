"""Packages of others that cannot be imported: told with what of the environment may be at fault."""

import importlib
from pathlib import Path

import pytest

from legged_gym.utils.import_faults import import_fault


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (
            {"STRANGE_LOGS": "nonsense", "OTHER": "nonsense"},
            "strange cannot be imported: cannot read nonsense; it reads of the environment: OTHER=nonsense, "
            "STRANGE_LOGS=nonsense",
        ),
        ({}, "strange cannot be imported: cannot read None"),
    ],
)
def test_a_package_that_cannot_read_its_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    folder = tmp_path / "site-packages"
    (folder / "strange").mkdir(parents=True)
    (folder / "strange" / "__init__.py").write_text("import strange.logs\n")
    (folder / "strange" / "logs.py").write_text(
        "import os\nraise ValueError('cannot read ' + str(os.environ.get('STRANGE_LOGS')) + '\\nsecond line')\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="cannot read") as found:
        importlib.import_module("strange")
    assert import_fault(found.value) == told


def test_an_error_of_another_kind_is_none() -> None:
    with pytest.raises(ValueError, match="x") as found:
        int("x")
    assert import_fault(found.value) is None
