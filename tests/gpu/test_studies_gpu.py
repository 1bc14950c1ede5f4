"""A training of a study on a GPU: what is judged between its iterations has graphs beside those of the training."""

import copy
import math

import pytest
import torch

from studies.training import judging, measure
from studies.training.point import Point

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]


def test_a_training_goes_on_after_it_was_judged(monkeypatch):
    settings = judging.evaluation_settings
    monkeypatch.setattr(judging, "evaluation_settings", lambda cfg: settings(cfg) | {"env.episode_length_s": 2.0})
    point = Point("small", "go2_flat", 1, {"env.num_envs": 64}, samples=(7680.0, 15360.0), trials=64)
    first, last = (copy.deepcopy(result) for result in measure.measure(point))
    assert [judged["iteration"] for judged in last["judged"]] == [5, 10]
    assert first["judged"] == last["judged"][:1]
    assert last["engine"] == "mujoco_warp" and all(math.isfinite(step["error"]) for step in last["trace"])
    assert last["judged"][0]["lin_vel_error"] != last["judged"][1]["lin_vel_error"]
