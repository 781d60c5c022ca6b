"""The landing page: real figures for the owner, the name and the mode for everybody else."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path
from string import Template
from typing import Literal

from desk.web.face import HealthItem, StatusPage, TrackRecord
from fund.risk.breaker import CAUSES
from tools.breaker import BreakerStanding

_PAGE = Template((Path(__file__).with_name("landing.html")).read_text(encoding="utf-8"))
_UNKNOWN = "unknown"
_MODES = {
    "replay": (
        "Replay mode",
        "The desk plays real data of the past; its clock stands where it was left.",
    ),
    "live": ("Live mode", "The desk runs on the real clock and trades on paper."),
}
TRADING_WORDS = {
    "running": "Trading running, breaker closed",
    "reducing": "Trading may only reduce, breaker reducing",
    "paused": "Trading paused, breaker open",
    "halted": "Trading halted, breaker open",
}
_WIDTH, _HEIGHT, _MARGIN = 640.0, 120.0, 4.0


def closed_page(mode: Literal["replay", "live"]) -> str:
    """Write the page anybody may see: what this is, its mode, and the way in. No figures."""
    name, meaning = _MODES[mode]
    body = (
        "<h1>An AI investment committee you can talk to</h1>"
        f'<p class="lead">{escape(meaning)}</p>'
        '<p><a class="button" href="/chat/login">Log in</a></p>'
        '<p class="note">The link that the desk printed when it started logs you in without a password.</p>'
    )
    return _page(title="Conclave", badges=_badge(name), body=body)


def refused_page() -> str:
    """Write the page for an entry link that is not this process's."""
    body = (
        "<h1>This link is no longer valid</h1>"
        '<p class="lead">It belongs to an earlier start of the desk, or was not copied whole. '
        "Use the link that the running desk printed, or log in with the password.</p>"
        '<p><a class="button" href="/chat/login">Log in</a></p>'
    )
    return _page(title="Conclave: link not valid", badges="", body=body)


def open_page(status: StatusPage) -> str:
    """Write the owner's page: mode, clock, book, record and health, as the desk states them now."""
    name, meaning = _MODES[status.mode]
    badges = _badge(name) + _badge(TRADING_WORDS[status.trading], warn=status.trading != "running")
    body = "".join(
        (
            f"<h1>{escape(_clock_line(status))}</h1>",
            f'<p class="lead">{escape(" ".join((meaning, _waiting(status))).strip())}</p>',
            '<p><a class="button" href="/chat/">Open the chat</a> '
            '<a class="button quiet" href="/dashboard">See the dashboard</a></p>',
            breaker_section(status.breaker),
            _figures(status),
            _record(status.record),
            health_section(status.health),
            f'<p class="note">Who thinks: {escape(status.provider)}. The money is paper.</p>',
        )
    )
    return _page(title=f"Conclave: {name}", badges=badges, body=body)


def sparkline(series: Sequence[Sequence[float]]) -> tuple[str, ...]:
    """Return one SVG path per series, drawn on one common scale; a series of one point is a dot's width."""
    values = [value for points in series for value in points]
    if not values:
        return ()
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return tuple(_path(points, low, span) for points in series if points)


def money(amount: Decimal) -> str:
    """Write USD with thousands and cents, the sign in front."""
    return f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"


def percent(fraction: float) -> str:
    """Write a fraction as a signed percentage with two decimals."""
    rounded = round(fraction * 100, 2)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):.2f} %"


def day(when: date | None) -> str:
    """Write a date so that no reader can mistake month and day."""
    return f"{when:%a} {when.day} {when:%b %Y}" if when else _UNKNOWN


def _clock_line(status: StatusPage) -> str:
    if status.session is None:
        return "The desk has not played a session yet"
    verb = "stands at" if status.mode == "replay" else "is at the session of"
    return f"The desk's clock {verb} {day(status.session)}"


def _waiting(status: StatusPage) -> str:
    return f"It is {status.waits_for}." if status.waits_for else ""


