"""How a ticker went while the desk traded it: candles with its entries, exits and stops."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from sqlalchemy import Engine

from db.decisions import Decisions
from db.ledger import Ledger
from fund.cycle import CycleRecord
from fund.market.bars import PRICE_STEP, Bar
from fund.market.facts import CorporateAction
from fund.market.splits import shares_since
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill
from fund.risk.exits import ExitRules, exit_levels
from tools.aftermath import PanelView, PanelViews
from tools.candle_chart import Candle, StopLine, TradeMark, candle_figure
from tools.directory import Directory
from tools.spans import ALL_SESSIONS, Span, parse_span

BEFORE = 20
"""Sessions that are shown at least, where the desk began only lately."""
DAILY = 130
"""Sessions up to which every one has its candle; more are drawn a week to a candle."""
LONGEST = 2520


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleChart:
    """A ticker's prices with what the desk did, split-adjusted and not adjusted for dividends."""

    ticker: str
    name: str
    span: str
    first: date
    last: date
    sessions: int
    weekly: bool
    """Whether a candle stands for a week."""
    splits: int
    """Splits inside the span; prices before them are restated in the shares of the last session."""
    return_fraction: float
    """Change of the close over the span, without dividends."""
    candles: tuple[Candle, ...]
    marks: tuple[TradeMark, ...]
    stops: tuple[StopLine, ...]
    held: bool

    @property
    def figure(self) -> dict[str, object]:
        """Return the picture as a Plotly figure, plain JSON."""
        return candle_figure(self.ticker, self.candles, self.marks, self.stops)


class CandleTools:
    """Draws what the desk did in a ticker over its prices, as far as the desk's clock has seen them."""

    def __init__(
        self, engine: Engine, views: PanelViews, directory: Callable[[], Directory], exits: ExitRules
    ) -> None:
        self._engine = engine
        self._views = views
        self._directory = directory
        self._exits = exits

    def candles(self, ticker: str, span: str = "all") -> CandleChart:
        """Return a ticker's candles with the desk's entries, exits and stops.

        Prices are in the shares of the last session shown: splits are taken out, dividends are not. A fill
        stands at the price paid, restated the same way.

        Args:
            ticker: A ticker such as AAPL, or a company name.
            span: today, week, month, quarter, year (the calendar's, to date), last month, all (since the desk
                began), a number of sessions, or two dates such as 2016-05-01..2016-06-30.
        """
        return self.candles_over(ticker, parse_span(span))

    def candles_over(self, ticker: str, span: Span) -> CandleChart:
        """Return the candles of an already parsed span."""
        instrument, view = self._directory().find(ticker), self._views(None)
        name = instrument.ticker
        with self._engine.connect() as connection:
            ledger = Ledger(connection)
            began = next((mark.session for mark in ledger.equity_curve()), view.session)
            fills, book = ledger.fills(ticker=name), ledger.load_book()
            records = Decisions(connection).ordering(name)
        bars = _chosen(view.bars(name, LONGEST), span, began)
        last = bars[-1].session
        actions = [action for action in view.actions(name, bars[0].session) if action.ex_date <= last]
        candles = candles_of(bars, actions)
        marks = tuple(_marks(fills, records, candles, bars, actions))
        stops = tuple(_hit(records, name, bars, actions))
        if last == view.session:
            stops += _in_force(view, book, name, self._exits)
        return CandleChart(
            ticker=name,
            name=instrument.name,
            span=span.label,
            first=bars[0].session,
            last=last,
            sessions=len(bars),
            weekly=len(bars) > DAILY,
            splits=sum(1 for action in actions if action.kind == "split"),
            return_fraction=float(bars[-1].close / _restated(bars[0].close, bars[0].session, actions) - 1),
            candles=candles,
            marks=marks,
            stops=stops,
            held=name in book.positions,
        )


def _chosen(bars: Sequence[Bar], span: Span, began: date) -> Sequence[Bar]:
    """Return the bars of a span; without one, those since the desk began, and some before."""
    if span == ALL_SESSIONS:
        first = next((at for at, bar in enumerate(bars) if bar.session >= began), len(bars) - BEFORE)
        return bars[max(0, min(first, len(bars) - BEFORE)) :]
    return bars[span.select([bar.session for bar in bars])]


def candles_of(bars: Sequence[Bar], actions: Sequence[CorporateAction]) -> tuple[Candle, ...]:
    """Return a candle a session, or a week where there are many, in shares of the last session."""
    restated = [
        Candle(
            session=bar.session,
            **{
                part: _restated(getattr(bar, part), bar.session, actions)
                for part in ("open", "high", "low", "close")
            },
        )
        for bar in bars
    ]
    if len(restated) <= DAILY:
        return tuple(restated)
    weeks = [list(week) for _, week in groupby(restated, key=lambda each: each.session.isocalendar()[:2])]
    return tuple(
        Candle(
            session=week[-1].session,
            open=week[0].open,
            high=max(each.high for each in week),
            low=min(each.low for each in week),
            close=week[-1].close,
        )
        for week in weeks
    )


def _restated(price: Decimal, day: date, actions: Sequence[CorporateAction]) -> Decimal:
    """Return a raw price of a day in the shares of the last session: splits taken out, dividends left in."""
    return (price / shares_since(actions, day)).quantize(PRICE_STEP)


def _marks(
    fills: Sequence[Fill],
    records: Sequence[CycleRecord],
    candles: Sequence[Candle],
    bars: Sequence[Bar],
    actions: Sequence[CorporateAction],
) -> Iterator[TradeMark]:
    """Yield the fills inside the chart, oldest first, each at the candle that holds its day."""
    exits = {
        order.order_id: due.rule
        for record in records
        for due in record.exits
        for order in record.orders
        if order.ticker == due.ticker
    }
    ends = [candle.session for candle in candles]
    for fill in reversed(fills):
        if not bars[0].session <= fill.session <= bars[-1].session:
            continue
        yield TradeMark(
            session=fill.session,
            candle=ends[bisect_left(ends, fill.session)],
            side=fill.side,
            price=_restated(fill.price, fill.session, actions),
            paid=fill.price,
            quantity=fill.quantity,
            exit_rule=exits.get(fill.order_id, ""),
        )


def _hit(
    records: Sequence[CycleRecord], ticker: str, bars: Sequence[Bar], actions: Sequence[CorporateAction]
) -> Iterator[StopLine]:
    """Yield the levels at which exits closed the ticker inside the chart."""
    for record in records:
        for due in record.exits:
            inside = bars[0].session <= record.session <= bars[-1].session
            if due.ticker == ticker and due.level is not None and inside:
                level = _restated(due.level, record.session, actions)
                yield StopLine(session=record.session, level=level, rule=due.rule, in_force=False)


def _in_force(view: PanelView, book: Book, ticker: str, rules: ExitRules) -> tuple[StopLine, ...]:
    """Return the price levels that would close the position at the next close; none where it is not held."""
    position = book.positions.get(ticker)
    if position is None:
        return ()
    alone = Book(positions={ticker: position})
    levels, _ = exit_levels(view, alone, {ticker: view.mark(ticker)}, rules)
    return tuple(
        StopLine(session=view.session, level=each.level, rule=each.rule, in_force=True)
        for each in levels
        if each.level is not None
    )
