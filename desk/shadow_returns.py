"""Fills in what came of the names that shadows and the committee in force had a view of, once it is known."""

from datetime import date
from functools import partial
from itertools import groupby

from sqlalchemy import Connection

from db.engine import in_transaction
from db.shadows import ReturnDue, ShadowReturn, Shadows
from desk.bootstrap import Desk
from evals.making.outcomes import Outcomes

NOT_TOLD = "it had no open of its own to be bought at, or too short a past"


def fill_shadow_returns(desk: Desk) -> int:
    """Fill every return over 1, 5 and 20 sessions whose exit the desk's clock has passed; return how many.

    By the rule of the labels of an evaluation: bought at the next open, sold at the open so many sessions
    later, beside the benchmark over the same opens. What is there stays: calling it again does nothing.
    """
    last = desk.player.last_session()
    due = in_transaction(desk.engine, lambda connection: Shadows(connection).unfilled())
    if last is None or not due:
        return 0
    over = [each for each in due if _exit(desk, each) <= last]
    outcomes = Outcomes(desk.history, desk.mandate.benchmark, desk.mandate.costs)
    filled = 0
    for _, of_session in groupby(over, key=lambda each: each.session):
        rows = [_return(desk, outcomes, each) for each in of_session]
        filled += in_transaction(desk.engine, partial(_filled, rows=rows))
    return filled


def _exit(desk: Desk, due: ReturnDue) -> date:
    return desk.history.calendar.shift(due.session, due.horizon_sessions + 1)


def _return(desk: Desk, outcomes: Outcomes, due: ReturnDue) -> ShadowReturn:
    found = outcomes.of(due.ticker, due.session, due.horizon_sessions)
    return ShadowReturn(
        session=due.session,
        ticker=due.ticker,
        horizon_sessions=due.horizon_sessions,
        exit_session=_exit(desk, due),
        gross=found.gross if found else None,
        benchmark=found.benchmark if found else None,
        cost=found.cost if found else None,
        why=None if found else NOT_TOLD,
        filled_at=desk.clock.now(),
    )


def _filled(connection: Connection, rows: list[ShadowReturn]) -> int:
    return Shadows(connection).fill(rows)
