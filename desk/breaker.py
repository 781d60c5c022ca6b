"""The breaker at a close: what trips it before the decision, and what became of it afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from db.finding import Finding
from db.ledger import Ledger
from db.trading_state import TradingState, TradingStatus
from fund.cycle import CycleRecord
from fund.errors import NoDataError
from fund.execution.lifecycle import HELD_UP
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.session_mark import SessionMark
from fund.risk.breaker import BreakerLevels, SessionFacts, Trip, assess, tripped
from fund.risk.resumption import is_proposable, resume_evidence
from fund.session import AccountState, SessionStep

STAND_IN = "replay"
"""Who approves while the past is played and nobody is there: not a person, and labelled so."""
STAND_IN_REASON = "every level was met; the past is played with nobody there, so the desk resumed by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerAtClose:
    """What a session found, and what its own close made of that."""

    found: TradingStatus
    trip: Trip | None
    standing: TradingStatus
    """What the decision is taken under."""

    @property
    def halted(self) -> str | None:
        """Return why the strategy is not asked, None where it is."""
        return self._why if self.standing.state == "open" else None

    @property
    def reducing(self) -> str | None:
        """Return why nothing may grow, None where it may."""
        return self._why if self.standing.state == "reducing" else None

    @property
    def inputs(self) -> dict[str, str]:
        """Return what a record keeps of it: its label, and why nothing may grow, where that is so."""
        reducing = {"reducing": self.reducing} if self.reducing is not None else {}
        return {"breaker": self.standing.label, **reducing}

    @property
    def _why(self) -> str:
        return self.standing.told


def at_close(
    connection: Connection, mandate: Mandate, account: AccountState, step: SessionStep, view: MarketView
) -> BreakerAtClose:
    """Judge a session that has been settled and marked and is not yet written; nothing is changed."""
    state = TradingState(connection)
    found = state.get()
    facts = SessionFacts(
        marks=_marks(connection, found, account.mark, step.mark),
        rejects_in_a_row=_rejects(state, found, account, step, mandate.breaker.rejects_in_a_row),
        benchmark_priced=_is_priced(view, mandate.benchmark),
    )
    trip = assess(found, mandate.breaker, facts)
    standing = found
    if trip is not None:
        standing = replace(tripped(found, trip, step.session), reason=trip.reason)
    return BreakerAtClose(found=found, trip=trip, standing=standing)


def write_close(
    connection: Connection, close: BreakerAtClose, record: CycleRecord, mandate: Mandate, *, stand_in: bool
) -> None:
    """Keep what a session did to the breaker, after its mark is written and in the same transaction.

    With every level met after a trip, a resume is proposed to the owner; where the past is played,
    with nobody there, the stand-in approves it, for the session after this one.
    """
    state = TradingState(connection)
    for trip in (close.trip, _budget_trip(close.standing, record, mandate)):
        if trip is not None:
            state.trip(trip, at=record.as_of, cycle_id=record.cycle_id)
    standing = state.get()
    if standing.state == "closed":
        return
    evidence = resume_evidence(Ledger(connection).equity_curve(), mandate.breaker, standing)
    if not is_proposable(standing, evidence):
        return
    if stand_in:
        state.resume(by=STAND_IN, reason=STAND_IN_REASON, at=record.as_of, evidence=evidence)
    else:
        state.propose_resume(evidence, at=record.as_of)


def trip_where_books_differ(
    connection: Connection, findings: Sequence[Finding], levels: BreakerLevels, now: datetime
) -> None:
    """Open the breaker for what a whole replay of the journal found (INV-3); nothing where books add up."""
    if findings:
        first = f"{findings[0].table} {findings[0].row}: {findings[0].problem}"
        state = TradingState(connection)
        trip = assess(state.held(), levels, SessionFacts(marks=(), books_differ=first))
        if trip is not None:
            state.trip(trip, at=now)


def _budget_trip(standing: TradingStatus, record: CycleRecord, mandate: Mandate) -> Trip | None:
    """Return the trip of a cycle that was held for want of budget; a budget of 0 is a choice."""
    cause = record.cause or ""
    if record.status != "held" or not cause.startswith("BudgetError") or not mandate.llm_daily_budget_usd:
        return None
    refused = f"the LLM budget of the day did not hold a cycle ({cause.removeprefix('BudgetError: ')})"
    return assess(standing, mandate.breaker, SessionFacts(marks=(), budget_refused=refused))


def _marks(
    connection: Connection, found: TradingStatus, before: SessionMark | None, last: SessionMark
) -> Sequence[SessionMark]:
    if found.drawdown_from is not None:
        return (*Ledger(connection).equity_curve(since=found.drawdown_from), last)
    return (last,) if before is None else (before, last)


def _rejects(
    state: TradingState, found: TradingStatus, account: AccountState, step: SessionStep, most: int
) -> int:
    """Return how many orders in a row came to nothing, those that this session settled last.

    What only waited for a reduction is not counted: the reduction is.
    """
    traded = {fill.order_id for fill in step.settlement.fills}
    came_to_nothing = (each for each in step.settlement.unfilled if each.reason != HELD_UP)
    ended = traded | {unfilled.order_id for unfilled in came_to_nothing}
    count = 0
    for order in reversed([order for order in account.orders if order.order_id in ended]):
        if order.order_id in traded:
            return count
        count += 1
    return count + state.rejects_in_a_row(found.session, most=most)


def _is_priced(view: MarketView, benchmark: str) -> bool:
    try:
        return not view.mark(benchmark).stale
    except NoDataError:
        return False