def breaker_section(standing: BreakerStanding | None) -> str:
    """Say why the breaker is not closed, and hold every level for a resume beside what was measured."""
    if standing is None or standing.status.state == "closed":
        return ""
    status = standing.status
    latched = ", latched until a person resumes" if status.latched else ""
    since = f"{status.since:%Y-%m-%d %H:%M} UTC" if status.since else _UNKNOWN
    by = f"Set by {status.changed_by} at {since}{latched}."
    why = f"{CAUSES[status.cause].capitalize()}: {status.reason}. {by}"
    rows = "".join(
        f'<li class="{"ok" if each.met else "bad"}">{escape(each.sentence)}</li>'
        for each in standing.evidence
    )
    proposed = (
        "The desk proposes to resume. " if standing.proposed else ""
    ) + "Only a person resumes: say resume trading in the chat."
    return (
        f"<section><h2>Circuit breaker {escape(status.state)}</h2><p>{escape(why)}</p>"
        f'<ul class="health">{rows}</ul><p class="note">{escape(proposed)}</p></section>'
    )


def _figures(status: StatusPage) -> str:
    cells = [
        ("Equity", _UNKNOWN if status.equity is None else money(status.equity)),
        ("Cash", _UNKNOWN if status.cash is None else money(status.cash)),
        ("Positions", str(status.positions)),
        ("Next session", day(status.next_session) if status.next_session else "none left"),
    ]
    if status.unplayed_sessions is not None:
        cells.append(("Sessions left to play", str(status.unplayed_sessions)))
    items = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in cells)
    return f'<dl class="figures">{items}</dl>'


def _record(record: TrackRecord | None) -> str:
    if record is None:
        return '<p class="note">No session has been played, so there is no return to show.</p>'
    over = (
        f"over {record.sessions} session{'' if record.sessions == 1 else 's'}, after costs, net of deposits"
    )
    beside = (
        f"{escape(record.benchmark)} is not known over the same sessions"
        if record.benchmark_fraction is None
        else f"{escape(record.benchmark)} {percent(record.benchmark_fraction)} over the same sessions"
    )
    return (
        '<section class="record"><h2>Return since the start</h2>'
        f'<p class="return"><strong>{percent(record.return_fraction)}</strong> {over}; {beside}.</p>'
        f"{_chart(record)}</section>"
    )


def _chart(record: TrackRecord) -> str:
    paths = sparkline([record.equity, record.benchmark_equity])
    if len(record.equity) < 2:
        return ""
    label = escape(f"Equity over {record.sessions} sessions beside {record.benchmark}", quote=True)
    kinds = ("book", "benchmark")
    drawn = "".join(f'<path class="{kind}" d="{path}"/>' for kind, path in zip(kinds, paths, strict=False))
    legend = '<span class="key book">Book</span>'
    if record.benchmark_equity:
        legend += f'<span class="key benchmark">{escape(record.benchmark)}, same money</span>'
    return (
        f'<svg class="spark" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{label}" '
        f'preserveAspectRatio="none">{drawn}</svg><p class="legend">{legend}</p>'
    )


def _path(points: Sequence[float], low: float, span: float) -> str:
    step = (_WIDTH - 2 * _MARGIN) / max(len(points) - 1, 1)
    height = _HEIGHT - 2 * _MARGIN
    placed = (
        f"{_MARGIN + i * step:.1f} {_MARGIN + height * (1 - (value - low) / span):.1f}"
        for i, value in enumerate(points)
    )
    return "M" + "L".join(placed)


def health_section(items: Iterable[HealthItem]) -> str:
    """Write what must work, and whether it does."""
    rows = "".join(
        f'<li class="{"ok" if item.ok else "bad"}"><span>{"Working" if item.ok else "Failing"}</span> '
        f"{escape(item.name)}{f': {escape(item.detail)}' if item.detail else ''}</li>"
        for item in items
    )
    return f'<section><h2>Health</h2><ul class="health">{rows}</ul></section>' if rows else ""


def _badge(text: str, *, warn: bool = False) -> str:
    return f'<span class="badge{" warn" if warn else ""}">{escape(text)}</span>'


def _page(*, title: str, badges: str, body: str) -> str:
    return _PAGE.substitute(title=escape(title), badges=f'<p class="badges">{badges}</p>', body=body)
