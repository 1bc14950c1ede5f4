"""What this computer has: Python, processor, memory, disk, NVIDIA's driver. It imports neither torch nor MuJoCo."""

import ctypes
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from legged_gym.diagnosis.findings import Finding
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from legged_gym.version import __version__
from robust_parallel import openmp
from robust_parallel.cores import available_cores

LEAST_PYTHON = (3, 11)
LEAST_DRIVER = 12_040
"""CUDA version from which a driver has conditional graphs, as it tells it: 1000 times the first number, 10 times the
second."""
LEAST_MEMORY, LEAST_DISK = 4.0, 2.0
"""GiB: a training of go2_rough on a CPU takes about 1.5, and a run with its checkpoints and films about 0.5."""


def look() -> Iterator[Finding]:
    """The machine."""
    yield Finding("legged_gym", f"{__version__} in {LEGGED_GYM_ROOT_DIR}")
    yield _python()
    yield _cores()
    yield _openmp()
    memory = available_memory()
    if memory is not None:
        low = memory < LEAST_MEMORY
        advice = "close other programs, or use fewer robots (--num_envs)" if low else ""
        yield Finding("memory", f"{memory:.1f} GiB free", "warning" if low else "ok", advice)
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    low = free < LEAST_DISK
    yield Finding(
        "disk", f"{free:.1f} GiB free in {Path.cwd()}", "warning" if low else "ok",
        "runs are kept in ./logs: name another disk with --log_root" if low else "",
    )  # fmt: skip
    yield _driver()


def available_memory() -> float | None:
    """Memory that can be had without swapping, GiB; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return sizes["MemAvailable"] / 2**20


def driver_version() -> int | None:
    """The CUDA version of NVIDIA's driver, as 13000 for 13.0; None without a driver."""
    try:
        library = ctypes.CDLL("libcuda.so.1" if os.name == "posix" else "nvcuda.dll")
    except OSError:
        return None
    version = ctypes.c_int()
    return version.value if library.cuDriverGetVersion(ctypes.byref(version)) == 0 and version.value else None


def _python() -> Finding:
    name = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    old = sys.version_info < LEAST_PYTHON
    return Finding("Python", name, "fault" if old else "ok", "3.11 or newer is needed" if old else "")


def _cores() -> Finding:
    used, logical = available_cores(), os.cpu_count() or 1
    text = f"{used} to compute on, of {logical} threads of {_processor()}"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    busy = load > 0.5 * used
    advice = f"other programs would keep {load:.1f} busy, and what is measured below is slower for it" if busy else ""
    return Finding("cores", text, "warning" if busy else "ok", advice)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _openmp() -> Finding:
    policy = os.environ.get("OMP_WAIT_POLICY", "")
    threads = os.environ.get("OMP_NUM_THREADS")
    text = f"idle threads wait {policy}ly" + (f", OMP_NUM_THREADS={threads}" if threads else "")
    if openmp.IS_LATE:
        return Finding(
            "OpenMP", "torch was imported before legged_gym, whose settings came too late", "warning",
            "import legged_gym first, or set OMP_WAIT_POLICY=passive and GOMP_SPINCOUNT=0: idle threads spin otherwise",
        )  # fmt: skip
    if policy.lower() != "passive" or os.environ.get("GOMP_SPINCOUNT", "0") != "0":
        return Finding(
            "OpenMP", text, "warning",
            "unset OMP_WAIT_POLICY and GOMP_SPINCOUNT: idle threads that spin take the cores from the physics "
            "(training on two busy cores took 2.5 times as long)",
        )  # fmt: skip
    if threads and (not threads.isdecimal() or not 1 <= int(threads) <= available_cores()):
        return Finding(
            "OpenMP", text, "warning",
            f"unset it, or say 1 to {available_cores()}: more threads than cores wait for each other",
        )  # fmt: skip
    return Finding("OpenMP", text)


def _driver() -> Finding:
    version = driver_version()
    if version is None:
        return Finding("CUDA driver", "none: trainings run on the CPU", "note")
    text = f"CUDA {version // 1000}.{version % 1000 // 10}{_release()}"
    if version < LEAST_DRIVER:
        return Finding(
            "CUDA driver", f"{text}: no conditional graphs", "warning",
            "MuJoCo Warp then runs every solver iteration; install a driver of CUDA 12.4 or newer",
        )  # fmt: skip
    return Finding("CUDA driver", f"{text}: has conditional graphs")


def _release() -> str:
    try:
        words = Path("/proc/driver/nvidia/version").read_text().split()
    except OSError:
        return ""
    numbers = [word for word in words if word.count(".") >= 1 and word.replace(".", "").isdigit()]
    return f", release {numbers[0]}" if numbers else ""
