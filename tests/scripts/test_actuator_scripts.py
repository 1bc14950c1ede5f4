"""From a simulated test bench to a network, as from the command line."""

import pytest
import torch

from legged_gym.actuators import training
from legged_gym.actuators.logs import read_log
from legged_gym.actuators.networks import load_network
from legged_gym.scripts import make_actuator_data, train_actuator


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(training, "WINDOW", 20)
    monkeypatch.setattr(training, "WARM_UP", 5)


@pytest.fixture
def log(run_script, tmp_path):
    path = tmp_path / "bench" / "log.csv"
    assert run_script(make_actuator_data, f"--out={path}", "--duration=1.5", "--joints=2", "--seed=3") == 0
    return path


@pytest.mark.parametrize("kind", ["lstm", "mlp"])
def test_from_logs_to_a_network(kind, log, run_script, tmp_path, capsys):
    assert read_log(log).torque.shape == (300, 2)
    out, plot = tmp_path / "nets" / "net.pt", tmp_path / "net.png"
    flags = (f"--data={log}", f"--out={out}", f"--kind={kind}", "--epochs=3", "--seed=4", f"--plot={plot}")
    assert run_script(train_actuator, *flags) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["torque", "RMSE,", "N", "m", kind, "ideal", "PD", "ratio"]
    assert [line.split()[0] for line in table[1:]] == ["training", "held"]
    network = load_network(out, "cpu")
    assert network.kind == kind and network.sample_time == 0.005
    info = torch.load(out, weights_only=True)["info"]
    assert (info["data"], info["held_out"], info["epochs"], info["seed"]) == (["log.csv"], [], 3, 4)
    own, ideal = (info["torque_rmse"]["held out"][name] for name in ("network", "ideal_pd"))
    assert table[2].split()[2:] == [f"{own:.3f}", f"{ideal:.3f}", f"{own / ideal:.3f}"]
    assert plot.stat().st_size > 10000


def test_held_out_log_and_gains(log, run_script, tmp_path):
    """The ideal PD is judged on that log alone, with these gains."""
    other, out = tmp_path / "other.csv", tmp_path / "net.pt"
    assert run_script(make_actuator_data, f"--out={other}", "--duration=0.5", "--joints=1", "--seed=8") == 0
    flags = ("--data", str(log), "--held_out", str(other), f"--out={out}", "--epochs=1")
    assert run_script(train_actuator, *flags, "--stiffness=0", "--damping=0") == 0
    torque = read_log(other).torque
    mean = 0.5 * (torque[1:] + torque[:-1])[training.WARM_UP :]
    info = torch.load(out, weights_only=True)["info"]
    assert info["held_out"] == ["other.csv"]
    assert info["torque_rmse"]["held out"]["ideal_pd"] == pytest.approx(float((mean**2).mean() ** 0.5), rel=1e-5)


def test_mistakes_end_in_a_line(log, run_script, tmp_path, capsys):
    lines = log.read_text().splitlines()
    gap = tmp_path / "gap.csv"
    gap.write_text("\n".join([*lines[:50], *lines[53:]]))
    cases = {
        (f"--data={gap}", "--out=net.pt"): "gap.csv: a gap before row 50: expected time 0.245 s, found 0.26 s",
        (f"--data={tmp_path}/none.csv", "--out=net.pt"): "argument --data: there is no",
        (f"--data={log}", f"--out={log}/net.pt"): "cannot write",
        (f"--data={log}", "--out=net.pt", "--kind=gru"): "invalid choice: 'gru'",
        (f"--data={log}",): "the following arguments are required: --out",
    }
    for flags, message in cases.items():
        capsys.readouterr()
        assert run_script(train_actuator, *flags) == 2
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    assert run_script(make_actuator_data, f"--out={tmp_path}/a.csv", "--duration=0") == 2
    assert "too short" in capsys.readouterr().err


def test_a_log_is_not_written_over(run_script, tmp_path, capsys):
    log = tmp_path / "log.csv"
    assert run_script(make_actuator_data, "--out", str(log), "--duration=0.1") == 0
    before = log.read_bytes()
    assert run_script(train_actuator, "--data", str(log), "--out", str(tmp_path / "." / "log.csv")) == 2
    assert "log.csv is what --data names: choose another" in capsys.readouterr().err
    assert log.read_bytes() == before
