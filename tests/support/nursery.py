"""Processes of the desk that begin with its program loaded: forks of one that has loaded it and done no more.

Three quarters of the time of a short command go into importing. Two nurseries take turns, each with hashes
of its own, so that two processes in a row order their sets as differently as two fresh interpreters do.
Run as `python -m support.nursery FD`, FD being its end of a socket on which births are asked for.
"""

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path

from support.checkout import ROOT

NURSERIES = 2
LONGEST = 1 << 16
"""Bytes of a request: an environment and a command."""
PROGRAMS = ("support.plain_desk", "support.dying_desk")
LOADED = (
    "desk.cli",
    "exchange_calendars",
    "lightgbm",
    "pandas",
    "scipy.stats",
    "sklearn.preprocessing",
    "uvicorn",
    *PROGRAMS,
)
"""What nearly every command comes to import; chainlit is left out, it reads settings when it is
imported, and polars, which begins threads."""
_turns = count()


class Born:
    """A process out of a nursery, to be waited for and signalled as one of `subprocess` is."""

    def __init__(self, lifeline: socket.socket) -> None:
        self._lifeline = lifeline
        self.returncode: int | None = None
        self.pid = self._told(None)

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        try:
            return self.wait(0.0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, that of a signal below zero; raises TimeoutExpired when it takes longer."""
        if self.returncode is None:
            try:
                self.returncode = self._told(timeout)
            except (BlockingIOError, TimeoutError):
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0) from None
            self._lifeline.close()
        return self.returncode

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def kill(self) -> None:
        """End the process as no other signal can."""
        self.send_signal(signal.SIGKILL)

    def _told(self, timeout: float | None) -> int:
        self._lifeline.settimeout(timeout)
        told = self._lifeline.recv(LONGEST)
        if not told:
            self._lifeline.close()
            raise ProcessLookupError(
                "expected to be told of the process, found its nursery gone; see its errors"
            )
        return int(told)


def born(
    program: str, arguments: Sequence[str], environment: Mapping[str, str], stdout: int, stderr: int
) -> Born:
    """Begin one of the programs in a process of its own, at the root folder, in this environment only."""
    asked = json.dumps([program, list(arguments), dict(environment)]).encode()
    assert len(asked) < LONGEST
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(_nursery(next(_turns) % NURSERIES), [asked], [stdout, stderr, theirs.fileno()])
    return Born(ours)


@cache
def _nursery(_number: int) -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "support.nursery", str(theirs.fileno())],
            cwd="/",
            env=_environment(),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def close() -> None:
        ours.close()
        process.wait()

    atexit.register(close)
    return ours


def _environment() -> dict[str, str]:
    from support.desk_process import LIBRARIES, kept

    return {**kept(), **LIBRARIES, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}


def _serve(door: socket.socket) -> tuple[str, list[str]] | None:
    """Fork for every request; returns what to run in the fork, and None when nobody asks any more."""
    while True:
        asked, given, _, _ = socket.recv_fds(door, LONGEST, 3)
        if not asked:
            return None
        if os.fork() == 0:
            door.close()
            return _parted(asked, *given)
        for descriptor in given:
            os.close(descriptor)
        _forget_the_dead()


def _parted(asked: bytes, stdout: int, stderr: int, lifeline: int) -> tuple[str, list[str]]:
    """Fork once more: the parent tells of its child and waits for it, the child goes on as the program."""
    if child := os.fork():
        os.close(stdout)
        os.close(stderr)
        with socket.socket(fileno=lifeline) as line:
            line.send(str(child).encode())
            _, status = os.waitpid(child, 0)
            line.send(str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(os.EX_OK)
    os.close(lifeline)
    for given, name in ((stdout, "stdout"), (stderr, "stderr")):
        old = getattr(sys, name)
        os.dup2(given, old.fileno())
        os.close(given)
        # What is open already knows whether it was a pipe or a file.
        buffering = 1 if old.line_buffering else -1
        anew = open(old.fileno(), "w", buffering, old.encoding, old.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, anew)
    program, arguments, environment = json.loads(asked)
    os.environ.clear()  # noqa: TID251
    os.environ.update(environment)  # noqa: TID251
    return program, arguments


def _forget_the_dead() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _main(descriptor: int) -> int:
    gc.disable()
    for name in LOADED:
        import_module(name)
    gc.freeze()
    gc.enable()
    tasks = Path("/proc/self/task")
    assert not tasks.exists() or len(list(tasks.iterdir())) == 1, "a thread would not be there in a fork"
    wanted = _serve(socket.socket(fileno=descriptor))
    if wanted is None:
        return os.EX_OK
    program, arguments = wanted
    sys.argv = [program, *arguments]
    code: int = import_module(program).run(arguments)
    return code


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1])))
