"""Answers that put the desk beside other things, and those about its drawdowns."""

from collections.abc import Iterator

from graph.chat_events import Chart, ChatEvent
from graph.replies.phrases import Cell, figure, percent, plural, points, say, table
from tools.comparison import Compared, SideBySide
from tools.drawdowns import DrawdownEpisode, DrawdownReport
from tools.figures import Figure
from tools.track_record import EquityChart


def comparison_reply(found: SideBySide, drawn: dict[str, object] | None = None) -> Iterator[ChatEvent]:
    """Say how the desk did beside each of the others, and whether that can be told from chance."""
    desk = found.desk.figures[0]
    yield from say(
        f"The desk returned {figure(desk, signed=True)} ({found.span}; {plural(found.sessions, 'session')} "
        f"from the close of {found.base.isoformat()}, net of deposits and costs)."
    )
    for other in found.others:
        yield from say(f" {_beside(other)}")
    if found.left_out:
        yield from say(f" Not compared: {'; '.join(found.left_out)}.")
    names = ("Desk", *(other.name for other in found.others))
    yield from table(
        f"Side by side, {found.span}",
        ("Figure", *names, "n"),
        [_row(at, own, found) for at, own in enumerate(found.desk.figures)],
    )
    if drawn is not None:
        yield Chart(title=f"Desk and others, {found.span}", figure=drawn)
    yield from table(
        f"Desk above each, {found.span}",
        ("Beside", "Desk above", "95% interval", "n"),
        [
            (other.name, points(above.value), _interval(above), above.n)
            for other in found.others
            if (above := other.desk_above) is not None and above.value is not None
        ],
    )


def drawdowns_reply(report: DrawdownReport, chart: EquityChart | None = None) -> Iterator[ChatEvent]:
    """Say how deep the desk fell, from when to when, and where it stands below its highest close now."""
    if not report.deepest:
        yield from say(f"The desk had no drawdown ({report.span}): every close was a new high.")
        return
    first = report.deepest[0]
    now = (
        f"It closed {percent(-report.now)} below the highest close of the span"
        if report.now
        else "It closed at the highest close of the span"
    )
    yield from say(
        f"The deepest drawdown was {percent(first.depth)} ({report.span}, net of deposits): from the peak of "
        f"{first.peak.isoformat()} to {first.trough.isoformat()}, {_back(first)}. {now} on "
        f"{report.last.isoformat()}; {report.sessions_below} of {plural(report.sessions, 'session')} closed "
        f"below an earlier high, in {plural(report.count, 'drawdown')}."
    )
    yield from table(
        f"Deepest drawdowns, {report.span}",
        ("Depth", "Peak", "Trough", "Recovered", "Sessions down", "Sessions to recover"),
        [
            (
                percent(each.depth),
                each.peak.isoformat(),
                each.trough.isoformat(),
                each.recovered.isoformat() if each.recovered else "not yet",
                each.sessions_down,
                each.sessions_to_recover,
            )
            for each in report.deepest
        ],
    )
    if chart is not None:
        yield Chart(title=chart.title, figure=chart.figure)


def _beside(other: Compared) -> str:
    above = other.desk_above
    said = f"{other.name}: {figure(other.figures[0], signed=True)}"
    if above is None or above.value is None:
        return f"{said}."
    side = "above" if above.value >= 0 else "below"
    said += f", the desk {points(abs(above.value))} {side} it"
    if above.low is None or above.high is None:
        return f"{said} ({above.note})."
    chance = (
        "which cannot be told from chance" if above.low <= 0 <= above.high else "more than chance explains"
    )
    return f"{said} (95% interval {_interval(above)}, n = {above.n}), {chance}."


def _interval(above: Figure) -> str:
    if above.low is None or above.high is None:
        return above.note
    return f"{points(above.low)} to {points(above.high)}"


def _row(at: int, own: Figure, found: SideBySide) -> tuple[Cell, ...]:
    signed = own.name.endswith("return")
    cells = (figure(each.figures[at], signed=signed) for each in (found.desk, *found.others))
    return (own.name, *cells, own.n)


def _back(episode: DrawdownEpisode) -> str:
    down = plural(episode.sessions_down, "session")
    if episode.recovered is None or episode.sessions_to_recover is None:
        return f"{down} down, not recovered yet"
    up = plural(episode.sessions_to_recover, "session")
    return f"{down} down, recovered on {episode.recovered.isoformat()} after {up} more"
