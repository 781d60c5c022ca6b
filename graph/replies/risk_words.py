"""The part of a performance answer that tells risk: against the benchmark, and the deepest drawdown."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import figure, interval, percent, table
from tools.track_record import PerformanceReport

SIGNED = frozenset({"alpha"})


def against_table(report: PerformanceReport) -> Iterator[ChatEvent]:
    """Yield how the desk moves with its benchmark, each figure with its interval and n."""
    yield from table(
        f"Against the benchmark, {report.span}",
        ("Figure", "Value", "95% interval", "n"),
        [
            (
                own.name,
                figure(own, signed=own.name in SIGNED),
                interval(own, signed=own.name in SIGNED),
                own.n,
            )
            for own in report.against
        ],
    )


def fall_words(report: PerformanceReport) -> str:
    """Say when the deepest drawdown began, ended and was made good; nothing where there was none."""
    fall = report.deepest
    if fall is None:
        return ""
    back = f"was made good on {fall.recovered.isoformat()}" if fall.recovered else "is not made good yet"
    return (
        f" The deepest drawdown, {percent(fall.depth)}, went from {fall.peak.isoformat()} to "
        f"{fall.trough.isoformat()} and {back}."
    )
