"""What a company's filings say of it at each session, from the moment each was known."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import prod

import numpy as np

from fund.market.facts import CorporateAction, Report
from fund.market.timeline import Timeline, grouped, known_at
from fund.market.view import FloatArray

GOOD_FOR = timedelta(days=200)
"""A company files every quarter, with time to file it; after that a report without a successor is missing."""
YEAR_BEFORE = (timedelta(days=350), timedelta(days=380))
"""How long before a report's period that of the same quarter a year ago may have ended."""
SMALLEST_EPS = 0.05
"""USD a share below which its rounding to a cent says too little of how many shares there are."""
FLOWS = ("revenue", "income", "eps")
STOCKS = ("equity", "assets", "cash", "shares")
FILED = (*FLOWS, *STOCKS, *(f"{name}_before" for name in (*FLOWS, *STOCKS)))
"""USD; earnings in USD a share and shares in those of the session; `_before` of the same quarter a year ago.

Flows are a year's: of a 10-K as filed, of a 10-Q four times the quarter.
"""


def filed_figures(
    tickers: Sequence[str],
    moments: Sequence[datetime],
    reports: Sequence[Report],
    actions: Sequence[CorporateAction],
) -> Mapping[str, FloatArray]:
    """Return [T, N] of every figure of `FILED` and `filed_days`, days since the report became known.

    Of what was known the report of the latest period speaks, and of two of one period the later. Nothing at
    all where there is no report.
    """
    if not reports:
        return {}
    out = {name: np.full((len(moments), len(tickers)), np.nan) for name in (*FILED, "filed_days")}
    by_ticker = grouped(reports, lambda report: report.ticker, known_at)
    splits = grouped(
        (action for action in actions if action.kind == "split" and action.is_plausible),
        lambda action: action.ticker,
        lambda action: action.ex_date,
    )
    for column, ticker in enumerate(tickers):
        if ticker in by_ticker:
            _fill(out, column, moments, by_ticker[ticker], splits.get(ticker))
    return out


def _fill(
    out: Mapping[str, FloatArray],
    column: int,
    moments: Sequence[datetime],
    reports: Timeline[Report, datetime],
    splits: Timeline[CorporateAction, date] | None,
) -> None:
    known: list[Report] = []
    for report in reports.facts:
        known.append(report)
        newest = max(reversed(known), key=lambda each: each.end_date)
        first = bisect_left(moments, report.known_at)
        last = max(first, bisect_left(moments, newest.known_at + GOOD_FOR))
        figures = _figures(newest, known)
        grown = np.array([_grown(splits, newest, moment) for moment in moments[first:last]])
        for name, values in out.items():
            values[first:, column] = np.nan
            values[first:last, column] = figures.get(name, np.nan) * _in_shares(name, grown)
        days = [(moment - newest.known_at) / timedelta(days=1) for moment in moments[first:last]]
        out["filed_days"][first:last, column] = days


def _in_shares(name: str, grown: FloatArray) -> FloatArray:
    if name.startswith("eps"):
        return 1.0 / grown
    return grown if name.startswith("shares") else np.ones_like(grown)


def _grown(splits: Timeline[CorporateAction, date] | None, report: Report, moment: datetime) -> float:
    """Return how many shares of the session one of the report has become."""
    if splits is None:
        return 1.0
    since = splits.between(report.known_at.date(), moment.date())
    return prod(float(action.value) for action in since)


def _figures(report: Report, known: Sequence[Report]) -> dict[str, float]:
    found = _of(report)
    annual = _is_annual(report)
    for before in reversed(known):
        apart = report.end_date - before.end_date
        if _is_annual(before) == annual and YEAR_BEFORE[0] <= apart <= YEAR_BEFORE[1]:
            return found | {f"{name}_before": value for name, value in _of(before).items()}
    return found


def _of(report: Report) -> dict[str, float]:
    year = 1.0 if _is_annual(report) else 4.0
    flows = (report.revenue, report.net_income, report.eps_diluted)
    stocks = (report.equity, report.assets, report.cash, _shares(report))
    figures = {name: year * value for name, value in zip(FLOWS, flows, strict=True) if value is not None}
    return figures | {name: value for name, value in zip(STOCKS, stocks, strict=True) if value is not None}


def _shares(report: Report) -> float | None:
    """Return the diluted shares that net income and earnings a share imply."""
    income, eps = report.net_income, report.eps_diluted
    if income is None or eps is None or abs(eps) < SMALLEST_EPS or income / eps <= 0:
        return None
    return income / eps


def _is_annual(report: Report) -> bool:
    return report.doc_type.startswith("10-K")
