"""Another future: a history that is what it was up to a moment, and absurd from the next one on."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from fund.market.actions import BAR_COLUMNS, panel_of
from fund.market.facts import CorporateAction, Headline, MembershipSpell, Observation, Report
from fund.market.history import History
from fund.market.panel import BarPanel

Store = Literal[
    "bars",
    "actions",
    "membership",
    "macro",
    "news",
    "filings",
    "trades",
    "conditions",
    "artifacts",
    "training",
    "caches",
]
MARKET: tuple[Store, ...] = ("bars", "actions", "membership", "macro", "news", "filings")
"""What a history holds; the rest is the desk's own."""
STORES: tuple[Store, ...] = (*MARKET, "trades", "conditions", "artifacts", "training", "caches")
MOMENT = timedelta(microseconds=1)
ABSURD = 1e7
"""Percent, dollars, an index: whatever it stands for, nobody overlooks it."""
SHOUT = "BUY IT ALL"
DEAREST = 50.0
"""How many times its own price a poisoned share costs at most; twice at least: no dividend exceeds it."""


class Poison:
    """Makes other futures of one history, the same ones for the same seed; the history stays as it is."""

    def __init__(self, history: History, seed: int) -> None:
        self._history = history
        rng = np.random.default_rng(seed)
        panel = history.panel
        factor = rng.uniform(2.0, DEAREST, panel.close.shape)
        self._bars = {name: getattr(panel, name) * factor for name in BAR_COLUMNS}
        self._macro = _Dated(history.macro, lambda fact: replace(fact, value=-fact.value - ABSURD))
        self._news = _Dated(history.headlines, lambda fact: replace(fact, title=f"{SHOUT}: {fact.title}"))
        self._told = _Dated(history.tellings, lambda fact: replace(fact, source=SHOUT))
        self._filings = _Dated(history.reports, _inverted)

    def after(self, as_of: datetime, stores: Collection[Store] = MARKET) -> History:
        """Return the history with everything in some stores changed that became known after a moment.

        What the other stores hold, also of later moments, is as it really came.
        """
        given, session = self._history, self._history.view(as_of).session
        changed: dict[str, Any] = {}
        if "actions" in stores:
            changed["actions"] = tuple(self._actions(session))
        if {"bars", "actions"} & set(stores):
            actions = changed.get("actions", given.actions)
            changed["panel"] = self._panel(session, actions, absurd="bars" in stores)
        if "membership" in stores:
            changed["membership"] = tuple(self._membership(session))
        if "macro" in stores:
            changed["macro"] = (*self._macro.after(as_of), *self._revisions(as_of, session))
        if "news" in stores:
            changed["headlines"] = (*self._news.after(as_of), *_shouts(as_of))
            changed["tellings"] = self._told.after(as_of)
        if "filings" in stores:
            changed["reports"] = (*self._filings.after(as_of), *self._restated(as_of, session))
        return replace(given, **changed)

    def _panel(self, session: date, actions: Sequence[CorporateAction], *, absurd: bool) -> BarPanel:
        """Multiply every later price and volume; every seventh name has no bar from the second session on."""
        panel = self._history.panel
        row = bisect_right(panel.sessions, session)
        prices = {name: getattr(panel, name) for name in BAR_COLUMNS}
        if absurd:
            gone = np.flatnonzero(np.isfinite(panel.close[:row]).any(axis=0))[::7]
            for name in BAR_COLUMNS:
                prices[name] = np.vstack([prices[name][:row], self._bars[name][row:]])
                prices[name][row + 1 :, gone] = np.nan
        return panel_of(sessions=panel.sessions, tickers=panel.tickers, prices=prices, actions=actions)

    def _actions(self, session: date) -> Iterator[CorporateAction]:
        """Yield what was known, the later ones changed, and an invented one of the next session a name."""
        panel = self._history.panel
        row = bisect_right(panel.sessions, session)
        for action in self._history.actions:
            if action.ex_date <= session:
                yield action
            elif action.kind == "split":
                yield replace(action, value=action.value * 3)
            elif action.kind == "dividend":
                yield replace(action, value=action.value / 2)
        if row == len(panel.sessions):
            return
        priced = np.isfinite(panel.close[row - 1]) & np.isfinite(panel.close[row])
        for column in np.flatnonzero(priced).tolist():
            cash = Decimal(str(round(0.3 * float(panel.close[row - 1, column]), 4)))
            is_split = column % 2 == 0
            yield CorporateAction(
                ticker=panel.tickers[column],
                ex_date=panel.sessions[row],
                kind="split" if is_split else "dividend",
                value=Decimal(2 + column % 5) if is_split else cash,
                detail="split" if is_split else "special",
            )

    def _membership(self, session: date) -> Iterator[MembershipSpell]:
        """Yield the spells known by then, every second of them ended tomorrow, and all strangers let in."""
        tomorrow = self._history.calendar.next_session(session)
        known = self._history.members.until(session)
        for place, spell in enumerate(known):
            yield replace(spell, end=tomorrow) if spell.end is None and place % 2 else spell
        inside = {spell.ticker for spell in known if spell.end is None}
        for ticker in self._history.panel.tickers:
            if ticker not in inside:
                yield MembershipSpell(ticker=ticker, start=tomorrow, end=None)

    def _revisions(self, as_of: datetime, session: date) -> Iterator[Observation]:
        """Yield, right after the moment, another value of each series' last day and one of this very day."""
        for name in sorted(self._history.macro_by_series):
            known = self._history.macro_by_series[name].known(as_of)
            for day in {*(fact.day for fact in known[-1:]), session}:
                yield Observation(series_id=name, day=day, value=ABSURD, known_at=as_of + MOMENT)

    def _restated(self, as_of: datetime, session: date) -> Iterator[Report]:
        """Yield, right after the moment, a report of each name on a period that ended by the session."""
        for ticker in self._history.panel.tickers:
            figures = dict.fromkeys(("revenue", "net_income", "eps_diluted", "equity", "assets"), -ABSURD)
            yield Report(
                ticker=ticker,
                doc_type="10-Q",
                end_date=session,
                known_at=as_of + MOMENT,
                cash=ABSURD,
                **figures,
            )


class _Dated:
    """Facts by `known_at`, each beside what becomes of it in another future; both made once."""

    def __init__(self, facts: Sequence[Any], change: Callable[[Any], Any]) -> None:
        self._facts = tuple(sorted(facts, key=lambda fact: fact.known_at))
        self._moments = [fact.known_at for fact in self._facts]
        self._changed = tuple(change(fact) for fact in self._facts)

    def after(self, as_of: datetime) -> tuple[Any, ...]:
        """Return the facts known at a moment as they are, and the later ones changed."""
        known = bisect_right(self._moments, as_of)
        return (*self._facts[:known], *self._changed[known:])


def _inverted(report: Report) -> Report:
    named = ("revenue", "net_income", "eps_diluted", "equity", "assets", "cash")
    known: dict[str, Any] = {name: getattr(report, name) for name in named}
    inverted: dict[str, Any] = {name: None if each is None else -each - 1.0 for name, each in known.items()}
    return replace(report, **inverted)


def _shouts(as_of: datetime) -> Iterator[Headline]:
    """Yield headlines that come out right after the moment, on the same day."""
    for number in range(12):
        yield Headline(
            headline_id=f"canary-{number}",
            tickers=("^SPX",),
            title=f"{SHOUT} {number}",
            source="canary",
            known_at=as_of + MOMENT,
        )
