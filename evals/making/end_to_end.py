"""Makes `end_to_end`: half a year of one universe, with all that a committee could know at each decision."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import ceil
from random import Random

import numpy as np

from agents.brief import BookEvidence, CandidateEvidence, Evidence
from db.record_codec import to_plain
from evals.books.frozen import frozen_market, history_of, plain_mandate
from evals.case import Case, Dataset
from evals.making.past import Holding, Past
from fund.backtest.baselines import equal_weight_returns, ticker_returns
from fund.errors import NoDataError
from fund.mandate import Mandate

SEED = 20169
NAMES = 40
SESSIONS = 127
"""The close before the first trade, and half a year of trading after it."""
ABOUT = (
    "One book of one million USD over the last half year that the desk has played: {names} S&P 500 members, "
    "drawn on its first close evenly over sectors from those with a year of bars, whatever became of them. A "
    "contestant decides on the first {opening} closes, as many as the mandate takes to let a book be built, "
    "and then on the last close of every week, {asked} in all; orders trade at the next open at the "
    "mandate's costs, and its limits, stops and breaker look on every close. Everything a contestant is "
    "shown was frozen on the day but its own book. It counts what was executed against the limits, and tells "
    "what the book came to beside the equal weight of the same names: one path of one market, from which no "
    "winner is named."
)


def end_to_end(past: Past) -> Dataset:
    """Return the dataset of a past that was played; raises `NoDataError` where that is too short."""
    sessions = _span(past)
    closes = asked_on(sessions, past.mandate)
    lookback = past.history.panel.sessions
    first = lookback[lookback.index(sessions[0]) - past.mandate.limits.var_sessions]
    names = drawn_universe(past, sessions[0], first)
    market = frozen_market(past.history, [*names, past.mandate.benchmark], first, sessions[-1])
    frozen = history_of(market)
    case = Case(
        case_id="half-year-0",
        subject="book",
        given={
            "mandate": plain_mandate(past.mandate),
            "market": market,
            "decisions": [to_plain(frozen_evidence(past, day, names)) for day in closes],
        },
        label={
            "equal_weight": [round(float(r), 10) for r in equal_weight_returns(frozen, sessions)],
            "benchmark": [
                round(float(r), 10) for r in ticker_returns(frozen, past.mandate.benchmark, sessions)
            ],
        },
    )
    about = ABOUT.format(names=len(names), opening=opening_closes(past.mandate), asked=len(closes))
    return Dataset(name="end_to_end", about=about, cases=(case,))


def asked_on(sessions: Sequence[date], mandate: Mandate) -> tuple[date, ...]:
    """Return the closes that are decided on: the first few, and the last of every whole week after them.

    Nothing is decided on the last close of all: it could not trade any more.
    """
    opening = opening_closes(mandate)
    weekly = [
        day for day, after in pairwise(sessions[opening:]) if day.isocalendar()[:2] != after.isocalendar()[:2]
    ]
    return (*sessions[:opening], *weekly)


def opening_closes(mandate: Mandate) -> int:
    """Return how many closes a book takes to be built, as it may only grow by so much in a session."""
    limits = mandate.limits
    return ceil(min(limits.max_gross, limits.max_net, 1 - limits.min_cash) / limits.max_daily_increase)


def drawn_universe(past: Past, session: date, since: date) -> tuple[str, ...]:
    """Return members of a session by lot, evenly over sectors, with a bar on every session of the year."""
    history, view = past.history, past.view(session)
    rows = slice(history.panel.sessions.index(since), history.panel.sessions.index(session) + 1)
    forecast = past.forecasts.by_ticker(session)
    names = sorted(
        t
        for t in view.members() & forecast.keys()
        if view.instrument(t).sector and np.isfinite(history.panel.close[rows, history.bars.column[t]]).all()
    )
    if len(names) < NAMES:
        raise NoDataError(f"end_to_end needs {NAMES} members with a year of bars, found {len(names)}")
    Random(SEED).shuffle(names)  # noqa: S311 - must repeat, hides nothing
    used: Counter[str] = Counter()
    place: dict[str, int] = {}
    for ticker in names:
        sector = view.instrument(ticker).sector
        place[ticker] = used[sector]
        used[sector] += 1
    return tuple(sorted(sorted(names, key=lambda t: place[t])[:NAMES]))


def frozen_evidence(past: Past, session: date, names: Sequence[str]) -> Evidence:
    """Return what could be known of all names on a close, without any book.

    A name is looked at as long as it has a price, in the index or not: a book may still hold it.
    """
    view = past.view(session)
    priced = [t for t in names if not view.mark(t).stale]
    everything = [Holding(ticker=t, weight=Decimal("0.01"), held_sessions=1) for t in priced]
    evidence = past.evidence(session, everything, ())
    nothing = BookEvidence(
        equity=0.0, cash_fraction=1.0, gross=0.0, net=0.0, drawdown=0.0, return_since_start=None
    )
    return replace(evidence, candidates=tuple(map(_unheld, evidence.candidates)), book=nothing)


def _unheld(candidate: CandidateEvidence) -> CandidateEvidence:
    return replace(candidate, weight=0.0, held_sessions=0, unrealised_fraction=None)


def _span(past: Past) -> tuple[date, ...]:
    """Return the sessions of the last half year that was played."""
    year, every = past.mandate.limits.var_sessions, past.history.panel.sessions
    last = every.index(past.played[-1])
    sessions = every[max(0, last + 1 - SESSIONS) : last + 1]
    before = every.index(sessions[0])
    if len(sessions) < SESSIONS or sessions[0] < past.played[0] or before < year:
        raise NoDataError(
            f"end_to_end needs {SESSIONS} sessions that were played and {year} before them, found "
            f"{len(past.played)} and {before}; play a longer past"
        )
    return sessions
