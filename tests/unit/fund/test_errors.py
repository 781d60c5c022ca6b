"""One class per reaction: what is caught where decides what happens next."""

import inspect

import pytest

from fund import errors
from fund.errors import DataError, DeskError, FeedError, LedgerError, NoDataError

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_is_a_desk_error_and_says_what_it_means(error: type[Exception]) -> None:
    assert issubclass(error, DeskError)
    assert error.__name__.endswith("Error")
    assert inspect.getdoc(error)


@pytest.mark.parametrize("error", CLASSES)
def test_the_tree_in_the_docstring_is_the_tree_of_classes(error: type[Exception]) -> None:
    (line,) = [each for each in (errors.__doc__ or "").splitlines() if f" {error.__name__} " in f" {each} "]
    depth = len(error.__mro__) - len(DeskError.__mro__)
    assert (line.index(error.__name__)) == depth * 4


@pytest.mark.parametrize("error", [NoDataError, FeedError])
def test_a_data_error_can_be_caught_as_one(error: type[Exception]) -> None:
    assert issubclass(error, DataError)


def test_a_broken_ledger_is_nothing_a_data_error_would_catch() -> None:
    assert not issubclass(LedgerError, DataError)
