"""The whole state of the account at one close: holdings, cash, exposure, limits, orders, stops and profit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from fund.execution.lifecycle import OrderState
from fund.mandate import Mandate
from fund.market.bars import Mark
from fund.market.view import MarketView
from fund.portfolio.book import Book, replay
from fund.portfolio.earnings import Earned, earned_between
from fund.portfolio.journal import Transaction
from fund.portfolio.marking import current_mark
from fund.portfolio.session_mark import SessionMark
from fund.risk.buckets import BUCKETS, UNLIMITED, Bucket
from fund.risk.exits import exit_levels
from fund.risk.limits import UNKNOWN_SECTOR
from fund.risk.market_risk import measure_market
from tools.exposure import Exposure, LimitUse, exposure_of, limits_of, rounded
from tools.holdings import HISTORY, OpenOrder, open_order

ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where a protective exit of the mandate would close a position."""

    ticker: str
    rule: str
    """atr_stop, trailing_stop, take_profit or time_stop."""
    level: Decimal | None
    """A close at or beyond it closes the position at the next open, USD; None for the time stop."""
    away: Decimal | None
    """The move of the price that reaches the level, as a fraction of the mark; below 0 is a fall."""
    sessions_left: int | None
    """Until the time stop is due; None for a price."""
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAt:
    """One position at a close; amounts in USD and exact, but for the average cost."""

    ticker: str
    name: str
    sector: str
    bucket: Bucket
    quantity: Decimal
    average_cost: Decimal
    cost: Decimal
    mark: Decimal
    marked: date
    stale: bool
    """The mark is older than the session, for want of a newer price."""
    value: Decimal
    weight: Decimal
    unrealised: Decimal
    opened: date
    held_sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketUse:
    """What one bucket of capital holds, as a gross fraction of equity; cap None where there is none."""

    bucket: Bucket
    weight: Decimal
    cap: Decimal | None
    tickers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerProfit:
    """What one name has earned since the start, USD and exact; open or over."""

    ticker: str
    realised: Decimal
    unrealised: Decimal
    dividends: Decimal
    fees: Decimal
    borrow: Decimal
    profit: Decimal
    """realised + unrealised + dividends - fees - borrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioState:
    """The account at one close, from the journal up to it; money is USD and exact.

    equity = cash + value, and equity - net_deposits = realised + unrealised + dividends - fees - borrow.
    """

    session: date
    note: str
    """What the reader has to know of the date or the figures; empty where there is nothing."""
    equity: Decimal
    cash: Decimal
    value: Decimal
    """Of all positions, signed."""
    net_deposits: Decimal
    realised: Decimal
    unrealised: Decimal
    dividends: Decimal
    fees: Decimal
    borrow: Decimal
    holdings: tuple[HeldAt, ...]
    """Largest first."""
    exposure: Exposure
    buckets: tuple[BucketUse, ...]
    buckets_measured_on: int
    """Sessions of returns that the bucket of a name rests on."""
    limits: tuple[LimitUse, ...]
    """What is broken first, then the nearest to its cap."""
    limits_left_out: tuple[str, ...]
    """Limits that cannot be told of this date."""
    open_orders: tuple[OpenOrder, ...]
    stops: tuple[Stop, ...]
    stops_skipped: tuple[str, ...]
    """Positions whose stop could not be judged, each with the reason."""
    profits: tuple[TickerProfit, ...]
    """Of every name traded so far, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBook:
    """What is on record of a close: everything the state of the account is worked out from."""

    transactions: Sequence[Transaction]
    """Up to the close."""
    orders: Sequence[OrderState]
    marks: Sequence[SessionMark]
    """Recorded closes up to and with this one."""
    drawdown_from: date | None = None
    """The breaker counts its drawdown from here now."""
    mandate_hash: str = ""
    """Of the decision of that close; empty where none is known."""


def state_of(record: RecordedBook, view: MarketView, mandate: Mandate, note: str = "") -> PortfolioState:
    """Work out the account at a view's close from what is on record of it."""
    book = replay(record.transactions)
    marks = {ticker: current_mark(view, ticker) for ticker in sorted(book.positions)}
    prices = {ticker: mark.price for ticker, mark in marks.items()}
    weights = book.weights(prices)
    market = measure_market(view, sorted(weights), mandate.benchmark, sessions=mandate.limits.var_sessions)
    buckets = mandate.limits.buckets.buckets_of(weights, market.volatilities)
    limits, left_out = _limits(record, book, view, mandate)
    stops, skipped = stops_of(book, view, marks, mandate)
    values = {ticker: book.positions[ticker].quantity * price for ticker, price in prices.items()}
    return PortfolioState(
        session=view.session,
        note=_noted(note, record, book.equity(prices), mandate),
        equity=book.equity(prices),
        cash=book.cash,
        value=sum(values.values(), ZERO),
        net_deposits=book.net_deposits,
        realised=book.realised,
        unrealised=book.unrealised(prices),
        dividends=book.dividends,
        fees=book.fees,
        borrow=book.borrow,
        holdings=_held(book, view, marks, weights, buckets),
        exposure=exposure_of(book, view),
        buckets=_bucket_uses(weights, buckets, mandate),
        buckets_measured_on=market.sessions,
        limits=limits,
        limits_left_out=left_out,
        open_orders=tuple(open_order(order) for order in record.orders),
        stops=stops,
        stops_skipped=skipped,
        profits=_profits(record.transactions, values),
    )


