"""Picks what is liquid, moderately volatile, rising and good for the balance of the book, all by degrees."""

import math
from dataclasses import dataclass, replace
from typing import Final

from fund.discovery.candidate import Candidate, best
from fund.discovery.membership import all_of, logistic, plateau, rising
from fund.discovery.name_figures import SESSIONS_A_YEAR, NameFigures, measured
from fund.discovery.picker import Outcomes, PickContext
from fund.market.view import MarketView

LIQUIDITY, VOLATILITY, MOMENTUM, BALANCE = 1.0, 1.0, 1.5, 0.5
"""What each notion weighs."""
ILLIQUID, LIQUID = math.log(5e6), math.log(500e6)
"""Log of dollars a session."""
CALM, QUIET, LIVELY, WILD = 0.05, 0.12, 0.30, 0.60
"""Annualised volatility."""
TREND_HALF, TREND_WIDTH = 0.5, 0.5
"""Return of 60 sessions over what volatility alone would move in them: half a rise, and one width more."""
PRIOR_TRADES = 10.0
"""A mean outcome is believed by half once so many similar trades are known."""
OUTCOME_SCALE, MOST_ADJUSTED = 0.05, 0.25
RECALLED = 4
"""Similar trades are asked for of so many times the names that are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Degrees:
    """How far a name belongs to each notion, from 0 to 1."""

    liquid: float
    moderate: float
    rising: float
    balancing: float

    @property
    def together(self) -> float:
        """Return how far it belongs to all of them."""
        return all_of(
            (self.liquid, self.moderate, self.rising, self.balancing),
            (LIQUIDITY, VOLATILITY, MOMENTUM, BALANCE),
        )


class FuzzyPicker:
    """Scores by the weighted geometric mean of four memberships, times what similar past trades speak for.

    The second factor is 1 + 0.25 tanh(s / 0.05) with s the mean return of the similar trades, shrunk to
    n / (n + 10) of itself: at most a quarter up or down, and nothing without memories.
    """

    name: Final = "fuzzy"

    def pick(self, view: MarketView, context: PickContext, count: int) -> tuple[Candidate, ...]:
        """Return the names that belong most; one that does not belong at all is never picked."""
        figures = measured(view, context.universe, context.benchmark)
        scored = [(degrees_of(each, context), each.ticker) for each in figures.values()]
        hopeful = best(
            (
                Candidate(ticker=ticker, score=degrees.together, reasons=_reasons(degrees), picker=self.name)
                for degrees, ticker in scored
                if degrees.together > 0
            ),
            RECALLED * count,
        )
        ended = context.similar([each.ticker for each in hopeful])
        return best((_adjusted(each, ended.get(each.ticker)) for each in hopeful), count)


def degrees_of(figures: NameFigures, context: PickContext) -> Degrees:
    """Return a name's memberships; without a sector it neither helps nor hurts the balance."""
    usual = figures.volatility * math.sqrt(60 / SESSIONS_A_YEAR)
    held = context.sector_weights.get(figures.sector, 0.0) if figures.sector else context.max_sector / 2
    return Degrees(
        liquid=rising(math.log(max(figures.dollar_volume, 1.0)), ILLIQUID, LIQUID),
        moderate=plateau(figures.volatility, CALM, QUIET, LIVELY, WILD),
        rising=logistic(figures.return_60 / usual, TREND_HALF, TREND_WIDTH) if usual > 0 else 0.0,
        balancing=1.0 - min(max(held / context.max_sector, 0.0), 1.0) if context.max_sector > 0 else 0.0,
    )


def outcome_factor(outcomes: Outcomes | None) -> float:
    """Return what a score is multiplied by for how similar trades ended: 0.75 to 1.25, 1 without any."""
    if outcomes is None or outcomes.count <= 0:
        return 1.0
    shrunk = outcomes.mean_return * outcomes.count / (outcomes.count + PRIOR_TRADES)
    return 1.0 + MOST_ADJUSTED * math.tanh(shrunk / OUTCOME_SCALE)


def _adjusted(candidate: Candidate, outcomes: Outcomes | None) -> Candidate:
    if outcomes is None or outcomes.count <= 0:
        return candidate
    trades = "similar trade" if outcomes.count == 1 else "similar trades"
    ended = f"{outcomes.count} {trades} ended at {outcomes.mean_return:+.1%} on average"
    return replace(
        candidate,
        score=candidate.score * outcome_factor(outcomes),
        reasons=(*candidate.reasons, ended),
    )


def _reasons(degrees: Degrees) -> tuple[str, ...]:
    return (
        f"liquid to {degrees.liquid:.0%}, moderately volatile to {degrees.moderate:.0%}",
        f"rising to {degrees.rising:.0%} over 60 sessions",
        f"good for the balance of sectors to {degrees.balancing:.0%}",
    )
