"""Threads share the C library's memory where it is glibc, and elsewhere nothing breaks."""

import ctypes
import gc
import platform
from collections.abc import Iterator

import pytest

from desk.heap import give_back, settled, share_heap, unsearched


@pytest.fixture(autouse=True)
def _left_out_again() -> Iterator[None]:
    """Leave what was collected out of the search again: the tests that come next are the faster for it."""
    yield
    gc.freeze()


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


def test_what_is_imported_is_never_searched_and_what_comes_later_is() -> None:
    with unsearched():
        assert not gc.isenabled()
        made: list[object] = [[]]
    assert gc.isenabled()
    assert not any(each is made for each in gc.get_objects())
    later: list[object] = [[]]
    assert any(each is later for each in gc.get_objects())


def test_the_search_goes_on_after_an_import_that_failed() -> None:
    with pytest.raises(ImportError), unsearched():
        raise ImportError("made")
    assert gc.isenabled()
