"""What the desk records, with defaults: decisions, settlements, memories, calls, events, cards."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from db.events import Event
from db.llm_calls import LLMCall
from db.memory import Memory
from fund.cycle import CycleRecord
from fund.execution.orders import Order
from fund.forecasting.forecast import ForecasterCard, Interval
from fund.market.bars import Bar, Mark
from fund.market.refusal import Refusal
from fund.portfolio.book import Book
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_deposit
from fund.portfolio.proposal import Proposal
from fund.portfolio.session_mark import SessionMark, mark_book
from fund.risk.limits import Clamp, RiskReview
from fund.settlement import Settlement, settle
from support.books import MONDAY, TUESDAY, a_bar, an_order, at_close, at_open
from support.mandates import a_mandate, real_costs

NOON = datetime(2016, 3, 8, 12, tzinfo=UTC)
MANDATE = a_mandate(costs=real_costs())


def a_deposit(amount: int = 100_000, deposit_id: str = "initial", session: date = MONDAY) -> Transaction:
    """Return the owner's first deposit."""
    return post_deposit(Decimal(amount), session, at_open(session), deposit_id)


def a_cycle_record(
    cycle_id: str = "cycle-1",
    session: date = MONDAY,
    tickers: Sequence[str] = ("AAPL",),
    **changes: object,
) -> CycleRecord:
    """Return a decision that buys ten shares of every ticker."""
    weights = {ticker: Decimal("0.01") for ticker in tickers}
    orders = tuple(
        an_order(ticker, order_id=f"ord-{cycle_id}-{ticker}", cycle_id=cycle_id, decided_at=at_close(session))
        for ticker in tickers
    )
    record = CycleRecord(
        cycle_id=cycle_id,
        session=session,
        as_of=at_close(session),
        strategy="committee",
        status="decided",
        cause=None,
        equity=Decimal("100000.00"),
        cash=Decimal(100_000),
        marks=dict.fromkeys(tickers, Decimal("100.0000")),
        stale=(),
        weights_before={},
        proposal=Proposal(weights=weights, reasons=dict.fromkeys(tickers, "cheap"), evidence={"n": 1}),
        review=RiskReview(weights=weights, clamps=(a_clamp(),)),
        orders=orders,
        inputs={"data_version": "v1"},
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def a_clamp(ticker: str = "XOM") -> Clamp:
    """Return a cut that took a whole target away."""
    return Clamp(limit="universe", ticker=ticker, before=Decimal("0.02"), after=Decimal(0), reason="unknown")


def a_settlement(
    orders: Sequence[Order], book: Book, *, session: date = TUESDAY, bars: Mapping[str, Bar] | None = None
) -> Settlement:
    """Return what the session makes of the orders, at an open of 100 unless bars are given."""
    return settle(
        orders,
        book,
        MANDATE,
        session=session,
        opened_at=at_open(session),
        bars={o.ticker: a_bar(o.ticker, session) for o in orders} if bars is None else bars,
        suspect_opens=set(),
        actions=(),
    )


def a_session_mark(
    book: Book, previous: SessionMark | None = None, *, session: date = TUESDAY, price: int = 101
) -> SessionMark:
    """Return the close of a session with every position at one price."""
    marks = {t: Mark(price=Decimal(price), session=session, stale=False) for t in book.positions}
    return mark_book(previous, book, marks, session=session, at=at_close(session), benchmark_index=1.5)


def a_memory(memory_id: str = "m1", **changes: object) -> Memory:
    """Return a closed trade that was known on Tuesday's close."""
    memory = Memory(
        memory_id=memory_id,
        kind="trade",
        ticker="AAPL",
        session=TUESDAY,
        known_at=at_close(TUESDAY),
        text="bought on momentum, sold at a loss",
        outcome={"return": -0.02},
        source_ids=("trade-1",),
    )
    return replace(memory, **changes)  # type: ignore[arg-type]


def an_event(event_id: str = "e1", **changes: object) -> Event:
    """Return an event of Tuesday noon."""
    event = Event(event_id=event_id, at=NOON, kind="note", severity="info", text="something happened")
    return replace(event, **changes)  # type: ignore[arg-type]


def a_refusal(refusal_id: str = "refused-1", **changes: object) -> Refusal:
    """Return a dividend that came after its position was gone."""
    refusal = Refusal(
        refusal_id=refusal_id,
        kind="action",
        reason="nothing_held",
        session=MONDAY,
        ticker="AAPL",
        detail="expected a position in AAPL, found none",
    )
    return replace(refusal, **changes)  # type: ignore[arg-type]


def a_call(call_id: str = "c1", **changes: object) -> LLMCall:
    """Return a call that may cost ten cents."""
    call = LLMCall(
        call_id=call_id,
        cycle_id="cycle-1",
        role="quant_researcher",
        attempt=1,
        provider="anthropic",
        llm="claude",
        prompt_hash="0" * 64,
        prompt_characters=1200,
        started_at=NOON,
        reserved_usd=Decimal("0.10"),
    )
    return replace(call, **changes)  # type: ignore[arg-type]


def a_card(version: str = "gbm-1", **changes: object) -> ForecasterCard:
    """Return the card of a forecaster with figures of an honest size."""
    interval = Interval(value=0.012, low=-0.004, high=0.028, n=240)
    values: dict[str, object] = {
        "forecaster": "gbm",
        "version": version,
        "horizon_sessions": 5,
        "universe": "S&P 500",
        "train_first": date(2015, 3, 20),
        "train_last": date(2016, 2, 1),
        "test_first": None,
        "test_last": None,
        "features": ("return_5", "volatility_20"),
        "ic": interval,
        "rank_ic": interval,
        "hit_rate": None,
        "baseline_rank_ic": {"momentum": interval},
        "calibration": ((0.45, 0.47, 1000), (0.55, 0.52, 900)),
        "data_version": "v1",
        "parameters": {"leaves": 15, "objective": "l2", "rate": 0.05},
        "seed": 7,
        "trials": 3,
    }
    return ForecasterCard(**{**values, **changes})  # type: ignore[arg-type]


def after(moment: datetime, **span: float) -> datetime:
    """Return a later moment."""
    return moment + timedelta(**span)
