"""How much of equity is at work, and how much of every limit that uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.marking import current_mark
from fund.risk.limits import UNKNOWN_SECTOR

BASIS_POINT = Decimal("0.0001")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """A limit of the mandate, and how much of it the book uses; fractions of equity or names."""

    limit: str
    value: Decimal
    cap: Decimal
    kind: str
    """most: the value may not be above the cap; least: not below it."""
    detail: str
    """Which position or sector the value belongs to."""

    @property
    def kept(self) -> bool:
        """Tell whether the value is inside the limit; prices can move it out between two decisions."""
        return self.value <= self.cap if self.kind == "most" else self.value >= self.cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How much of equity is at work, as fractions of equity."""

    gross: Decimal
    net: Decimal
    cash: Decimal
    sectors: Mapping[str, Decimal]
    """Gross weight of each sector, largest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsReport:
    """The mandate's limits beside what the book uses of them."""

    session: date
    mandate: str
    mandate_hash: str
    limits: tuple[LimitUse, ...]
    exposure: Exposure
    shorts_allowed: bool


def exposure_of(book: Book, view: MarketView) -> Exposure:
    """Return gross, net, cash and sector weights of a book."""
    prices = {ticker: current_mark(view, ticker).price for ticker in book.positions}
    weights = book.weights(prices)
    sectors: dict[str, Decimal] = {}
    for ticker, weight in weights.items():
        sector = view.instrument(ticker).sector or UNKNOWN_SECTOR
        sectors[sector] = sectors.get(sector, ZERO) + abs(weight)
    ranked = sorted(sectors.items(), key=lambda item: (-item[1], item[0]))
    return Exposure(
        gross=rounded(sum((abs(weight) for weight in weights.values()), ZERO)),
        net=rounded(sum(weights.values(), ZERO)),
        cash=rounded(book.cash / book.equity(prices)),
        sectors={sector: rounded(weight) for sector, weight in ranked},
    )


def limits_of(book: Book, view: MarketView, mandate: Mandate) -> LimitsReport:
    """Return what a book uses of a mandate's limits at a view's marks."""
    limits, exposure = mandate.limits, exposure_of(book, view)
    weights = book.weights({ticker: current_mark(view, ticker).price for ticker in book.positions})
    largest = max(weights, key=lambda t: (abs(weights[t]), t), default="")
    sector = next(iter(exposure.sectors), "")
    uses = (
        ("max_position", abs(weights.get(largest, ZERO)), limits.max_position, largest),
        ("max_sector", exposure.sectors.get(sector, ZERO), limits.max_sector, sector),
        ("max_gross", exposure.gross, limits.max_gross, ""),
        ("max_net", abs(exposure.net), limits.max_net, ""),
        ("min_cash", exposure.cash, limits.min_cash, ""),
        ("max_names", Decimal(len(weights)), Decimal(limits.max_names), ""),
    )
    return LimitsReport(
        session=view.session,
        mandate=mandate.name,
        mandate_hash=mandate.mandate_hash,
        limits=tuple(
            LimitUse(
                limit=limit,
                value=rounded(value),
                cap=cap,
                kind="least" if limit == "min_cash" else "most",
                detail=detail,
            )
            for limit, value, cap, detail in uses
        ),
        exposure=exposure,
        shorts_allowed=limits.allow_short,
    )


def rounded(weight: Decimal) -> Decimal:
    """Return a weight to the basis point."""
    return weight.quantize(BASIS_POINT)
