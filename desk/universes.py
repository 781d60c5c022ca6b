"""The universe a session's features are computed over: bars and members, and what was known beside them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np

from fund.features.context_facts import context_of_timelines
from fund.features.sets import reads_context
from fund.features.universe import Universe, sector_codes
from fund.forecasting.catalogue import FEATURE_SETS
from fund.market.facts import Headline
from fund.market.history import History
from fund.market.panel import BarPanel
from fund.news.lexicon import LexiconScorer

POINT_IN_TIME = "S&P 500 members, point in time"
SURVIVORS = "survivors: names chosen afterwards, members as long as they have bars"
READ_TITLES = 1 << 17
"""Headlines whose sentiment is kept: reading one costs 0.04 ms, and most come again."""


def universe_at(history: History, session: date, benchmark: str, count: int | None = None) -> Universe:
    """Return bars, membership and sectors as known on a session's close, of its last `count` sessions."""
    panel = history.view(history.calendar.decision_time(session)).panel(count)
    listed = np.zeros((len(panel.sessions), len(history.panel.tickers)), dtype=bool)
    for row, day in enumerate(panel.sessions):
        listed[row, history.members.columns(day)] = True
    members = listed[:, np.isin(history.panel.tickers, panel.tickers)]
    sectors = sector_codes([history.instruments[ticker].sector for ticker in panel.tickers])
    return Universe(panel=panel, members=members, sectors=sectors, benchmark=benchmark)


def universe_name(history: History, session: date) -> str:
    """Return what the universe known on a session's close is called, so that a survivor-biased one is told.

    Members of an index come and go while their bars run on. Where nobody ever did, the list was drawn up by
    what has bars: `desk backfill` makes such a one, and figures on it are read against its equal weight.
    """
    panel = history.view(history.calendar.decision_time(session)).panel()
    column = {ticker: at for at, ticker in enumerate(panel.tickers)}
    for spell in history.members.until(session):
        if spell.ticker not in column:
            continue
        traded = np.flatnonzero(np.isfinite(panel.close[:, column[spell.ticker]]))
        if not len(traded):
            continue
        came = panel.sessions[traded[0]] < spell.start
        left = spell.end is not None and panel.sessions[traded[-1]] >= spell.end
        if came or left:
            return POINT_IN_TIME
    return SURVIVORS


def universe_for(
    feature_set: str, history: History, session: date, benchmark: str, count: int | None = None
) -> Universe:
    """Return the same with everything a set of features reads: macro series, filings and news for `lab`.

    Each row holds what its own decision could know, so the last sessions are those of the whole to the bit.
    News is read by the lexicon, whoever reads it elsewhere: it costs nothing and never changes its mind.
    """
    universe = universe_at(history, session, benchmark, count)
    if not reads_context(FEATURE_SETS[feature_set]):
        return universe
    told = _told(history, universe.panel)
    read = {each.headline_id: _sentiment(each.title) for each in told}
    context = context_of_timelines(
        universe.panel,
        history.calendar,
        macro=history.macro_by_series,
        series=history.series,
        reports=history.reports_by_ticker,
        actions=history.actions_by_ticker,
        headlines=told,
        scores={name: score for name, score in read.items() if score is not None},
    )
    return replace(universe, context=context)


def _told(history: History, panel: BarPanel) -> Sequence[Headline]:
    """Return the headlines that the panel's decisions were the first to know."""
    calendar, told = history.calendar, history.headlines_by_time
    before = calendar.decision_time(calendar.previous_session(panel.sessions[0]))
    return told.facts[told.count(before) : told.count(calendar.decision_time(panel.sessions[-1]))]


@lru_cache(maxsize=READ_TITLES)
def _sentiment(title: str) -> float | None:
    (found,) = LexiconScorer().score([title])
    return None if found is None else found.score
