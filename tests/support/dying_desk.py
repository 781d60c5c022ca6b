"""The desk's command line in a process that sends itself a signal at a named call.

Run as `python -m support.dying_desk MODULE:NAME[.METHOD] before|after NTH KILL|TERM COMMAND...`: `before`
is when the call is made, `after` when it has returned. Only the one name is wrapped, in this process.
"""

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from support.plain_desk import without_env_file

SIGNALS = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM}


def arm(target: str, strike: Callable[[str], None]) -> None:
    """Wrap a function or method, so that `strike` is told before and after every call."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner: Any = functools.reduce(getattr, owners, import_module(module))
    call = getattr(owner, name)

    @functools.wraps(call)
    async def awaited(*arguments: Any, **named: Any) -> Any:
        strike("before")
        returned = await call(*arguments, **named)
        strike("after")
        return returned

    @functools.wraps(call)
    def called(*arguments: Any, **named: Any) -> Any:
        strike("before")
        returned = call(*arguments, **named)
        strike("after")
        return returned

    setattr(owner, name, awaited if inspect.iscoroutinefunction(call) else called)


def counted(wanted: str, nth: int, act: Callable[[], None]) -> Callable[[str], None]:
    """Return what acts at the nth wanted moment."""
    seen = 0

    def strike(moment: str) -> None:
        nonlocal seen
        if moment == wanted:
            seen += 1
            if seen == nth:
                act()

    return strike


def run(arguments: Sequence[str]) -> int:
    """Run one command, and be struck where the first four words say."""
    target, moment, nth, how, *command = arguments
    without_env_file()
    arm(target, counted(moment, int(nth), lambda: os.kill(os.getpid(), SIGNALS[how])))
    from desk.cli import main as desk

    return desk(command)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
