"""Each sizing formula against its closed form, its caps and its order; what is missing is never zero."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.portfolio.sizing import (
    SESSIONS_PER_YEAR,
    annual_volatility,
    atr_weight,
    break_even,
    inverse_volatility,
    kelly_weight,
    shrunk_probability,
    volatility_scale,
)

PROBABILITIES = st.floats(0.0, 1.0)
PAYOFFS = st.floats(0.05, 20.0)
SAMPLES = st.integers(0, 5_000)
NO_FIGURES = [math.nan, math.inf, -math.inf]
RNG = np.random.default_rng(3)


def kelly(
    p: float, b: float, sample: int = 10**9, *, fraction: float = 1.0, cap: float = 1.0, prior: int = 0
) -> float:
    weight = kelly_weight(p, b, fraction=fraction, cap=cap, sample=sample, prior_sample=prior)
    assert weight is not None
    return weight


@pytest.mark.parametrize(("p", "b", "full"), [(0.6, 1.0, 0.2), (0.5, 2.0, 0.25), (0.55, 1.2, 0.175)])
def test_kelly_is_the_edge_over_the_odds(p: float, b: float, full: float) -> None:
    assert kelly(p, b) == pytest.approx(full)
    assert kelly(p, b, fraction=0.25) == pytest.approx(full / 4)


@given(p=PROBABILITIES, b=PAYOFFS)
def test_kelly_bets_nothing_without_an_edge_and_never_over_its_cap(p: float, b: float) -> None:
    weight = kelly(p, b, cap=0.1)
    assert 0 <= weight <= 0.1
    if p < 1 / (1 + b) - 1e-12:
        assert weight == 0


@given(p=PROBABILITIES, more=PROBABILITIES, b=PAYOFFS, better=PAYOFFS, n=SAMPLES, k=SAMPLES)
def test_kelly_grows_with_probability_payoff_and_sample(
    p: float, more: float, b: float, better: float, n: int, k: int
) -> None:
    (p, more), (b, better) = sorted((p, more)), sorted((b, better))
    assert kelly(p, b, n, prior=k + 1) <= kelly(more, b, n, prior=k + 1) + 1e-12
    assert kelly(p, b) <= kelly(p, better) + 1e-12
    assert kelly(p, b, n, prior=k + 1) <= kelly(p, b, n + 100, prior=k + 1) + 1e-12


@given(p=PROBABILITIES, b=PAYOFFS, n=SAMPLES, k=st.integers(1, 5_000))
def test_shrinking_towards_break_even_keeps_n_of_n_plus_k_of_the_bet(
    p: float, b: float, n: int, k: int
) -> None:
    assert kelly(p, b, n, prior=k) == pytest.approx(kelly(p, b) * n / (n + k), abs=1e-9)


def test_a_forecaster_without_a_record_has_no_edge() -> None:
    assert kelly(0.9, 3.0, 0, prior=250) == 0
    assert kelly(0.9, 3.0, 0, prior=0) == 0


@given(p=PROBABILITIES, base=PROBABILITIES, n=SAMPLES, k=SAMPLES)
def test_a_shrunk_probability_lies_between_what_was_said_and_the_base_rate(
    p: float, base: float, n: int, k: int
) -> None:
    shrunk = shrunk_probability(p, base, sample=n, prior_sample=k)
    assert shrunk is not None
    assert min(p, base) - 1e-12 <= shrunk <= max(p, base) + 1e-12


@pytest.mark.parametrize("bad", [*NO_FIGURES, -0.1, 1.1])
def test_no_probability_is_no_weight_rather_than_zero(bad: float) -> None:
    assert kelly_weight(bad, 1.0, fraction=1, cap=1, sample=9, prior_sample=9) is None
    assert shrunk_probability(0.5, bad, sample=9, prior_sample=9) is None


@pytest.mark.parametrize("bad", [*NO_FIGURES, 0.0, -1.0])
def test_no_payoff_no_price_and_no_range_are_no_weight(bad: float) -> None:
    assert break_even(bad) is None
    assert kelly_weight(0.6, bad, fraction=1, cap=1, sample=9, prior_sample=9) is None
    assert atr_weight(bad, 1.0, multiple=2, risk=0.01) is None
    assert atr_weight(50.0, bad, multiple=2, risk=0.01) is None
    assert inverse_volatility(np.array([0.1, bad])) is None


def test_a_negative_sample_is_no_sample() -> None:
    assert kelly_weight(0.6, 1.0, fraction=1, cap=1, sample=-1, prior_sample=9) is None


def test_a_stop_of_some_true_ranges_loses_the_stated_part_of_equity() -> None:
    weight = atr_weight(50.0, 1.25, multiple=2, risk=0.01)
    assert weight == pytest.approx(0.2)
    assert weight * (2 * 1.25 / 50.0) == pytest.approx(0.01)


@given(atr=st.floats(0.01, 100), wider=st.floats(0.01, 100), price=st.floats(1, 1000))
def test_a_wider_range_makes_a_smaller_position(atr: float, wider: float, price: float) -> None:
    atr, wider = sorted((atr, wider))
    small, large = (atr_weight(price, a, multiple=3, risk=0.005) for a in (wider, atr))
    assert small is not None
    assert large is not None
    assert small <= large


@given(target=st.floats(0.01, 1.0), seed=st.integers(0, 99))
def test_a_book_alone_is_scaled_to_its_target_and_never_up(target: float, seed: int) -> None:
    moving = np.random.default_rng(seed).standard_normal(60) * 0.01
    volatility = annual_volatility(moving)
    scale = volatility_scale(moving, np.zeros(60), target)
    assert volatility is not None
    assert scale == pytest.approx(min(1.0, target / volatility))


@given(target=st.floats(0.05, 1.0), seed=st.integers(0, 99), hedge=st.booleans())
def test_with_what_rests_the_whole_keeps_the_target_wherever_any_scale_does(
    target: float, seed: int, hedge: bool
) -> None:
    rng = np.random.default_rng(seed)
    moving, noise = rng.standard_normal(60) * 0.02, rng.standard_normal(60) * 0.005
    resting = -0.5 * moving + noise if hedge else noise
    scale = volatility_scale(moving, resting, target)
    assert scale is not None
    reached = [annual_volatility(s * moving + resting) or 0.0 for s in (*np.linspace(0, 1, 101), scale)]
    if min(reached[:-1]) <= target:
        assert reached[-1] <= target * (1 + 1e-9)
        larger = [r for s, r in zip(np.linspace(0, 1, 101), reached[:-1], strict=True) if s > scale + 1e-9]
        assert all(r > target * (1 - 1e-9) for r in larger)
    else:
        assert reached[-1] <= min(reached[:-1]) + 1e-3


def test_a_mandate_may_let_a_quiet_book_grow() -> None:
    moving = RNG.standard_normal(250) * 0.001
    scale = volatility_scale(moving, np.zeros(250), 0.2, ceiling=1.5)
    assert scale == 1.5


def test_returns_that_are_missing_scale_nothing() -> None:
    good = RNG.standard_normal(30)
    assert volatility_scale(np.full(30, np.nan), good, 0.1) is None
    assert volatility_scale(good, good[:29], 0.1) is None
    assert volatility_scale(good[:1], good[:1], 0.1) is None
    assert volatility_scale(good, good, math.nan) is None
    assert annual_volatility(np.array([np.nan, 0.1])) is None
    assert annual_volatility(np.array([0.1])) is None


def test_what_does_not_move_needs_no_scaling() -> None:
    assert volatility_scale(np.zeros(30), RNG.standard_normal(30), 0.01) == 1.0


def test_annual_volatility_is_the_daily_one_times_the_root_of_a_year() -> None:
    assert annual_volatility(np.array([0.01, -0.01])) == pytest.approx(
        0.01 * math.sqrt(2) * math.sqrt(SESSIONS_PER_YEAR)
    )


@given(st.lists(st.floats(1e-6, 10), min_size=1, max_size=30), st.floats(0.01, 100))
def test_inverse_volatility_gives_every_name_the_same_risk(volatility: list[float], scale: float) -> None:
    given_ = np.array(volatility)
    shares = inverse_volatility(given_)
    assert shares is not None
    assert shares.sum() == pytest.approx(1)
    assert np.allclose(shares * given_, (shares * given_)[0], rtol=1e-9)
    again = inverse_volatility(given_ * scale)
    assert again is not None
    assert np.allclose(shares, again)


def test_no_names_have_no_shares() -> None:
    assert inverse_volatility(np.array([])) is None
