"""Splits and dividends of today: from a folder or from vendors, and never a reason to stop watching."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from desk.monitor.actions_due import FILE, ActionsDue, DueInFolder
from fund.market.facts import CorporateAction
from support.facts import a_dividend, a_split

DAY = date(2026, 1, 13)


def rows(*given: tuple[str, date, str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "symbol": [row[0] for row in given],
            "ex_date": [row[1] for row in given],
            "kind": [row[2] for row in given],
            "value": [row[3] for row in given],
            "detail": ["split" if row[2] == "split" else "cash" for row in given],
        }
    )


def in_folder(folder: Path) -> list[tuple[str, str, float]]:
    due = DueInFolder(folder).on(DAY, ("AAPL",))
    return [(each.ticker, each.kind, float(each.value)) for each in due]


@dataclass(frozen=True)
class Known:
    """A source that knows some actions."""

    actions: tuple[CorporateAction, ...]

    def on(self, session: date, names: Iterable[str]) -> Sequence[CorporateAction]:
        asked = tuple(names)
        return [each for each in self.actions if each.ex_date == session and each.ticker in asked]


def due_by(*sources: Sequence[CorporateAction]) -> dict[str, list[tuple[str, str]]]:
    due = ActionsDue(*(Known(tuple(each)) for each in sources)).on(DAY, iter(("AAPL", "MSFT")))
    return {ticker: [(each.kind, str(each.value)) for each in found] for ticker, found in due.items()}


def test_only_what_goes_ex_today_is_due(tmp_path: Path) -> None:
    rows(
        ("AAPL", DAY, "split", 4.0),
        ("MSFT", DAY, "dividend", 0.5),
        ("XOM", DAY + timedelta(days=1), "split", 2.0),
    ).write_parquet(tmp_path / FILE)
    assert in_folder(tmp_path) == [("AAPL", "split", 4.0), ("MSFT", "dividend", 0.5)]


def test_without_a_folder_or_a_file_nothing_is_due(tmp_path: Path) -> None:
    assert ActionsDue().on(DAY, ("AAPL",)) == {}
    assert in_folder(tmp_path) == in_folder(tmp_path / "gone") == []


def test_a_file_that_cannot_be_read_is_said_and_nothing_is_due(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b"half of a file")
    with caplog.at_level(logging.WARNING, "conclave.monitor"):
        assert in_folder(tmp_path) == []
    assert "today's splits and dividends are not known" in caplog.text


def test_a_row_that_is_no_action_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows(("AAPL", DAY, "spree", 4.0), ("MSFT", DAY, "split", 2.0)).write_parquet(tmp_path / FILE)
    with caplog.at_level(logging.WARNING, "conclave.monitor"):
        assert in_folder(tmp_path) == [("MSFT", "split", 2.0)]
    assert "an action is left out" in caplog.text


def test_what_either_source_knows_is_due_and_what_both_know_once() -> None:
    split, other = a_split("AAPL", DAY, "4"), a_split("MSFT", DAY, "3")
    assert due_by([split], [other]) == {"AAPL": [("split", "4")], "MSFT": [("split", "3")]}
    assert due_by([split], [split]) == {"AAPL": [("split", "4")]}
    assert due_by([split], [a_split("AAPL", DAY, "7")]) == {"AAPL": [("split", "4")]}
    paid = a_dividend("AAPL", DAY, "0.5")
    assert due_by([split], [paid]) == {"AAPL": [("split", "4"), ("dividend", "0.5")]}


def test_a_split_told_twice_is_one_and_two_dividends_are_two() -> None:
    split, paid = a_split("AAPL", DAY, "4"), a_dividend("AAPL", DAY, "0.5")
    special = replace(paid, detail="special")
    assert due_by([split, replace(split, detail="stock dividend")]) == {"AAPL": [("split", "4")]}
    assert due_by([paid, paid, special]) == {"AAPL": [("dividend", "0.5"), ("dividend", "0.5")]}


def test_of_splits_that_contradict_each_other_none_is_due(caplog: pytest.LogCaptureFixture) -> None:
    torn = [a_split("AAPL", DAY, "4"), a_split("AAPL", DAY, "5"), a_dividend("AAPL", DAY, "0.5")]
    with caplog.at_level(logging.WARNING, "conclave.monitor"):
        assert due_by(torn) == {"AAPL": [("dividend", "0.5")]}
    assert "today's split of AAPL is left out: expected one ratio, found 4, 5" in caplog.text
    assert due_by(torn, [a_split("AAPL", DAY, "5")])["AAPL"] == [("dividend", "0.5"), ("split", "5")]
