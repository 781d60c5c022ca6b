"""Answers that are pictures first: what the desk did in a name, and how its holdings move together."""

from collections.abc import Iterator

from graph.chat_events import Chart, ChatEvent
from graph.replies.phrases import number, percent, plural, say, shares, table, usd
from tools.candles import CandleChart
from tools.correlations import CorrelationMap, PairCorrelation
from tools.verdict import EXIT_NAMES


def candles_reply(chart: CandleChart) -> Iterator[ChatEvent]:
    """Say how a ticker went and what the desk did in it, and draw both."""
    bought = sum(1 for mark in chart.marks if mark.side == "buy")
    sold, closed = len(chart.marks) - bought, sum(1 for mark in chart.marks if mark.exit_rule)
    by_exit = f", {closed} of them by an exit" if closed else ""
    did = (
        f"the desk bought {plural(bought, 'time')} and sold {plural(sold, 'time')}{by_exit}"
        if chart.marks
        else "the desk did not trade it"
    )
    holds = " and holds it now" if chart.held else ""
    yield from say(
        f"From {chart.first.isoformat()} to {chart.last.isoformat()} {chart.ticker} moved "
        f"{percent(chart.return_fraction, signed=True)} without dividends "
        f"({plural(chart.sessions, 'session')}); {did}{holds}."
    )
    if chart.splits:
        yield from say(
            f" It split {plural(chart.splits, 'time')}: prices and fills before are restated in the shares "
            f"of {chart.last.isoformat()}."
        )
    if chart.weekly:
        yield from say(" Each candle is a week; shorter spans show every session.")
    force = [stop for stop in chart.stops if stop.in_force]
    if force:
        told = ", ".join(f"{EXIT_NAMES.get(s.rule, s.rule)} {usd(s.level)}" for s in force)
        yield from say(f" In force on the next close: {told}.")
    yield Chart(title=f"{chart.ticker} with the desk's trades", figure=chart.figure)
    yield from table(
        f"Trades in {chart.ticker}",
        ("Session", "Side", "Shares", "Price", "On the chart", "By"),
        [
            (
                mark.session.isoformat(),
                mark.side,
                shares(mark.quantity),
                usd(mark.paid),
                usd(mark.price),
                EXIT_NAMES.get(mark.exit_rule, mark.exit_rule) or "the committee or a limit",
            )
            for mark in chart.marks
        ],
    )


def correlations_reply(found: CorrelationMap) -> Iterator[ChatEvent]:
    """Say which holdings move together most, and draw them all."""
    closest = found.closest[0]
    yield from say(
        f"{closest.first} and {closest.second} move together most, with a correlation of "
        f"{_pair(closest)}; the mean over the pairs of {plural(len(found.tickers), 'holding')} is "
        f"{number(found.mean)} ({plural(found.sessions, 'session')} to {found.session.isoformat()})."
    )
    if found.farthest is not None:
        last = found.farthest
        yield from say(f" Least alike are {last.first} and {last.second} at {_pair(last)}.")
    yield from say(
        f" On the map all are pulled {percent(found.shrinkage, digits=0)} of the way to zero, because "
        f"{found.sessions} sessions are noise in part."
    )
    if found.left_out:
        yield from say(f" Left out, for want of sessions or of room: {', '.join(found.left_out)}.")
    yield Chart(title="Correlation of the holdings", figure=found.figure)
    yield from table(
        "Closest pairs",
        ("Pair", "Correlation", "95% interval"),
        [(f"{pair.first}, {pair.second}", number(pair.correlation), _bounds(pair)) for pair in found.closest],
    )


def _pair(pair: PairCorrelation) -> str:
    return f"{number(pair.correlation)} (95% interval {_bounds(pair)})"


def _bounds(pair: PairCorrelation) -> str:
    if pair.low is None or pair.high is None:
        return "n/a"
    return f"{number(pair.low)} to {number(pair.high)}"
