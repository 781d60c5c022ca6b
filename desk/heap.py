"""How the C library shares out memory among threads: from few pools, so that it is used again."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

POOLS = 2
_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""


def share_heap() -> bool:
    """Let threads that begin from now on share a few pools; return whether the C library knows how.

    glibc (mallopt(3)) otherwise gives every thread one, up to eight for a processor, and each keeps what its
    busiest moment took: a hundred answers on twenty threads then cost four times the memory.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_ARENA_MAX, POOLS) == 1)


def give_back() -> None:
    """Return what no thread uses any more to the machine, as far as the C library can (malloc_trim(3))."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def settled() -> Iterator[None]:
    """Leave what there is out of every search for garbage, while much is made beside it and thrown away."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def unsearched() -> Iterator[None]:
    """Import much without a search for garbage in between, and leave it out of every later one: it stays.

    Half a million objects that nobody lets go of are otherwise gone through again and again, a fifth of the
    time a command takes to begin.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
