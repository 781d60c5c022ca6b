"""How cards look at the terminal: every figure with its interval, and beside it what asks for no skill."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fund.forecasting.book_figures import CARD_COST_BPS, sharpe_at
from fund.forecasting.edge import edge_of
from fund.forecasting.forecast import ForecasterCard
from fund.metrics.inference import Interval

BOOK = "long-short"


def cards_told(cards: Sequence[ForecasterCard], *, claims: int) -> RenderableType:
    """Return each card as a heading with its version, which is never cut, and a line a figure.

    `claims` is how many were judged on this desk: an edge is one only among all of them.
    """
    return Group(*(part for card in cards for part in (Text(_heading(card)), _figures(card, claims))))


def _heading(card: ForecasterCard) -> str:
    span = f"{card.test_first} to {card.test_last}" if card.test_first else "no session out of sample"
    return f"{card.version}: {card.horizon_sessions} ahead, {span}; {card.universe}"


def _figures(card: ForecasterCard, claims: int) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, told in _lines(card, claims):
        table.add_row(name, Text(told))
    return Padding(table, (0, 0, 0, 2))


def _lines(card: ForecasterCard, claims: int) -> Iterator[tuple[str, str]]:
    rivals = ", ".join(f"{name} {each.value:+.4f}" for name, each in sorted(card.baseline_rank_ic.items()))
    worth = edge_of(card.rank_ic, horizon_sessions=card.horizon_sessions, claims=claims).worth
    among = "" if claims == 1 else f" among {claims} claims"
    yield "rank IC", f"{_told(card.rank_ic, '+.4f')}: {worth}{among}"
    yield from [("", f"on the same names {rivals}")] if rivals else []
    yield "hit rate", f"{_told(card.hit_rate, '.1%')}; always up {_told(card.always_up, '.1%')}"
    sharpe = sharpe_at(card.books, BOOK, CARD_COST_BPS)
    yield "Sharpe", f"{_told(sharpe, '+.1f')}, {BOOK}, net of {CARD_COST_BPS:.0f} bp a side"
    yield "", f"equal weight of all names, before costs, {_told(card.equal_weight_sharpe, '+.1f')}"


def _told(figure: Interval | None, form: str) -> str:
    if figure is None:
        return "too few sessions"
    low, value, high = (format(each, form) for each in (figure.low, figure.value, figure.high))
    return f"{value} ({low} to {high}, n = {figure.n})"
