"""What of a proposal may be acted on at all, before any limit looks at it: fail closed to hold (INV-11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fund.errors import NoDataError
from fund.market.bars import Mark
from fund.market.view import MarketView
from fund.portfolio.marking import current_mark
from fund.portfolio.proposal import Proposal
from fund.risk.limits import ZERO, Clamp, ReviewContext, RiskLimits, RiskReview, is_weight, review


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A proposal and the book, sorted by what may be done with each ticker."""

    asked: Mapping[str, Decimal]
    """The proposed weights that may be acted on."""
    refused: Mapping[str, str]
    """Ticker to reason, proposed or held: unknown, stale, no number. What is held of it stays."""
    reducing: Mapping[str, str]
    """Ticker to reason: held, but out of the universe, so it may shrink and not grow."""
    prices: Mapping[str, Decimal]
    """USD, of every ticker that may be traded."""
    sectors: Mapping[str, str]


def admit(proposal: Proposal, view: MarketView, held: Mapping[str, Mark], funds: frozenset[str]) -> Admission:
    """Sort a proposal and the book; `held` are the marks of the positions, `funds` join the universe."""
    universe = view.members() | funds
    known = view.tickers() if proposal.weights.keys() - held.keys() else frozenset()
    refused: dict[str, str] = {}
    prices: dict[str, Decimal] = {}
    for ticker in {**held, **proposal.weights}:
        mark = held.get(ticker) or (current_mark(view, ticker) if ticker in known else None)
        why = _why_not(proposal.weights.get(ticker, ZERO), mark, ticker in universe or ticker in held)
        if why is not None:
            refused[ticker] = why
        elif mark is not None:
            prices[ticker] = mark.price
    asked = {t: w for t, w in proposal.weights.items() if t not in refused}
    return Admission(
        asked=asked,
        refused=refused,
        reducing={t: "not in the universe any more" for t in held if t not in universe},
        prices=prices,
        sectors={t: _sector(view, t) for t in {**held, **asked}},
    )


def review_admitted(
    proposal: Proposal, admitted: Admission, current: Mapping[str, Decimal], limits: RiskLimits
) -> RiskReview:
    """Review the whole target book, and put what was refused on the record beside the cuts."""
    targets = {**current, **admitted.asked}
    context = ReviewContext(
        current=current,
        sectors=admitted.sectors,
        untradable={t: why for t, why in admitted.refused.items() if t in targets},
        reducing=admitted.reducing,
    )
    reviewed = review(targets, limits, context)
    refused = []
    for ticker in sorted(t for t in proposal.weights if t in admitted.refused):
        asked, after = proposal.weights[ticker], reviewed.weights.get(ticker, ZERO)
        refused.append(
            Clamp(
                limit="untradable" if ticker in current else "universe",
                ticker=ticker,
                before=asked if is_weight(asked) else after,
                after=after,
                reason=admitted.refused[ticker],
            )
        )
    return RiskReview(weights=reviewed.weights, clamps=(*refused, *reviewed.clamps))


def untouched(admitted: Admission, current: Mapping[str, Decimal], reviewed: RiskReview) -> frozenset[str]:
    """Return what no order may touch: the refused, and what nobody asked for and no limit cut.

    A position without a target would otherwise be trimmed to its own weight, rounded.
    """
    clamped = {clamp.ticker for clamp in reviewed.clamps}
    kept = {t for t in current if t not in admitted.asked and t not in clamped}
    return frozenset(kept | admitted.refused.keys())


def _why_not(weight: Decimal, mark: Mark | None, allowed: bool) -> str | None:
    if mark is None:
        return "unknown ticker"
    if not is_weight(weight):
        return f"weight {weight} is not a fraction of equity"
    if mark.stale:
        return f"no price since {mark.session.isoformat()}"
    if not (mark.price.is_finite() and mark.price > 0):
        return f"price {mark.price} is not a price"
    return None if allowed else "not in the universe"


def _sector(view: MarketView, ticker: str) -> str:
    try:
        return view.instrument(ticker).sector
    except NoDataError:
        return ""
