"""What of a proposal may be acted on at all, before any limit looks at it: fail closed to hold (INV-11)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from fund.errors import NoDataError
from fund.market.bars import Mark
from fund.market.view import MarketView
from fund.portfolio.marking import current_mark
from fund.portfolio.proposal import Proposal
from fund.risk.limits import ZERO, Clamp, ReviewContext, RiskLimits, RiskReview, is_weight, rounded
from fund.risk.measured import NOTHING_MEASURED, Measured
from fund.risk.review import review


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A proposal and the book, sorted by what may be done with each ticker."""

    asked: Mapping[str, Decimal]
    """The proposed weights that may be acted on."""
    refused: Mapping[str, str]
    """Ticker to reason, proposed or held: unknown, stale, no number. What is held of it is not asked for."""
    reducing: Mapping[str, str]
    """Ticker to reason: held, but out of the universe, so it may shrink and not grow."""
    prices: Mapping[str, Decimal]
    """USD, of every ticker that may be traded: a position with a nonsensical target is still one of them."""
    sectors: Mapping[str, str]

    @property
    def untradable(self) -> Mapping[str, str]:
        """The refused that no order may touch; no answer puts a position there, only a price that is none."""
        return {t: why for t, why in self.refused.items() if t not in self.prices}


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
        if mark is not None and (why is None or (ticker in held and _price_trouble(mark) is None)):
            prices[ticker] = mark.price
    asked = {t: w for t, w in proposal.weights.items() if t not in refused}
    return Admission(
        asked=asked,
        refused=refused,
        reducing={t: "not in the universe any more" for t in held if t not in universe},
        prices=prices,
        sectors={t: _sector(view, t) for t in {**held, **asked}},
    )


def only_reducing(admitted: Admission, reason: str) -> Admission:
    """Return the admission with every name, held or asked for, allowed to shrink and not to grow."""
    names = admitted.sectors.keys() | admitted.asked.keys() | admitted.refused.keys()
    return replace(admitted, reducing={**dict.fromkeys(sorted(names), reason), **admitted.reducing})


def review_admitted(
    proposal: Proposal,
    admitted: Admission,
    current: Mapping[str, Decimal],
    limits: RiskLimits,
    *,
    min_trade: Decimal,
    measured: Measured = NOTHING_MEASURED,
) -> RiskReview:
    """Review the whole target book, and put what was refused on the record beside the cuts.

    A change below `min_trade` (a fraction of equity) that does not close a position is not worth its costs.
    It is dropped before the limits look, so that they judge the book as it will be held.
    """
    targets = {
        **current,
        **{t: _worthwhile(w, current.get(t, ZERO), min_trade) for t, w in admitted.asked.items()},
    }
    context = ReviewContext(
        current=current,
        sectors=admitted.sectors,
        untradable={t: why for t, why in admitted.untradable.items() if t in targets},
        reducing=admitted.reducing,
        min_trade=min_trade,
        market=measured.market,
        daily_volume=measured.daily_volume,
        stop_distance=measured.stop_distance,
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
    """Return what no order may touch: what cannot be traded, and positions whose weight is to stay as it is.

    Weights are whole basis points: traded, such a position would be trimmed to its own weight, rounded.
    """
    closing = {t for t, weight in admitted.asked.items() if weight == 0}
    kept = {t for t, w in current.items() if t not in closing and reviewed.weights[t] == rounded(w)}
    return frozenset(kept | admitted.untradable.keys())


def _worthwhile(asked: Decimal, current: Decimal, min_trade: Decimal) -> Decimal:
    return asked if asked == 0 or abs(asked - current) >= min_trade else current


def _why_not(weight: Decimal, mark: Mark | None, allowed: bool) -> str | None:
    if mark is None:
        return "unknown ticker"
    if not is_weight(weight):
        return f"weight {weight} is not a fraction of equity"
    return _price_trouble(mark) or (None if allowed else "not in the universe")


def _price_trouble(mark: Mark) -> str | None:
    if mark.stale:
        return f"no price since {mark.session.isoformat()}"
    if not (mark.price.is_finite() and mark.price > 0):
        return f"price {mark.price} is not a price"
    return None


def _sector(view: MarketView, ticker: str) -> str:
    try:
        return view.instrument(ticker).sector
    except NoDataError:
        return ""
