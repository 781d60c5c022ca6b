"""Keeping torch to one thread while nets learn: two threads add in another order than one."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_LOCK = Lock()
_learning = 0
_before = 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Give torch one thread until the last of those who asked is done; then what it had before."""
    import torch

    global _learning, _before
    with _LOCK:
        if _learning == 0:
            _before = torch.get_num_threads()
        _learning += 1
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _LOCK:
            _learning -= 1
            if _learning == 0:
                torch.set_num_threads(_before)
