"""How much of equity is at work, and how much of every limit that uses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fund.execution.lifecycle import OrderState
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.marking import current_mark
from fund.portfolio.session_mark import SessionMark
from fund.risk.breaker import drawdown_of, session_return
from fund.risk.exits import stops_in_force
from fund.risk.limit_use import LimitUse as Measurement
from fund.risk.limit_use import limit_use
from fund.risk.limits import UNKNOWN_SECTOR, ReviewContext
from fund.risk.measured import measure

BASIS_POINT = Decimal("0.0001")
CENT = Decimal("0.01")
ZERO = Decimal(0)
FLOW = frozenset({"max_daily_increase", "max_daily_turnover", "max_volume_share"})
"""Limits on what is traded in one session: what waits for the next open uses them."""
TAIL = frozenset({"max_var", "max_cvar"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """A limit of the mandate, and how much of it the book uses; fractions of equity, names or a beta."""

    limit: str
    value: Decimal | None
    """None where it cannot be measured."""
    cap: Decimal
    kind: str
    """most: the value may not be above the cap; least: not below it."""
    detail: str
    """Which position, sector or names the value belongs to, or how it was measured."""
    sample: int | None = None
    """Sessions a statistic was measured on; None where it is no statistic."""

    @property
    def kept(self) -> bool | None:
        """Tell whether the value is inside the limit; prices can move it out between two decisions."""
        if self.value is None:
            return None
        return self.value <= self.cap if self.kind == "most" else self.value >= self.cap

    @property
    def used(self) -> Decimal | None:
        """Return how much of the limit is used, 1 is all of it; None where there is no such share."""
        if self.value is None:
            return None
        part, whole = (self.value, self.cap) if self.kind == "most" else (self.cap, self.value)
        return part / whole if whole > 0 else None


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
    equity: Decimal
    """USD."""
    mandate: str
    mandate_hash: str
    limits: tuple[LimitUse, ...]
    """What is broken first, then the nearest to its cap; what cannot be measured comes last."""
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


def limits_of(
    book: Book,
    view: MarketView,
    mandate: Mandate,
    *,
    orders: Sequence[OrderState] = (),
    marks: Sequence[SessionMark] = (),
    drawdown_from: date | None = None,
) -> LimitsReport:
    """Return what a book uses of every limit of a mandate at a view's marks.

    `orders` are those that still work: they use the limits on what is traded in one session. `marks` are
    the recorded closes, for the levels of the breaker; its drawdown counts from `drawdown_from`.
    """
    prices = {ticker: current_mark(view, ticker).price for ticker in book.positions}
    exposure = exposure_of(book, view)
    uses = (
        *_exposures(book.weights(prices), exposure, mandate),
        *_measured(book, view, mandate, orders, prices),
        *_losses(marks, mandate, drawdown_from),
    )
    return LimitsReport(
        session=view.session,
        equity=book.equity(prices).quantize(CENT),
        mandate=mandate.name,
        mandate_hash=mandate.mandate_hash,
        limits=tuple(sorted(uses, key=nearness)),
        exposure=exposure,
        shorts_allowed=mandate.limits.allow_short,
    )


def nearness(use: LimitUse) -> tuple[bool, bool, Decimal]:
    """Order limits: what is broken first, then the most used; what cannot be measured last."""
    return use.kept is not False, use.used is None, -(use.used or ZERO)


def _exposures(weights: Mapping[str, Decimal], exposure: Exposure, mandate: Mandate) -> Iterator[LimitUse]:
    """Yield the limits on weights with the figures that the book is shown with, to the basis point."""
    limits = mandate.limits
    largest = max(weights, key=lambda t: (abs(weights[t]), t), default="")
    sector = next(iter(exposure.sectors), "")
    for limit, value, cap, detail in (
        ("max_position", abs(weights.get(largest, ZERO)), limits.max_position, largest),
        ("max_sector", exposure.sectors.get(sector, ZERO), limits.max_sector, sector),
        ("max_gross", exposure.gross, limits.max_gross, ""),
        ("max_net", abs(exposure.net), limits.max_net, ""),
        ("min_cash", exposure.cash, limits.min_cash, ""),
        ("max_names", Decimal(len(weights)), Decimal(limits.max_names), ""),
    ):
        kind = "least" if limit == "min_cash" else "most"
        yield LimitUse(limit=limit, value=rounded(value), cap=cap, kind=kind, detail=detail)


def _measured(
    book: Book,
    view: MarketView,
    mandate: Mandate,
    orders: Sequence[OrderState],
    marks: Mapping[str, Decimal],
) -> Iterator[LimitUse]:
    """Yield the limits that need more than the weights, measured as the review measures them."""
    equity, weights = book.equity(marks), book.weights(marks)
    prices, planned = dict(marks), dict(weights)
    for state in orders:
        order = state.order
        price = prices.setdefault(order.ticker, order.reference_price)
        rest = (order.quantity - state.filled) * price / equity
        planned[order.ticker] = planned.get(order.ticker, ZERO) + (rest if order.side == "buy" else -rest)
    stops = stops_in_force(view, prices, mandate.exits)
    found = measure(
        view, prices, mandate.limits, benchmark=mandate.benchmark, equity=equity, stop_distance=stops
    )
    context = ReviewContext(
        current=weights,
        sectors={},
        untradable={},
        market=found.market,
        daily_volume=found.daily_volume,
        stop_distance=found.stop_distance,
    )
    known = {"max_position", "max_sector", "max_gross", "max_net", "min_cash", "max_names"}
    to_be_traded = {use.limit: use for use in limit_use(planned, mandate.limits, context)}
    for use in limit_use(weights, mandate.limits, context):
        if use.limit not in known:
            yield _as_shown(to_be_traded[use.limit] if use.limit in FLOW else use, mandate)


def _as_shown(use: Measurement, mandate: Mandate) -> LimitUse:
    how = f"{use.about}, {mandate.limits.var_confidence:.0%}" if use.limit in TAIL else use.about
    if use.limit in FLOW:
        how = f"orders waiting, most in {use.about}" if use.about else "orders waiting"
    value = None if use.value is None else rounded(use.value)
    return LimitUse(
        limit=use.limit, value=value, cap=use.cap, kind="most", detail=how, sample=use.sample or None
    )


def _losses(marks: Sequence[SessionMark], mandate: Mandate, since: date | None) -> Iterator[LimitUse]:
    """Yield the losses that stop trading, as of the last recorded close."""
    if not marks:
        return
    levels = mandate.breaker
    fall, closes = drawdown_of(marks, since)
    lost = max(0.0, -session_return(marks))
    for limit, value, cap, sample in (
        ("daily_loss", lost, levels.daily_loss, None),
        ("drawdown", fall, levels.drawdown, closes),
    ):
        shown = rounded(Decimal(repr(value)))
        yield LimitUse(limit=limit, value=shown, cap=cap, kind="most", detail="", sample=sample)


def rounded(weight: Decimal) -> Decimal:
    """Return a weight to the basis point."""
    return weight.quantize(BASIS_POINT)
