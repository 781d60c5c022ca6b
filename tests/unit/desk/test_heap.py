"""Threads share the C library's memory where it is glibc, and elsewhere nothing breaks."""

import ctypes
import platform

import pytest

from desk.heap import give_back, share_heap


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library here is not glibc")
def test_glibc_takes_it() -> None:
    assert share_heap()


def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert not share_heap()


def test_what_is_not_used_is_given_back_or_left() -> None:
    give_back()


def test_another_library_is_not_asked_to_give_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    give_back()
