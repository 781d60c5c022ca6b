"""Which names move together closely enough that, when one runs away, both are expected back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from sqlalchemy import Engine

from db.decisions import Decisions
from db.ledger import Ledger
from fund.errors import QueryRefusedError
from fund.features.universe import Universe
from fund.signals.pairs import Formation, FormedPair, Pairs
from fund.signals.spread_state import open_sides
from tools.directory import Directory
from tools.heard import Heard

MOST_NAMES = 60
"""Names in one scan: those held and those last decided on first, then the most traded."""
SESSIONS_READ = 330
"""A formation's year and the longest quarter after it, with a few to spare."""
Side = Literal["none", "long first", "short first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CointegratedPair:
    """Two names whose spread came back: log first = intercept + hedge ratio x log second + spread."""

    first: str
    second: str
    hedge_ratio: float
    """USD of the second against one of the first."""
    half_life_sessions: float
    p_corrected: float
    """For all pairs of the scan, by Benjamini and Yekutieli."""
    deviations: float | None
    """Where the spread stands now, in deviations of the formation; None without a price of both."""
    side: Side
    """What the rule holds since the formation; the other side is of the second name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsReport:
    """One scan, formed on the first session of the quarter and read on the desk's own."""

    session: date
    formed: date
    """The last session that the pairs were formed on; what came after has no part in it."""
    formation_sessions: int
    names: tuple[str, ...]
    """Those scanned."""
    left_out: tuple[str, ...]
    """Asked for, held or decided on, but a bar is missing, or nobody of their sector is beside them."""
    tested: int
    """Pairs tested, of which every p is corrected."""
    false_discovery_rate: float
    smallest_p: float | None
    """The smallest corrected p of the scan; None where nothing was tested."""
    pairs: tuple[CointegratedPair, ...]
    """The surest first."""


class PairTools:
    """One question: which pairs are cointegrated. Nothing is ordered by it."""

    def __init__(
        self, engine: Engine, universe: Callable[[], Universe], directory: Callable[[], Directory]
    ) -> None:
        """`universe` returns the last `SESSIONS_READ` sessions as known at the desk's clock."""
        self._engine = engine
        self._universe = universe
        self._directory = directory

    def pairs(self, tickers: Sequence[str] = ()) -> PairsReport:
        """Return which pairs of names are cointegrated, how far apart each is now, and of how many tested.

        Args:
            tickers: Names to scan among themselves, 2 to 60; without any, those held, those last decided on
                and the most traded of the index, 60 in all and each with its own sector only.
        """
        if tickers:
            asked = tuple(dict.fromkeys(self._directory().find(each).ticker for each in tickers))
            if not 2 <= len(asked) <= MOST_NAMES:
                raise QueryRefusedError(
                    f"pairs are looked for among 2 to {MOST_NAMES} names, found {len(asked)}"
                )
            return scanned(self._universe(), asked, Pairs(within_sectors=False))
        return scanned(self._universe(), self._of_interest(), Pairs(), filled=True)

    def _of_interest(self) -> tuple[str, ...]:
        with self._engine.connect() as connection:
            mark = Ledger(connection).last_mark()
            record = Decisions(connection).latest()
        held = [position.ticker for position in mark.positions] if mark is not None else []
        decided = Heard(record).candidates if record is not None else ()
        return tuple(dict.fromkeys((*sorted(held), *decided)))[:MOST_NAMES]


def scanned(universe: Universe, names: Sequence[str], rule: Pairs, *, filled: bool = False) -> PairsReport:
    """Scan some names of a universe; `filled` adds the most traded members until there are sixty.

    `QueryRefusedError` where history is too short for a formation.
    """
    panel = universe.panel
    column = {ticker: at for at, ticker in enumerate(panel.tickers)}
    chosen = [column[name] for name in names if name in column]
    if filled:
        chosen = list(dict.fromkeys((*chosen, *_most_traded(universe))))[:MOST_NAMES]
    kept = np.zeros(len(panel.tickers), dtype=np.bool_)
    kept[chosen] = True
    # Whoever is named is scanned, a member of the index or not: nothing is judged over the members here.
    asked = np.broadcast_to(kept, universe.members.shape)
    formations = rule.formations(replace(universe, members=np.ascontiguousarray(asked)))
    if not formations:
        raise QueryRefusedError(
            f"pairs are formed on {rule.formation_sessions} sessions before a quarter's first, and the desk "
            f"knows {len(panel.sessions)} up to {panel.sessions[-1]}"
        )
    newest = formations[-1]
    tickers = tuple(panel.tickers[at] for at in newest.columns)
    found = [_told(pair, newest, universe, rule) for pair in newest.pairs]
    return PairsReport(
        session=panel.sessions[-1],
        formed=panel.sessions[newest.row],
        formation_sessions=rule.formation_sessions,
        names=tuple(sorted(tickers)),
        left_out=tuple(sorted(set(names) - set(tickers))),
        tested=newest.scanned,
        false_discovery_rate=rule.false_discovery_rate,
        smallest_p=newest.smallest_p,
        pairs=tuple(sorted(found, key=lambda each: (each.p_corrected, each.first, each.second))),
    )


def _most_traded(universe: Universe) -> list[int]:
    """Return the members with every bar by the USD that changed hands over the window, most first."""
    traded = np.nansum(universe.panel.close * universe.panel.volume, axis=0)
    whole = universe.present[-1] & np.isfinite(universe.panel.total_return_index).all(axis=0)
    order = np.argsort(-traded, kind="stable")
    return [int(at) for at in order if whole[at]]


def _told(pair: FormedPair, formation: Formation, universe: Universe, rule: Pairs) -> CointegratedPair:
    with np.errstate(divide="ignore", invalid="ignore"):
        prices = np.log(universe.panel.total_return_index[formation.row : formation.stop])
    z = pair.deviations(prices)
    side = float(open_sides(z, rule.rules)[-1])
    return CointegratedPair(
        first=universe.panel.tickers[pair.y],
        second=universe.panel.tickers[pair.x],
        hedge_ratio=pair.slope,
        half_life_sessions=pair.half_life_sessions,
        p_corrected=pair.p_corrected,
        deviations=float(z[-1]) if np.isfinite(z[-1]) else None,
        side="none" if side == 0.0 else "long first" if side > 0.0 else "short first",
    )
