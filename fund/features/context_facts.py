"""The context of a panel, from facts as they became known: each row reads what its decision could."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import isfinite
from operator import attrgetter

import numpy as np

from fund.features.context import Context
from fund.features.filings import filed_figures
from fund.market.calendar import SessionCalendar
from fund.market.facts import CorporateAction, Headline, MacroSeries, Observation, Report
from fund.market.panel import BarPanel
from fund.market.timeline import Timeline, grouped, known_at
from fund.market.view import FloatArray

MARKET = "^SPX"
"""What a headline about the market as a whole is filed under."""
GOOD_FOR = {"D": timedelta(days=10), "W": timedelta(days=21), "M": timedelta(days=130)}
"""How old the day of an observation may be by its series' frequency, or it is missing. An event holds."""


def context_of(
    panel: BarPanel,
    calendar: SessionCalendar,
    *,
    macro: Iterable[Observation] = (),
    series: Mapping[str, MacroSeries] | None = None,
    reports: Iterable[Report] = (),
    actions: Iterable[CorporateAction] = (),
    headlines: Iterable[Headline] = (),
    scores: Mapping[str, float] | None = None,
) -> Context:
    """Return what was known beside the bars when the decision of each of the panel's sessions was due.

    `series` tells how long an observation is good for; of one it does not have, for ever. `scores` are the
    sentiments of headlines by id; a headline without a finite one is not counted, and one that names a ticker
    twice counts once. A fact may be dated later than the panel ends: it changes nothing. Raises `DataError`
    for a fact without a time, `NoDataError` for a session that is none of the calendar's.
    """
    return context_of_timelines(
        panel,
        calendar,
        macro=grouped(macro, lambda fact: fact.series_id, known_at),
        series=series or {},
        reports=grouped(reports, lambda report: report.ticker, known_at),
        actions=grouped(actions, lambda action: action.ticker, lambda action: action.ex_date),
        headlines=headlines,
        scores=scores,
    )


def context_of_timelines(
    panel: BarPanel,
    calendar: SessionCalendar,
    *,
    macro: Mapping[str, Timeline[Observation, datetime]],
    series: Mapping[str, MacroSeries],
    reports: Mapping[str, Timeline[Report, datetime]],
    actions: Mapping[str, Timeline[CorporateAction, date]],
    headlines: Iterable[Headline],
    scores: Mapping[str, float] | None,
) -> Context:
    """Return the same of facts in the order they became known, as a history keeps them."""
    moments = [calendar.decision_time(session) for session in panel.sessions]
    market = {name: _latest(line, moments, _good_for(name, series)) for name, line in macro.items()}
    names = dict(filed_figures(panel.tickers, moments, reports, actions))
    if scores is not None and moments:
        before = calendar.decision_time(calendar.previous_session(panel.sessions[0]))
        told = _told(panel.tickers, [before, *moments], headlines, scores)
        names["news_score"], names["news_count"] = told[0, :, :-1], told[1, :, :-1]
        market["news_score"], market["news_count"] = told[0, :, -1], told[1, :, -1]
    return Context(market=market, names=names)


def _good_for(name: str, series: Mapping[str, MacroSeries]) -> timedelta | None:
    return GOOD_FOR.get(series[name].frequency) if name in series else None


def _latest(
    line: Timeline[Observation, datetime], moments: Sequence[datetime], good_for: timedelta | None
) -> FloatArray:
    """[T]: of what was known the value of the latest day; a later vintage of the same day replaces it."""
    out = np.full(len(moments), np.nan)
    facts, at = line.facts, line.count(moments[0]) if moments else 0
    newest = max(reversed(facts[:at]), key=attrgetter("day"), default=None)
    for row, moment in enumerate(moments):
        while at < len(facts) and facts[at].known_at <= moment:
            if newest is None or facts[at].day >= newest.day:
                newest = facts[at]
            at += 1
        if newest is not None and (good_for is None or moment.date() - newest.day <= good_for):
            out[row] = newest.value
    return out


def _told(
    tickers: Sequence[str],
    bounds: Sequence[datetime],
    headlines: Iterable[Headline],
    scores: Mapping[str, float],
) -> FloatArray:
    """[2, T, N + 1]: sum and number of the scores told since the last decision; the market comes last."""
    column = {ticker: at for at, ticker in enumerate(tickers)} | {MARKET: len(tickers)}
    out = np.zeros((2, len(bounds) - 1, len(tickers) + 1))
    for headline in sorted(headlines, key=lambda fact: (known_at(fact), fact.headline_id)):
        row = bisect_left(bounds, headline.known_at) - 1
        score = scores.get(headline.headline_id)
        if score is None or not isfinite(score) or not 0 <= row < len(bounds) - 1:
            continue
        for ticker in dict.fromkeys(headline.tickers):
            if ticker in column:
                out[:, row, column[ticker]] += (score, 1.0)
    return out
