"""Threads share the C library's memory where it is glibc, and elsewhere nothing breaks."""

import ctypes
import gc
import platform

import pytest

from desk.heap import give_back, settled, share_heap


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


def test_what_was_there_is_left_out_of_the_search_for_garbage_for_a_while() -> None:
    before = gc.get_freeze_count()
    with settled():
        assert gc.get_freeze_count() > before
    assert gc.get_freeze_count() == 0
