"""Train ANYmal C on Isaac Gym's interface, as a fork of legged_gym does, and say how fast it goes and what it learns.

    python benchmarks/isaacgym_fork/train.py --task=rough --headless --minutes=20

It uses nothing of this project but `isaacgym`. Lines tell iteration, seconds of training and control steps of all
robots a second, and of the robots in training, which explore: velocity error, m/s, falls of a robot a minute, reward
a second and, on rough ground, mean level of 0 to 9. Robots that master all levels are at 5.9 on average, since one
that passes the last goes anywhere. At the end the same without exploration. Start-up, in which kernels are compiled,
is not counted.
"""

import signal
import sys
from pathlib import Path

if __name__ == "__main__":  # before all that takes time to load
    for number_of_signal in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(number_of_signal, signal.SIG_DFL)  # Ctrl-C, and `| head`, end it without a traceback
    sys.path.append(str(Path(__file__).resolve().parents[2]))

import argparse
import errno
import math
import os
import time
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.isaacgym_fork.learner import GAMMA, PPO, ActorCritic, Rollout
from benchmarks.isaacgym_fork.task import Anymal
from isaacgym import gymutil

STEPS = 24
"""Control steps of a rollout."""
HIDDEN = {"flat": [128, 64, 32], "rough": [512, 256, 128]}


class Training:
    """A task, a policy and what is known of both."""

    def __init__(self, task: Anymal, policy: ActorCritic) -> None:
        """Nothing learned yet."""
        self.task, self.policy, self.ppo = task, policy, PPO(policy)
        self.rollout = Rollout(STEPS, task.num_envs, task.num_obs, task.num_actions, task.device)
        task.episode_length = torch.randint_like(task.episode_length, task.max_episode_length)  # ends are spread out
        self.obs = task.observe()

    def collect(self) -> dict[str, torch.Tensor]:
        """A rollout; returns means of what the task logs."""
        logs: list[dict[str, torch.Tensor]] = []
        with torch.inference_mode():
            for step in range(STEPS):
                chosen, values = self.policy.distribution(self.obs), self.policy.critic(self.obs)
                actions = chosen.sample()
                likelihood = chosen.log_prob(actions).sum(dim=-1)
                obs, rewards, dones, late = self.task.step(actions)
                rewards = rewards + GAMMA * values[:, 0] * late
                self.rollout.put(step, obs=self.obs, actions=actions, means=chosen.mean, stds=chosen.stddev)
                self.rollout.put(step, values=values, likelihoods=likelihood, rewards=rewards, dones=dones)
                self.obs = obs
                logs.append(self.task.log)
            self.rollout.finish(self.policy.critic(self.obs))
            return {name: torch.stack([log[name] for log in logs]).mean() for name in logs[0]}

    def evaluate(self, steps: int) -> dict[str, float]:
        """What the policy does without exploration: means over some steps, the first second of them left out."""
        logs = []
        with torch.inference_mode():
            for _ in range(50 + steps):
                self.obs = self.task.step(self.policy.actor(self.obs))[0]
                logs.append(self.task.log)
            return {name: float(torch.stack([log[name] for log in logs[50:]]).mean()) for name in logs[0]}


def number(kind: type, least: float, most: float) -> Callable[[str], float]:
    """A type of flags: a number from `least` to `most`."""

    def read(text: str) -> float:
        try:
            value = kind(text if text.isascii() and "_" not in text else "")
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected a number, got {text!r}") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least:.7g} to {most:.10g}, got {text}")
        return value

    return read


def get_args() -> argparse.Namespace:
    """The command line."""
    parameters = [
        {"name": "--task", "type": str, "default": "flat", "choices": list(HIDDEN), "help": "ground"},
        {"name": "--headless", "action": "store_true", "help": "there is no viewer in any case"},
        {"name": "--num_envs", "type": number(int, 1, 10**7), "default": 4096, "help": "robots"},
        {"name": "--max_iterations", "type": number(int, 1, 10**9), "default": 10**9, "help": "updates at most"},
        {"name": "--minutes", "type": number(float, 1e-6, 1e6), "default": math.inf, "help": "of training at most"},
        {"name": "--seed", "type": number(int, 0, 2**32 - 1), "default": 1, "help": "of all random numbers"},
    ]
    return gymutil.parse_arguments(description="ANYmal C as in a fork of legged_gym", custom_parameters=parameters)


def main() -> None:
    """Train and tell."""
    args, begun = get_args(), time.perf_counter()
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    task = Anymal(args, rough=args.task == "rough")
    policy = ActorCritic(task.num_obs, task.num_actions, HIDDEN[args.task], spread=0.5).to(task.device)
    training = Training(task, policy)
    print(f"{args.task}: {args.num_envs} robots on {task.device}, started in {time.perf_counter() - begun:.1f} s")
    start = last = time.perf_counter()
    collecting = 0.0
    for iteration in range(1, args.max_iterations + 1):
        log = training.collect()
        if task.device != "cpu":
            torch.cuda.synchronize()
        collecting += time.perf_counter() - last
        training.ppo.update(training.rollout)
        told = " ".join(f"{name} {value:.3f}" for name, value in log.items())
        now = time.perf_counter()
        if iteration == 1 or iteration % 10 == 0 or iteration == args.max_iterations:
            rate, overall = STEPS * args.num_envs / (now - last), iteration * STEPS * args.num_envs / (now - start)
            print(
                f"iteration {iteration} at {now - start:.0f} s: {rate:,.0f} steps/s, so far {overall:,.0f}, "
                f"collecting {collecting / (now - start):.0%}; {told}",
                flush=True,
            )
        last = now
        if now - start > 60.0 * args.minutes:
            break
    told = " ".join(f"{name} {value:.3f}" for name, value in training.evaluate(500).items())
    print(f"trained for {last - start:.0f} s; without exploration: {told}")
    task.gym.destroy_sim(task.sim)


def run() -> None:
    """Be a program: where the disk that it prints to is full, say so in a line."""
    try:
        try:
            main()
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter would try once more
        sys.exit(f"error: cannot write the output: {error.strerror}")


if __name__ == "__main__":
    run()
