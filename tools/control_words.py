"""What the control actions are called, and the words their tickets share."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from fund.execution.lifecycle import OrderState

Action = Literal[
    "pause",
    "resume",
    "kill",
    "advance",
    "deposit",
    "withdraw",
    "close",
    "keep",
    "watch",
    "unwatch",
    "cycle",
    "evaluate",
    "stop_evaluation",
    "promote_forecaster",
    "roll_back_forecaster",
]
ACTIONS: tuple[Action, ...] = get_args(Action)
EVERYTHING = "*"
"""Instead of tickers: all that is held."""
TOLD = 12
"""Orders that a ticket names one by one."""


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def money(amount: Decimal) -> str:
    """Return an amount with its unit, to the cent."""
    return f"{amount:,.2f} USD"


def shares(quantity: Decimal) -> str:
    """Return a quantity without trailing zeros."""
    return f"{quantity.normalize():,f}"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def spoken(name: str) -> str:
    """Return the name of a dataset or a role as people write it."""
    return name.replace("_", " ")


def are(names: Sequence[str]) -> str:
    """Return names with the form of "to be" that goes with their number."""
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'}"


def waiting(orders: Sequence[OrderState], verb: str, opens: date) -> tuple[str, ...]:
    """Say of every order that still waits what becomes of it, a line each."""
    lines = [
        f"{verb}: {order.side} {shares(state.remaining)} {order.ticker}, {_terms(state, opens)}."
        for state in orders[:TOLD]
        if (order := state.order)
    ]
    more = len(orders) - TOLD
    return (*lines, f"{verb}: {plural(more, 'more order')}.") if more > 0 else tuple(lines)


def _terms(state: OrderState, opens: date) -> str:
    order = state.order
    limit = f" at {money(order.limit_price)} or better" if order.limit_price is not None else ""
    stop = f" once {money(order.stop_price)} is touched" if order.stop_price is not None else ""
    when = "good until cancelled" if order.time_in_force == "gtc" else f"for {opens.isoformat()}"
    return f"{order.kind.replace('_', ' ')}{limit}{stop} {when}, decided at {money(order.reference_price)}"
