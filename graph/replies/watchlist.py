"""How the watchlist is told."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, Cell, cell, percent, plural, quote, say, table, usd
from tools.watchlist import WatchedName, WatchlistReport

COLUMNS = ("Ticker", "Name", "Last close", "20 sessions", "Held", "Before the committee")


def watchlist_reply(report: WatchlistReport) -> Iterator[ChatEvent]:
    """Say which names are watched, by whom, which of them nobody is asked about, and what was discovered."""
    if not report.names:
        yield from say('The watchlist is empty. Say for example "watch AAPL" to put a name on it.')
    else:
        yield from _manual(report)
    if report.discovered:
        yield from _discovered(report)


def _manual(report: WatchlistReport) -> Iterator[ChatEvent]:
    names = ", ".join(quote(each.ticker) for each in report.names)
    yield from say(f"{plural(len(report.names), 'name')} of at most {report.most} on the watchlist: {names}.")
    unasked = [each.ticker for each in report.names if not each.may_be_bought and not each.held]
    if unasked:
        yield from say(
            f" The committee is not asked about {', '.join(unasked)}: the mandate does not let it be bought."
        )
    yield from table(
        f"Watchlist at the close of {report.session.isoformat()}",
        (*COLUMNS, "Added by", "Added (UTC)"),
        [(*_cells(each), cell(each.added_by), f"{each.added_at:%Y-%m-%d %H:%M}") for each in report.names],
    )


def _discovered(report: WatchlistReport) -> Iterator[ChatEvent]:
    count = plural(len(report.discovered), "name")
    yield from say(
        f" Discovered: {count} of at most {report.most_discovered}; up to {report.before_committee} of them "
        "take a place before the committee."
    )
    yield from table(
        f"Discovered, at the close of {report.session.isoformat()}",
        (*COLUMNS, "Why", "Added (UTC)"),
        [(*_cells(each), cell(each.reason), f"{each.added_at:%Y-%m-%d %H:%M}") for each in report.discovered],
    )


def _cells(each: WatchedName) -> tuple[Cell, ...]:
    return (
        each.ticker,
        cell(each.name),
        usd(each.price) if each.price is not None else MISSING,
        percent(each.return_20, signed=True),
        "yes" if each.held else "no",
        "yes" if each.held or each.may_be_bought else "no",
    )
