"""An order of names is judged by what trading it leaves, beside equal weight of the same names."""

from dataclasses import replace

import numpy as np
import pytest

from fund.backtest.accounting import Tape, TradingCosts, adjusted_tape, keep_account
from fund.backtest.research import INVESTED, TradingRule, equal_weights, study, target_weights
from fund.errors import DataError, NoDataError
from fund.metrics.returns import returns_of, sharpe_ratios
from support.panels import a_panel

NAN = float("nan")
ONE = TradingRule(share=0.25, every_sessions=1)


def a_tape(seed: int = 0) -> Tape:
    return adjusted_tape(a_panel(260, 24, seed=seed))


def noise(tape: Tape, seed: int) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(size=tape.close.shape)
    scores[:20] = np.nan
    scores[:, -1] = np.nan
    return scores


def test_the_top_share_is_held_in_equal_weights_and_nothing_is_decided_in_between() -> None:
    scores = np.array([[NAN] * 4, [1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0], [NAN, 2.0, 3.0, 1.0]])
    weights = target_weights(scores, replace(ONE, every_sessions=2))
    assert np.isnan(weights[[0, 2]]).all()
    np.testing.assert_allclose(weights[1], [0, 0, 0, INVESTED])
    np.testing.assert_allclose(weights[3], [0, 0, INVESTED, 0])


def test_a_book_long_and_short_has_half_on_either_side() -> None:
    weights = target_weights(np.array([[1.0, 2.0, 3.0, 4.0]]), replace(ONE, long_short=True))
    np.testing.assert_allclose(weights[0], [-INVESTED / 2, 0, 0, INVESTED / 2])


def test_names_that_tie_at_the_edge_are_left_out_and_their_places_held_in_all_names_alike() -> None:
    scores = np.array([[0.0] * 7 + [1.0]])
    rest = INVESTED / 2 / 8
    np.testing.assert_allclose(target_weights(scores, ONE)[0], [rest] * 7 + [rest + INVESTED / 2])
    apart = target_weights(scores, replace(ONE, long_short=True))
    np.testing.assert_allclose(apart[0], [0.0] * 7 + [INVESTED / 4])


def test_equal_weight_holds_every_name_that_has_a_score() -> None:
    np.testing.assert_allclose(
        equal_weights(np.array([[1.0, NAN, 3.0]]), 1), [[INVESTED / 2, 0, INVESTED / 2]]
    )


def test_the_figures_are_those_of_the_accounts() -> None:
    tape = a_tape()
    scores = noise(tape, 1)
    report = study("noise", scores, tape, TradingRule(share=0.2))
    kept = keep_account(
        tape, target_weights(scores, TradingRule(share=0.2)), TradingCosts(bps=10), share_step=0.000001
    )
    assert report.first == tape.sessions[20]
    (net,) = (each for each in report.net if each.bps == 10)
    assert net.sharpe.value == pytest.approx(float(sharpe_ratios(returns_of(kept.equity[20:]))))
    assert net.sharpe.n == report.sessions == 239
    assert net.sharpe.low < net.sharpe.value < net.sharpe.high
    assert [each.bps for each in report.net] == [0, 5, 10, 20]
    means = [each.yearly.value for each in report.net]
    assert means == sorted(means, reverse=True)
    assert means[0] - means[-1] == pytest.approx(report.turnover * 2 * 20e-4, rel=0.1)


def test_noise_is_not_told_from_equal_weight_of_the_same_names() -> None:
    found = 0
    for seed in range(12):
        tape = a_tape(seed)
        (net,) = study("noise", noise(tape, seed + 50), tape, TradingRule(share=0.2), costs_bps=(0,)).net
        found += net.over_equal_weight.low > 0
    assert found <= 2  # one in forty is expected of one side of a 95 % interval


def test_what_sees_the_next_session_is_told_and_doubted() -> None:
    tape = a_tape()
    ahead = np.full(tape.close.shape, np.nan)
    ahead[20:-2] = tape.opened[22:] / tape.opened[21:-1]
    report = study("leak", ahead, tape, replace(ONE, share=0.1))
    assert report.verdict.startswith("above equal weight of the same names up to 20 bp")
    assert len(report.doubts) == 4


def test_a_book_long_and_short_is_held_against_cash_and_says_what_costs_leave() -> None:
    tape = a_tape()
    report = study("noise", noise(tape, 3), tape, replace(ONE, long_short=True), costs_bps=(0, 20))
    assert report.verdict.startswith("below cash from 20 bp")
    assert 0.9 < report.gross < 1.0


def test_the_same_study_gives_the_same_figures() -> None:
    tape = a_tape()
    assert study("n", noise(tape, 1), tape, ONE, costs_bps=(5,)) == study(
        "n", noise(tape, 1), tape, ONE, costs_bps=(5,)
    )


def test_bad_input_is_refused() -> None:
    tape = a_tape()
    with pytest.raises(DataError, match="align them"):
        study("n", np.zeros((3, 3)), tape, ONE)
    for wrong in ({"costs_bps": ()}, {"trials": 0}):
        with pytest.raises(DataError, match="costs are never left out, and this run is a trial"):
            study("n", noise(tape, 1), tape, ONE, **wrong)
    with pytest.raises(NoDataError, match="found the first at 260"):
        study("n", np.full(tape.close.shape, np.nan), tape, ONE)
    with pytest.raises(DataError, match="share"):
        TradingRule(share=0.7)
