"""Pairs asked of a scan: those that are there with their distance, and none where there are none."""

from dataclasses import replace

import numpy as np
import pytest

from fund.errors import QueryRefusedError
from fund.metrics.false_discoveries import adjusted_yekutieli, benjamini_yekutieli
from fund.signals.pairs import Pairs
from graph.chat_events import Table, TextToken
from graph.replies.pairs import pairs_reply
from graph.topics.pairs import pairs_asked
from support.instruments import bundle_directory
from support.pairs import paired, wandering
from tools.pairs import MOST_NAMES, PairsReport, PairTools, scanned

NAMES = tuple(f"N{at:03d}" for at in range(12))


def told(found: PairsReport) -> tuple[str, list[Table]]:
    seen = list(pairs_reply(found))
    text = "".join(each.text for each in seen if isinstance(each, TextToken))
    return text, [each for each in seen if isinstance(each, Table)]


def test_pairs_are_told_with_where_they_stand_and_of_how_many() -> None:
    universe = paired(1, pairs=4)
    found = scanned(universe, NAMES, Pairs())
    (*_, formation) = Pairs().formations(universe)
    assert (found.tested, found.names, found.left_out) == (66, NAMES, ())
    assert found.formed == universe.panel.sessions[formation.row] < found.session
    assert {frozenset((each.first, each.second)) for each in found.pairs} == {
        frozenset((universe.panel.tickers[pair.y], universe.panel.tickers[pair.x]))
        for pair in formation.pairs
    }
    assert len(found.pairs) >= 3
    for each in found.pairs:
        y, x = (universe.panel.tickers.index(name) for name in (each.first, each.second))
        pair = next(kept for kept in formation.pairs if (kept.y, kept.x) == (y, x))
        log = np.log(universe.panel.total_return_index[-1])
        spread = log[y] - pair.intercept - pair.slope * log[x]
        assert each.deviations == pytest.approx(spread / pair.deviation)
        assert pair.p_value < each.p_corrected <= found.false_discovery_rate
    assert found.smallest_p == found.pairs[0].p_corrected
    text, (table,) = told(found)
    assert "66 pairs of 12 names were tested" in text
    assert len(table.rows) == len(found.pairs)
    assert f"{found.pairs[0].p_corrected:.2g}" in table.rows[0]


def test_none_is_an_answer_with_the_smallest_p() -> None:
    found = scanned(wandering(3), NAMES, Pairs())
    assert found.pairs == ()
    assert found.smallest_p is not None
    assert found.smallest_p > found.false_discovery_rate
    text, _ = told(found)
    assert text.startswith("No pair is cointegrated.")
    assert f"The smallest corrected p is {found.smallest_p:.3f}" in text


def test_only_the_names_asked_for_are_scanned_and_who_cannot_be_is_said() -> None:
    universe = paired(1, pairs=4)
    young = universe.panel.total_return_index.copy()
    young[:200, 2] = np.nan
    universe = replace(universe, panel=replace(universe.panel, total_return_index=young))
    found = scanned(universe, ("N000", "N001", "N002", "GONE"), Pairs(within_sectors=False))
    assert (found.names, found.tested) == (("N000", "N001"), 1)
    assert found.left_out == ("GONE", "N002")
    assert [{each.first, each.second} for each in found.pairs] == [{"N000", "N001"}]
    alone = scanned(universe, ("N000", "N002"), Pairs(within_sectors=False))
    assert (alone.tested, alone.pairs, alone.smallest_p) == (0, (), None)
    assert told(alone)[0].startswith("No pair could be tested")
    assert "Not scanned, a bar missing or alone in their sector: GONE, N002." in told(found)[0]


def test_what_is_not_filled_by_those_of_interest_is_by_the_most_traded() -> None:
    universe = wandering(0, names=80)
    volume = np.broadcast_to(np.arange(81.0), universe.members.shape)
    universe = replace(universe, panel=replace(universe.panel, volume=np.ascontiguousarray(volume)))
    found = scanned(universe, ("N001",), Pairs(), filled=True)
    assert len(found.names) == MOST_NAMES
    assert "N001" in found.names
    assert "N000" not in found.names
    assert "N079" in found.names


def test_too_young_a_desk_is_refused() -> None:
    with pytest.raises(
        QueryRefusedError, match="252 sessions before a quarter's first, and the desk knows 80"
    ):
        scanned(wandering(0).rows(0, 80), NAMES, Pairs())


def test_a_corrected_p_is_the_rate_at_which_it_is_just_believed() -> None:
    p = np.random.default_rng(0).uniform(size=40) ** 3
    corrected = adjusted_yekutieli(p)
    assert (corrected >= p).all()
    for at, rate in enumerate(corrected):
        if rate < 0.99:
            assert benjamini_yekutieli(p, rate=rate * 1.0001)[at]
            assert not benjamini_yekutieli(p, rate=rate * 0.9999)[at]
    assert len(adjusted_yekutieli(np.zeros(0))) == 0


@pytest.mark.parametrize(
    "text",
    [
        "which pairs are cointegrated?",
        "any pairs trades?",
        "Any pairs?",
        "are there any pairs",
        "show me pairs",
        "pairs trading ideas",
    ],
)
def test_a_question_after_pairs_is_one(text: str) -> None:
    found = pairs_asked(text, [])
    assert found is not None
    assert (found.name, found.tickers) == ("pairs", ())


def test_two_names_are_looked_at_among_themselves_and_one_says_nothing() -> None:
    two = pairs_asked("are KO and PEP cointegrated?", ["KO", "PEP"])
    one = pairs_asked("any pairs trades with KO?", ["KO"])
    assert two is not None
    assert two.tickers == ("KO", "PEP")
    assert one is not None
    assert one.tickers == ()


@pytest.mark.parametrize(
    "text",
    ["which pairs are most correlated?", "what do we hold", "a pair of shoes", "repair the desk", ""],
)
def test_another_question_is_not(text: str) -> None:
    assert pairs_asked(text, []) is None


def test_a_scan_needs_two_names() -> None:
    tools = PairTools(None, lambda: wandering(0), bundle_directory)  # type: ignore[arg-type]
    with pytest.raises(QueryRefusedError, match="among 2 to 60 names, found 1"):
        tools.pairs(["KO", "KO"])
