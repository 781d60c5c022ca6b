"""What a sizing rule is told, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Protocol

from fund.market.view import MarketView
from fund.portfolio.proposal import Odds
from fund.portfolio.sizing_rules import SizingRules

ZERO = Decimal(0)
STEP = Decimal("0.0001")
"""Weights are whole basis points, rounded towards zero, as the review's are."""
SOLVER_DIGITS = Decimal("0.000001")
"""What a solver's last digits are worth: a weight short of a step by less is that step."""
LARGEST_TARGET = Decimal(100)
"""Beyond this a target is a mistake; the review refuses it by name."""


class Caps(Protocol):
    """The limits a whole book is built under, as fractions of equity; the mandate's `RiskLimits`."""

    @property
    def max_position(self) -> Decimal:
        """Cap of one name."""
        ...

    @property
    def max_sector(self) -> Decimal:
        """Cap of the gross weight of one sector."""
        ...

    @property
    def max_gross(self) -> Decimal:
        """Cap of long plus short."""
        ...

    @property
    def max_net(self) -> Decimal:
        """Cap of long less short, either way."""
        ...

    @property
    def min_cash(self) -> Decimal:
        """Least cash."""
        ...

    @property
    def allow_short(self) -> bool:
        """Whether a weight may be negative."""
        ...


class TradingCosts(Protocol):
    """What trading costs; the mandate's `CostModel`."""

    @property
    def commission_per_share(self) -> Decimal:
        """USD."""
        ...

    @property
    def half_spread_bps(self) -> Decimal:
        """Basis points."""
        ...

    @property
    def impact_bps(self) -> Decimal:
        """Basis points for a whole session's volume."""
        ...

    @property
    def max_participation(self) -> Decimal:
        """Largest share of a session's volume."""
        ...


class Terms(Protocol):
    """The part of the mandate that sizing reads; a `Mandate` is one, from a higher chapter of the house."""

    @property
    def sizing(self) -> SizingRules:
        """The rule and its parameters."""
        ...

    @property
    def limits(self) -> Caps:
        """What the book may be."""
        ...

    @property
    def costs(self) -> TradingCosts:
        """What changing it costs."""
        ...

    @property
    def horizon_sessions(self) -> int:
        """How long a position is meant to be held."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What there is to size: targets other than zero, and the book they would join."""

    wanted: Mapping[str, Decimal]
    """In order of tickers."""
    held: Mapping[str, Decimal]
    """Weights of the book as it stands."""
    odds: Mapping[str, Odds]
    equity: Decimal
    """USD."""
    asked: frozenset[str]
    """Every ticker the proposal speaks of, closed ones included."""
    view: MarketView
    terms: Terms

    @property
    def resting(self) -> dict[str, Decimal]:
        """Return what stays held whatever is decided here: positions the proposal does not speak of."""
        return {t: w for t, w in self.held.items() if t not in self.asked}

    def kept(self, ticker: str) -> Decimal:
        """Return the size a name keeps when its rule knows too little: no growth over what is held."""
        target, held = self.wanted[ticker], self.held.get(ticker, ZERO)
        if target * held <= 0:
            return ZERO
        return abs(target) if abs(target) <= abs(held) else to_weight(abs(held))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """What a rule says of the wanted names; a name it does not speak of stays as proposed."""

    sizes: Mapping[str, Decimal]
    """Magnitudes, fractions of equity."""
    why: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())


def is_target(weight: Decimal) -> bool:
    """Say whether a rule has something to size: a number that can be meant, and no wish to close."""
    return weight.is_finite() and weight != 0 and abs(weight) <= LARGEST_TARGET


def to_weight(size: float | Decimal) -> Decimal:
    """Return a magnitude as a weight: never below zero, in whole basis points, rounded towards zero."""
    exact = size if isinstance(size, Decimal) else Decimal(repr(size)) + SOLVER_DIGITS
    return max(exact, ZERO).quantize(STEP, rounding=ROUND_DOWN)
