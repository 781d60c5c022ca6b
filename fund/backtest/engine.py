"""The backtest: `advance_session` and `decide` in a loop, with nothing of its own that could cheat."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from fund.backtest.breaker import BacktestBreaker
from fund.cycle import CycleRecord, Strategy, decide
from fund.errors import NoDataError
from fund.execution.paper import Unfilled
from fund.mandate import Mandate
from fund.market.history import History
from fund.portfolio.book import Book, ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_deposit
from fund.portfolio.session_mark import SessionMark
from fund.session import AccountState, SessionStep, advance_session

OnSession = Callable[[SessionStep, CycleRecord], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A position that was closed because its series ended, at the last traded price."""

    ticker: str
    session: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """Everything a backtest did, session by session; replaying `transactions` gives `book`."""

    strategy: str
    mandate: Mandate
    data_version: str
    """Hash of all that was known at the last decision."""
    marks: tuple[SessionMark, ...]
    """One a session, the first before anything was traded."""
    records: tuple[CycleRecord, ...]
    transactions: tuple[Transaction, ...]
    fills: tuple[Fill, ...]
    unfilled: tuple[Unfilled, ...]
    closed: tuple[ClosedTrade, ...]
    endings: tuple[Ending, ...]
    book: Book


def run_backtest(
    strategy: Strategy,
    history: History,
    mandate: Mandate,
    first: date,
    last: date,
    on_session: OnSession | None = None,
) -> BacktestResult:
    """Let a strategy decide after every close from `first` to `last`, both sessions included.

    What is decided on a close trades at the next open, so the first session only decides and what the
    last one orders never trades. The mandate's circuit breaker trips as on the desk; a stand-in for the
    owner resumes at the first close at which every level is met. Raises `NoDataError` where a session of
    the span has no bars.
    """
    calendar = history.calendar
    sessions = calendar.sessions(first, last)
    if not sessions:
        raise NoDataError(f"a backtest needs at least one session, found none from {first} to {last}")
    deposit = post_deposit(mandate.initial_cash, sessions[0], calendar.open_at(sessions[0]), "initial")
    state = AccountState(book=Book().apply(deposit))
    steps: list[SessionStep] = []
    records: list[CycleRecord] = []
    breaker = BacktestBreaker(mandate)
    for session in sessions:
        view = history.view(calendar.decision_time(session))
        step = advance_session(state, history, session, mandate)
        breaker.close(state.orders, step, view)
        record = decide(
            strategy,
            view,
            step.book,
            mandate,
            cycle_id=f"backtest-{strategy.name}-{session.isoformat()}",
            inputs={"mandate_hash": mandate.mandate_hash, "breaker": breaker.standing.label},
            halted=breaker.halted,
            reducing=breaker.reducing,
        )
        breaker.decided()
        state = AccountState(
            book=step.book, orders=record.orders, working=step.settlement.working, mark=step.mark
        )
        steps.append(step)
        records.append(record)
        if on_session is not None:
            on_session(step, record)
    return BacktestResult(
        strategy=strategy.name,
        mandate=mandate,
        data_version=history.version_at(calendar.decision_time(sessions[-1])),
        marks=tuple(step.mark for step in steps),
        records=tuple(records),
        transactions=(deposit, *(each for step in steps for each in step.transactions)),
        fills=tuple(fill for step in steps for fill in step.settlement.fills),
        unfilled=tuple(lapsed for step in steps for lapsed in step.settlement.unfilled),
        closed=tuple(trade for step in steps for trade in step.closed),
        endings=tuple(Ending(ticker=t, session=step.session) for step in steps for t in step.ended),
        book=state.book,
    )
