"""Limits on trading itself: how fast a book grows, what may be bought at all, and at which price."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from evals.audit.ledger import ZERO, Trading
from evals.audit.tape import Tape
from evals.audit.violation import NO_CAP, POINT, Violation, made_worse
from fund.mandate import Mandate

USUAL_STOP, USUAL_SESSIONS = Decimal(3), 14
"""Average true ranges that a stop is taken to be away, and sessions of the range, without a rule for it."""
WARM_UP = 5
"""Averaging lengths that Wilder's average is read over."""


def trades_broken(trading: Trading, tape: Tape, mandate: Mandate) -> Iterator[Violation]:
    """Yield the limits on trading that the fills of a session broke."""
    yield from _pace(trading, tape, mandate)
    for ticker, growth in sorted(trading.grown.items()):
        yield from _name(ticker, growth, trading, tape, mandate)
    yield from _fills(trading, tape, mandate)


def _pace(trading: Trading, tape: Tape, mandate: Mandate) -> Iterator[Violation]:
    limits, session = mandate.limits, tape.sessions[trading.place]
    growth = sum(trading.grown.values(), ZERO)
    slack = POINT * max(len(trading.after), 1)
    if growth > limits.max_daily_increase + slack:
        yield _broken(session, "max_daily_increase", "", growth, limits.max_daily_increase)
    cap = limits.max_daily_turnover
    slack = POINT * len(trading.before.keys() | trading.after.keys()) + _whole_shares(trading, tape)
    if cap < NO_CAP and growth > max(cap - trading.reduced, ZERO) + slack:
        yield _broken(session, "max_daily_turnover", "", growth + trading.reduced, cap)


def _whole_shares(trading: Trading, tape: Tape) -> Decimal:
    """Return what whole shares may add to what is given up: a sale is rounded up by less than one share."""
    sold = (t for t, weight in trading.before.items() if abs(trading.after.get(t, ZERO)) < abs(weight))
    prices = (tape.mark(ticker, trading.decided) or ZERO for ticker in sold)
    return sum(prices, ZERO) / trading.equity


def _name(
    ticker: str, growth: Decimal, trading: Trading, tape: Tape, mandate: Mandate
) -> Iterator[Violation]:
    """Yield what forbade a name to grow, or to grow so far."""
    limits, session, decided = mandate.limits, tape.sessions[trading.place], trading.decided
    price = tape.price(ticker, "close", decided)
    if price is None:
        yield _broken(session, "no_price", ticker, growth, ZERO)
        return
    if not tape.is_member(ticker, decided) and ticker not in mandate.funds:
        yield _broken(session, "universe", ticker, growth, ZERO)
    if limits.max_volume_share < NO_CAP:
        rows = tape.rows(ticker, decided, limits.volume_sessions)
        usual = sum(
            tape.volume(ticker, row) * float(tape.shares(ticker, row, decided)) for row in rows
        ) / len(rows)
        cap = limits.max_volume_share * Decimal(usual) * price / trading.equity
        if growth > cap + POINT:
            yield _broken(session, "max_volume_share", ticker, growth, cap)
    if limits.max_loss_to_stop < NO_CAP:
        yield from _stop(ticker, price, trading, tape, mandate)


def _stop(ticker: str, price: Decimal, trading: Trading, tape: Tape, mandate: Mandate) -> Iterator[Violation]:
    rules, cap = mandate.exits, mandate.limits.max_loss_to_stop
    sessions = USUAL_SESSIONS if rules.atr_stop is None else rules.atr_sessions
    reach = average_true_range(tape, ticker, trading.decided, sessions)
    session = tape.sessions[trading.place]
    if reach is None:
        yield _broken(session, "max_loss_to_stop", ticker, trading.grown[ticker], ZERO)
        return
    away = (rules.atr_stop or USUAL_STOP) * Decimal(reach) / price
    after, before = (abs(part.get(ticker, ZERO)) * away for part in (trading.after, trading.before))
    if made_worse(after, before, cap):
        yield _broken(session, "max_loss_to_stop", ticker, after, cap)


def _fills(trading: Trading, tape: Tape, mandate: Mandate) -> Iterator[Violation]:
    session, place = tape.sessions[trading.place], trading.place
    shares: dict[str, Decimal] = {}
    for fill in trading.fills:
        ticker, price = fill["ticker"], Decimal(fill["price"])
        low, high, opened = (tape.price(ticker, name, place) for name in ("low", "high", "open"))
        if low is None or high is None or opened is None:
            yield _broken(session, "no_price", ticker, price, ZERO)
            continue
        if not min(low, opened) <= price <= max(high, opened):
            yield _broken(session, "no_price", ticker, price, high if price > high else low)
        shares[ticker] = shares.get(ticker, ZERO) + Decimal(fill["quantity"])
    for ticker, traded in sorted(shares.items()):
        cap = mandate.costs.max_participation * Decimal(tape.volume(ticker, place))
        if traded > cap:
            yield _broken(session, "max_participation", ticker, traded, cap)


def average_true_range(tape: Tape, ticker: str, place: int, sessions: int) -> float | None:
    """Return Wilder's average true range in USD a share of a place; None with too few bars.

    A range reaches from the close before it, in the shares of its own day and after its dividends.
    """
    rows = tape.rows(ticker, place, WARM_UP * sessions + 1)
    ranges = [
        _range(tape, ticker, *pair) / float(tape.shares(ticker, pair[1], place)) for pair in pairwise(rows)
    ]
    if len(ranges) < sessions:
        return None
    average = float(np.mean(ranges[:sessions]))
    for reach in ranges[sessions:]:
        average += (reach - average) / sessions
    return average if average > 0 else None


def _range(tape: Tape, ticker: str, before: int, row: int) -> float:
    bars = tape.market["bars"][ticker]
    close = float(bars["close"][before])
    for place in range(before + 1, row + 1):
        close = (close - float(tape.cash(ticker, place))) / float(tape.split(ticker, place))
    return max(float(bars["high"][row]), close) - min(float(bars["low"][row]), close)


def _broken(session: Any, limit: str, about: str, value: Decimal, cap: Decimal) -> Violation:
    return Violation(session=session, limit=limit, about=about, value=float(value), cap=float(cap))
