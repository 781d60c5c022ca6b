"""Answers about results: performance beside the benchmark, with intervals, and what was traded."""

from collections.abc import Iterator, Sequence

from graph.chat_events import Chart, ChatEvent
from graph.intent import Extreme
from graph.replies.phrases import (
    Cell,
    figure,
    interval,
    number,
    percent,
    plural,
    points,
    say,
    shares,
    table,
    usd,
)
from graph.replies.risk_words import SIGNED, against_table, fall_words
from tools.figures import Figure
from tools.periods import PeriodReturn, PeriodReturns
from tools.portfolio import Income
from tools.track_record import Comparison, EquityChart, PerformanceReport, TradeList, TradeResult

SHOWN_FILLS = 200
COSTS = "costs"
"""What trading cost, asked for as a statistic is."""
EXTREME_SESSIONS = ("best session", "worst session")
"""The best and the worst day of the account, asked for as statistics are."""


def performance_reply(
    report: PerformanceReport, chart: EquityChart, statistic: str = ""
) -> Iterator[ChatEvent]:
    """Say how the desk has done, against what, and how sure one can be; first the statistic asked for."""
    yield from say(_asked_for(report, statistic))
    yield from say(_headline(report))
    yield from say(_verdict(report))
    yield from table(
        f"Performance, {report.span}",
        ("Figure", "Desk", "95% interval", "n", *(c.name for c in report.comparisons)),
        [*_rows(report.desk, report.comparisons), *_trade_rows(report.trades, report.comparisons)],
    )
    yield Chart(title=chart.title, figure=chart.figure)
    rest = _extremes(report) + fall_words(report)
    yield from say(f"\n\n{rest.lstrip() if statistic == COSTS else _costs(report) + rest}")
    yield from against_table(report)
    yield from table(
        "Daily values",
        ("Session", "Equity USD", "Return %", "Benchmark %", "Drawdown %"),
        [
            (
                day.session.isoformat(),
                float(day.equity),
                _hundredth(day.return_fraction),
                _hundredth(day.benchmark_return),
                _hundredth(day.drawdown),
            )
            for day in chart.values
        ],
    )


def income_reply(income: Income) -> Iterator[ChatEvent]:
    """Say what dividends have brought and what fees have cost."""
    yield from say(
        f"Up to the close of {income.session.isoformat()} the desk has received {usd(income.dividends)} in "
        f"dividends and paid {usd(income.fees)} in fees, since the start; both are in its returns."
    )


def periods_reply(told: PeriodReturns) -> Iterator[ChatEvent]:
    """Say which calendar periods were best and worst, and how often the benchmark was beaten."""
    ranked = sorted(told.periods, key=lambda period: period.desk)
    compared = [(p.desk, p.benchmark) for p in told.periods if p.benchmark is not None]
    beaten = sum(1 for desk, other in compared if desk > other)
    ends = f"the best {told.unit} was {_period(ranked[-1], told.benchmark)}"
    if len(ranked) > 1:
        ends += f", the worst {_period(ranked[0], told.benchmark)}"
    versus = f"; {told.benchmark} was beaten in {beaten} of {len(compared)}" if compared else ""
    yield from say(
        f"From {told.first.isoformat()} to {told.last.isoformat()}, net of deposits "
        f"and costs, {ends}{versus}. The first and the last {told.unit} may be incomplete."
    )
    yield from table(
        f"Returns by {told.unit}",
        (told.unit.capitalize(), "Desk", f"{told.benchmark} (total return)", "Sessions"),
        [
            (p.period, percent(p.desk, signed=True), percent(p.benchmark, signed=True), p.sessions)
            for p in told.periods
        ],
    )


def _period(period: PeriodReturn, benchmark: str) -> str:
    moved = percent(period.desk, signed=True)
    return f"{period.period} with {moved} ({benchmark} {percent(period.benchmark, signed=True)})"


def trades_reply(trades: TradeList, statistic: str = "", extreme: Extreme = "") -> Iterator[ChatEvent]:
    """Say what was traded over a span and how the closed trades ended; first what was asked for."""
    if not trades.fills and not trades.closed:
        yield from say(f"Nothing was traded ({trades.span}).")
        return
    bought = sum(1 for fill in trades.fills if fill.side == "buy")
    yield from say(_at_the_end(trades.closed, extreme) or _figure_asked(trades.figures, statistic))
    were = "was" if len(trades.fills) == 1 else "were"
    yield from say(
        f"There {were} {plural(len(trades.fills), 'fill')} ({trades.span}): {plural(bought, 'buy')} and "
        f"{plural(len(trades.fills) - bought, 'sale')}. "
        f"{plural(len(trades.closed), 'position')} came to an end. {_win_rate(trades.figures)}"
        f"{_best_and_worst(trades.closed)}"
    )
    listed = trades.fills[:SHOWN_FILLS]
    yield from table(
        "Fills" if len(listed) == len(trades.fills) else f"Fills, the last {SHOWN_FILLS}",
        ("Session", "Ticker", "Side", "Shares", "Price", "Commission"),
        [
            (
                f.session.isoformat(),
                f.ticker,
                f.side,
                shares(f.quantity),
                f"${f.price:,.4f}",
                usd(f.commission),
            )
            for f in listed
        ],
    )
    ended = sorted(trades.closed, key=lambda trade: -trade.profit)
    yield from table(
        "Closed trades, best first",
        ("Ticker", "Opened", "Closed", "Profit", "Return"),
        [
            (
                t.ticker,
                t.opened.isoformat(),
                t.closed.isoformat(),
                usd(t.profit, signed=True),
                percent(t.return_fraction, signed=True),
            )
            for t in ended
        ],
    )


