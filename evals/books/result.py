"""What one traded book came to, worked out from its fills and closes; and what its auditor found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from evals.audit.auditor import audited
from evals.audit.tape import Tape
from evals.audit.violation import Violation
from evals.books.frozen import ByIdentity, half_year_of
from evals.case import Case
from fund.metrics.returns import (
    SESSIONS_A_YEAR,
    FloatArray,
    max_drawdown,
    returns_of,
    sharpe_ratio,
    total_return,
)
from fund.risk.exits import EXITS

BPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BookResult:
    """One book; fractions, over the whole half year where nothing else is said."""

    returns: FloatArray
    """Of each session after the first close, net of costs."""
    equal_weight: FloatArray
    """Of the same sessions: the same names, the same weight at every close, before costs."""
    total: float
    over_equal_weight: float
    """The total less that of the equal weight."""
    sharpe: float | None
    """A year; None where nothing moved."""
    drawdown: float
    """The deepest fall on closes, <= 0."""
    turnover: float
    """Half of what was bought and sold, a year, over mean equity."""
    costs_bps: float
    """Commissions and slippage, a year, in basis points of mean equity."""
    asked: int
    """Closes the contestant was asked on."""
    held: int
    """Those on which it had no answer, so that the book was held."""
    proposed: Mapping[str, int]
    """Limit to the asked closes on which it had to cut what was proposed; stops and exits are no limits."""
    executed: tuple[Violation, ...]
    """By the independent check."""


def result_of(case: Case, answer: Mapping[str, Any]) -> BookResult:
    """Return what a book came to; worked out once for the answers scored last."""
    return _worked_out(ByIdentity(case), ByIdentity(answer))


def traded_costs(tape: Tape, answer: Mapping[str, Any]) -> tuple[float, float]:
    """Return what was traded, both ways, and what that cost beside the opens, in USD."""
    value = cost = 0.0
    for fill in answer["fills"]:
        price, shares = float(fill["price"]), float(fill["quantity"])
        opened = tape.price(fill["ticker"], "open", tape.place[date.fromisoformat(fill["session"])])
        value += price * shares
        cost += float(fill["commission"]) + shares * abs(price - float(opened or price))
    return value, cost


@lru_cache(maxsize=128)
def _worked_out(case: ByIdentity[Case], answer: ByIdentity[Mapping[str, Any]]) -> BookResult:
    told, year = answer.it, half_year_of(case.it)
    tape = _tape(case)
    equity = np.array([float(each) for each in told["equity"]])
    returns, even = returns_of(equity), np.array(case.it.label["equal_weight"])
    traded, cost = traded_costs(tape, told)
    a_year = SESSIONS_A_YEAR / len(returns) / float(equity.mean())
    total = total_return(returns) or 0.0
    asked = [close for close in told["closes"] if close["asked"]]
    cuts = [limit for close in asked for limit in close["cut"] if limit not in EXITS]
    return BookResult(
        returns=returns,
        equal_weight=even,
        total=total,
        over_equal_weight=total - (total_return(even) or 0.0),
        sharpe=sharpe_ratio(returns),
        drawdown=max_drawdown(returns) or 0.0,
        turnover=traded / 2 * a_year,
        costs_bps=cost * a_year * BPS,
        asked=len(asked),
        held=sum(close["held"] is not None for close in asked),
        proposed={limit: cuts.count(limit) for limit in sorted(set(cuts))},
        executed=audited(tape, year.mandate, tape.place[year.first], tape.place[year.last], told),
    )


@lru_cache(maxsize=2)
def _tape(case: ByIdentity[Case]) -> Tape:
    return Tape(market=case.it.given["market"])
