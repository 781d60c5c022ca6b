"""The heartbeat: `decide` on what is known, `settle` at prices that did not exist yet."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from fund.errors import AnswerError, BudgetError, DataError, LLMUnavailableError
from fund.execution.orders import Order, plan_orders
from fund.execution.paper import Unfilled, adjusted_for_split, fill_orders
from fund.mandate import Mandate
from fund.market.bars import Bar
from fund.market.facts import CorporateAction
from fund.market.view import MarketView
from fund.portfolio.book import Book, ClosedTrade, closed_by
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_dividend, post_split
from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, ReviewContext, RiskReview, review

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
) -> CycleRecord:
    """Ask the strategy, cut its answer down to the limits, and plan the orders.

    No answer is not an order to sell: a strategy that is silent, fails or is halted leaves the book as
    it is, with the cause on the record (INV-11). Orders carry the time of the view and can only fill
    at a later price.
    """
    marks = {ticker: view.mark(ticker) for ticker in sorted(book.positions)}
    prices = {ticker: mark.price for ticker, mark in marks.items()}
    before = book.weights(prices)
    proposal, cause = (None, halted) if halted else _ask(strategy, cycle_id, view, book, mandate)
    reviewed: RiskReview | None = None
    orders: tuple[Order, ...] = ()
    if proposal is not None:
        untradable = _untradable(dict(before) | dict(proposal.weights), view, book.positions.keys())
        asked = {t: w for t, w in proposal.weights.items() if w.is_finite()}
        targets = {t: w for t, w in (before | asked).items() if t in before or t not in untradable}
        prices |= {t: view.mark(t).price for t in targets}
        context = ReviewContext(
            current=before,
            sectors={t: view.instrument(t).sector for t in targets},
            untradable={t: why for t, why in untradable.items() if t in targets},
        )
        reviewed = _with_dropped(review(targets, mandate.limits, context), proposal, untradable)
        orders = plan_orders(
            cycle_id,
            reviewed,
            book,
            prices,
            decided_at=view.as_of,
            min_trade=mandate.min_trade,
            untradable=untradable.keys(),
        )
    status: CycleStatus = "halted" if halted else "held" if proposal is None else "decided"
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
    ordered. Orders decided before a split are restated in new shares.
    """
    transactions: list[Transaction] = []
    closed: list[ClosedTrade] = []
    standing = list(orders)
    for action in sorted(actions, key=lambda a: (a.ticker, a.kind, a.detail)):
        if action.kind == "split":
            standing = [
                adjusted_for_split(o, action.value) if o.ticker == action.ticker else o for o in standing
            ]
        posted = _post_action(book, action, bars, opened_at)
        if posted is not None:
            before, book = book, book.apply(posted)
            transactions.append(posted)
            closed += [trade] if (trade := closed_by(before, posted, book)) else []
    execution = fill_orders(
        [o for o in standing if o.quantity > 0], bars, suspect_opens, book, mandate.costs, opened_at=opened_at
    )
    for transaction in execution.transactions:
        before, book = book, book.apply(transaction)
        closed += [trade] if (trade := closed_by(before, transaction, book)) else []
    return Settlement(
        session=session,
        book=book,
        transactions=(*transactions, *execution.transactions),
        fills=execution.fills,
        unfilled=execution.unfilled,
        closed=tuple(closed),
    )


def _ask(
    strategy: Strategy, cycle_id: str, view: MarketView, book: Book, mandate: Mandate
) -> tuple[Proposal | None, str | None]:
    try:
        proposal = strategy.propose(cycle_id, view, book, mandate)
    except (AnswerError, BudgetError, DataError, LLMUnavailableError) as error:
        return None, f"{type(error).__name__}: {error}"
    return proposal, None if proposal is not None else "the strategy had no answer"


def _untradable(targets: Mapping[str, Decimal], view: MarketView, held: Set[str]) -> dict[str, str]:
    """Return the tickers that must not be traded now, with the reason."""
    known, members = view.tickers(), view.members()
    reasons: dict[str, str] = {}
    for ticker, weight in targets.items():
        if ticker not in known:
            reasons[ticker] = "unknown ticker"
        elif not weight.is_finite():
            reasons[ticker] = f"weight {weight} is not a number"
        elif view.mark(ticker).stale:
            reasons[ticker] = f"no price since {view.mark(ticker).session.isoformat()}"
        elif ticker not in members and ticker not in held:
            reasons[ticker] = "not in the universe"
    return reasons


def _with_dropped(reviewed: RiskReview, proposal: Proposal, untradable: Mapping[str, str]) -> RiskReview:
    """Put targets that never reached the limits on the record beside the cuts."""
    dropped = tuple(
        Clamp(limit="universe", ticker=t, before=weight, after=Decimal(0), reason=untradable[t])
        for t, weight in sorted(proposal.weights.items())
        if t not in reviewed.weights
    )
    return RiskReview(weights=reviewed.weights, clamps=(*dropped, *reviewed.clamps))


def _post_action(
    book: Book, action: CorporateAction, bars: Mapping[str, Bar], at: datetime
) -> Transaction | None:
    held = book.positions.get(action.ticker)
    if held is None:
        return None
    if action.kind == "dividend":
        return post_dividend(held, action, at)
    bar = bars.get(action.ticker)
    return post_split(held, action, bar.open if bar is not None else None, at)
