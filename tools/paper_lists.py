"""The two halves of the watchlist and the universe, held on paper side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection

from db.past import Past
from db.watchlist import DiscoveredList
from fund.discovery.paper import PaperTrack, columns_of, paper_track
from fund.execution.costs import CostModel
from fund.execution.round_trip import round_trip_cost
from fund.market.history_view import HistoryView
from fund.market.view import FloatArray
from fund.metrics.bootstrap import bootstrap_interval
from fund.metrics.returns import total_returns

MOST_SESSIONS = 260
"""Sessions that are looked back over."""
USUAL_PRICE = 50.0
"""USD a share that commissions are worked out for: 10,000 USD of it a side."""
SEED = 21
UNIVERSE = "universe"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperList:
    """A list held in equal weights from its first name on, costs taken off."""

    name: str
    sessions: int
    """Sessions on which something was held; the figures are over all of them."""
    value: float | None
    """Total return over them; None where nothing was ever held."""
    beyond: float | None
    """Mean of its return a session less the universe's, on the sessions it held something."""
    beyond_low: float | None
    """95 % interval; None below 20 sessions."""
    beyond_high: float | None
    turnover: float
    """Bought and sold together, as a multiple of what is held."""
    costs: float
    """Sum of what trading cost, as a fraction."""


def paper_lists(
    connection: Connection,
    views: Callable[[date | None], HistoryView],
    costs: CostModel,
    since: date,
) -> tuple[PaperList, ...]:
    """Return the discovered half, the owner's half and the universe, held since the first run.

    A list is bought at the first open after it was known: the owner's half as each decision had it, the
    discovered half from the entry session of the run that changed it.
    """
    panel = views(None).panel(MOST_SESSIONS)
    start = max(0, next((row for row, day in enumerate(panel.sessions) if day >= since), 0) - 1)
    sessions = panel.sessions[start:]
    column = {ticker: place for place, ticker in enumerate(panel.tickers)}
    index = panel.total_return_index[start:]
    within = panel.close[start:] / panel.open[start:] - 1.0
    a_side = round_trip_cost(costs, USUAL_PRICE) / 2
    listed = {
        "discovered": _discovered(connection, sessions),
        "manual": _manual(connection, sessions),
        UNIVERSE: [views(day).members() for day in sessions],
    }
    tracks = {
        name: paper_track([columns_of(column, names) for names in lists], index, within, a_side)
        for name, lists in listed.items()
    }
    return tuple(_told(name, track, tracks[UNIVERSE]) for name, track in tracks.items())


def _told(name: str, track: PaperTrack, universe: PaperTrack) -> PaperList:
    own = track.returns[track.held]
    beyond: FloatArray = own - universe.returns[track.held]
    itself = name == UNIVERSE
    bounds = None if itself or not len(own) else bootstrap_interval(beyond, _means, seed=SEED)
    return PaperList(
        name=name,
        sessions=len(own),
        value=float(total_returns(own[np.newaxis])[0]) if len(own) else None,
        beyond=None if itself or not len(own) else float(beyond.mean()),
        beyond_low=bounds.low if bounds else None,
        beyond_high=bounds.high if bounds else None,
        turnover=track.turnover,
        costs=track.costs,
    )


def _means(paths: FloatArray) -> FloatArray:
    means: FloatArray = paths.mean(axis=1)
    return means


def _discovered(connection: Connection, sessions: Sequence[date]) -> list[frozenset[str]]:
    """Return the discovered half at each close: what a run changes is known from before its entry session."""
    changes = sorted(DiscoveredList(connection).history(), key=lambda each: each.entry_session)
    lists, standing, place = [], set[str](), 0
    for following in (*sessions[1:], date.max):
        while place < len(changes) and changes[place].entry_session <= following:
            change = changes[place].change
            (standing.add if change.joined else standing.discard)(change.ticker)
            place += 1
        lists.append(frozenset(standing))
    return lists


def _manual(connection: Connection, sessions: Sequence[date]) -> list[frozenset[str]]:
    watched: Mapping[date, frozenset[str]] = Past(connection).watched()
    return [watched.get(day, frozenset()) for day in sessions]
