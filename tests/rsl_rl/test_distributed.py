"""Two processes, each with half of the samples, have to learn what one learns from all."""

import pytest
import torch

from rsl_rl.utils.distributed import Distributed
from tests.rsl_rl.two_processes import run_two, update_on_fixed_data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("distributed")


@pytest.fixture(scope="module")
def results(folder):
    return run_two(folder, ("cpu", "cpu"), "gloo")


def test_two_processes_learn_what_one_learns_from_all(results):
    single = update_on_fixed_data(Distributed())
    for rank, (result, _) in enumerate(results):
        for name, value in single.items():
            torch.testing.assert_close(result[name], value, atol=1e-5, rtol=1e-5, msg=f"{rank} {name}")


def test_runner_trains_one_policy_with_different_noise_and_saves_once(folder, results):
    first, second = (result for _, result in results)
    for name in first.keys() - {"noise", "noise_after_loading"}:
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0, msg=name)
    assert (first["noise"] != second["noise"]).all()
    assert (first["noise_after_loading"] != second["noise_after_loading"]).all()
    assert [path.name for path in (folder / "run").glob("*.pt")] == ["model_1.pt"]
    assert len(list((folder / "run").glob("events*"))) == 1
