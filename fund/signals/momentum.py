"""Past winners go on winning: the return of twelve months less the last one, ranked over the members."""

from dataclasses import dataclass

from fund.errors import DataError
from fund.features.columns import Columns
from fund.features.cross_section import cross_rank
from fund.features.technical import delay
from fund.features.universe import Universe
from fund.signals.signal import Figures, SignalTable, table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Momentum:
    """12-1 momentum; the skipped month keeps short-term reversal out.

    Source: Jegadeesh and Titman (1993), "Returns to Buying Winners and Selling Losers", J. of Finance 48.
    """

    lookback_sessions: int = 252
    skip_sessions: int = 21
    name: str = "momentum_12_1"

    def __post_init__(self) -> None:
        if not 1 <= self.skip_sessions < self.lookback_sessions:
            raise DataError(
                f"expected a skip of at least 1 session and below the look-back, found "
                f"{self.skip_sessions!r} of {self.lookback_sessions!r}"
            )

    def signals(self, universe: Universe) -> SignalTable:
        """Return each member's place, the best past return 1 and the worst -1 at the very ends.

        A name without a bar at both ends of the span has no view.
        """
        columns = Columns(universe)
        past = delay(columns.log_close, self.skip_sessions) - delay(columns.log_close, self.lookback_sessions)
        rank = cross_rank(past, universe.present)
        span = f"log return from {self.lookback_sessions} to {self.skip_sessions} sessions ago"
        return table_of(
            self.name,
            universe,
            2.0 * rank,
            (
                Figures(what=span, unit="fraction", values=past),
                Figures(what="its rank among members", unit="rank", values=rank + 0.5),
            ),
        )
