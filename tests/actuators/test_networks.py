"""Actuator networks: their arithmetic, what they remember, and their files."""

import math

import pytest
import torch
from torch import nn

from legged_gym.actuators.networks import LSTMActuator, MLPActuator, Scales, load_network, save_network
from legged_gym.utils.errors import UserError

STEPS, ROWS = 40, 5
NETWORKS = [LSTMActuator, lambda dt, **kwargs: MLPActuator(dt, history=3, stride=2, **kwargs)]
BOTH = pytest.mark.parametrize("make", NETWORKS, ids=["lstm", "mlp"])


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def signals():
    return 0.3 * torch.randn(STEPS, ROWS), 4.0 * torch.randn(STEPS, ROWS)


def step_through(network, errors, velocities, state):
    torques = []
    for error, velocity in zip(errors, velocities, strict=True):
        torque, state = network(error, velocity, state)
        torques.append(torque)
    return torch.stack(torques), state


@torch.no_grad()
def test_lstm_is_torchs():
    """Stepped by hand, it gives what torch.nn.LSTM gives for the whole sequence of scaled inputs."""
    network = LSTMActuator(0.005)
    reference, head = nn.LSTM(2, 8, 2), nn.Linear(8, 1)
    reference.load_state_dict(network.lstm.state_dict())
    head.load_state_dict(network.head.state_dict())
    errors, velocities = signals()
    torques, state = step_through(network, errors, velocities, network.initial_state(ROWS, "cpu"))
    outputs, (hidden, cell) = reference(torch.stack((2.0 * errors, 0.25 * velocities), dim=-1))
    torch.testing.assert_close(torques / 20.0, head(outputs)[..., 0], atol=1e-6, rtol=0)
    for layer in range(2):
        torch.testing.assert_close(state[2 * layer], hidden[layer], atol=1e-6, rtol=0)
        torch.testing.assert_close(state[2 * layer + 1], cell[layer], atol=1e-6, rtol=0)


@torch.no_grad()
@BOTH
def test_unrolling_is_stepping(make):
    network = make(0.005, input_limits=(0.5, 6.0))
    errors, velocities = signals()
    first, state = step_through(network, errors[:7], velocities[:7], network.initial_state(ROWS, "cpu"))
    rest, _ = step_through(network, errors[7:], velocities[7:], state)
    whole = network.unroll(errors, velocities, network.initial_state(ROWS, "cpu"))
    torch.testing.assert_close(torch.cat((first, rest)), whole, atol=2e-5, rtol=0)
    torch.testing.assert_close(network.unroll(errors[7:], velocities[7:], state), rest, atol=2e-5, rtol=0)


def test_mlp_sees_its_window():
    """Of all errors so far, those now, 2 and 4 steps ago count; before the first step they were zero."""
    network = MLPActuator(0.005, history=3, stride=2)
    errors, velocities = (signal.requires_grad_() for signal in signals())
    torques = network.unroll(errors, velocities, network.initial_state(ROWS, "cpu"))
    (gradient,) = torch.autograd.grad(torques[20, 1], errors)
    assert gradient.nonzero().tolist() == [[16, 1], [18, 1], [20, 1]]
    x = torch.tensor([[0.0, 0.0, 2 * errors[0, 0].item(), 0.0, 0.0, 0.25 * velocities[0, 0].item()]])
    torch.testing.assert_close(torques[0, :1], 20 * network.mlp(x)[0])


@torch.no_grad()
@BOTH
def test_zeroed_rows_begin_anew(make):
    """The others go on bit by bit, and a step writes to no state that it is given."""
    network = make(0.005)
    errors, velocities = signals()
    _, state = step_through(network, errors, velocities, network.initial_state(ROWS, "cpu"))
    copies = tuple(part.clone() for part in state)
    onward, _ = network(errors[0], velocities[0], state)
    assert all(torch.equal(part, copy) for part, copy in zip(state, copies, strict=True))
    state = tuple(part.clone() for part in state)
    for part in state:
        part[1] = 0.0
    torque, _ = network(errors[0], velocities[0], state)
    fresh, _ = network(errors[0], velocities[0], network.initial_state(ROWS, "cpu"))
    assert torque[1] == fresh[1] != onward[1]
    assert torch.equal(torque[[0, 2, 3, 4]], onward[[0, 2, 3, 4]])


@torch.no_grad()
@BOTH
def test_inputs_end_at_their_limits(make):
    network = make(0.005, input_limits=(0.5, 6.0))
    state = network.initial_state(2, "cpu")
    within, _ = network(torch.tensor([0.5, -0.5]), torch.tensor([-6.0, 6.0]), state)
    beyond, _ = network(torch.tensor([50.0, -0.6]), torch.tensor([-7.0, 1e9]), state)
    assert torch.equal(within, beyond)


@torch.no_grad()
@BOTH
def test_scales(make):
    """Half the input scale on twice the input, and twice the output scale."""
    network = make(0.005)
    other = make(0.005, scales=Scales(position_error=1.0, velocity=0.125, torque=40.0))
    other.load_state_dict(network.state_dict())
    errors, velocities = signals()
    torques = network.unroll(errors, velocities, network.initial_state(ROWS, "cpu"))
    doubled = other.unroll(2 * errors, 2 * velocities, other.initial_state(ROWS, "cpu"))
    torch.testing.assert_close(doubled, 2 * torques)


