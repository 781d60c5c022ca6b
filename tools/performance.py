"""How the desk has done: returns net of deposits beside the benchmark, trades and costs."""

from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from db.ledger import Ledger
from fund.errors import QueryRefusedError
from fund.market.view import MarketView
from fund.portfolio.book import ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.session_mark import SessionMark
from tools.comparison import SideBySide, comparison_figure, named_tickers, side_by_side
from tools.decisions import Views
from tools.directory import Directory
from tools.drawdowns import DrawdownReport, drawdown_report
from tools.figures import profit_figures, trade_figures
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

    def __init__(
        self,
        engine: Engine,
        benchmark: str,
        universe: UniverseIndex | None = None,
        *,
        views: Views | None = None,
        directory: Callable[[], Directory] | None = None,
    ) -> None:
        self._engine = engine
        self._benchmark = benchmark
        self._universe = universe
        self._views = views
        self._directory = directory

    def performance(self, span: str = "all") -> PerformanceReport:
        """Return the desk's results over a span beside its benchmark's.

        Args:
            span: today, week, month, last month (of the calendar, as quarter and year), all, a number of
                sessions such as 30, or two dates such as 2016-05-01..2016-06-30.
        """
        return self.performance_over(parse_span(span))

    def trades(self, span: str = "all") -> TradeList:
        """Return the fills and the closed trades of a span.

        Args:
            span: today, week, month, quarter, year (the calendar's, to date), last month, all, a number of
                sessions, or two dates.
        """
        return self.trades_over(parse_span(span))

    def compare(self, tickers: Sequence[str] = (), span: str = "all") -> SideBySide:
        """Return the desk beside tickers and the members in equal parts: return, risk, and the difference.

        Args:
            tickers: Up to five tickers such as SPY or AAPL, or company names; left out, the benchmark.
            span: today, week, month, quarter, year (the calendar's, to date), last month, all, a number of
                sessions, or two dates.
        """
        return self.compare_over(tickers, parse_span(span))

    def drawdowns(self, span: str = "all") -> DrawdownReport:
        """Return the deepest drawdowns of a span with the dates of peak, trough and recovery.

        Args:
            span: today, week, month, quarter, year (the calendar's, to date), last month, all, a number of
                sessions, or two dates.
        """
        return self.drawdowns_over(parse_span(span))

    def compare_over(self, tickers: Sequence[str], span: Span) -> SideBySide:
        """Return the comparison of an already parsed span."""
        view, named = self._compared_with(tickers)
        return side_by_side(self._marks(), named, span, view, self._universe)

    def comparison_chart_over(self, tickers: Sequence[str], span: Span) -> dict[str, object]:
        """Return the same comparison as a Plotly figure."""
        view, named = self._compared_with(tickers)
        return comparison_figure(self._marks(), named, span, view, self._universe)

    def drawdowns_over(self, span: Span) -> DrawdownReport:
        """Return the drawdowns of an already parsed span."""
        chosen = with_base(self._marks(), span)
        return drawdown_report(chosen, described(span, chosen[1].session, chosen[-1].session))

    def performance_over(self, span: Span) -> PerformanceReport:
        """Return the report of an already parsed span."""
        marks, trades, fills = self._recorded()
        return report_of(marks, trades, fills, span, self._benchmark, self._universe)

    def equity_chart_over(self, span: Span) -> EquityChart:
        """Return the equity curve against the benchmark as a chart, with the daily values."""
        return chart_of(with_base(self._marks(), span), self._benchmark)

    def returns_by(self, unit: PeriodUnit, span: Span = ALL_SESSIONS) -> PeriodReturns:
        """Return the desk's and the benchmark's return for each calendar week, month, quarter or year."""
        return returns_by_period(with_base(self._marks(), span), unit, self._benchmark)

    def trades_over(self, span: Span) -> TradeList:
        """Return the trades of an already parsed span; they begin with the returns.

        What was decided on the first close fills at the second session.
        """
        marks, trades, fills = self._recorded()
        days = [mark.session for mark in marks[1:] or marks]
        if not days:
            raise QueryRefusedError(NO_SESSION)
        chosen = days[span.select(days)]
        first, last = chosen[0], chosen[-1]
        closed = [trade for trade in trades if first <= trade.closed <= last]
        return TradeList(
            span=described(span, first, last),
            fills=tuple(fill for fill in fills if first <= fill.session <= last),
            closed=tuple(result_of(trade) for trade in closed),
            figures=(*trade_figures(closed), *profit_figures(closed)),
        )

    def _compared_with(self, tickers: Sequence[str]) -> tuple[MarketView, tuple[str, ...]]:
        if self._views is None or self._directory is None:
            raise QueryRefusedError("no market is at hand to compare with; ask for the performance instead")
        return self._views(None), named_tickers(tickers, self._directory(), self._benchmark)

    def _marks(self) -> tuple[SessionMark, ...]:
        with self._engine.connect() as connection:
            return Ledger(connection).equity_curve()

    def _recorded(self) -> tuple[tuple[SessionMark, ...], tuple[ClosedTrade, ...], tuple[Fill, ...]]:
        with self._engine.connect() as connection:
            ledger = Ledger(connection)
            return ledger.equity_curve(), ledger.closed_trades(), ledger.fills()
