"""Keeping torch to one thread while nets learn: two threads add in another order than one."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

_LOCK = Lock()
_HERE = local()
_learning = 0
_before = 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Give torch one thread in the calling thread, and back what the process had before anyone asked.

    torch keeps its count by thread: whoever is done first takes nothing from those who still learn.
    """
    import torch

    global _learning, _before
    count = torch.get_num_threads()  # asked in every thread: a first question later would undo the setting
    with _LOCK:
        if _learning == 0:
            _before = count
        _learning += 1
    _HERE.depth = getattr(_HERE, "depth", 0) + 1
    torch.set_num_threads(1)
    try:
        yield
    finally:
        _HERE.depth -= 1
        with _LOCK:
            _learning -= 1
            if _HERE.depth == 0:
                torch.set_num_threads(_before)