def _asked_for(report: PerformanceReport, statistic: str) -> str:
    """Tell one figure of the report; nothing where none was asked for."""
    if statistic == COSTS:
        return f"{_costs(report)} "
    if statistic in EXTREME_SESSIONS:
        return _session_asked(report, statistic)
    at = next((at for at, own in enumerate(report.desk) if own.name == statistic), None)
    beside = report.comparisons if at is not None else ()
    others = "".join(f"; {c.name}: {figure(c.figures[at])}" for c in beside if at is not None)
    return _figure_asked((*report.desk, *report.against, *report.trades), statistic, others)


def _session_asked(report: PerformanceReport, statistic: str) -> str:
    """Tell the best or the worst session with its day."""
    own = next((own for own in report.desk if own.name == statistic), None)
    day = report.best_day if statistic == EXTREME_SESSIONS[0] else report.worst_day
    if own is None or day is None:
        return ""
    name = f"{statistic[:1].upper()}{statistic[1:]}"
    return f"{name}: {day.isoformat()}, {figure(own, signed=True)} (of {plural(own.n, 'session')}). "


def _figure_asked(told: Sequence[Figure], statistic: str, others: str = "") -> str:
    """Tell one figure with its interval and size; nothing where it is not among those told."""
    own = next((own for own in told if own.name == statistic), None)
    if own is None:
        return ""
    signed = own.name.endswith("return") or own.name in SIGNED
    told_as = figure(own, signed=own.name in SIGNED)
    name = own.name[0].upper() + own.name[1:]
    return f"{name}: {told_as} (95% interval: {interval(own, signed=signed)}, n = {own.n}){others}. "


def _headline(report: PerformanceReport) -> str:
    total = report.desk[0]
    against = "".join(
        f", {comparison.name} {figure(comparison.figures[0], signed=True)}"
        for comparison in report.comparisons
    )
    between = interval(total) if total.low is not None else total.note
    return (
        f"The desk returned {figure(total, signed=True)}{against} ({report.span}; "
        f"{plural(report.sessions, 'session')} from the close of {report.base.isoformat()}, net of deposits "
        f"and costs). The 95% interval of its return: {between}. Equity is {usd(report.equity)}, a profit of "
        f"{usd(report.profit, signed=True)}."
    )


def _verdict(report: PerformanceReport) -> str:
    above = report.above_benchmark
    if report.note:
        return f" {report.note[0].upper()}{report.note[1:]}."
    if above is None or above.value is None or above.low is None or above.high is None:
        return " The benchmark has no price for every session, so nothing is compared."
    side = "ahead of" if above.value >= 0 else "behind"
    chance = (
        "the interval includes zero, so this cannot be told from chance"
        if above.low <= 0 <= above.high
        else "the interval does not include zero"
    )
    return (
        f" It is {points(abs(above.value))} {side} the benchmark (95% interval of the difference "
        f"{interval(above)}, n = {above.n}): {chance}."
    )


def _rows(desk: tuple[Figure, ...], comparisons: tuple[Comparison, ...]) -> list[tuple[Cell, ...]]:
    return [
        (
            own.name,
            figure(own, signed=own.name.endswith("return")),
            interval(own, signed=own.name.endswith("return")),
            own.n,
            *(figure(c.figures[at], signed=own.name.endswith("return")) for c in comparisons),
        )
        for at, own in enumerate(desk)
    ]


def _trade_rows(trades: tuple[Figure, ...], comparisons: tuple[Comparison, ...]) -> list[tuple[Cell, ...]]:
    return [
        (
            f"{own.name} (n = trades)",
            figure(own),
            interval(own, signed=False),
            own.n,
            *("" for _ in comparisons),
        )
        for own in trades
    ]


def _win_rate(figures: tuple[Figure, ...]) -> str:
    rate = figures[0]
    if rate.value is None:
        return ""
    between = interval(rate, signed=False)
    return f"The win rate of those closed is {percent(rate.value)} (95% interval {between}, n = {rate.n})."


def _at_the_end(closed: tuple[TradeResult, ...], extreme: Extreme) -> str:
    """Tell the closed trade that made or lost most, where it is asked for."""
    if not closed or extreme not in ("best", "worst"):
        return ""
    ranked = sorted(closed, key=lambda trade: trade.profit)
    trade = ranked[-1 if extreme == "best" else 0]
    return (
        f"The {extreme} closed trade was {trade.ticker}, {usd(trade.profit, signed=True)} "
        f"({percent(trade.return_fraction, signed=True)}), from {trade.opened.isoformat()} to "
        f"{trade.closed.isoformat()}. "
    )


def _best_and_worst(closed: tuple[TradeResult, ...]) -> str:
    """Name the closed trades at both ends, where there are several; open positions are not among them."""
    if len(closed) < 2:
        return ""
    ranked = sorted(closed, key=lambda trade: trade.profit)
    ends = f"The best made {_listed((ranked[-1],))}, the worst {_listed((ranked[0],))}"
    return f" {ends}; open positions are not counted."


def _costs(report: PerformanceReport) -> str:
    costs = report.costs
    return (
        f"{plural(costs.fills, 'fill')} traded {usd(costs.traded)}, a turnover of "
        f"{number(costs.turnover)} times mean equity, at {usd(costs.commissions)} commission; slippage is "
        "inside the fill prices."
    )


def _extremes(report: PerformanceReport) -> str:
    best, worst = _listed(report.best), _listed(report.worst)
    text = f" Best closed trades: {best}." if best else ""
    return text + (f" Worst: {worst}." if worst else "")


def _listed(trades: tuple[TradeResult, ...]) -> str:
    return ", ".join(f"{t.ticker} {usd(t.profit, signed=True)}" for t in trades)


def _hundredth(value: float | None) -> float | None:
    return None if value is None else round(value * 100, 4)
