"""What the policy is told."""

import numpy as np

from tests.deploy.runner.loop import Loop


def test_no_operator_asks_for_more_than_was_trained():
    loop = Loop()
    loop.walk(0.1, (5.0, -3.0, 0.5))
    np.testing.assert_array_equal(loop.steps[-1].command, [1.0, -1.0, 0.5])
