"""The scout as a picker: shown a pool, heard once, silent with its cause."""

from collections.abc import Sequence

import pytest

from agents.brief import Evidence
from fund.discovery.picker import PickContext
from fund.errors import AnswerError, NoDataError
from fund.market.view import MarketView
from graph.context import RoleTurn
from graph.scouting import MOST_SHOWN, ScoutPicker
from support.evidence import a_candidate, an_evidence
from support.views import a_view

VIEW = a_view(AAPL=100, MSFT=50, SPY=200)
CONTEXT = PickContext(benchmark="SPY", universe=frozenset({"AAPL", "MSFT"}))


def a_turn(*picks: tuple[str, float], silent: str | None = None) -> RoleTurn:
    told = [{"ticker": t, "conviction": c, "reason": f"{t} rises"} for t, c in picks]
    answer = None if silent else {"picks": told, "summary": "s"}
    return RoleTurn(answer=answer, silent=silent, brief="", speaker="an LLM")


class Scouting:
    """A scout that answers from a script, and what it was shown."""

    def __init__(self, turn: RoleTurn, pool: Sequence[str] = ("AAPL", "MSFT")) -> None:
        self.shown: list[tuple[str, ...]] = []
        self.turn = turn
        self.picker = ScoutPicker(self.research, lambda evidence: self.turn, lambda: pool)

    def research(self, view: MarketView, tickers: Sequence[str]) -> Evidence:
        self.shown.append(tuple(tickers))
        return an_evidence(*(a_candidate(ticker) for ticker in tickers))


def test_picks_are_candidates_by_conviction() -> None:
    scouting = Scouting(a_turn(("MSFT", 0.2), ("AAPL", 0.9)))
    found = scouting.picker.pick(VIEW, CONTEXT, 5)
    assert [(each.ticker, each.score, each.reasons, each.picker) for each in found] == [
        ("AAPL", 0.9, ("AAPL rises",), "scout"),
        ("MSFT", 0.2, ("MSFT rises",), "scout"),
    ]
    assert scouting.picker.turn is scouting.turn
    assert len(scouting.picker.pick(VIEW, CONTEXT, 1)) == 1


def test_it_is_shown_each_name_of_the_universe_once_and_not_more_than_fit() -> None:
    many = [f"T{n:02d}" for n in range(50)]
    scouting = Scouting(a_turn(), ["NOPE", "T01", "T01", *many])
    scouting.picker.pick(VIEW, PickContext(benchmark="SPY", universe=frozenset(many)), 5)
    (shown,) = scouting.shown
    assert shown[0] == "T01"
    assert len(shown) == len(set(shown)) == MOST_SHOWN


def test_a_name_that_it_was_not_shown_is_no_pick() -> None:
    scouting = Scouting(a_turn(("MSFT", 0.5), ("AAPL", 0.4)), ["AAPL"])
    assert [each.ticker for each in scouting.picker.pick(VIEW, CONTEXT, 5)] == ["AAPL"]


def test_silence_has_its_cause_and_an_empty_pool_asks_nobody() -> None:
    silent = Scouting(a_turn(silent="budget: more than is left of today's 2 USD"))
    with pytest.raises(AnswerError, match="budget: more than is left"):
        silent.picker.pick(VIEW, CONTEXT, 5)
    nobody = Scouting(a_turn(), [])
    with pytest.raises(NoDataError, match="no name is known well enough"):
        nobody.picker.pick(VIEW, CONTEXT, 5)
    assert nobody.shown == []
