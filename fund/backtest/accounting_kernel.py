"""The accounting of `accounting` as loops for a compiler: one pass over the sessions, every order in it.

Arrays are [T, N] by session and ticker, NaN where there is no bar. `purse` holds the running totals, so that
the stages can be functions of their own. Import it only to run it: the compiler takes a second to load.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., Any])

CASH, TRADED, FEES, BORROWED, ORDERS, FILLS = range(6)
DUST = 1e-9
"""A quantity this near to a whole step is that step: only rounding of floats keeps it apart."""
MILLIONTH = 1e-6


def compiled(function: Function) -> Function:
    """Compile a function, kept on disk between runs where a cache folder can be written."""
    try:
        return cast("Function", njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast("Function", njit(nogil=True)(function))


@compiled
def steps(quantity: float, step: float) -> float:
    """Round towards zero to multiples of a step; the inverse of the step is whole."""
    size = round(1.0 / step)
    return float(np.sign(quantity) * np.floor(abs(quantity) * size + DUST) / size)


@compiled
def act(
    opened: FloatArray,
    split: FloatArray,
    dividend: FloatArray,
    closing: FloatArray,
    held: FloatArray,
    order: FloatArray,
    mark: FloatArray,
    purse: FloatArray,
    step: float,
) -> None:
    """Pay dividends, multiply shares and waiting orders by splits, close what merged or was delisted."""
    for j in range(len(held)):
        if dividend[j] != 0.0:
            purse[CASH] += held[j] * dividend[j]
        if split[j] != 1.0:
            reduces = held[j] * order[j] < 0.0 and abs(order[j]) <= abs(held[j])
            held[j] = round(held[j] * split[j] / MILLIONTH) * MILLIONTH
            mark[j] /= split[j]
            order[j] = steps(round(order[j] * split[j] / MILLIONTH) * MILLIONTH, step)
            whole = steps(held[j], 1.0)
            if opened[j] == opened[j] and abs(held[j] - whole) > DUST:
                purse[CASH] += (held[j] - whole) * opened[j]
                held[j] = whole
            if reduces:  # the fraction is paid already: selling it too would leave a short
                order[j] = np.sign(order[j]) * min(abs(order[j]), abs(held[j]))
        if closing[j] == closing[j]:
            purse[CASH] += held[j] * closing[j]
            held[j] = 0.0
            order[j] = 0.0


@compiled
def payable(wanted: float, price: float, rate: float, per_share: float, cash: float, step: float) -> float:
    """Return what of a buy the cash pays for, costs included."""
    if wanted * (price * (1.0 + rate) + per_share) <= cash + DUST:
        return wanted
    most = min(wanted, steps(max(cash, 0.0) / price, step))
    most = steps((cash - most * (price * rate + per_share)) / price, step)
    return max(most, 0.0)


@compiled
def trade(
    opened: FloatArray,
    held: FloatArray,
    order: FloatArray,
    purse: FloatArray,
    step: float,
    rate: float,
    per_share: float,
) -> None:
    """Fill the waiting orders at the open: what reduces first, then what grows, each by ticker."""
    for leg in range(2):
        for j in range(len(held)):
            if order[j] == 0.0 or opened[j] != opened[j]:
                continue
            reducing = held[j] * order[j] < 0.0
            quantity = order[j]
            if leg == 0:
                if not reducing:
                    continue
                quantity = np.sign(order[j]) * min(abs(order[j]), abs(held[j]))
            elif quantity > 0.0:
                quantity = payable(quantity, opened[j], rate, per_share, purse[CASH], step)
            order[j] -= quantity
            if quantity != 0.0:
                value = abs(quantity) * opened[j]
                fee = value * rate + abs(quantity) * per_share
                held[j] += quantity
                purse[CASH] -= quantity * opened[j] + fee
                purse[TRADED] += value
                purse[FEES] += fee
                purse[FILLS] += 1.0
    for j in range(len(order)):
        order[j] = 0.0


@compiled
def mark_names(
    close: FloatArray,
    held: FloatArray,
    mark: FloatArray,
    silent: FloatArray,
    purse: FloatArray,
    longest: int,
) -> tuple[float, float]:
    """Mark what is held, close series that have fallen silent at their last mark; return net and gross."""
    net = gross = 0.0
    for j in range(len(held)):
        if close[j] == close[j]:
            mark[j] = close[j]
            silent[j] = 0.0
        else:
            silent[j] += 1.0
        if held[j] == 0.0:
            continue
        if silent[j] >= longest:
            purse[CASH] += held[j] * mark[j]
            held[j] = 0.0
            continue
        net += held[j] * mark[j]
        gross += abs(held[j]) * mark[j]
    return net, gross


@compiled
def plan(
    target: FloatArray,
    close: FloatArray,
    held: FloatArray,
    order: FloatArray,
    purse: FloatArray,
    equity: float,
    step: float,
    least: float,
) -> None:
    """Order towards the target weights; a name without a close, or without a target, is left alone."""
    for j in range(len(held)):
        if target[j] != target[j] or close[j] != close[j]:
            continue
        goal = steps(target[j] * equity / close[j], step)
        grows = goal * held[j] >= 0.0 and abs(goal) > abs(held[j])
        if grows and abs(goal - held[j]) * close[j] < least * equity:
            continue
        through = goal * held[j] < 0.0
        change = goal - held[j]
        if goal != 0.0 and not through:
            change = steps(change, step)
        if change != 0.0:
            order[j] = change
            purse[ORDERS] += 2.0 if through else 1.0


@compiled
def keep(
    prices: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    acted: NDArray[np.bool_],
    days: FloatArray,
    targets: FloatArray,
    decides: NDArray[np.bool_],
    settings: tuple[float, float, float, float, float, float, int],
) -> FloatArray:
    """Return by session: cash, traded, fees, borrowed, orders, fills so far, and equity and gross, [T, 8]."""
    opened, close, split, dividend, closing = prices
    cash, step, rate, per_share, borrow, least, longest = settings
    rows, columns = targets.shape
    held, order, silent = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    mark = np.full(columns, np.nan)
    purse = np.zeros(6)
    purse[CASH] = cash
    out = np.empty((rows, 8))
    waiting = False
    for t in range(rows):
        if t > 0 and borrow > 0.0:
            for j in range(columns):
                if held[j] < 0.0:
                    fee = -held[j] * mark[j] * borrow * days[t] / 360.0
                    purse[CASH] -= fee
                    purse[BORROWED] += fee
        if acted[t]:
            act(opened[t], split[t], dividend[t], closing[t], held, order, mark, purse, step)
        if waiting:
            trade(opened[t], held, order, purse, step, rate, per_share)
        net, gross = mark_names(close[t], held, mark, silent, purse, longest)
        equity = purse[CASH] + net
        waiting = decides[t] and equity > 0.0
        if waiting:
            plan(targets[t], close[t], held, order, purse, equity, step, least)
        for k in range(len(purse)):
            out[t, k] = purse[k]
        out[t, 6] = equity
        out[t, 7] = gross
    return out
