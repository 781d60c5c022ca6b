"""Earnings against what a seasonal random walk would have said, dated by the filing that told them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import numpy as np

from fund.market.facts import Report
from fund.market.timeline import grouped, known_at

Scale = Literal["own_errors", "equity"]
FEWEST_ERRORS = 6
"""Earlier surprises a deviation is taken over at least; Foster, Olsen and Shevlin had years of them."""
MOST_ERRORS = 20
LATEST_DAYS = 150
"""A filing so many days past its period, or more, is a late catch-up and no event."""
YEAR_DAYS = (350, 380)
QUARTER_DAYS = (75, 105)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """What one filing said beyond the same quarter of the year before."""

    ticker: str
    end_date: date
    known_at: datetime
    value: float
    """Change of quarterly net income on the year, over its own deviation or over book equity."""
    earlier: int
    """How many earlier changes the deviation rests on; 0 where it is over equity."""


@dataclass(slots=True)
class _Ledger:
    """A company's quarters as far as filings have told them, by the period's end."""

    quarters: dict[date, float] = field(default_factory=dict)
    seen: set[date] = field(default_factory=set)
    changes: list[float] = field(default_factory=list)


def surprises(reports: Iterable[Report], *, scale: Scale = "own_errors") -> Mapping[str, Sequence[Surprise]]:
    """Return each company's surprises by the moment they became known, oldest first.

    The last quarter of a year is the 10-K's figure less the three quarters before it, and is left out where
    one of them is not known. An amendment corrects what later filings are compared with and is no event;
    neither is a filing long after its period. With `own_errors` a surprise is the change on the year over
    the deviation of at least six earlier changes about their mean (Foster, Olsen and Shevlin (1984),
    "Earnings Releases, Anomalies, and the Behavior of Security Returns", Accounting Review 59). With
    `equity` it is the change over book equity, which a short history allows (Hou, Xue and Zhang (2015),
    "Digesting Anomalies", Review of Financial Studies 28).
    """
    timelines = grouped(reports, lambda report: report.ticker, known_at)
    found = {ticker: _of_company(timelines[ticker].facts, scale) for ticker in sorted(timelines)}
    return {ticker: each for ticker, each in found.items() if each}


def _of_company(filings: Sequence[Report], scale: Scale) -> tuple[Surprise, ...]:
    ledger, found = _Ledger(), []
    for report in filings:
        quarter = _quarter(report, ledger.quarters)
        if quarter is None:
            continue
        ledger.quarters[report.end_date] = quarter
        if report.end_date in ledger.seen:
            continue
        ledger.seen.add(report.end_date)
        before = _of_span(ledger.quarters, report.end_date, YEAR_DAYS)
        if before is None:
            continue
        change = quarter - before
        fresh = (report.known_at.date() - report.end_date).days <= LATEST_DAYS
        measured = _measured(change, report, ledger.changes, scale) if fresh else None
        ledger.changes.append(change)
        if measured is not None:
            found.append(measured)
    return tuple(found)


def _measured(change: float, report: Report, earlier: Sequence[float], scale: Scale) -> Surprise | None:
    if scale == "equity":
        over, mean, count = report.equity, 0.0, 0
    elif len(earlier) >= FEWEST_ERRORS:
        recent = np.array(earlier[-MOST_ERRORS:])
        over, mean, count = float(recent.std(ddof=1)), float(recent.mean()), len(recent)
    else:
        return None
    if over is None or not over > 0.0:
        return None
    return Surprise(
        ticker=report.ticker,
        end_date=report.end_date,
        known_at=report.known_at,
        value=(change - mean) / over,
        earlier=count,
    )


def _quarter(report: Report, quarters: Mapping[date, float]) -> float | None:
    """Return the quarter's net income, USD; of a 10-K what the year leaves beyond three known quarters."""
    if report.net_income is None or report.doc_type != "10-K":
        return report.net_income
    day, rest = report.end_date, report.net_income
    for count in (1, 2, 3):
        low, high = (count * days for days in QUARTER_DAYS)
        earlier = _of_span(quarters, day, (low, high))
        if earlier is None:
            return None
        rest -= earlier
    return rest


def _of_span(quarters: Mapping[date, float], day: date, days: tuple[int, int]) -> float | None:
    """Return the figure of the one period that ended so many days earlier; None of none or of several."""
    within = [end for end in quarters if days[0] <= (day - end).days <= days[1]]
    return quarters[within[0]] if len(within) == 1 else None
