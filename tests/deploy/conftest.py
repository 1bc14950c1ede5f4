from functools import partial
from pathlib import Path

import pytest

from tests.deploy import policies
from tests.envs.conftest import make  # noqa: F401  (a fixture)


@pytest.fixture
def write_policy(tmp_path: Path) -> policies.WritePolicy:
    """Write an ONNX file of a hand-made policy."""
    return partial(policies.write_policy, tmp_path)
