"""Splits and dividends of today: read from a folder, and never a reason to stop watching."""

import logging
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from desk.monitor.actions_due import FILE, ActionsDue

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


def test_only_what_goes_ex_today_is_due(tmp_path: Path) -> None:
    rows(
        ("AAPL", DAY, "split", 4.0),
        ("MSFT", DAY, "dividend", 0.5),
        ("XOM", DAY + timedelta(days=1), "split", 2.0),
    ).write_parquet(tmp_path / FILE)
    due = ActionsDue(tmp_path).on(DAY)
    assert [(each.ticker, each.kind, float(each.value)) for each in due] == [
        ("AAPL", "split", 4.0),
        ("MSFT", "dividend", 0.5),
    ]


def test_without_a_folder_or_a_file_nothing_is_due(tmp_path: Path) -> None:
    assert ActionsDue(None).on(DAY) == ()
    assert ActionsDue(tmp_path).on(DAY) == ()
    assert ActionsDue(tmp_path / "gone").on(DAY) == ()


def test_a_file_that_cannot_be_read_is_said_and_nothing_is_due(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b"half of a file")
    with caplog.at_level(logging.WARNING, "conclave.monitor"):
        assert ActionsDue(tmp_path).on(DAY) == ()
    assert "today's splits and dividends are not known" in caplog.text


def test_a_row_that_is_no_action_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows(("AAPL", DAY, "spree", 4.0), ("MSFT", DAY, "split", 2.0)).write_parquet(tmp_path / FILE)
    with caplog.at_level(logging.WARNING, "conclave.monitor"):
        assert [each.ticker for each in ActionsDue(tmp_path).on(DAY)] == ["MSFT"]
    assert "an action is left out" in caplog.text
