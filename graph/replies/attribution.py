"""Answers about where profit came from: the groups, largest first, and how little may be read into them."""

from collections.abc import Iterator

from graph.chat_events import Chart, ChatEvent
from graph.replies.phrases import Cell, figure, interval, percent, plural, role_title, say, table, usd
from tools.attribution import Attribution, AttributionPart, AttributionRow
from tools.attribution_chart import attribution_figure

NAMED = 3


def attribution_reply(found: Attribution) -> Iterator[ChatEvent]:
    """Say what the span brought and which groups of positions it came from."""
    yield from say(
        f"The profit of {usd(found.profit, signed=True)} ({found.span}) is "
        f"{percent(found.fraction, signed=True)} of the {usd(found.opening_equity)} it began with at the "
        f"close of {found.base.isoformat()}."
    )
    for part in found.parts:
        yield from say(f" {_told(part, found)}")
        yield Chart(title=_title(part, found), figure=attribution_figure(part.rows, _title(part, found)))
        yield from table(_title(part, found), _COLUMNS, [_row(row) for row in part.rows])


_COLUMNS = (
    "Group",
    "Profit",
    "Of equity",
    "Positions",
    "Mean return",
    "95% interval",
    "Price",
    "Dividends",
    "Fees",
    "Borrow",
    "Mean forecast",
)


def _title(part: AttributionPart, found: Attribution) -> str:
    by = role_title(part.name) if found.by == "role" else part.name
    return f"Profit by {by.lower()}, {found.span}"


def _told(part: AttributionPart, found: Attribution) -> str:
    gains = [row for row in part.rows if row.profit > 0]
    losses = [row for row in reversed(part.rows) if row.profit < 0]
    ends = []
    if gains:
        ends.append(f"most came from {_named(gains)}")
    if losses:
        ends.append(f"most was lost in {_named(losses)}")
    said = "; ".join(ends) or "no group gained or lost anything"
    who = f"{role_title(part.name)}: " if found.by == "role" else ""
    return (
        f"{who}{said if who else said[0].upper() + said[1:]}.{_difference(part)} Measured is {part.measured}."
    )


def _named(rows: list[AttributionRow]) -> str:
    return ", ".join(
        f"{row.name} ({usd(row.profit, signed=True)}, {plural(row.positions, 'position')})"
        for row in rows[:NAMED]
    )


def _difference(part: AttributionPart) -> str:
    told = part.difference
    if told is None:
        return ""
    if told.value is None:
        return f" Mean return, {told.name}: {told.note}."
    return (
        f" Mean return, {told.name}: {figure(told, signed=True)} (95% interval: {interval(told)}, "
        f"n = {told.n} positions)."
    )


def _row(row: AttributionRow) -> tuple[Cell, ...]:
    return (
        row.name,
        usd(row.profit, signed=True),
        percent(row.fraction, signed=True),
        row.positions,
        figure(row.mean_return, signed=True),
        interval(row.mean_return),
        usd(row.price, signed=True),
        usd(row.dividends),
        usd(row.fees),
        usd(row.borrow),
        percent(row.mean_forecast, signed=True) if row.mean_forecast is not None else "",
    )
