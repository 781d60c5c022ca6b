"""What a book made of forecasts left after costs, as a card states it."""

from dataclasses import dataclass

from fund.metrics.inference import Interval

CARD_COST_BPS = 5.0
"""What the one Sharpe ratio that is looked at first is net of, a side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetFigure:
    """A book's return beyond the equal weight of the same names, net of one cost."""

    cost_bps: float
    """Of traded value, each side."""
    mean: Interval
    """Yearly, a fraction; its interval allows for overlapping labels."""
    sharpe: Interval | None
    """Yearly; its interval allows for overlap too. None where the returns do not vary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFigures:
    """A book made of the best, or of the best and the worst, tenth of the forecasts."""

    book: str
    """`long-short` (the best tenth less the worst, gross 2) or `long-only`."""
    turnover: Interval
    """Traded value at a rebalancing as a fraction of equity; 4 is all of a long-short book."""
    net: tuple[NetFigure, ...]
    """By rising cost; `mean.n` is how many sessions a book was begun on."""


def sharpe_at(books: tuple[BookFigures, ...], book: str, cost_bps: float) -> Interval | None:
    """Return a book's yearly Sharpe ratio net of one cost; None where there is none."""
    named = (figure for each in books if each.book == book for figure in each.net)
    return next((figure.sharpe for figure in named if figure.cost_bps == cost_bps), None)
