"""How the watchlist looks in a terminal."""

from rich.console import RenderableType
from rich.table import Table

from tools.watchlist import WatchedName, WatchlistReport

COLUMNS = ("Ticker", "Name", "Last close", "20 sessions", "Held", "Committee")


def watchlist_tables(report: WatchlistReport) -> tuple[RenderableType, ...]:
    """Return the owner's half, a line a name, or a sentence where it is empty; the discovered half below."""
    told: list[RenderableType] = ["The watchlist is empty; `desk watch AAPL` puts a name on it."]
    if report.names:
        table = Table(*COLUMNS, "Added by", "Added (UTC)")
        for each in report.names:
            table.add_row(*_cells(each), each.added_by, f"{each.added_at:%Y-%m-%d %H:%M}")
        told = [table]
    if report.discovered:
        found = Table(*COLUMNS, "Why", "Added (UTC)", title="Discovered")
        for each in report.discovered:
            found.add_row(*_cells(each), each.reason, f"{each.added_at:%Y-%m-%d %H:%M}")
        told.append(found)
    return tuple(told)


def _cells(each: WatchedName) -> tuple[str, ...]:
    return (
        each.ticker,
        each.name,
        f"{each.price:,.2f}" if each.price is not None else "unknown",
        f"{each.return_20:+.2%}" if each.return_20 is not None else "unknown",
        "yes" if each.held else "no",
        "looks at it" if each.held or each.may_be_bought else "may not buy it",
    )
