"""Rules of one line that trade the same half year under the same limits: what a book must beat."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from threading import Lock
from typing import Any

from agents.brief import CandidateEvidence, Evidence
from evals.books.frozen import HalfYear, half_year_of
from evals.books.playing import NO_CHANGE, play
from evals.case import Case
from evals.trial import Output
from fund.mandate import Mandate
from fund.portfolio.proposal import Proposal
from fund.risk.limits import WEIGHT_STEP

FEW = 10
"""Names that momentum and the forecaster hold."""
_PLAYING = Lock()
Chooses = Callable[[Sequence[CandidateEvidence], Mandate], list[str]]


@dataclass(frozen=True, slots=True)
class BookRival:
    """Holds the names it chooses at equal weights, chosen anew at every close it is asked on."""

    name: str
    chooses: Chooses | None
    """None holds nothing."""

    async def answer(self, case: Case, number: int) -> Output:
        """Answer a case; always alike, so it is played once for all trials."""
        return Output(answer=await asyncio.to_thread(_once, self, half_year_of(case)))

    def wants(self, evidence: Evidence, mandate: Mandate) -> Proposal:
        """Return the proposal of a close."""
        if self.chooses is None:
            return NO_CHANGE
        return evenly(self.chooses(evidence.candidates, mandate), evidence, mandate)


def _once(rival: BookRival, year: HalfYear) -> Mapping[str, Any]:
    with _PLAYING:
        return _played(rival, year)


@lru_cache(maxsize=16)
def _played(rival: BookRival, year: HalfYear) -> Mapping[str, Any]:
    mandate = year.mandate
    return play(rival.name, year, lambda evidence: rival.wants(evidence, mandate)).plain()


def book_rivals() -> tuple[BookRival, ...]:
    """Return who holds cash, the most traded names, the trend, and the best forecasts."""
    return (
        BookRival("hold", None),
        BookRival("equal weight", _most_traded),
        BookRival("momentum", _winners),
        BookRival("forecaster only", _best_forecasts),
    )


def evenly(tickers: Sequence[str], evidence: Evidence, mandate: Mandate) -> Proposal:
    """Return all that the mandate lets be invested, shared out evenly; whatever else is held is closed."""
    limits = mandate.limits
    weights = {each.ticker: Decimal(0) for each in evidence.candidates if each.weight}
    if tickers:
        invested = min(limits.max_gross, limits.max_net, 1 - limits.min_cash)
        weight = (invested / len(tickers)).quantize(WEIGHT_STEP, rounding=ROUND_DOWN)
        weights |= dict.fromkeys(tickers, min(weight, limits.max_position))
    return Proposal(weights=weights)


def _most_traded(names: Sequence[CandidateEvidence], mandate: Mandate) -> list[str]:
    ranked = sorted(names, key=lambda each: (-each.average_dollar_volume, each.ticker))
    return [each.ticker for each in ranked[: mandate.limits.max_names]]


def _winners(names: Sequence[CandidateEvidence], mandate: Mandate) -> list[str]:
    known = [(-each.return_120, each.ticker) for each in names if each.return_120 is not None]
    return [ticker for _, ticker in sorted(known)[:FEW]]


def _best_forecasts(names: Sequence[CandidateEvidence], mandate: Mandate) -> list[str]:
    known = [(-each.forecasts[0].rank, each.ticker) for each in names if each.forecasts]
    return [ticker for _, ticker in sorted(known)[:FEW]]