def stops_of(
    book: Book, view: MarketView, marks: Mapping[str, Mark], mandate: Mandate
) -> tuple[tuple[Stop, ...], tuple[str, ...]]:
    """Return where each exit of the mandate would act, the nearest first, and which could not be judged."""
    levels, skipped = exit_levels(view, book, marks, mandate.exits)
    stops = [
        Stop(
            ticker=each.ticker,
            rule=each.rule,
            level=each.level,
            away=None if each.level is None else rounded(each.level / marks[each.ticker].price - 1),
            sessions_left=each.sessions_left,
            meaning=each.meaning,
        )
        for each in levels
    ]
    stops.sort(key=lambda s: (s.away is None, abs(s.away or ZERO), s.sessions_left or 0, s.ticker, s.rule))
    return tuple(stops), tuple(f"{each.ticker} {each.rule}: {each.reason}" for each in skipped)


def _limits(
    record: RecordedBook, book: Book, view: MarketView, mandate: Mandate
) -> tuple[tuple[LimitUse, ...], tuple[str, ...]]:
    """Return the use of every limit; the drawdown only where the breaker counts it as it did then."""
    since = record.drawdown_from
    told = (
        limits_of(book, view, mandate, orders=record.orders, marks=record.marks, drawdown_from=since).limits
        if since is None or view.session >= since
        else ()
    )
    if told:
        return told, ()
    known = limits_of(book, view, mandate, orders=record.orders, marks=record.marks).limits
    return tuple(use for use in known if use.limit != "drawdown"), ("drawdown",)


def _noted(note: str, record: RecordedBook, equity: Decimal, mandate: Mandate) -> str:
    said = [note] if note else []
    last = record.marks[-1] if record.marks else None
    if last is not None and last.equity != equity:
        said.append(
            f"The equity recorded at that close was {last.equity:,.2f} USD; it is shown at the prices and "
            "bookings known of that session now."
        )
    if record.mandate_hash and record.mandate_hash != mandate.mandate_hash:
        said.append("The limits, buckets and stops are those of the present mandate; another was in force.")
    return " ".join(said)


def _held(
    book: Book,
    view: MarketView,
    marks: Mapping[str, Mark],
    weights: Mapping[str, Decimal],
    buckets: Mapping[str, Bucket],
) -> tuple[HeldAt, ...]:
    sessions = view.sessions(HISTORY)
    held = []
    for ticker, position in book.positions.items():
        instrument, mark = view.instrument(ticker), marks[ticker]
        value = position.quantity * mark.price
        held.append(
            HeldAt(
                ticker=ticker,
                name=instrument.name,
                sector=instrument.sector or UNKNOWN_SECTOR,
                bucket=buckets[ticker],
                quantity=position.quantity,
                average_cost=(position.cost / position.quantity).quantize(CENT),
                cost=position.cost,
                mark=mark.price,
                marked=mark.session,
                stale=mark.stale,
                value=value,
                weight=rounded(weights[ticker]),
                unrealised=value - position.cost,
                opened=position.opened,
                held_sessions=sum(1 for session in sessions if session > position.opened),
            )
        )
    return tuple(sorted(held, key=lambda each: (-abs(each.value), each.ticker)))


def _bucket_uses(
    weights: Mapping[str, Decimal], buckets: Mapping[str, Bucket], mandate: Mandate
) -> tuple[BucketUse, ...]:
    uses = []
    for bucket in BUCKETS:
        names = [ticker for ticker in weights if buckets[ticker] == bucket]
        cap = mandate.limits.buckets.cap(bucket)
        uses.append(
            BucketUse(
                bucket=bucket,
                weight=rounded(sum((abs(weights[ticker]) for ticker in names), ZERO)),
                cap=cap if cap < UNLIMITED else None,
                tickers=tuple(sorted(names, key=lambda ticker: (-abs(weights[ticker]), ticker))),
            )
        )
    return tuple(uses)


def _profits(transactions: Sequence[Transaction], values: Mapping[str, Decimal]) -> tuple[TickerProfit, ...]:
    found: dict[str, TickerProfit] = {}
    for each in earned_between(transactions, None, date.max).positions:
        unrealised = values[each.ticker] - each.cost if each.quantity else ZERO
        found[each.ticker] = _added(found.get(each.ticker), each, unrealised)
    return tuple(sorted(found.values(), key=lambda profit: (-profit.profit, profit.ticker)))


def _added(so_far: TickerProfit | None, each: Earned, unrealised: Decimal) -> TickerProfit:
    was = so_far or TickerProfit(
        ticker=each.ticker,
        realised=ZERO,
        unrealised=ZERO,
        dividends=ZERO,
        fees=ZERO,
        borrow=ZERO,
        profit=ZERO,
    )
    return replace(
        was,
        realised=was.realised + each.realised,
        unrealised=was.unrealised + unrealised,
        dividends=was.dividends + each.dividends,
        fees=was.fees + each.fees,
        borrow=was.borrow + each.borrow,
        profit=was.profit + each.booked + unrealised,
    )
