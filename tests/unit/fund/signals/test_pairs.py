"""Pairs are found where they are, and on names that wander alone next to never."""

import numpy as np
import pytest

from fund.errors import DataError
from fund.metrics.cointegration import cointegration
from fund.signals.pairs import Pairs
from fund.signals.spread_state import SpreadRules, open_sides
from support.pairs import paired, wandering

RULES = SpreadRules()
NAMES = 12


def test_of_forty_universes_of_random_walks_at_most_one_in_twenty_has_a_pair() -> None:
    scans = [f for seed in range(40) for f in Pairs().formations(wandering(seed, sessions=262))]
    assert [f.scanned for f in scans] == [NAMES * (NAMES - 1) // 2] * 40
    assert sum(bool(f.pairs) for f in scans) <= 2


def test_believed_singly_they_would_be_found_nearly_everywhere() -> None:
    found = []
    for seed in range(10):
        prices = np.log(wandering(seed).panel.close[:252, :NAMES])
        p = [cointegration(prices[:, at], prices).p_value for at in range(NAMES)]
        found.append(np.array(p)[~np.eye(NAMES, dtype=bool)] < 0.05)
    assert 0.02 < np.mean(found) < 0.1
    assert np.mean([each.any() for each in found]) > 0.8


def test_planted_pairs_are_found_with_their_hedge_ratio_and_half_life() -> None:
    (formation, *_) = Pairs().formations(paired(1, pairs=4))
    found = {frozenset((pair.y, pair.x)): pair for pair in formation.pairs}
    assert set(found) == {frozenset((2 * k, 2 * k + 1)) for k in range(4)}
    for pair in found.values():
        ratio = pair.slope if pair.y % 2 else 1.0 / pair.slope
        assert ratio == pytest.approx(0.8, abs=0.15)
        assert 1.2 < pair.half_life_sessions < 5.0
        assert pair.p_value < 1e-3


def test_signals_take_both_sides_of_a_pair_and_say_of_how_many() -> None:
    universe = paired(1, pairs=4)
    table = Pairs().signals(universe)
    spoken = np.argwhere(np.nan_to_num(table.conviction) != 0.0)
    assert len(spoken) > 20
    row = int(spoken[0][0])
    signals = [s for s in table.at(table.sessions[row]) if s.direction != "none"]
    assert {s.direction for s in signals} == {"long", "short"}
    assert "of 66 scanned" in signals[0].note
    assert all(abs(s.reasons[0].value) >= RULES.leave for s in signals)
    looked = [s for s in table.at(table.sessions[row]) if s.ticker == "N011"]
    assert [s.conviction for s in looked] == [0.0]


def test_planted_spreads_pay_and_random_ones_do_not_open() -> None:
    universe = paired(2, pairs=6, sessions=520)
    conviction = np.nan_to_num(Pairs().signals(universe).conviction)
    prices = np.log(universe.panel.close)
    next_move = np.vstack([prices[6:] - prices[1:-5], np.zeros((6, prices.shape[1]))])
    assert (conviction * next_move)[conviction != 0.0].mean() > 0.0
    assert not np.nan_to_num(Pairs().signals(wandering(3)).conviction).any()


def test_the_future_changes_no_view() -> None:
    universe = paired(1, pairs=4, sessions=420)
    whole = Pairs().signals(universe).conviction
    for stop in (300, 345, 391):
        cut = Pairs().signals(universe.rows(0, stop)).conviction
        np.testing.assert_array_equal(cut, whole[:stop])


def test_a_spread_is_entered_left_and_given_up() -> None:
    z = np.array([0.0, 1.9, 2.0, 1.0, np.nan, 0.6, 0.4, -2.5, 0.1, 2.2, 4.1, 2.5])
    sides = open_sides(z, RULES)
    np.testing.assert_allclose(sides, [0, 0, -2.0 / 4, -1.0 / 4, 0, -0.6 / 4, 0, 2.5 / 4, 0, -2.2 / 4, 0, 0])


@pytest.mark.parametrize("leave", [-0.1, 2.0])
def test_rules_out_of_order_are_refused(leave: float) -> None:
    with pytest.raises(DataError, match="leave < entry < stop"):
        SpreadRules(leave=leave)
    with pytest.raises(DataError, match="60 formation sessions"):
        Pairs(formation_sessions=30)
