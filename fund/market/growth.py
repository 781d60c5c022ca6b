"""A history that goes on: what was worked out of the old facts is carried over, only the new ones cost."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np

from fund.market.history import History
from fund.market.panel import BarPanel
from fund.market.timeline import Fact, Moment, Timeline, grouped, known_at


def grown(known: History, *, panel: BarPanel, **facts: Any) -> History:
    """Return the history with a larger panel and more facts: equal to one made of all of them at once.

    Every fact of `known` must be among those given, unchanged, and every bar of it in the panel; what is
    not given stays. Raises `DataError` for a fact that no history may hold, as `History` does.
    """
    made = object.__new__(History)
    for each in fields(History):
        object.__setattr__(made, each.name, facts.get(each.name, getattr(known, each.name)))
    object.__setattr__(made, "panel", panel)
    made.__dict__.update(_carried(known, made))
    made.__post_init__()
    return made


def _carried(known: History, made: History) -> Mapping[str, object]:
    carried: dict[str, object] = {
        "actions_by_ticker": _regrouped(known.actions_by_ticker, made.actions, _ticker, _ex_date),
        "macro_by_series": _regrouped(
            known.macro_by_series, made.macro, lambda fact: fact.series_id, known_at
        ),
        "reports_by_ticker": _regrouped(known.reports_by_ticker, made.reports, _ticker, known_at),
    }
    if made.headlines is known.headlines:
        carried["headlines_by_time"] = known.headlines_by_time
    before = len(known.panel.sessions)
    bars = int(np.isfinite(known.panel.close).sum())
    same_bars = int(np.isfinite(made.panel.close[:before]).sum()) == bars
    if same_bars and made.instruments is known.instruments and made.first_session == known.first_session:
        carried["bar_chain"] = made.bar_chain_after(known.bar_chain)
    return carried


def _ticker(fact: Any) -> str:
    return str(fact.ticker)


def _ex_date(fact: Any) -> date:
    day: date = fact.ex_date
    return day


def _regrouped(
    before: Mapping[str, Timeline[Fact, Moment]],
    facts: Iterable[Fact],
    name: Callable[[Fact], str],
    moment: Callable[[Fact], Moment],
) -> Mapping[str, Timeline[Fact, Moment]]:
    """Return one timeline a name; those that got no new fact are the ones from before."""
    told = tuple(facts)
    count = Counter(map(name, told))
    same = {each: timeline for each, timeline in before.items() if count[each] == len(timeline)}
    fresh = grouped((fact for fact in told if name(fact) not in same), name, moment)
    return {**same, **fresh}
