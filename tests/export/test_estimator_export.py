"""The network of a policy with an estimator: both halves in one, and each by itself."""

import copy
import json
import shutil

import onnx
import onnxruntime
import pytest
import torch

from legged_gym.export import network_files
from legged_gym.export.exportable import ExportableActor, ExportableEstimator, ExportablePolicy
from legged_gym.export.network_files import export_onnx_halves, export_torchscript
from legged_gym.export.parity import Recording
from legged_gym.utils.digest import KEY, is_sealed
from legged_gym.utils.errors import UserError
from tests.rsl_rl.small_estimator import make_policy, random_obs

METADATA = {"observations": [], "estimate": [{"name": "speed", "width": 2, "scale": [2.0, 1 / 3]}]}


@pytest.fixture
def policy():
    torch.manual_seed(0)
    return make_policy()


def make_recording():
    """What the robot measures: the targets are not among it."""
    observations = {name: group for name, group in random_obs(6, 3).items() if name in ("felt", "past")}
    return Recording(observations, torch.rand(6, 3) < 0.3)


@pytest.fixture
def recording():
    return make_recording()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder with the network's files; not to be written to."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("exported")
    policy, recording = make_policy(), make_recording()
    export_torchscript(policy, folder / "policy.pt", recording)
    export_onnx_halves(policy, folder / "estimator.onnx", folder / "actor.onnx", recording, METADATA)
    return folder


def run(path, *inputs):
    session = onnxruntime.InferenceSession(str(path))
    names = [node.name for node in session.get_inputs()]
    outputs = session.run(None, dict(zip(names, (part.numpy() for part in inputs), strict=True)))
    return dict(zip((node.name for node in session.get_outputs()), map(torch.from_numpy, outputs), strict=True))


def test_the_joined_files_act_and_estimate(policy, exported):
    obs = random_obs(1)
    x = torch.cat((obs["past"], obs["felt"]), dim=-1)
    with torch.no_grad():
        actions, estimate = policy.act_inference(obs)[0], policy.estimate(obs)
    script = torch.jit.load(str(exported / "policy.pt"))(x)
    torch.testing.assert_close(script, (actions, estimate), atol=1e-5, rtol=0)


def test_the_halves_by_hand(policy, exported):
    """The actor's file acts on whatever estimate it is given, and has the normalizer for the rest alone."""
    paths = exported / "estimator.onnx", exported / "actor.onnx"
    obs, told = torch.randn(4, 7), torch.randn(4, 5)
    statistics = policy.actor_input.normalizer
    x = (obs - statistics.mean) / (statistics.var.sqrt() + statistics.epsilon)
    with torch.no_grad():
        estimate = {"estimate": policy.actor.estimator(x)}
        actions = {"actions": policy.actor.trunk(torch.cat((x, told), dim=-1))}
    torch.testing.assert_close(run(paths[0], obs), estimate, atol=1e-5, rtol=0)
    torch.testing.assert_close(run(paths[1], torch.cat((obs, told), dim=-1)), actions, atol=1e-5, rtol=0)
    numbers = [
        sum(onnx.numpy_helper.to_array(weight).size for weight in onnx.load(path).graph.initializer) for path in paths
    ]
    sizes = [sum(p.numel() for p in half.parameters()) for half in (policy.actor.estimator, policy.actor.trunk)]
    assert all(0 <= number - size <= 4 * 7 for number, size in zip(numbers, sizes, strict=True))


def test_the_halves_have_their_metadata(exported):
    for name in ("actor.onnx", "estimator.onnx"):
        model = onnx.load(exported / name)
        kept = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
        assert kept == METADATA | {KEY: kept[KEY]} and is_sealed((exported / name).read_bytes(), name)
        assert b".py" not in (exported / name).read_bytes()


def perturb(module, part):
    module = copy.deepcopy(module)
    list(module.get_submodule(part).parameters())[-1].add_(2e-4)
    return module


@pytest.mark.parametrize(
    ("half", "part", "name", "output", "left"),
    [
        (ExportableEstimator, "estimator", "estimator", "estimate", []),
        (ExportableActor, "trunk", "actor", "actions", ["estimator.onnx"]),
    ],
)
def test_a_half_that_differs_is_removed(
    policy, recording, exported, tmp_path, monkeypatch, half, part, name, output, left
):
    write = network_files._write_half

    def write_another(module, input_name, output_name, path, metadata):
        if isinstance(module, half):
            write(perturb(module, part), input_name, output_name, path, metadata)
        else:  # the half that is right
            shutil.copy(exported / path.name, path)

    monkeypatch.setattr(network_files, "_write_half", write_another)
    with pytest.raises(UserError, match=rf"{name}.onnx was not exported: its output {output} differs"):
        export_onnx_halves(policy, tmp_path / "estimator.onnx", tmp_path / "actor.onnx", recording)
    assert [path.name for path in tmp_path.iterdir()] == left


@pytest.mark.parametrize(("part", "output"), [("actor.estimator", "estimate"), ("actor.trunk", "actions")])
def test_a_joined_file_that_differs_is_removed(policy, recording, tmp_path, monkeypatch, part, output):
    if output == "estimate":  # the actions are not to depend on it
        policy.actor.trunk[0].weight.data[:, -5:] = 0.0
    monkeypatch.setattr(
        network_files, "ExportablePolicy", lambda policy: perturb(ExportablePolicy(policy), f"policy.{part}")
    )
    with pytest.raises(UserError, match=rf"policy.pt was not exported: its output {output} differs .* 2\.0e-04"):
        export_torchscript(policy, tmp_path / "policy.pt", recording)
    assert list(tmp_path.iterdir()) == []
