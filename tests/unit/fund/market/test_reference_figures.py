"""The bundle's own reference figures, reproduced from the total-return index of the product."""

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from fund.market.history import History
from fund.market.quality import suspect_opens
from fund.market.view import FloatArray
from fund.metrics.returns import (
    annualised_return,
    annualised_volatility,
    max_drawdown,
    returns_of,
    total_return,
)
from support.markets import BUNDLE, bundle_history

FIRST, LAST = date(2015, 3, 20), date(2017, 3, 31)


@pytest.fixture(scope="module")
def history() -> History:
    return bundle_history()


def percent(value: float | None) -> float:
    assert value is not None
    return round(100 * value, 4)


def figures(returns: FloatArray) -> list[float]:
    measures = (total_return, annualised_return, annualised_volatility, max_drawdown)
    return [percent(measure(returns)) for measure in measures]


def test_spy_bought_and_held(history: History) -> None:
    view = history.view(history.calendar.close_at(LAST))
    returns = returns_of(view.total_return_index("SPY", 513))
    assert len(returns) == 512
    assert figures(returns) == [16.7928, 7.9397, 13.6395, -13.0229]


def test_spy_by_price_alone(history: History) -> None:
    bars = history.view(history.calendar.close_at(LAST)).bars("SPY", 513)
    assert (bars[0].close, bars[-1].close) == (Decimal("210.4100"), Decimal("235.7400"))
    assert percent(float(bars[-1].close / bars[0].close) - 1) == 12.0384


def test_members_equally_weighted_at_every_close(history: History) -> None:
    """Members of the previous session with a bar on both days, asked of a view of each session."""
    calendar, panel = history.calendar, history.panel
    returns = []
    for session in calendar.sessions(FIRST, LAST)[1:]:
        row = panel.sessions.index(session)
        members = history.view(calendar.decision_time(panel.sessions[row - 1])).members()
        columns = [history.bars.column[ticker] for ticker in members]
        before, after = panel.total_return_index[row - 1 : row + 1, columns]
        returns.append(np.nanmean(after / before - 1.0))
    assert len(returns) == 512
    assert figures(np.array(returns)) == [14.6803, 6.9743, 14.6626, -17.2163]


def test_there_are_22_splits_and_three_of_them_are_below_one(history: History) -> None:
    splits = [action for action in history.actions if action.kind == "split"]
    assert len(splits) == 22
    assert {action.ticker for action in splits if action.value < 1} == {"ARNC", "CHTR", "JCI"}


def test_the_index_moves_as_the_adjusted_close_of_the_bundle(history: History) -> None:
    bars = pl.read_parquet(BUNDLE / "bars_daily.parquet").sort("symbol", "date")
    ratios = bars.select(
        "symbol", "date", ratio=pl.col("adj_close") / pl.col("adj_close").shift(1).over("symbol")
    )
    index = history.panel.total_return_index
    row = {session: place for place, session in enumerate(history.panel.sessions)}
    worst, compared = 0.0, 0
    for (ticker,), part in ratios.group_by("symbol"):
        rows = [row[day] for day in part["date"]]
        ours = index[rows, history.bars.column[str(ticker)]]
        theirs = part["ratio"].to_numpy()[1:]
        worst = max(worst, float(np.max(np.abs(ours[1:] / ours[:-1] / theirs - 1.0))))
        compared += len(theirs)
    assert compared == 284_787 - 580
    assert worst < 2e-5


def test_netflix_split_seven_for_one_and_did_not_fall_86_percent(history: History) -> None:
    view = history.view(history.calendar.close_at(date(2015, 7, 15)))
    before, after = view.bars("NFLX", 2)
    assert float(after.close / before.close) - 1 == pytest.approx(-0.86, abs=0.01)
    assert float(returns_of(view.total_return_index("NFLX", 2))[0]) == pytest.approx(-0.02233, abs=5e-6)
    assert [action.value for action in view.actions("NFLX", date(2015, 1, 1))] == [Decimal("7.0")]


def test_the_49_suspect_opens_are_those_the_bundle_lists(history: History) -> None:
    listed = pl.read_csv(BUNDLE / "quality.csv", infer_schema=False).filter(pl.col("issue") == "suspect_open")
    rows, columns = np.nonzero(suspect_opens(history.panel))
    found = {
        (history.panel.tickers[column], str(history.panel.sessions[row]))
        for row, column in zip(rows, columns, strict=True)
    }
    assert found == set(zip(listed["symbol"], listed["first_date"], strict=True))
    assert len(found) == 49


@pytest.mark.parametrize(
    ("session", "members"),
    [(date(2015, 3, 31), 500), (date(2016, 6, 30), 498), (date(2016, 12, 30), 502), (LAST, 503)],
)
def test_members_with_a_bar_are_as_many_as_the_bundle_counts(
    history: History, session: date, members: int
) -> None:
    assert len(history.view(history.calendar.decision_time(session)).members()) == members


def test_a_company_that_lost_its_ticker_is_found_under_its_suffix(history: History) -> None:
    view = history.view(history.calendar.decision_time(date(2016, 1, 20)))
    assert view.mark("CB-201601").stale
    assert view.mark("CB-201601").session == date(2016, 1, 14)
    assert not view.mark("CB").stale
    assert "CB-201601" not in view.members()
    assert "CB" in view.members()