@torch.no_grad()
@BOTH
def test_files_hold_the_whole_network(make, tmp_path):
    network = make(0.0025, input_limits=(3.0, 25.0), hidden_size=5, num_layers=1, scales=Scales(torque=30.0))
    save_network(tmp_path / "a.pt", network, {"epochs": 7})
    loaded = load_network(tmp_path / "a.pt", "cpu")
    assert type(loaded) is type(network)
    assert loaded.settings == network.settings and loaded.scales == network.scales
    assert loaded.sample_time == 0.0025
    assert not any(weight.requires_grad for weight in loaded.parameters())
    errors, velocities = signals()
    state = network.initial_state(ROWS, "cpu")
    assert torch.equal(loaded.unroll(errors, velocities, state), network.unroll(errors, velocities, state))
    content = torch.load(tmp_path / "a.pt", weights_only=True)
    assert content["format"] == 1 and content["kind"] == network.kind and content["info"] == {"epochs": 7}
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


def without(key):
    return lambda content: content.pop(key)


def replaced(*keys, value):
    def change(content):
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


BAD = {
    "format": (replaced("format", value=2), "has format 2, but this code reads format 1"),
    "no format": (without("format"), "is no actuator network"),
    "no weights": (without("state_dict"), "lacks state_dict"),
    "kind": (replaced("kind", value="lstn"), "unknown kind 'lstn'; did you mean lstm?"),
    "other kind": (replaced("kind", value="gru"), "unknown kind 'gru'; there are lstm, mlp"),
    "setting": (replaced("settings", "depth", value=3), "its settings make no lstm: .*depth"),
    "setting's type": (replaced("settings", "input_limits", value=3), "its settings make no lstm"),
    "scale": (replaced("scales", "current", value=3.0), "its settings make no lstm: .*current"),
    "no scale": (lambda content: content["scales"].pop("torque"), "it lacks the scale of torque"),
    "scale of none": (
        replaced("scales", "velocity", value=math.nan),
        "scale velocity must be a number above 0, not nan",
    ),
    "scale of zero": (replaced("scales", "torque", value=0.0), "scale torque must be a number above 0, not 0.0"),
    "no room": (replaced("settings", "input_limits", value=[0.0, 1.0]), "a limit of the inputs must be a number above"),
    "shape": (
        replaced("state_dict", "lstm.weight_ih_l0", value=torch.zeros(32, 3)),
        r"weight lstm.weight_ih_l0 has shape \[32, 3\], expected \[32, 2\]",
    ),
    "size": (
        replaced("settings", "hidden_size", value=16),
        r"weight lstm.weight_ih_l0 has shape \[32, 2\], expected \[64, 2\]",
    ),
    "missing weight": (lambda content: content["state_dict"].pop("head.bias"), r"head.bias is missing.* \[1\]"),
    "extra weight": (replaced("state_dict", "tail", value=torch.zeros(1)), "weight tail is none of this kind"),
    "NaN": (replaced("state_dict", "head.bias", value=torch.tensor([torch.nan])), "head.bias is not finite"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD.values(), ids=BAD)
def test_spoilt_files(spoil, message, tmp_path):
    path = tmp_path / "a.pt"
    save_network(path, LSTMActuator(0.005), {})
    content = torch.load(path, weights_only=True)
    spoil(content)
    torch.save(content, path)
    with pytest.raises(UserError, match=message) as error:
        load_network(path, "cpu")
    assert "\n" not in str(error.value) and str(path) in str(error.value)


def test_what_is_no_network_file(tmp_path):
    with pytest.raises(UserError, match="cannot read the actuator network .*No such file"):
        load_network(tmp_path / "none.pt", "cpu")
    for name, data in {"text.pt": b"time,position\n0,1\n", "empty.pt": b""}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UserError, match=f"{name} is no actuator network"):
            load_network(tmp_path / name, "cpu")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(UserError, match="list.pt is no actuator network"):
        load_network(tmp_path / "list.pt", "cpu")
    path = tmp_path / "a.pt"
    save_network(path, LSTMActuator(0.005), {})
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(UserError, match="damaged"):
        load_network(path, "cpu")


def test_files_that_cannot_be_written(tmp_path):
    with pytest.raises(UserError, match="cannot write .*No such file"):
        save_network(tmp_path / "no" / "a.pt", LSTMActuator(0.005), {})


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@torch.no_grad()
@BOTH
def test_captured_steps_are_eager_ones(make):
    network = make(0.005).cuda()
    errors, velocities = (signal.cuda() for signal in signals())
    expected, _ = step_through(network, errors, velocities, network.initial_state(ROWS, "cuda"))
    error, velocity = errors[0].clone(), velocities[0].clone()
    state = network.initial_state(ROWS, "cuda")
    network(error, velocity, state)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        torque, following = network(error, velocity, state)
        for present, new in zip(state, following, strict=True):
            present.copy_(new)
    for step in range(STEPS):
        error.copy_(errors[step])
        velocity.copy_(velocities[step])
        graph.replay()
        torch.testing.assert_close(torque, expected[step], atol=1e-4, rtol=0)


def test_a_flipped_bit_is_found(tmp_path):
    """PyTorch itself does not look at the checksums."""
    path = tmp_path / "network.pt"
    save_network(path, LSTMActuator(0.005), {})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        load_network(path, "cpu")
