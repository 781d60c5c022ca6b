"""Answers about shocks: what they would do to the book, and what the figures rest on."""

from collections.abc import Iterator

from fund.risk.stress import StressResult
from graph.chat_events import ChatEvent
from graph.replies.phrases import cell, percent, plural, quote, say, table, usd
from tools.stress import StressReport

NO_FORECAST = "These are cases to be ready for, not forecasts: no probability belongs to them."


def stress_reply(report: StressReport) -> Iterator[ChatEvent]:
    """Say what one scenario would do by position, or what each of them would do in total."""
    day = report.session.isoformat()
    if not any(result.positions for result in report.results):
        yield from say(
            f"Nothing is held at the close of {day}, so no shock moves the book: all of "
            f"{usd(report.equity)} is in cash."
        )
    elif len(report.results) == 1:
        yield from _one(report, report.results[0])
    else:
        yield from _each(report)


def _one(report: StressReport, result: StressResult) -> Iterator[ChatEvent]:
    sample = f" Estimated over {plural(result.sample, 'session')} or more." if result.sample else ""
    yield from say(
        f"{quote(result.description)}: the book of {report.session.isoformat()} would move by "
        f"{usd(result.pnl_usd, signed=True)}, {percent(result.fraction, signed=True)} of "
        f"{usd(report.equity)} equity. Moves: {quote(result.source)}.{sample} "
        f"{quote(' '.join(result.caveats), 1000)} {NO_FORECAST}"
    )
    yield from table(
        "Stress by position",
        ("Ticker", "Weight", "Move", "P&L", "Basis"),
        [
            (
                row.ticker,
                percent(row.weight),
                percent(row.move, signed=True),
                usd(row.pnl, signed=True),
                row.basis,
            )
            for row in result.positions
        ],
    )


def _each(report: StressReport) -> Iterator[ChatEvent]:
    worst = min(report.results, key=lambda result: (result.pnl_usd, result.scenario))
    yield from say(
        f"Of {plural(len(report.results), 'scenario')} over the book of {report.session.isoformat()} the "
        f"worst is {quote(worst.description)}: {usd(worst.pnl_usd, signed=True)}, "
        f"{percent(worst.fraction, signed=True)} of {usd(report.equity)} equity. {NO_FORECAST}"
    )
    yield from table(
        "Stress scenarios",
        ("Scenario", "What happens", "P&L", "Of equity", "Estimated over"),
        [
            (
                result.scenario,
                cell(result.description),
                usd(result.pnl_usd, signed=True),
                percent(result.fraction, signed=True),
                plural(result.sample, "session") if result.sample else "",
            )
            for result in report.results
        ],
    )
