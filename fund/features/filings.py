"""What a company's filings say of it at each session, from the moment each was known."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import prod

import numpy as np
from numpy.typing import NDArray

from fund.market.facts import CorporateAction, Report
from fund.market.timeline import Timeline
from fund.market.view import FloatArray

GOOD_FOR = timedelta(days=200)
"""A company files every quarter, with time to file it; after that a report without a successor is missing."""
YEAR_BEFORE = (timedelta(days=350), timedelta(days=380))
"""How long before a report's period that of the same quarter a year ago may have ended."""
SMALLEST_EPS = 0.05
"""USD a share below which its rounding to a cent says too little of how many shares there are."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS_A_DAY = 86_400_000_000
FLOWS = ("revenue", "income", "eps")
STOCKS = ("equity", "assets", "cash", "shares")
FILED = (*FLOWS, *STOCKS, *(f"{name}_before" for name in (*FLOWS, *STOCKS)))
"""USD; earnings in USD a share and shares in those of the session; `_before` of the same quarter a year ago.

Flows are a year's: of a 10-K as filed, of a 10-Q four times the quarter.
"""


def filed_figures(
    tickers: Sequence[str],
    moments: Sequence[datetime],
    reports: Mapping[str, Timeline[Report, datetime]],
    actions: Mapping[str, Timeline[CorporateAction, date]],
) -> Mapping[str, FloatArray]:
    """Return [T, N] of every figure of `FILED` and `filed_days`, days since the report became known.

    Of what was known the report of the latest period speaks, and of two of one period the later. Nothing at
    all where there is no report.
    """
    if not any(reports.values()):
        return {}
    out = {name: np.full((len(tickers), len(moments)), np.nan) for name in (*FILED, "filed_days")}
    times = np.array([_microseconds(moment) for moment in moments])
    for column, ticker in enumerate(tickers):
        if reports.get(ticker):
            splits = _splits(actions[ticker]) if ticker in actions else None
            of_name = {name: values[column] for name, values in out.items()}
            _fill(of_name, moments, times, reports[ticker], splits)
    return {name: np.ascontiguousarray(values.T) for name, values in out.items()}


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _splits(actions: Timeline[CorporateAction, date]) -> Timeline[CorporateAction, date] | None:
    found = [action for action in actions.facts if action.kind == "split" and action.is_plausible]
    return Timeline(found, lambda action: action.ex_date) if found else None


def _fill(
    out: Mapping[str, FloatArray],
    moments: Sequence[datetime],
    times: NDArray[np.int64],
    reports: Timeline[Report, datetime],
    splits: Timeline[CorporateAction, date] | None,
) -> None:
    """Write a name's figures: what is known at a report holds until the next one, and no longer."""
    begins = [bisect_left(moments, report.known_at) for report in reports.facts]
    known: list[Report] = []
    newest = reports.facts[0]
    for report, first, following in zip(reports.facts, begins, [*begins[1:], len(moments)], strict=True):
        known.append(report)
        newest = report if report.end_date >= newest.end_date else newest
        stop = min(following, bisect_left(moments, newest.known_at + GOOD_FOR))
        if first >= stop:
            continue
        rows = slice(first, stop)
        figures = _figures(newest, known)
        for name, value in figures.items():
            out[name][rows] = value
        out["filed_days"][rows] = (times[rows] - _microseconds(newest.known_at)) / MICROSECONDS_A_DAY
        if splits is not None:
            grown = np.array([_grown(splits, newest, moment) for moment in moments[rows]])
            for name in figures:
                if name.startswith("eps"):
                    out[name][rows] *= 1.0 / grown
                elif name.startswith("shares"):
                    out[name][rows] *= grown


def _grown(splits: Timeline[CorporateAction, date], report: Report, moment: datetime) -> float:
    """Return how many shares of the session one of the report has become."""
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
