"""The loop of the worker: what it is asked, by whom, and when it gives up."""

import os
import select
import signal
import sys
import traceback
from typing import Any, Callable, Dict

import wire

_LOOK = 5.0
"""How often it looks whether the process that asks is still there, s."""


Handlers = Dict[str, Callable[[Any, wire.Message], wire.Message]]
"""What meets a request, by its name; each is given all of them, and the request."""


class RefusedError(Exception):
    """Why a request cannot be met, in one line that a user can act on."""


def serve(requests: int, answers: int, asker: int) -> None:
    """Answer until the requests end.

    A request that takes longer than its `limit_s` ends the process by an alarm, whatever C++ code it hangs in.

    Args:
        requests: descriptor of the pipe that they come through.
        answers: descriptor of the pipe for the answers.
        asker: number of the process that asks.
    """
    reader = wire.Reader(requests)
    handlers: Handlers = {"greet": _greet, "begin": _begin}
    try:
        while True:
            request = reader.message()
            while request is None:
                _wait(requests, asker)
                reader.fill()
                if reader.ended:
                    return
                request = reader.message()
            signal.setitimer(signal.ITIMER_REAL, request["limit_s"])
            wire.write(answers, _answer(handlers, request))
            signal.setitimer(signal.ITIMER_REAL, 0.0)
    except (wire.WireError, BrokenPipeError) as error:
        sys.exit(f"the pipe broke: {error}")


def _wait(requests: int, asker: int) -> None:
    """Wait for a request; end with the process that asks, even where a child of its holds the pipe open."""
    while not select.select([requests], [], [], _LOOK)[0]:
        if os.getppid() != asker:
            sys.exit("the process that asks is gone")


def _answer(handlers: Handlers, request: wire.Message) -> wire.Message:
    try:
        handler = handlers.get(request["do"])
        if handler is None:
            raise RefusedError("there is no request {!r}".format(request["do"]))
        return handler(handlers, request)
    except RefusedError as refusal:
        return {"error": str(refusal)}
    except Exception as error:
        traceback.print_exc()
        lines = str(error).splitlines()
        return {"error": "{}: {}".format(type(error).__name__, lines[0] if lines else "no message")}


def _greet(handlers: Handlers, request: wire.Message) -> wire.Message:
    """Say that this interpreter runs, before anything large is loaded."""
    return {"python": sys.version.split()[0]}


def _begin(handlers: Handlers, request: wire.Message) -> wire.Message:
    """Load Isaac Gym, and learn how to meet the other requests."""
    gymapi = _load("isaacgym.gymapi")  # before torch, as it insists
    gymtorch = _load("isaacgym.gymtorch")
    torch, numpy = _load("torch"), _load("numpy")
    if request["device"] != "cpu" and not torch.cuda.is_available():
        raise RefusedError(f"its PyTorch {torch.__version__} sees no CUDA GPU; use --sim_device=cpu")
    del gymapi, gymtorch
    import simulation  # what it imports is there now

    handlers.update(simulation.HANDLERS)
    return {"python": sys.version.split()[0], "torch": torch.__version__, "numpy": numpy.__version__}


def _load(name: str) -> Any:
    """A module of this interpreter.

    Raises:
        RefusedError: it is not there, or does not load.
    """
    try:
        return __import__(name, fromlist=["_"])
    except Exception as error:
        traceback.print_exc()
        raise RefusedError(_why_not_loaded(name, error)) from None


def _why_not_loaded(name: str, error: Exception) -> str:
    version = "{}.{}".format(*sys.version_info[:2])
    lines = str(error).splitlines()
    told = "{}: {}".format(type(error).__name__, lines[0] if lines else "no message")
    if isinstance(error, ImportError) and "libpython" in str(error):
        return f"{told}; run: export LD_LIBRARY_PATH={sys.base_prefix}/lib:$LD_LIBRARY_PATH"
    if not (3, 6) <= sys.version_info[:2] <= (3, 8):
        told += f"; Isaac Gym is for Python 3.6 to 3.8, and this is {version}"
    missing = getattr(error, "name", None)
    if isinstance(error, ImportError) and missing in ("isaacgym", "torch", "numpy"):
        return f"there is no {missing} in it ({told})"
    return f"{name} does not load: {told}"
