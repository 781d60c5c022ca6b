"""What ran away from its own mean and from its sector's comes back, unless something real has happened."""

from dataclasses import dataclass

import numpy as np

from fund.errors import DataError
from fund.features.columns import Columns, ratio
from fund.features.cross_section import less_sector_mean
from fund.features.technical import delay, moments
from fund.features.universe import Universe
from fund.signals.signal import Figures, SignalTable, table_of

FULL_SESSIONS = 60
"""Sessions over which a name's ordinary spread is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanReversion:
    """Short-term reversal within sectors, where two z-scores agree and the name is no wilder than usual.

    A move that came with a burst of volatility is more likely news than pressure, and news does not come
    back. Sources: Lehmann (1990), "Fads, Martingales, and Market Efficiency", Quarterly J. of Economics 105;
    Da, Liu and Schaumburg (2014), "A Closer Look at the Short-Term Return Reversal", Management Science 60,
    for the return less that of its industry.
    """

    window_sessions: int = 20
    """Over which its own mean and deviation are taken."""
    move_sessions: int = 5
    entry: float = 1.0
    """Deviations below which nothing is said."""
    full: float = 3.0
    """Deviations at which the conviction is whole."""
    wildest: float = 2.0
    """Recent volatility over its ordinary one from which the name is left alone."""
    name: str = "mean_reversion"

    def __post_init__(self) -> None:
        if not 0.0 <= self.entry < self.full or not self.wildest > 0.0 or self.move_sessions < 2:
            raise DataError(
                f"expected 0 <= entry < full, a ratio above 0 and a move of 2 sessions, found {self!r}"
            )

    def signals(self, universe: Universe) -> SignalTable:
        """Return convictions against the stretch, 0 inside the band and for names that turned wild.

        A name without a sector, or with too short a past for one of the figures, has no view.
        """
        columns = Columns(universe)
        own = columns.moments("log_close", self.window_sessions)
        stretched = ratio(columns.log_close - own.mean, own.std)
        beyond = less_sector_mean(columns.log_return, universe.present, universe.sectors)
        usual = moments(beyond, FULL_SESSIONS).std * np.sqrt(self.move_sessions)
        apart = ratio(moments(beyond, self.move_sessions).mean * self.move_sessions, usual)
        calm = delay(columns.moments("log_return", FULL_SESSIONS).std, self.move_sessions)
        wild = ratio(columns.moments("log_return", self.move_sessions).std, calm)
        known = np.isfinite(stretched) & np.isfinite(apart) & np.isfinite(wild)
        both = (stretched + apart) / 2.0
        agree = (np.sign(stretched) == np.sign(apart)) & (np.abs(both) >= self.entry) & (wild < self.wildest)
        conviction = np.where(agree, -np.clip(both / self.full, -1.0, 1.0), 0.0)
        return table_of(
            self.name,
            universe,
            np.where(known, conviction, np.nan),
            (
                Figures(
                    what=f"log price from its {self.window_sessions}-session mean",
                    unit="deviations",
                    values=stretched,
                ),
                Figures(
                    what=f"{self.move_sessions}-session return less its sector's",
                    unit="deviations",
                    values=apart,
                ),
                Figures(what="volatility of this move over its ordinary one", unit="ratio", values=wild),
            ),
        )
