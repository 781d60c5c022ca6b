"""Threads share the C library's memory where it is glibc, and elsewhere nothing breaks."""

import ctypes
import platform

import pytest

from desk.heap import share_heap


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library here is not glibc")
def test_glibc_takes_it() -> None:
    assert share_heap()


def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert not share_heap()
