"""How the watchlist is told."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, percent, plural, quote, say, table, usd
from tools.watchlist import WatchlistReport


def watchlist_reply(report: WatchlistReport) -> Iterator[ChatEvent]:
    """Say which names are watched, by whom, and which of them the committee is not asked about."""
    if not report.names:
        yield from say('The watchlist is empty. Say for example "watch AAPL" to put a name on it.')
        return
    names = ", ".join(quote(each.ticker) for each in report.names)
    yield from say(f"{plural(len(report.names), 'name')} of at most {report.most} on the watchlist: {names}.")
    unasked = [each.ticker for each in report.names if not each.may_be_bought and not each.held]
    if unasked:
        yield from say(
            f" The committee is not asked about {', '.join(unasked)}: the mandate does not let it be bought."
        )
    yield from table(
        f"Watchlist at the close of {report.session.isoformat()}",
        (
            "Ticker",
            "Name",
            "Last close",
            "20 sessions",
            "Held",
            "Before the committee",
            "Added by",
            "Added (UTC)",
        ),
        [
            (
                each.ticker,
                cell(each.name),
                usd(each.price) if each.price is not None else MISSING,
                percent(each.return_20, signed=True),
                "yes" if each.held else "no",
                "yes" if each.held or each.may_be_bought else "no",
                cell(each.added_by),
                f"{each.added_at:%Y-%m-%d %H:%M}",
            )
            for each in report.names
        ],
    )
