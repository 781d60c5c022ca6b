"""Which bars may be believed, and which opens must not be filled at."""

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from fund.market.bars import Bar
from fund.market.quality import BarTable, Finding, check_bars, suspect_opens
from support.markets import FIRST, a_bar, a_calendar, a_dividend, a_panel, a_split

CALENDAR = a_calendar()
DAYS = CALENDAR.sessions(CALENDAR.first, CALENDAR.last)


def check(*bars: Bar) -> tuple[BarTable, tuple[Finding, ...]]:
    return check_bars(BarTable.of(bars), CALENDAR)


def with_values(**values: float) -> BarTable:
    table = BarTable.of([a_bar()])
    return replace(table, **{name: np.array([value]) for name, value in values.items()})


def test_sound_bars_pass_and_come_out_by_ticker_and_session() -> None:
    bars = [a_bar("BBB", DAYS[0]), a_bar("AAA", DAYS[1]), a_bar("AAA", DAYS[0])]
    kept, findings = check(*bars)
    assert findings == ()
    assert [kept.tickers[place] for place in kept.column] == ["AAA", "AAA", "BBB"]
    assert kept.session.tolist() == [DAYS[0], DAYS[1], DAYS[0]]


@pytest.mark.parametrize("name", ["open", "high", "low", "close"])
@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, -3.0])
def test_a_price_that_is_no_price_is_quarantined(name: str, value: float) -> None:
    kept, (finding,) = check_bars(with_values(**{name: value}), CALENDAR)
    assert len(kept) == 0
    assert (finding.kind, finding.ticker, finding.session) == ("bad_price", "AAA", FIRST)
    assert finding.quarantined
    assert f"{name} {value!r}" in finding.detail


@pytest.mark.parametrize(("name", "value"), [("high", 9.9), ("low", 10.1), ("open", 11.0), ("close", 9.0)])
def test_prices_out_of_order_are_quarantined(name: str, value: float) -> None:
    kept, (finding,) = check_bars(with_values(**{name: value}), CALENDAR)
    assert len(kept) == 0
    assert finding.kind == "price_order"


@pytest.mark.parametrize("volume", [-1.0, math.nan])
def test_a_negative_or_missing_volume_is_quarantined(volume: float) -> None:
    kept, (finding,) = check_bars(with_values(volume=volume), CALENDAR)
    assert len(kept) == 0
    assert finding.kind == "negative_volume"


def test_a_volume_of_zero_is_a_quiet_day() -> None:
    kept, findings = check(a_bar(volume=0))
    assert (len(kept), findings) == (1, ())


def test_a_day_the_exchange_was_closed_is_quarantined() -> None:
    kept, (finding,) = check(a_bar(session=date(2016, 1, 9)))
    assert len(kept) == 0
    assert finding.kind == "no_session"


def test_without_a_calendar_every_day_is_open() -> None:
    kept, findings = check_bars(BarTable.of([a_bar(session=date(2016, 1, 9))]), None)
    assert (len(kept), findings) == (1, ())


def test_of_identical_repeats_one_stays() -> None:
    kept, findings = check(a_bar(), a_bar(), a_bar(), a_bar("BBB"))
    assert len(kept) == 2
    assert [finding.kind for finding in findings] == ["repeat", "repeat"]


def test_bars_that_contradict_each_other_are_all_quarantined() -> None:
    kept, findings = check(a_bar(), a_bar(price=11.0), a_bar(), a_bar("BBB"))
    assert kept.tickers[kept.column[0]] == "BBB"
    assert len(kept) == 1
    assert [finding.kind for finding in findings] == ["duplicate"] * 3


def test_an_unexplained_jump_is_kept_and_reported() -> None:
    kept, (finding,) = check(a_bar(session=DAYS[0]), a_bar(session=DAYS[1], price=16.0))
    assert len(kept) == 2
    assert (finding.kind, finding.session, finding.quarantined) == ("jump", DAYS[1], False)


@pytest.mark.parametrize("action", [a_split(ex_date=DAYS[1], ratio="0.5"), a_dividend(ex_date=DAYS[2])])
def test_an_action_in_the_gap_explains_a_jump(action: object) -> None:
    table = BarTable.of([a_bar(session=DAYS[0]), a_bar(session=DAYS[2], price=20.0)])
    assert check_bars(table, CALENDAR, [action])[1] == ()  # type: ignore[list-item]
    assert len(check_bars(table, CALENDAR, [a_split(ex_date=DAYS[0]), a_split("BBB", DAYS[1])])[1]) == 1


def test_the_first_bar_of_a_ticker_is_no_jump_from_another_ticker() -> None:
    assert check(a_bar("AAA"), a_bar("BBB", price=900.0))[1] == ()


def test_a_table_says_what_its_bars_said() -> None:
    bar = a_bar(high=Decimal("10.5"), low=Decimal("9.5"), volume=123)
    table = BarTable.of([bar])
    row = (table.open[0], table.high[0], table.low[0], table.close[0], table.volume[0])
    assert row == (10.0, 10.5, 9.5, 10.0, 123.0)
    assert len(BarTable.of([])) == 0


def suspects(closes: list[float], opens: list[float]) -> list[bool]:
    panel = a_panel({"AAA": closes}, opens={"AAA": opens})
    return [bool(flag) for flag in suspect_opens(panel)[:, 0]]


def test_an_open_at_the_previous_close_is_suspect_on_a_day_that_moved_more_than_eight_percent() -> None:
    assert suspects([10.0, 10.9, 10.9, 9.9], [10.0, 10.0, 10.9, 10.9]) == [False, True, False, True]


def test_an_open_elsewhere_or_a_smaller_move_is_not_suspect() -> None:
    assert suspects([10.0, 10.9, 11.7], [10.0, 10.01, 10.9]) == [False, False, False]


def test_the_previous_close_is_that_of_the_last_bar_before_a_gap() -> None:
    assert suspects([10.0, math.nan, 20.0], [10.0, math.nan, 10.0]) == [False, False, True]
    assert suspects([math.nan, 10.0, 20.0], [math.nan, 10.0, 10.0]) == [False, False, True]
