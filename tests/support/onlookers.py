"""What an onlooker asks of every decision and every order, in fractions and without the product's rules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from fund.risk.limits import RiskLimits
from support.auditor import to_a_millionth

ENDS = ("filled", "cancelled", "expired", "rejected")
STATUSES = (*ENDS, "pending", "accepted", "partially_filled")


@dataclass(frozen=True, kw_only=True)
class Promise:
    """The account at a decision's closes, and what the mandate promises of it."""

    limits: RiskLimits
    may_grow: bool
    cash: Fraction
    equity: Fraction
    shares: Mapping[str, Fraction]
    price: Callable[[str], Fraction]


def broken_promises(promise: Promise, orders: Sequence[Any]) -> list[str]:
    """Return what the orders of one decision break if all of them trade at its closes.

    An order that makes nothing larger breaks nothing, however much is held.
    """
    after, cash, growing = dict(promise.shares), promise.cash, set[str]()
    for order in orders:
        signed = Fraction(order.quantity) * (1 if order.side == "buy" else -1)
        cash -= signed * promise.price(order.ticker)
        after[order.ticker] = after.get(order.ticker, Fraction(0)) + signed
    for ticker, held in after.items():
        before = promise.shares.get(ticker, Fraction(0))
        if abs(held) > abs(before) or held * before < 0:
            growing.add(ticker)
    if not growing:
        return []
    values = {ticker: held * promise.price(ticker) for ticker, held in after.items() if held}
    limits, equity = promise.limits, promise.equity
    checks = {
        f"{sorted(growing)} grow while nothing may": not promise.may_grow,
        "a position is above its cap": any(
            abs(values[t]) > Fraction(limits.max_position) * equity for t in growing
        ),
        "gross is above its cap": sum(map(abs, values.values())) > Fraction(limits.max_gross) * equity,
        "cash is below its floor": cash < Fraction(limits.min_cash) * equity,
        "a short is held that may not be": not limits.allow_short and any(values[t] < 0 for t in growing),
    }
    return [f"{problem}: {values} of {equity}" for problem, found in checks.items() if found]


def order_problems(
    orders: Sequence[Any],
    fills: Iterable[Any],
    splits: Mapping[tuple[date, str], Fraction],
    days_of: Mapping[str, date],
    last: date,
) -> list[str]:
    """Return every order without one end, and every order of which more was filled than was ordered.

    A split before the open multiplies an order by its own ticker, also where that changed on the same day.
    """
    found, left = [], {order.order_id: Fraction(order.quantity) for order in orders}
    decided_on = {order.order_id: order.ticker for order in orders}
    for fill in fills:
        ratio = splits.get((fill.session, decided_on[fill.order_id]), Fraction(1))
        left[fill.order_id] = to_a_millionth(left[fill.order_id] * ratio)
        left[fill.order_id] -= Fraction(fill.quantity)
        if left[fill.order_id] < 0:
            found.append(f"{fill.order_id} filled more than was ordered")
    traded = {fill.order_id for fill in fills}
    for order in orders:
        ended = days_of[order.cycle_id] < last
        if order.status not in STATUSES or (ended and order.status not in ENDS):
            found.append(f"{order.order_id} is {order.status}, {order.reason}")
        if (order.status == "filled") != (order.order_id in traded) and order.status in (
            "filled",
            "rejected",
        ):
            found.append(f"{order.order_id} is {order.status} against its fills")
    return found
