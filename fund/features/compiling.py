"""Turning loops into machine code, once, where they are first used."""

from collections.abc import Callable
from functools import cache
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel, kept on disk between runs where a cache folder can be written.

    A division by zero is infinite or NaN, as in NumPy. The cache of a kernel is renewed when its own file
    changes and by nothing else: kernels that call one another stand in one file.
    """
    fast: Callable[P, R] = _jitted(kernel)
    return fast


@cache
def _jitted(kernel: Callable[..., Any]) -> Any:
    from numba import njit

    try:
        return njit(cache=True, nogil=True, error_model="numpy")(kernel)
    except RuntimeError:
        return njit(nogil=True, error_model="numpy")(kernel)


def inlined(kernel: Callable[P, R]) -> Callable[P, R]:
    """A part of kernels, compiled where it is called and only there: a second call compiles it again."""
    from numba import njit

    part: Callable[P, R] = njit(inline="always", error_model="numpy")(kernel)
    return part
