"""What one bar offers an order: the price it could have traded at, never better than the bar allows.

A bar says where trading began, how far it went and where it ended, not in which order. What is not certain
counts against the order:

- a limit fills only when the price went strictly beyond it, at the limit, or at a better open;
- a stop is touched, and fills at the worse of its price and the open, with slippage on top;
- a stop-limit touched within the bar is sure of one later price only, the close; the limit fills when the
  close is beyond it. Touched at the open, or on an earlier bar, it is a limit order for the whole bar.

Harris, "Trading and Exchanges" (2003), ch. 4, says what each kind means.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fund.execution.orders import Order
from fund.market.bars import Bar
from fund.portfolio.fill import Side

Moment = Literal["open", "within", "close"]
MOMENTS: tuple[Moment, ...] = ("open", "within", "close")
AT_THE_OPEN = frozenset({"market", "market_on_open"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A price an order meets in a bar, before slippage."""

    moment: Moment
    side: Side
    price: Decimal
    worst: Decimal
    """What slippage may at most make of it: the end of the bar, or the order's own limit."""
    takes: bool
    """Whether it crosses the spread; an order that waited at its limit does not."""

    def after_slippage(self, slippage: Decimal) -> Decimal:
        """Return the price paid or received, `slippage` in USD a share, inside the bar and the limit."""
        if not self.takes:
            return self.price
        if self.side == "buy":
            return min(self.price + slippage, self.worst)
        return max(self.price - slippage, self.worst)


@dataclass(frozen=True, slots=True)
class _Tape:
    """A bar as a buyer sees it; a seller's is negated, so that lower is always better."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def offer_of(order: Order, bar: Bar, *, triggered: bool, suspect_open: bool) -> Offer | None:
    """Return what a bar offers an order, None where it does not trade.

    Nothing trades at a suspect open; what can still trade later in that bar does so at the worse price.
    """
    tape = _tape(bar, order.side)
    found = _met(order, tape, triggered=triggered, suspect_open=suspect_open)
    if found is None:
        return None
    moment, price, worst, takes = found
    return Offer(
        moment=moment,
        side=order.side,
        price=_signed(price, order.side),
        worst=_signed(worst, order.side),
        takes=takes,
    )


def touched(order: Order, bar: Bar) -> bool:
    """Return whether a bar touches the stop of an order."""
    if order.stop_price is None:
        return False
    return _tape(bar, order.side).high >= _signed(order.stop_price, order.side)


_Met = tuple[Moment, Decimal, Decimal, bool]


def _met(order: Order, tape: _Tape, *, triggered: bool, suspect_open: bool) -> _Met | None:
    limit = None if order.limit_price is None else _signed(order.limit_price, order.side)
    stop = None if order.stop_price is None else _signed(order.stop_price, order.side)
    if order.kind == "market_on_close":
        return "close", tape.close, tape.high, True
    if order.kind in AT_THE_OPEN or (order.kind == "stop" and triggered):
        return None if suspect_open else ("open", tape.open, tape.high, True)
    if order.kind == "stop" and stop is not None:
        return _stop(tape, stop, suspect_open)
    if order.kind == "limit" and limit is not None:
        return _limit(tape, limit, suspect_open)
    if order.kind == "stop_limit" and limit is not None and stop is not None:
        if triggered or (not suspect_open and tape.open >= stop):
            return _limit(tape, limit, suspect_open)
        sure = tape.high >= stop and tape.close < limit
        return ("within", min(limit, tape.high), limit, False) if sure else None
    return None


def _limit(tape: _Tape, limit: Decimal, suspect_open: bool) -> _Met | None:
    if not suspect_open and tape.open < limit:
        return "open", tape.open, min(limit, tape.high), True
    return ("within", min(limit, tape.high), limit, False) if tape.low < limit else None


def _stop(tape: _Tape, stop: Decimal, suspect_open: bool) -> _Met | None:
    if not suspect_open and tape.open >= stop:
        return "open", tape.open, tape.high, True
    if tape.high < stop:
        return None
    return "within", stop if tape.low <= stop else tape.high, tape.high, True


def _tape(bar: Bar, side: Side) -> _Tape:
    high, low = max(bar.high, bar.open), min(bar.low, bar.open)
    if side == "buy":
        return _Tape(bar.open, high, low, bar.close)
    return _Tape(-bar.open, -low, -high, -bar.close)


def _signed(price: Decimal, side: Side) -> Decimal:
    return price if side == "buy" else -price
