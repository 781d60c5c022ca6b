"""What a whole test run makes once, however many processes it is spread over."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(
    config: pytest.Config, folders: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """Return a path under the run's own folder, filled by whichever process comes first."""
    own = folders.getbasetemp()
    root = own.parent if hasattr(config, "workerinput") else own
    path, done = root / name, root / f"{name}.done"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(path)
            done.touch()
    return path
