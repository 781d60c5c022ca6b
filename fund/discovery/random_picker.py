"""Picks by lot: what every other picker has to beat."""

from hashlib import sha256
from typing import Final

from fund.discovery.candidate import Candidate, best
from fund.discovery.picker import PickContext
from fund.market.view import MarketView

DRAWN = 2**64


class RandomPicker:
    """Draws from the same names as the others, by the moment and a seed: asked again, it draws the same."""

    name: Final = "random"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def pick(self, view: MarketView, context: PickContext, count: int) -> tuple[Candidate, ...]:
        """Return names whose lot came up."""
        return best((self._drawn(ticker, view) for ticker in context.universe), count)

    def _drawn(self, ticker: str, view: MarketView) -> Candidate:
        lot = sha256(f"{self._seed}|{view.as_of.isoformat()}|{ticker}".encode()).digest()[:8]
        score = int.from_bytes(lot, "big") / DRAWN
        return Candidate(ticker=ticker, score=score, reasons=("drawn by lot",), picker=self.name)
