"""A limit order book with price-time priority: the best price trades first, at one price who came first."""

from bisect import insort
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal

from fund.errors import LedgerError
from fund.execution.orders import ZERO
from fund.portfolio.fill import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """Shares that changed hands: who rested decides the price, who arrived takes it."""

    resting_id: str
    arriving_id: str
    price: Decimal
    quantity: Decimal


class LimitOrderBook:
    """One ticker's resting orders; every method is deterministic in the order of calls.

    Levels are kept sorted from the best price on, the orders of a level in order of arrival
    (Gould et al., "Limit order books", Quantitative Finance 13, 2013).
    """

    def __init__(self) -> None:
        self._levels: dict[Side, dict[Decimal, OrderedDict[str, Decimal]]] = {"buy": {}, "sell": {}}
        self._prices: dict[Side, list[Decimal]] = {"buy": [], "sell": []}
        self._where: dict[str, tuple[Side, Decimal]] = {}

    def add(self, order_id: str, side: Side, quantity: Decimal, limit: Decimal | None) -> tuple[Trade, ...]:
        """Match an arriving order and rest what is left at its limit; without a limit nothing rests.

        Raises `LedgerError` for a figure that is no number above 0 and for an id that is resting already.
        """
        figures = (quantity,) if limit is None else (quantity, limit)
        if not all(f.is_finite() and f > 0 for f in figures):
            raise LedgerError(f"order {order_id!r} needs a quantity and a limit above 0, was {figures!r}")
        if order_id in self._where:
            raise LedgerError(f"order {order_id!r} is resting in the book already; cancel it first")
        trades: list[Trade] = []
        left = self._match(order_id, side, quantity, limit, trades)
        if left > 0 and limit is not None:
            self._rest(order_id, side, left, limit)
        return tuple(trades)

    def cancel(self, order_id: str) -> Decimal:
        """Take an order out and return what was resting of it, 0 when it was not there."""
        if order_id not in self._where:
            return ZERO
        side, price = self._where.pop(order_id)
        level = self._levels[side][price]
        left = level.pop(order_id)
        self._drop_if_empty(side, price)
        return left

    def ahead_of(self, order_id: str) -> Decimal | None:
        """Return the shares that trade before an order at its price, None when it is not resting."""
        if order_id not in self._where:
            return None
        side, price = self._where[order_id]
        total = ZERO
        for other, quantity in self._levels[side][price].items():
            if other == order_id:
                break
            total += quantity
        return total

    def best(self, side: Side) -> Decimal | None:
        """Return the best resting price of a side, None when nobody is there."""
        prices = self._prices[side]
        return None if not prices else abs(prices[0])

    def depth(self, side: Side) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return (price, shares) of every level, from the best on."""
        return tuple(
            (abs(key), sum(self._levels[side][abs(key)].values(), ZERO)) for key in self._prices[side]
        )

    def _match(
        self, order_id: str, side: Side, left: Decimal, limit: Decimal | None, trades: list[Trade]
    ) -> Decimal:
        other: Side = "sell" if side == "buy" else "buy"
        while left > 0 and (price := self.best(other)) is not None:
            if limit is not None and (price > limit if side == "buy" else price < limit):
                break
            level = self._levels[other][price]
            resting_id, resting = next(iter(level.items()))
            traded = min(left, resting)
            trades.append(Trade(resting_id=resting_id, arriving_id=order_id, price=price, quantity=traded))
            left -= traded
            if traded == resting:
                del level[resting_id], self._where[resting_id]
                self._drop_if_empty(other, price)
            else:
                level[resting_id] = resting - traded
        return left

    def _rest(self, order_id: str, side: Side, quantity: Decimal, price: Decimal) -> None:
        level = self._levels[side].get(price)
        if level is None:
            level = self._levels[side][price] = OrderedDict()
            insort(self._prices[side], -price if side == "buy" else price)
        level[order_id] = quantity
        self._where[order_id] = (side, price)

    def _drop_if_empty(self, side: Side, price: Decimal) -> None:
        if not self._levels[side][price]:
            del self._levels[side][price]
            self._prices[side].remove(-price if side == "buy" else price)
