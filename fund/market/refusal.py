"""What may not enter the books, and why: typed, kept, and never a number in them."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from fund.market.finding import RefusedKind, ToldKind

RefusalKind = Literal["action", "bar", "fill", "headline", "macro", "order", "price", "proposal"]
RefusalReason = Literal[
    RefusedKind,
    ToldKind,
    "unknown_ticker",
    "no_price",
    "stale_price",
    "absurd_price",
    "bad_figure",
    "nothing_held",
    "after_delisting",
    "too_large",
    "too_early",
    "other_day",
    "other_ticker",
    "other_side",
    "duplicate",
    "unknown_order",
    "not_working",
    "leaves_nothing",
    "taken_ticker",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that was refused; its id is a pure function of it, so that it is kept once."""

    refusal_id: str
    kind: RefusalKind
    reason: RefusalReason
    session: date
    ticker: str | None
    detail: str
    """One sentence: what was expected, what was found."""
    vendor: str | None = None
    """The feed that said it; None for what came from nobody's feed."""


def refusal(
    kind: RefusalKind,
    reason: RefusalReason,
    session: date,
    ticker: str | None,
    detail: str,
    vendor: str | None = None,
) -> Refusal:
    """Return a refusal with its id; of the same thing it is the same."""
    said_by = () if vendor is None else (vendor,)
    told = "|".join((kind, reason, session.isoformat(), ticker or "", detail, *said_by))
    return Refusal(
        refusal_id="ref-" + sha256(told.encode(errors="surrogatepass")).hexdigest()[:24],
        kind=kind,
        reason=reason,
        session=session,
        ticker=ticker,
        detail=detail,
        vendor=vendor,
    )
