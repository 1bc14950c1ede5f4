from functools import partial
from pathlib import Path

import pytest

from tests.deploy import policies
from tests.envs.conftest import make  # noqa: F401  (a fixture)


@pytest.fixture
def write_controller(tmp_path: Path) -> policies.WriteController:
    """Write an ONNX file of a hand-made controller."""
    return partial(policies.write_controller, tmp_path)
