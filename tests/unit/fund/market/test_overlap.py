"""Known bars that come again: the same, corrected, or a sign that the whole series is another one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.market.actions import BoolArray
from fund.market.bar_runs import bars_of
from fund.market.facts import CorporateAction
from fund.market.finding import Finding
from fund.market.overlap import PRICES, check_overlap
from fund.market.quality import BarTable
from fund.market.suspicion import Background
from support.facts import a_dividend, a_split
from support.fake_feed import CALENDAR, DAYS, a_known_history, made_bars

WHOLE = a_known_history(made_bars(days=DAYS[:30]))
KNOWN = bars_of(WHOLE, WHOLE.panel.tickers, 0, 20)
DELIVERED = bars_of(WHOLE, WHOLE.panel.tickers, 15, 30)
FRESH = 10


def against(table: BarTable, *actions: CorporateAction) -> tuple[BarTable, set[tuple[str, str]], int]:
    """Return the new bars, the kinds told and of whom, and how many bars they are told of."""
    kept, findings = check_overlap(table, Background(calendar=CALENDAR, known=KNOWN, actions=actions))
    return kept, {(each.kind, each.ticker) for each in findings}, len(findings)


def of(name: str) -> BoolArray:
    mask: BoolArray = DELIVERED.column == DELIVERED.tickers.index(name)
    return mask


def scaled(name: str, factor: float, *, only: BoolArray | None = None) -> BarTable:
    where = of(name) if only is None else of(name) & only
    prices = {
        each: np.where(where, getattr(DELIVERED, each) * factor, getattr(DELIVERED, each)) for each in PRICES
    }
    return replace(DELIVERED, **prices)


def test_what_is_known_is_no_news_and_the_rest_is_new() -> None:
    kept, told, _ = against(DELIVERED)
    assert told == set()
    assert len(kept) == 3 * FRESH
    assert kept.session.min() == np.datetime64(DAYS[20])


@given(factor=st.floats(0.99996, 1.00004))
def test_rounding_is_no_correction(factor: float) -> None:
    kept, told, _ = against(scaled("AAA", factor))
    assert (len(kept), told) == (3 * FRESH, set())


@given(factor=st.floats(0.3, 0.98) | st.floats(1.02, 3.0))
def test_a_series_that_is_scaled_as_a_whole_is_adjusted(factor: float) -> None:
    kept, told, count = against(scaled("AAA", factor))
    assert told == {("adjusted", "AAA")}
    assert (count, len(kept)) == (15, 2 * FRESH)


@pytest.mark.parametrize("factor", [100.0, 0.01])
def test_a_series_a_hundred_times_off_is_in_another_unit(factor: float) -> None:
    kept, told, count = against(scaled("BBB", factor))
    assert told == {("wrong_unit", "BBB")}
    assert (count, len(kept)) == (15, 2 * FRESH)


def test_a_split_of_a_hundred_to_come_is_no_other_unit() -> None:
    kept, told, _ = against(scaled("BBB", 0.01), a_split("BBB", DAYS[24], "100"))
    assert told == {("adjusted", "BBB")}
    assert len(kept) == 2 * FRESH + 6


def test_of_a_series_adjusted_for_a_split_to_come_the_bars_from_it_on_are_raw() -> None:
    before = DELIVERED.session < np.datetime64(DAYS[24])
    kept, told, count = against(scaled("AAA", 0.5, only=before), a_split("AAA", DAYS[24]))
    assert told == {("adjusted", "AAA")}
    assert (count, len(kept)) == (9, 2 * FRESH + 6)


def test_one_known_bar_scaled_by_a_dividend_to_come_tells_of_it() -> None:
    late = DELIVERED.where(DELIVERED.session >= np.datetime64(DAYS[19]))
    here = (late.column == 0) & (late.session < np.datetime64(DAYS[22]))
    close = float(KNOWN.close[(KNOWN.column == 0) & (KNOWN.session == np.datetime64(DAYS[19]))][0])
    prices = {
        each: np.where(here, getattr(late, each) * (1 - 2 / close), getattr(late, each)) for each in PRICES
    }
    kept, told, _ = against(replace(late, **prices), a_dividend("AAA", DAYS[22], "2"))
    assert told == {("adjusted", "AAA")}
    assert len(kept) == 3 * FRESH - 2


def test_one_corrected_bar_is_told_and_what_is_new_stays() -> None:
    one = DELIVERED.session == np.datetime64(DAYS[17])
    kept, told, count = against(scaled("CCC", 1.01, only=one))
    assert (told, count, len(kept)) == ({("revised", "CCC")}, 1, 3 * FRESH)


@pytest.mark.parametrize(("more", "told"), [(1.005, set()), (1.5, {("revised", "AAA")})])
def test_late_trades_are_no_correction_of_a_volume(more: float, told: set[tuple[str, str]]) -> None:
    volume = np.where(of("AAA") & (DELIVERED.session == np.datetime64(DAYS[16])), more, 1.0)
    assert against(replace(DELIVERED, volume=DELIVERED.volume * volume))[1] == told


def test_a_finding_about_a_known_bar_leaves_nothing_out() -> None:
    told = Finding(kind="revised", ticker="AAA", session=DAYS[0], detail="close 1.0")
    assert not told.quarantined
