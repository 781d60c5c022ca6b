"""Two names of a sector that stay together: when one runs away from the other, both are expected back.

Pairs are formed on the first session of every quarter, on a window that ends there, and traded until the
next one. Sources: Gatev, Goetzmann and Rouwenhorst (2006), "Pairs Trading: Performance of a Relative-Value
Arbitrage Rule", Review of Financial Studies 19, for formation and trading; Vidyamurthy (2004), "Pairs
Trading", for cointegration instead of distance.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.columns import log
from fund.features.universe import Universe
from fund.market.view import FloatArray
from fund.metrics.cointegration import cointegration
from fund.metrics.false_discoveries import adjusted_yekutieli, benjamini_yekutieli
from fund.signals.signal import Figures, SignalTable, table_of
from fund.signals.spread_state import SpreadRules, open_sides

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormedPair:
    """Two names whose spread returned over one formation window: log y = intercept + slope log x + spread."""

    y: int
    """Column of the dependent name."""
    x: int
    slope: float
    """The hedge ratio: USD of x against one of y."""
    intercept: float
    deviation: float
    half_life_sessions: float
    p_value: float
    """The larger of the two directions' p-values."""
    p_corrected: float = 1.0
    """For all that the scan tested: the rate of false discoveries at which this pair is just believed."""

    def deviations(self, prices: FloatArray) -> FloatArray:
        """Return the spread of log prices [..., N] in standard deviations of the formation."""
        spread = prices[..., self.y] - self.intercept - self.slope * prices[..., self.x]
        return np.asarray(spread / self.deviation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formation:
    """What one scan found, and of how many."""

    row: int
    """The last session of the window; its close is the first that may be traded on."""
    stop: int
    """The first session that belongs to the next formation."""
    scanned: int
    columns: IntArray
    """Names that were scanned."""
    pairs: tuple[FormedPair, ...]
    smallest_p: float | None
    """The smallest corrected p of the scan, of a pair that was kept or not; None where none was tested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Cointegrated pairs within sectors, the false discovery rate controlled over each whole scan."""

    formation_sessions: int = 252
    lag: int = 1
    false_discovery_rate: float = 0.05
    shortest_half_life: float = 1.0
    longest_half_life: float = 42.0
    within_sectors: bool = True
    """Fewer pairs are scanned, and those that are have a reason to stay together."""
    rules: SpreadRules = field(default_factory=SpreadRules)
    name: str = "pairs"

    def __post_init__(self) -> None:
        if self.formation_sessions < 60 or not 0.0 < self.shortest_half_life < self.longest_half_life:
            raise DataError(
                "expected at least 60 formation sessions and half-lives in order, found "
                f"{self.formation_sessions!r}, {self.shortest_half_life!r} and {self.longest_half_life!r}"
            )

    def signals(self, universe: Universe) -> SignalTable:
        """Return for each scanned name the mean view of its open pairs, 0 where none is open."""
        prices = log(universe.panel.total_return_index)
        shape = prices.shape
        total, count, widest = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
        scanned = np.zeros(shape, dtype=np.bool_)
        notes: dict[tuple[int, int], str] = {}
        for formation in self.formations(universe):
            scanned[formation.row : formation.stop, formation.columns] = True
            for pair in formation.pairs:
                self._speak(pair, formation, universe, prices, (total, count, widest), notes)
        conviction = np.clip(total / np.maximum(count, 1.0), -1.0, 1.0)
        return table_of(
            self.name,
            universe,
            np.where(scanned, conviction, np.nan),
            (Figures(what="spread of its widest open pair", unit="deviations", values=widest),),
            notes,
        )

    def formations(self, universe: Universe) -> tuple[Formation, ...]:
        """Return every quarter's scan; the first quarter with a whole window before it is the first."""
        sessions = universe.panel.sessions
        quarters = [(day.year, (day.month - 1) // 3) for day in sessions]
        begin = [at for at, (a, b) in enumerate(pairwise(quarters), start=1) if a != b]
        begin = [at for at in begin if at + 1 >= self.formation_sessions]
        prices = log(universe.panel.total_return_index)
        return tuple(
            self._form(universe, prices, row, stop) for row, stop in pairwise((*begin, len(sessions)))
        )

    def _form(self, universe: Universe, prices: FloatArray, row: int, stop: int) -> Formation:
        window = prices[row + 1 - self.formation_sessions : row + 1]
        whole = np.isfinite(window).all(axis=0) & universe.present[row]
        groups = self._groups(np.flatnonzero(whole), universe.sectors)
        tested = [pair for group in groups for pair in self._test(window, group)]
        p_values = np.array([pair.p_value for pair in tested])
        named = benjamini_yekutieli(p_values, rate=self.false_discovery_rate)
        corrected = adjusted_yekutieli(p_values)
        kept = tuple(
            replace(pair, p_corrected=float(p))
            for pair, p, believed in zip(tested, corrected, named, strict=True)
            if believed
            and pair.slope > 0.0
            and self.shortest_half_life <= pair.half_life_sessions <= self.longest_half_life
        )
        columns = np.concatenate(groups) if groups else np.zeros(0, dtype=np.int64)
        return Formation(
            row=row,
            stop=stop,
            scanned=len(tested),
            columns=columns,
            pairs=kept,
            smallest_p=float(corrected.min()) if tested else None,
        )

    def _groups(self, columns: IntArray, sectors: IntArray) -> list[IntArray]:
        if not self.within_sectors:
            return [columns] if len(columns) > 1 else []
        found = [columns[sectors[columns] == sector] for sector in np.unique(sectors[sectors >= 0])]
        return [group for group in found if len(group) > 1]

    def _test(self, window: FloatArray, group: IntArray) -> list[FormedPair]:
        """Test every pair of a group both ways; the worse p counts, so no direction is chosen by luck."""
        series = window[:, group]
        both = [cointegration(series[:, at], series, lag=self.lag) for at in range(len(group))]
        pairs = []
        for a in range(len(group)):
            for b in range(a + 1, len(group)):
                y, x = (a, b) if both[a].statistic[b] <= both[b].statistic[a] else (b, a)
                pairs.append(
                    FormedPair(
                        y=int(group[y]),
                        x=int(group[x]),
                        slope=float(both[y].slope[x]),
                        intercept=float(both[y].intercept[x]),
                        deviation=float(both[y].deviation[x]),
                        half_life_sessions=float(both[y].half_life[x]),
                        p_value=float(max(both[a].p_value[b], both[b].p_value[a])),
                    )
                )
        return pairs

    def _speak(
        self,
        pair: FormedPair,
        formation: Formation,
        universe: Universe,
        prices: FloatArray,
        into: tuple[FloatArray, FloatArray, FloatArray],
        notes: dict[tuple[int, int], str],
    ) -> None:
        """Add a pair's views of its sessions to both of its names."""
        total, count, widest = into
        span = slice(formation.row, formation.stop)
        z = pair.deviations(prices[span])
        sides = open_sides(z, self.rules)
        for column, sign, other in ((pair.y, 1.0, pair.x), (pair.x, -1.0, pair.y)):
            total[span, column] += sign * sides
            count[span, column] += sides != 0.0
            for at in np.flatnonzero(sides):
                place = (formation.row + int(at), column)
                if not abs(widest[place]) >= abs(z[at]):
                    widest[place] = z[at]
                    notes[place] = (
                        f"pair with {universe.panel.tickers[other]}: hedge ratio {pair.slope:.2f}, half-life "
                        f"{pair.half_life_sessions:.0f} sessions, one of {len(formation.pairs)} pairs of "
                        f"{formation.scanned} scanned (p {pair.p_value:.1e})"
                    )
