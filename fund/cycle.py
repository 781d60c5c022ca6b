"""The heartbeat: `decide` on what is known, `settle` at prices that did not exist yet."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from fund.errors import (
    AnswerError,
    BudgetError,
    DataError,
    LedgerError,
    LLMUnavailableError,
    TradingHaltedError,
)
from fund.execution.orders import Order, plan_orders
from fund.execution.paper import Unfilled, fill_orders, restated
from fund.mandate import Mandate
from fund.market.bars import Bar
from fund.market.facts import CorporateAction
from fund.market.view import MarketView
from fund.portfolio.book import Book, ClosedTrade, closed_trades
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.marking import current_mark
from fund.portfolio.postings import post_dividend, post_split
from fund.portfolio.proposal import Proposal
from fund.risk.admission import admit, only_reducing, review_admitted, untouched
from fund.risk.limits import RiskReview

CycleStatus = Literal["decided", "held", "halted"]


class Strategy(Protocol):
    """Anything that can decide: the committee, a rule, a forecaster alone."""

    @property
    def name(self) -> str:
        """A short name for records."""
        ...

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        """Return target weights, or None to hold everything as it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRecord:
    """Everything one decision saw, said and ordered."""

    cycle_id: str
    session: date
    as_of: datetime
    strategy: str
    status: CycleStatus
    cause: str | None
    """Why nothing was decided, where nothing was."""
    equity: Decimal
    cash: Decimal
    marks: Mapping[str, Decimal]
    stale: tuple[str, ...]
    """Positions whose mark is older than the session: carried, and flagged."""
    weights_before: Mapping[str, Decimal]
    proposal: Proposal | None
    review: RiskReview | None
    orders: tuple[Order, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Hashes and versions of what the decision was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one session did to the book before its close."""

    session: date
    book: Book
    transactions: tuple[Transaction, ...]
    fills: tuple[Fill, ...]
    unfilled: tuple[Unfilled, ...]
    closed: tuple[ClosedTrade, ...]


def decide(
    strategy: Strategy,
    view: MarketView,
    book: Book,
    mandate: Mandate,
    *,
    cycle_id: str,
    inputs: Mapping[str, str],
    halted: str | None = None,
    reducing: str | None = None,
) -> CycleRecord:
    """Ask the strategy, cut its answer down to the limits, and plan the orders.

    `halted` says why the strategy is not asked, `reducing` why nothing may grow, whatever it answers.
    No answer is not an order to sell: a strategy that is silent, fails or is halted leaves the book as
    it is, with the cause on the record (INV-11). Orders carry the time of the view and can only fill
    at a later price.
    """
    marks = {ticker: current_mark(view, ticker) for ticker in sorted(book.positions)}
    prices = {ticker: mark.price for ticker, mark in marks.items()}
    before = book.weights(prices)
    proposal, cause = None, halted
    if halted is None:
        try:
            proposal, cause = _ask(strategy, cycle_id, view, book, mandate)
        except TradingHaltedError as error:
            halted = cause = f"{type(error).__name__}: {error}"
    reviewed: RiskReview | None = None
    orders: tuple[Order, ...] = ()
    if proposal is not None:
        admitted = admit(proposal, view, marks, mandate.funds)
        if reducing is not None:
            admitted = only_reducing(admitted, reducing)
        prices |= admitted.prices
        reviewed = review_admitted(proposal, admitted, before, mandate.limits, min_trade=mandate.min_trade)
        orders = plan_orders(
            cycle_id,
            reviewed,
            book,
            prices,
            decided_at=view.as_of,
            min_trade=mandate.min_trade,
            left_alone=untouched(admitted, before, reviewed),
        )
    status: CycleStatus = "halted" if halted is not None else "held" if proposal is None else "decided"
    return CycleRecord(
        cycle_id=cycle_id,
        session=view.session,
        as_of=view.as_of,
        strategy=strategy.name,
        status=status,
        cause=cause,
        equity=book.equity(prices),
        cash=book.cash,
        marks=prices,
        stale=tuple(t for t, mark in marks.items() if mark.stale),
        weights_before=before,
        proposal=proposal,
        review=reviewed,
        orders=orders,
        inputs=dict(inputs),
    )


def settle(
    orders: Sequence[Order],
    book: Book,
    mandate: Mandate,
    *,
    session: date,
    opened_at: datetime,
    bars: Mapping[str, Bar],
    suspect_opens: Set[str],
    actions: Sequence[CorporateAction],
) -> Settlement:
    """Book the session's corporate actions, then fill the orders at its open.

    `actions` are those that go ex on this session, `bars` the session's bars of every ticker held or
    ordered. Orders decided before a split are restated in new shares; one delivered twice is one order.
    An action or a bar of another day raises `LedgerError`.
    """
    _check_day(session, {*book.positions, *(order.ticker for order in orders)}, bars, actions)
    transactions: list[Transaction] = []
    due = sorted(actions, key=lambda a: (a.ticker, a.kind, a.detail))
    was = book
    for action in due:
        posted = _post_action(book, action, bars, suspect_opens, opened_at)
        if posted is not None:
            book = book.apply(posted)
            transactions.append(posted)
    standing, lapsed = restated(tuple(dict.fromkeys(orders)), [a for a in due if a.kind == "split"])
    execution = fill_orders(standing, bars, suspect_opens, book, mandate.costs, opened_at=opened_at)
    transactions += execution.transactions
    return Settlement(
        session=session,
        book=execution.book,
        transactions=tuple(transactions),
        fills=execution.fills,
        unfilled=(*lapsed, *execution.unfilled),
        closed=closed_trades(was, transactions),
    )


def _ask(
    strategy: Strategy, cycle_id: str, view: MarketView, book: Book, mandate: Mandate
) -> tuple[Proposal | None, str | None]:
    try:
        proposal = strategy.propose(cycle_id, view, book, mandate)
    except (AnswerError, BudgetError, DataError, LLMUnavailableError) as error:
        return None, f"{type(error).__name__}: {error}"
    return proposal, None if proposal is not None else "the strategy had no answer"


def _check_day(
    session: date, tickers: Set[str], bars: Mapping[str, Bar], actions: Sequence[CorporateAction]
) -> None:
    """Raise where something of another day would be booked: a stale price, an action not yet due (INV-8)."""
    days = {f"bar of {t}": bars[t].session for t in sorted(tickers) if t in bars}
    days |= {f"{a.kind} of {a.ticker}": a.ex_date for a in actions}
    wrong = {name: day.isoformat() for name, day in days.items() if day != session}
    if wrong:
        raise LedgerError(f"settling {session.isoformat()}: everything must be of that day, was {wrong!r}")


def _post_action(
    book: Book, action: CorporateAction, bars: Mapping[str, Bar], suspect_opens: Set[str], at: datetime
) -> Transaction | None:
    held = book.positions.get(action.ticker)
    if held is None:
        return None
    if action.kind == "dividend":
        return post_dividend(held, action, at)
    bar = None if action.ticker in suspect_opens else bars.get(action.ticker)
    return post_split(held, action, bar.open if bar is not None else None, at)
