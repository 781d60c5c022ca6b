"""Whatever a vendor gets wrong is left out with its reason, and what it got right is kept."""

from collections.abc import Iterable
from datetime import date

import pytest

from desk.feeds.price_check import Prices, check_prices
from fund.market.finding import Finding
from support import dirty_bars, dirty_shapes
from support.dirty_data import Case

CASES = (*dirty_bars.CASES, *dirty_shapes.CASES)
assert len({case.name for case in CASES}) == len(CASES)
Told = set[tuple[str, str, date]]


def said(findings: Iterable[Finding], *, quarantined: bool) -> Told:
    return {(each.kind, each.ticker, each.session) for each in findings if each.quarantined == quarantined}


def figures(prices: Prices) -> dict[tuple[str, date], tuple[float, ...]]:
    bars = prices.bars
    rows = zip(bars.open, bars.high, bars.low, bars.close, bars.volume, strict=True)
    names = [bars.tickers[column] for column in bars.column]
    return dict(zip(zip(names, bars.session.tolist(), strict=True), map(tuple, rows), strict=True))


def sound(case: Case) -> dict[tuple[str, date], tuple[float, ...]]:
    """The rows of the delivery as they should have come, without those that are known."""
    known = case.ground().known
    fresh = case.base if known is None else case.base.filter(case.base["date"] > known.last_session)
    return {row[:2]: tuple(map(float, row[2:7])) for row in fresh.iter_rows()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_exactly_what_is_wrong_is_left_out_and_said(case: Case) -> None:
    prices = check_prices(case.bars(), case.acted(), case.ground())
    assert said(prices.of_bars, quarantined=True) == case.refused
    assert said(prices.of_bars, quarantined=False) == case.kept
    of_actions = {(each.kind, each.ticker, each.session) for each in prices.of_actions}
    assert of_actions == case.refused_actions
    lost = {(name, day) for _, name, day in case.refused} if case.lost is None else case.lost
    expected = {key: values for key, values in sound(case).items() if key not in lost}
    kept = figures(prices)
    assert kept.keys() == expected.keys()
    assert {key for key in kept if kept[key] != expected[key]} == set(case.changed)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 70
    assert len({reason for case in CASES for reason, _, _ in case.refused | case.refused_actions}) >= 25


def test_every_finding_quotes_what_was_found() -> None:
    for case in CASES:
        prices = check_prices(case.bars(), case.acted(), case.ground())
        assert all(each.detail for each in (*prices.of_bars, *prices.of_actions))
