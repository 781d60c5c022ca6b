"""How the desk has done: returns net of deposits beside the benchmark, trades and costs."""

from sqlalchemy import Engine

from db.ledger import Ledger
from fund.errors import QueryRefusedError
from fund.portfolio.book import ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.session_mark import SessionMark
from tools.figures import trade_figures
from tools.periods import PeriodReturns, PeriodUnit, returns_by_period
from tools.spans import ALL_SESSIONS, Span, parse_span
from tools.track_record import (
    NO_SESSION,
    EquityChart,
    PerformanceReport,
    TradeList,
    UniverseIndex,
    chart_of,
    described,
    report_of,
    result_of,
    with_base,
)


class PerformanceTools:
    """Questions about the desk's results, answered from its own ledger."""

    def __init__(self, engine: Engine, benchmark: str, universe: UniverseIndex | None = None) -> None:
        self._engine = engine
        self._benchmark = benchmark
        self._universe = universe

    def performance(self, span: str = "all") -> PerformanceReport:
        """Return the desk's results over a span beside its benchmark's.

        Args:
            span: today, week, month, quarter, year, all, a number of sessions such as 30, or two dates
                such as 2016-05-01..2016-06-30.
        """
        return self.performance_over(parse_span(span))

    def trades(self, span: str = "all") -> TradeList:
        """Return the fills and the closed trades of a span.

        Args:
            span: today, week, month, quarter, year, all, a number of sessions, or two dates.
        """
        return self.trades_over(parse_span(span))

    def performance_over(self, span: Span) -> PerformanceReport:
        """Return the report of an already parsed span."""
        marks, trades, fills = self._recorded()
        return report_of(marks, trades, fills, span, self._benchmark, self._universe)

    def equity_chart_over(self, span: Span) -> EquityChart:
        """Return the equity curve against the benchmark as a chart, with the daily values."""
        with self._engine.connect() as connection:
            marks = Ledger(connection).equity_curve()
        return chart_of(with_base(marks, span), self._benchmark)

    def returns_by(self, unit: PeriodUnit, span: Span = ALL_SESSIONS) -> PeriodReturns:
        """Return the desk's and the benchmark's return for each calendar week, month, quarter or year."""
        with self._engine.connect() as connection:
            marks = Ledger(connection).equity_curve()
        return returns_by_period(with_base(marks, span), unit, self._benchmark)

    def trades_over(self, span: Span) -> TradeList:
        """Return the trades of an already parsed span."""
        marks, trades, fills = self._recorded()
        days = [mark.session for mark in marks]
        if not days:
            raise QueryRefusedError(NO_SESSION)
        chosen = days[span.select(days)]
        first, last = chosen[0], chosen[-1]
        closed = [trade for trade in trades if first <= trade.closed <= last]
        return TradeList(
            span=described(span, first, last),
            fills=tuple(fill for fill in fills if first <= fill.session <= last),
            closed=tuple(result_of(trade) for trade in closed),
            figures=trade_figures(closed),
        )

    def _recorded(self) -> tuple[tuple[SessionMark, ...], tuple[ClosedTrade, ...], tuple[Fill, ...]]:
        with self._engine.connect() as connection:
            ledger = Ledger(connection)
            return ledger.equity_curve(), ledger.closed_trades(), ledger.fills()
