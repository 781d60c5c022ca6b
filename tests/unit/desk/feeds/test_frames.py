"""Rows of a vendor as columns: nothing is mended, and nothing is known before it was."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.bundle_files import FILES
from desk.feeds.feed import FILE_OF, Kind
from desk.feeds.frames import (
    COLUMNS,
    action_known_at,
    bar_known_at,
    day,
    empty,
    final,
    framed,
    moment,
    names_in,
    number,
)
from fund.market.calendar import nyse
from support.fake_feeds import a_row

KINDS = list(FILE_OF)
NOON = datetime(2024, 6, 14, 16, 0, tzinfo=UTC)
anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@pytest.mark.parametrize("kind", KINDS)
def test_a_delivery_has_at_least_the_columns_of_the_bundles_file(kind: Kind) -> None:
    assert FILES[FILE_OF[kind]].keys() <= COLUMNS[kind].keys()
    assert tuple(empty(kind).columns) == tuple(COLUMNS[kind])


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (1, 1.0),
        ("220.9700", 220.97),
        ("1e3", 1000.0),
        (0, 0.0),
        (-5.5, -5.5),
        ("None", None),
        ("", None),
        (".", None),
        ("1,000", None),
        (True, None),
        (None, None),
        (float("nan"), None),
        ("inf", None),
        (10**400, None),
        ([1], None),
    ],
)
def test_a_figure_is_read_as_vendors_write_it(written: object, found: float | None) -> None:
    assert number(written) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("2024-06-14T19:59:58.123456789Z", datetime(2024, 6, 14, 19, 59, 58, 123456, tzinfo=UTC)),
        ("2024-06-14T00:00:00-04:00", datetime(2024, 6, 14, 4, tzinfo=UTC)),
        (1718402400, datetime(2024, 6, 14, 22, tzinfo=UTC)),
        ("2024-06-14T19:59:58", None),
        ("now", None),
        (10**20, None),
        (float("nan"), None),
        (None, None),
        (True, None),
    ],
)
def test_a_moment_has_a_zone_or_is_none(written: object, found: datetime | None) -> None:
    assert moment(written) == found


@pytest.mark.parametrize("written", [None, 20240614, "14.6.2024", "None", ""])
def test_a_day_is_written_with_year_month_and_day(written: object) -> None:
    assert day("2024-06-14") == date(2024, 6, 14)
    assert day(written) is None


@given(
    st.sampled_from(KINDS), st.lists(st.dictionaries(st.sampled_from(["open", "volume", "value"]), anything))
)
def test_figures_that_are_none_are_null_and_no_row_is_lost(kind: Kind, rows: list[dict[str, object]]) -> None:
    frame = framed(kind, rows)
    assert frame.height == len(rows)
    for column in frame.columns:
        if frame.schema[column] == pl.Float64:
            assert frame[column].drop_nulls().is_finite().all()


def test_a_bar_is_final_at_its_close_half_days_too() -> None:
    assert bar_known_at(date(2024, 6, 14), nyse()) == datetime(2024, 6, 14, 20, 0, tzinfo=UTC)
    assert bar_known_at(date(2024, 7, 3), nyse()) == datetime(2024, 7, 3, 17, 0, tzinfo=UTC)
    assert bar_known_at(date(2024, 6, 15), nyse()) == datetime(2024, 6, 15, 20, 15, tzinfo=UTC)
    assert bar_known_at(date(1999, 6, 15), nyse()) == datetime(1999, 6, 15, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ex_date", "declared", "known"),
    [
        (date(2024, 6, 11), date(2024, 5, 22), datetime(2024, 5, 22, 20, 15, tzinfo=UTC)),
        (date(2024, 6, 11), None, datetime(2024, 6, 11, 13, 30, tzinfo=UTC)),
        (date(2024, 6, 11), date(2024, 6, 11), datetime(2024, 6, 11, 13, 30, tzinfo=UTC)),
        (date(2024, 6, 11), date(2024, 6, 30), datetime(2024, 6, 11, 13, 30, tzinfo=UTC)),
        (date(2024, 9, 11), None, NOON),
        (date(2024, 9, 11), date(2024, 6, 3), datetime(2024, 6, 3, 20, 15, tzinfo=UTC)),
    ],
)
def test_an_action_is_known_from_its_declaration_or_its_ex_date_on(
    ex_date: date, declared: date | None, known: datetime
) -> None:
    assert action_known_at(ex_date, declared, NOON, nyse()) == known


@given(
    st.dates(date(2001, 1, 1), date(2030, 1, 1)),
    st.none() | st.dates(date(2001, 1, 1), date(2030, 1, 1)),
)
def test_an_action_whose_declaration_is_not_told_is_known_by_its_ex_date_and_never_later_than_now(
    ex_date: date, declared: date | None
) -> None:
    known = action_known_at(ex_date, declared, NOON, nyse())
    if declared is None or declared >= ex_date:
        assert known <= NOON
        assert known <= datetime.combine(ex_date + timedelta(days=1), datetime.min.time(), UTC)
    else:
        assert known.date() == declared


def test_a_running_bar_is_left_out_and_an_undated_one_is_not() -> None:
    rows = [a_row("A", date(2024, 6, 13), 1.0), a_row("A", date(2024, 6, 14), 2.0)]
    frame = framed("bars", [*rows, {**rows[0], "date": None, "known_at": None, "symbol": "B"}])
    assert final(frame, NOON)["symbol"].to_list() == ["A", "B"]


def test_the_names_of_a_frame_are_those_it_tells_of() -> None:
    row = {"headline_id": "1", "symbols": "A, B C", "known_at": NOON}
    assert names_in("headlines", framed("headlines", [row])) == {"A", "B", "C"}
    assert names_in("macro", framed("macro", [{"series_id": "X, Y"}])) == {"X, Y"}
    assert names_in("bars", empty("bars")) == set()
