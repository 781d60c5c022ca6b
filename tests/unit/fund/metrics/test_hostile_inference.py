"""Intervals, curves and deflated ratios are attacked: ties, orders, units, and the ends of every range."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.deflated_sharpe import deflated_sharpe, expected_best_sharpe, minimum_track_record
from fund.metrics.false_discoveries import benjamini_yekutieli
from fund.metrics.inference import block_interval, mean_interval, newey_west_interval, share_interval
from fund.metrics.isotonic import isotonic
from fund.metrics.probabilistic_sharpe import probabilistic_sharpe

FloatArray = NDArray[np.float64]

some = settings(max_examples=12)
shares = st.integers(0, 1000).map(lambda step: step / 1000)
outcomes = st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 6)), min_size=1, max_size=25)


def daily(n: int = 120, mean: float = 0.001, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(mean, 0.01, n)


# false discoveries


def by_steps(p_values: list[float], rate: float) -> list[bool]:
    """The procedure as the paper has it: the largest k whose p is within its bound, and all below it."""
    n = len(p_values)
    harmonic = sum(1.0 / k for k in range(1, n + 1))
    within = [k for k, p in enumerate(sorted(p_values), start=1) if p <= rate * k / (n * harmonic)]
    bound = sorted(p_values)[within[-1] - 1] if within else -1.0
    return [p <= bound for p in p_values]


@some
@given(
    p=st.lists(shares.map(lambda each: each**3), min_size=1, max_size=20), rate=st.sampled_from([0.01, 0.2])
)
def test_rejection_is_the_papers_and_ties_stand_or_fall_together(p: list[float], rate: float) -> None:
    assert benjamini_yekutieli(np.array(p), rate=rate).tolist() == by_steps(p, rate)


@some
@given(p=st.lists(shares, min_size=2, max_size=12), order=st.randoms(use_true_random=False))
def test_the_order_of_tests_rejects_nothing_and_a_smaller_p_is_never_worse(p: list[float], order) -> None:
    places = list(range(len(p)))
    order.shuffle(places)
    plain = benjamini_yekutieli(np.array(p), rate=0.3)
    assert (benjamini_yekutieli(np.array(p)[places], rate=0.3) == plain[places]).all()
    smaller = np.array(p)
    smaller[0] = 0.0
    assert (benjamini_yekutieli(smaller, rate=0.3) >= plain).all()


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, float("nan")])
def test_a_rate_that_is_no_rate_is_refused_and_told(rate: float) -> None:
    with pytest.raises(DataError, match="a rate inside"):
        benjamini_yekutieli(np.array([0.1]), rate=rate)


# isotonic


@some
@given(pairs=outcomes)
def test_a_curve_keeps_the_mean_and_every_pair_once_and_rises_strictly(pairs: list[tuple[int, int]]) -> None:
    scores, came = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    found = isotonic(scores, came)
    assert found.counts.sum() == len(pairs)
    assert float(found.counts @ found.values) == pytest.approx(came.sum())
    assert (np.diff(found.values) > 0).all()
    assert (np.diff(found.edges) > 0).all()
    assert found.edges[-1] == scores.max()


@some
@given(pairs=outcomes, order=st.randoms(use_true_random=False))
def test_neither_order_nor_a_rising_change_of_scores_moves_the_curve(pairs, order) -> None:
    scores, came = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    places = list(range(len(pairs)))
    order.shuffle(places)
    plain = isotonic(scores, came)
    shuffled, stretched = isotonic(scores[places], came[places]), isotonic(np.exp(scores), came)
    np.testing.assert_array_equal(shuffled.values, plain.values)
    np.testing.assert_array_equal(stretched.values, plain.values)
    np.testing.assert_array_equal(stretched.at(np.exp(scores)), plain.at(scores))


@some
@given(pairs=outcomes)
def test_a_curve_fitted_to_its_own_steps_is_itself(pairs: list[tuple[int, int]]) -> None:
    scores, came = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    found = isotonic(scores, came)
    np.testing.assert_allclose(isotonic(scores, found.at(scores)).at(scores), found.at(scores))


def test_endless_scores_stand_on_the_outer_steps_and_falling_outcomes_are_one_step() -> None:
    found = isotonic(np.arange(3.0), np.arange(3.0))
    np.testing.assert_array_equal(found.at(np.array([-np.inf, np.inf, np.nan])), [0.0, 2.0, np.nan])
    falling = isotonic(np.arange(5.0), -np.arange(5.0))
    assert (falling.values.tolist(), falling.counts.tolist(), falling.edges.tolist()) == ([-2.0], [5], [4.0])


@pytest.mark.parametrize("shapes", [((3,), (2,)), ((3, 1), (3, 1)), ((2,), (3,))], ids=str)
def test_pairs_that_are_no_pairs_are_refused_by_their_shapes(shapes: tuple[tuple[int], tuple[int]]) -> None:
    with pytest.raises(DataError, match=r"expected one row of scores and as many outcomes, found shapes"):
        isotonic(np.ones(shapes[0]), np.ones(shapes[1]))


# deflated ratios


def test_the_best_of_ever_more_trials_rises_up_to_more_than_there_are_stars() -> None:
    found = [expected_best_sharpe(1.0, 10**k) for k in (0, 1, 2, 5, 15, 17, 24)]
    assert found == sorted(found)
    assert found[0] == 0.0
    assert found[-1] < math.sqrt(2.0 * math.log(10**24))


@some
@given(trials=st.integers(2, 10_000), scale=st.sampled_from([0.0, 0.25, 8.0]))
def test_what_to_expect_of_the_best_is_in_the_unit_of_the_deviation(trials: int, scale: float) -> None:
    assert expected_best_sharpe(scale, trials) == pytest.approx(scale * expected_best_sharpe(1.0, trials))
    assert expected_best_sharpe(1.0, trials + 1) > expected_best_sharpe(1.0, trials)


@pytest.mark.parametrize(("deviation", "trials"), [(float("nan"), 3), (math.inf, 3), (-0.1, 3), (1.0, 0)])
def test_a_deviation_or_a_count_that_is_none_is_refused(deviation: float, trials: int) -> None:
    with pytest.raises(DataError, match="expected a trial or more and a finite deviation from 0, found"):
        expected_best_sharpe(deviation, trials)


def test_a_deflated_ratio_falls_with_the_spread_of_trials_and_not_with_leverage() -> None:
    returns, tried = daily(), [0.5, 1.5, -0.3]
    plain = deflated_sharpe(returns, tried)
    assert plain is not None
    moved = deflated_sharpe(3.0 * returns, tried[::-1])
    assert moved is not None
    assert moved.probability == pytest.approx(plain.probability)
    wider = deflated_sharpe(returns, [3.0 * each for each in tried])
    assert wider is not None
    assert wider.probability < plain.probability
    assert wider.sharpe == plain.sharpe
    assert (plain.trials, plain.n) == (3, 120)


def test_trials_that_all_came_to_the_same_deflate_nothing() -> None:
    found = deflated_sharpe(daily(), [1.0] * 50)
    assert found is not None
    assert found.expected_best == 0.0
    assert found.probability == probabilistic_sharpe(daily())


@some
@given(
    seed=st.integers(0, 50), above=st.sampled_from([-1.0, 0.0, 0.5]), sure=st.sampled_from([0.6, 0.9, 0.99])
)
def test_a_record_of_the_least_length_is_as_sure_as_asked(seed: int, above: float, sure: float) -> None:
    """The probability rises with the root of n - 1, so the length solves for itself."""
    returns = daily(seed=seed)
    length = minimum_track_record(returns, above=above, confidence=sure)
    probability = probabilistic_sharpe(returns, above=above)
    assert probability is not None
    if length is None:
        assert probability <= 0.5
    else:
        assert (length <= len(returns)) == (probability >= sure)
        assert length > 1.0


# intervals


@some
@given(seed=st.integers(0, 99), lag=st.integers(0, 8), shift=st.sampled_from([-2.0, 0.0, 100.0]))
def test_an_interval_moves_with_its_samples_and_mirrors_with_their_sign(
    seed: int, lag: int, shift: float
) -> None:
    samples = np.random.default_rng(seed).normal(size=40)
    plain, moved, mirrored = (mean_interval(each, lag=lag) for each in (samples, samples + shift, -samples))
    assert plain is not None
    assert moved is not None
    assert mirrored is not None
    assert moved.low - shift == pytest.approx(plain.low, abs=1e-9)
    assert moved.high - shift == pytest.approx(plain.high, abs=1e-9)
    assert (mirrored.low, mirrored.high) == pytest.approx((-plain.high, -plain.low))


@pytest.mark.parametrize("lag", [0, 5])
def test_time_turned_round_is_as_uncertain(lag: int) -> None:
    samples = np.cumsum(daily(60)) + daily(60, seed=1)
    there, back = mean_interval(samples, lag=lag), mean_interval(samples[::-1], lag=lag)
    assert there is not None
    assert back is not None
    assert there.low == pytest.approx(back.low)


def test_samples_that_never_vary_have_an_interval_of_no_width_to_speak_of() -> None:
    for found in (mean_interval(np.full(60, 0.1), lag=5), newey_west_interval(np.full(60, 0.1), lag=5)):
        assert found is not None
        assert found.high - found.low < 1e-12
        assert found.value == pytest.approx(0.1)


def test_missing_samples_between_blocks_are_closed_up_and_blocks_need_five() -> None:
    samples = daily(50)
    holes = np.insert(samples, [0, 10, 25], [np.nan, np.inf, np.nan])
    assert block_interval(holes, block=6, gap=2) == block_interval(samples, block=6, gap=2)
    assert block_interval(samples[:38], block=6, gap=2) is not None
    assert block_interval(samples[:37], block=6, gap=2) is None


@pytest.mark.parametrize(("block", "gap"), [(0, 0), (-3, 5), (4, -1)])
def test_blocks_of_nothing_are_refused(block: int, gap: int) -> None:
    with pytest.raises(DataError, match="expected blocks of at least a sample and a gap from 0, found"):
        block_interval(daily(40), block=block, gap=gap)


@pytest.mark.parametrize(("successes", "n"), [(5, 3), (-1, 3), (1, 0), (0, -2)])
def test_more_successes_than_trials_are_refused(successes: int, n: int) -> None:
    with pytest.raises(DataError, match="expected successes from 0 to the number of trials, found"):
        share_interval(successes, n)


@some
@given(n=st.integers(1, 400), data=st.data())
def test_a_share_of_failures_mirrors_that_of_successes(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    won, lost = share_interval(successes, n), share_interval(n - successes, n)
    assert won is not None
    assert lost is not None
    assert (won.low, won.high) == pytest.approx((1.0 - lost.high, 1.0 - lost.low), abs=1e-12)
    assert 0.0 <= won.low <= won.value <= won.high <= 1.0
