"""The first half of the heartbeat: `decide` on what is known; the other half is `settle`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from fund.errors import (
    AnswerError,
    BudgetError,
    DataError,
    LLMUnavailableError,
    TradingHaltedError,
)
from fund.execution.orders import Order, plan_orders
from fund.mandate import Mandate
from fund.market.bars import Mark
from fund.market.view import MarketView
from fund.portfolio.arranging import Resized, arrange
from fund.portfolio.book import Book
from fund.portfolio.marking import current_mark
from fund.portfolio.proposal import Proposal
from fund.risk.admission import admit, only_reducing, review_admitted, untouched
from fund.risk.exits import Exit, ExitCheck, ExitSkip, check_exits, closing, exit_clamps, stops_in_force
from fund.risk.limits import RiskReview
from fund.risk.measured import measure
from fund.risk.owners_exits import OwnersExit, weights_left, with_owners_exits

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
    exits: tuple[Exit, ...] = ()
    """Positions closed by the owner's word, a stop, a profit or time, whatever the strategy said."""
    exits_skipped: tuple[ExitSkip, ...] = ()
    """Rules that could not be judged, and why."""
    resized: tuple[Resized, ...] = ()
    """Targets that the mandate's sizing rule changed before the review."""
    sizing_notes: tuple[str, ...] = ()


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
    asked: Sequence[OwnersExit] = (),
) -> CycleRecord:
    """Find the exits that are due, ask the strategy, cut its answer down to the limits, and plan the orders.

    Exits come first, those the owner has `asked` for and those from prices alone: they are closed whatever
    the strategy says, and also when it is silent or not asked. `halted` says why the strategy is not asked,
    `reducing` why nothing may grow, whatever it answers.
    No answer is not an order to sell: a strategy that is silent, fails or is halted leaves the book as
    it is, with the cause on the record (INV-11). Orders carry the time of the view and can only fill
    at a later price.
    """
    marks = {ticker: current_mark(view, ticker) for ticker in sorted(book.positions)}
    prices = {ticker: mark.price for ticker, mark in marks.items()}
    by_price = check_exits(view, book, marks, mandate.exits)
    exits = with_owners_exits(by_price, view, book, marks, asked)
    proposal, cause = None, halted
    if halted is None:
        try:
            proposal, cause = _ask(strategy, cycle_id, view, book, mandate)
        except TradingHaltedError as error:
            halted = cause = f"{type(error).__name__}: {error}"
    if proposal is None:
        plan = _protected(exits, book, prices, mandate, cycle_id=cycle_id, decided_at=view.as_of)
    else:
        plan = _planned(proposal, exits, view, book, marks, mandate, cycle_id=cycle_id, reducing=reducing)
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
        marks=plan.prices,
        stale=tuple(t for t, mark in marks.items() if mark.stale),
        weights_before=book.weights(prices),
        proposal=proposal,
        review=plan.review,
        orders=plan.orders,
        inputs=dict(inputs),
        exits=exits.due,
        exits_skipped=exits.skipped,
        resized=plan.resized,
        sizing_notes=plan.notes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a proposal, or the exits alone, come to."""

    prices: Mapping[str, Decimal]
    orders: tuple[Order, ...]
    review: RiskReview | None = None
    resized: tuple[Resized, ...] = ()
    notes: tuple[str, ...] = ()


def _planned(
    proposal: Proposal,
    exits: ExitCheck,
    view: MarketView,
    book: Book,
    marks: Mapping[str, Mark],
    mandate: Mandate,
    *,
    cycle_id: str,
    reducing: str | None,
) -> _Plan:
    """Size a proposal, put the exits first, cut it down to the limits and plan its orders."""
    held = {ticker: mark.price for ticker, mark in marks.items()}
    before = book.weights(held)
    arranged = arrange(proposal, view, book, mandate)
    left = weights_left(exits, arranged.proposal.weights, before)
    wanted = closing(arranged.proposal, left)
    admitted = admit(wanted, view, marks, mandate.funds)
    if reducing is not None:
        admitted = only_reducing(admitted, reducing)
    prices, limits = {**held, **admitted.prices}, mandate.limits
    measured = measure(
        view,
        prices,
        limits,
        benchmark=mandate.benchmark,
        equity=book.equity(prices),
        stop_distance=stops_in_force(view, prices, mandate.exits),
    )
    reviewed = review_admitted(
        wanted, admitted, before, limits, min_trade=mandate.min_trade, measured=measured
    )
    orders = plan_orders(
        cycle_id,
        reviewed,
        book,
        prices,
        decided_at=view.as_of,
        min_trade=mandate.min_trade,
        left_alone=untouched(admitted, before, reviewed),
        share_step=mandate.share_step,
        exits=left.keys(),
    )
    explained = exit_clamps(arranged.proposal, exits.due, before, left)
    return _Plan(
        prices=prices,
        orders=orders,
        review=replace(reviewed, clamps=(*explained, *reviewed.clamps)),
        resized=arranged.resized,
        notes=arranged.notes,
    )


def _protected(
    exits: ExitCheck,
    book: Book,
    prices: Mapping[str, Decimal],
    mandate: Mandate,
    *,
    cycle_id: str,
    decided_at: datetime,
) -> _Plan:
    """Close what is due to be closed, and touch nothing else: nobody has decided anything (INV-13)."""
    shut = RiskReview(weights=weights_left(exits, {}, book.weights(prices)), clamps=())
    orders = plan_orders(
        cycle_id,
        shut,
        book,
        prices,
        decided_at=decided_at,
        min_trade=mandate.min_trade,
        left_alone=frozenset(),
        share_step=mandate.share_step,
        exits=shut.weights.keys(),
    )
    return _Plan(prices=prices, orders=orders)


def _ask(
    strategy: Strategy, cycle_id: str, view: MarketView, book: Book, mandate: Mandate
) -> tuple[Proposal | None, str | None]:
    try:
        proposal = strategy.propose(cycle_id, view, book, mandate)
    except (AnswerError, BudgetError, DataError, LLMUnavailableError) as error:
        return None, f"{type(error).__name__}: {error}"
    return proposal, None if proposal is not None else "the strategy had no answer"
