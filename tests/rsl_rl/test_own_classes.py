"""Policies, algorithms and runners of a user's own, in a module outside of this repository."""

import sys

import pytest
import torch

from legged_gym.envs.go2.go2_config import Go2FlatCfgPPO
from legged_gym.tasks import make_runner
from rsl_rl.algorithms import PPO
from rsl_rl.runners import OnPolicyRunner, TeacherStudentRunner
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.registry import resolve
from tests.rsl_rl import cue_env, point_env

MODULE = '''
import torch

from rsl_rl.algorithms import PPO, Distillation, StudentPPO
from rsl_rl.modules import ActorCritic, StudentPolicy
from rsl_rl.runners import OnPolicyRunner


class MyPolicy(ActorCritic):
    """Acts twice as much."""

    def __init__(self, *args, strength=2.0, **settings):
        super().__init__(*args, **settings)
        self.strength = strength

    def act_inference(self, obs, state=()):
        actions, state = super().act_inference(obs, state)
        return self.strength * actions, state


class MyPPO(PPO):
    """Counts its updates."""

    def __init__(self, *args, first=0, **settings):
        super().__init__(*args, **settings)
        self.count = first

    def update(self, obs):
        super().update(obs)
        self.count += 1


class MyStudent(StudentPolicy):
    """Remembers the last actions, too."""

    num_state_tensors = 2

    def initial_state(self, num_envs):
        return (*super().initial_state(num_envs), torch.zeros(1, num_envs, 1))

    def act_inference(self, obs, state=()):
        actions, memory = super().act_inference(obs, state[:1])
        return actions, (*memory, actions[None])

    def unroll(self, obs, dones, state=()):
        output, memory = super().unroll(obs, dones, state[:1])
        return output, (*memory, output.actions[-1:])


class MyDistillation(Distillation):
    pass


class MyReinforcement(StudentPPO):
    pass


class MyRunner(OnPolicyRunner):
    pass
'''


@pytest.fixture(autouse=True)
def own_learning(tmp_path, monkeypatch):
    (tmp_path / "own_learning.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("own_learning", None)


def test_a_policy_and_an_algorithm_train_and_act():
    cfg = point_env.train_cfg("own_learning:MyPolicy", algorithm={"class_name": "own_learning:MyPPO", "first": 5})
    cfg["policy"]["strength"] = 3.0
    runner = OnPolicyRunner(point_env.PointEnv(), cfg)
    runner.learn(2)
    assert runner.algorithm.count == 7
    obs = runner.env.get_observations()
    torch.testing.assert_close(runner.get_inference_policy()(obs), 3.0 * runner.policy(obs)[0].mean)
    cfg["algorithm"]["frist"] = 1
    with pytest.raises(ConfigError, match="algorithm MyPPO has no setting 'frist', did you mean 'first'"):
        OnPolicyRunner(point_env.PointEnv(), cfg)


def test_a_student_and_its_algorithm_train():
    own = {
        "student": {"class_name": "own_learning:MyStudent"},
        "distillation": {"class_name": "own_learning:MyDistillation"},
    }
    runner = TeacherStudentRunner(cue_env.CueEnv(), cue_env.train_cfg("student", **own))
    assert type(runner.policy).__name__ == "MyStudent" and type(runner.algorithm).__name__ == "MyDistillation"
    own["student_curriculum"] = {"max_iterations": 2}
    reinforcement = {"class_name": "own_learning:MyReinforcement", "begins_at": 0.5}
    cfg = {**cue_env.train_cfg("student", **own), "reinforcement": reinforcement}
    runner = TeacherStudentRunner(cue_env.CueEnv(8), cfg)
    runner._teacher_is_known = True
    runner.learn(2)
    assert type(runner.algorithm.reinforcement).__name__ == "MyReinforcement"
    assert runner.algorithm.metrics()["Loss/surrogate"].isfinite()


def test_a_runner_trains_a_task():
    cfg = Go2FlatCfgPPO()
    cfg.runner.class_name = "own_learning:MyRunner"
    runner = make_runner(point_env.PointEnv(), cfg, None, "cpu")
    assert type(runner).__name__ == "MyRunner"


def test_what_cannot_be_found_is_told_in_one_line():
    table = {"PPO": PPO}
    assert resolve("algorithm", "PPO", table) is PPO
    faults = {
        "PPP": "unknown algorithm 'PPP', did you mean 'PPO'?",
        "own_learning:MyPP": "algorithm 'own_learning:MyPP': no class 'MyPP' in own_learning, did you mean 'MyPPO'?",
        "own_learnin:MyPPO": (
            "algorithm 'own_learnin:MyPPO': cannot import 'own_learnin' (No module named 'own_learnin'); "
            "is it installed or on PYTHONPATH?"
        ),
        ":MyPPO": "algorithm ':MyPPO': cannot import '' (Empty module name); is it installed or on PYTHONPATH?",
        "collections:OrderedDict": "algorithm 'collections:OrderedDict' is no subclass of rsl_rl.algorithms.ppo.PPO",
        "rsl_rl.utils.registry:T": "algorithm 'rsl_rl.utils.registry:T': no class 'T' in rsl_rl.utils.registry",
        5: "algorithm 5 is no name of a class",
        None: "algorithm None is no name of a class",
    }
    for name, message in faults.items():
        with pytest.raises(ConfigError) as error:
            resolve("algorithm", name, table)
        assert str(error.value).startswith(message) and "\n" not in str(error.value)
