"""How the watchlist looks in a terminal."""

from rich.console import RenderableType
from rich.table import Table

from tools.watchlist import WatchlistReport


def watchlist_table(report: WatchlistReport) -> RenderableType:
    """Return the watched names, a line each; a sentence where there are none."""
    if not report.names:
        return "The watchlist is empty; `desk watch AAPL` puts a name on it."
    columns = ("Ticker", "Name", "Last close", "20 sessions", "Held", "Committee", "Added by", "Added (UTC)")
    table = Table(*columns)
    for each in report.names:
        table.add_row(
            each.ticker,
            each.name,
            f"{each.price:,.2f}" if each.price is not None else "unknown",
            f"{each.return_20:+.2%}" if each.return_20 is not None else "unknown",
            "yes" if each.held else "no",
            "looks at it" if each.held or each.may_be_bought else "may not buy it",
            each.added_by,
            f"{each.added_at:%Y-%m-%d %H:%M}",
        )
    return table
