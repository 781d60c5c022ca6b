"""Cards at the terminal: no figure without interval and sample, none without what asks for no skill."""

import io

import pytest
from rich.console import Console

from desk.shown_cards import cards_told
from fund.forecasting.book_figures import CARD_COST_BPS, BookFigures, NetFigure
from support.forecasters import a_card, an_interval

LONG = "attention-lab-tuned-0123456789ab"
BOOK = BookFigures(
    book="long-short",
    turnover=an_interval(2.0),
    net=(NetFigure(cost_bps=CARD_COST_BPS, mean=an_interval(0.01), sharpe=an_interval(0.4)),),
)


def told(*cards, width: int = 80, claims: int = 1) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False)
    console.print(cards_told(cards, claims=claims))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_every_figure_stands_beside_its_interval_and_what_asks_for_no_skill() -> None:
    card = a_card(books=(BOOK,), always_up=an_interval(0.5), equal_weight_sharpe=an_interval(0.9))
    said = " ".join(told(card).split())
    assert "rank IC +0.0300 (+0.0100 to +0.0500, n = 250): edge" in said
    assert "on the same names momentum +0.0100" in said
    assert "hit rate 51.0% (49.0% to 53.0%, n = 250); always up 50.0% (48.0% to 52.0%, n = 250)" in said
    assert "Sharpe +0.4 (+0.4 to +0.4, n = 250), long-short, net of 5 bp a side" in said
    assert "equal weight of all names, before costs, +0.9 (+0.9 to +0.9, n = 250)" in said
    assert "made names" in said


def test_an_edge_is_one_only_among_all_that_were_claimed() -> None:
    assert ": edge among 2 claims" in " ".join(told(a_card(), claims=2).split())
    assert ": no edge among 1000 claims" in " ".join(told(a_card(), claims=1000).split())


def test_what_is_not_known_is_said_to_be() -> None:
    bare = a_card(rank_ic=None, hit_rate=None, baseline_rank_ic={}, test_first=None, test_last=None)
    said = " ".join(told(bare).split())
    assert "no session out of sample" in said
    assert said.count("too few sessions") == 5
    assert "on the same names" not in said


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_version_is_never_cut_because_promote_is_told_it(width: int) -> None:
    said = told(a_card(version=LONG), a_card(), width=width)
    assert LONG in said
    assert "gbm-0123456789ab" in said
    assert all(len(line) <= width for line in said.splitlines())
