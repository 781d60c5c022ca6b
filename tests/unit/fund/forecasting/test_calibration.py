import numpy as np
import pytest

from fund.forecasting.calibration import PRIOR_IC, Calibration, fit_calibration, typical
from fund.metrics.ranks import average_ranks

SESSIONS, NAMES = 300, 200


def a_record(ic: float, seed: int = 0, sessions: int = SESSIONS, skew: float = 0.0):
    """Scores and labels whose correlation is `ic`, and the volatility the labels were drawn with."""
    random = np.random.default_rng(seed)
    volatility = random.uniform(0.02, 0.08, (sessions, NAMES))
    scores = random.normal(size=(sessions, NAMES))
    noise = random.normal(size=(sessions, NAMES))
    labels = volatility * (ic * scores + np.sqrt(1 - ic**2) * noise + skew)
    return scores, labels, volatility


def fitted(ic: float, **options) -> Calibration:
    scores, labels, volatility = a_record(ic, **options)
    return fit_calibration(scores, labels, volatility, horizon_sessions=5, minimum=20)


def test_the_ic_lands_between_the_prior_and_the_evidence():
    strong = fitted(0.08).ic
    assert PRIOR_IC < strong < 0.08
    assert strong == pytest.approx(0.075, abs=0.01)


def test_little_evidence_moves_the_prior_little():
    few, many = fitted(0.08, sessions=25), fitted(0.08, sessions=300)
    assert abs(few.ic - PRIOR_IC) < abs(many.ic - PRIOR_IC)


def test_evidence_against_a_forecaster_leaves_nothing_to_expect():
    calibration = fitted(-0.06)
    assert calibration.ic == 0.0
    assert calibration.slope == 0.0
    ranks = np.array([[0.1, 0.5, 0.9]])
    assert calibration.expected(ranks, np.full((1, 3), 0.04)).tolist() == [[0.0, 0.0, 0.0]]


def test_too_few_sessions_are_not_calibrated():
    scores, labels, volatility = a_record(0.05, sessions=19)
    assert fit_calibration(scores, labels, volatility, horizon_sessions=5, minimum=20) is None
    empty = np.full((0, NAMES), np.nan)
    assert fit_calibration(empty, empty, empty, horizon_sessions=5, minimum=20) is None


def test_out_of_sample_four_in_five_returns_fall_inside_the_interval():
    calibration = fitted(0.05)
    scores, labels, volatility = a_record(0.05, seed=9)
    low, high = calibration.interval(average_ranks(scores), volatility)
    inside = (labels >= low) & (labels <= high)
    assert inside.mean() == pytest.approx(0.8, abs=0.01)
    calm, wild = volatility < 0.035, volatility > 0.065
    assert inside[calm].mean() == pytest.approx(0.8, abs=0.02)
    assert inside[wild].mean() == pytest.approx(0.8, abs=0.02)


def test_out_of_sample_probabilities_come_true():
    calibration = fitted(0.08)
    scores, labels, _ = a_record(0.08, seed=9)
    promised = calibration.probability_up(average_ranks(scores))
    for low, high in ((0.0, 0.2), (0.4, 0.6), (0.8, 1.0)):
        inside = (average_ranks(scores) > low) & (average_ranks(scores) < high)
        assert promised[inside].mean() == pytest.approx((labels[inside] > 0).mean(), abs=0.012)


def test_the_expected_return_matches_what_the_best_scores_earned():
    calibration = fitted(0.08)
    scores, labels, volatility = a_record(0.08, seed=9)
    rank = average_ranks(scores)
    top = rank > 0.9
    promised = calibration.expected(rank, volatility)[top].mean()
    assert promised == pytest.approx(labels[top].mean(), rel=0.25)


def test_a_skewed_base_rate_moves_the_odds_but_a_short_record_barely():
    long, short = fitted(0.0, skew=-0.1), fitted(0.0, skew=-0.1, sessions=20)
    assert long.intercept < short.intercept < 0.0
    assert long.intercept == pytest.approx(-0.1596, abs=0.03)


def test_every_figure_keeps_the_order_of_the_scores():
    calibration = fitted(0.05)
    rank = np.linspace(0.01, 0.99, 50)[None]
    volatility = np.full((1, 50), 0.04)
    assert (np.diff(calibration.expected(rank, volatility)) > 0).all()
    assert (np.diff(calibration.probability_up(rank)) > 0).all()
    low, high = calibration.interval(rank, volatility)
    assert (low <= calibration.expected(rank, volatility)).all()
    assert (calibration.expected(rank, volatility) <= high).all()


def test_names_without_a_score_get_no_figure():
    calibration = fitted(0.05)
    rank, volatility = np.array([[0.3, np.nan]]), np.full((1, 2), 0.04)
    figures = (
        calibration.expected(rank, volatility),
        *calibration.interval(rank, volatility),
        calibration.probability_up(rank),
    )
    assert all(np.isfinite(values[0, 0]) and np.isnan(values[0, 1]) for values in figures)


@pytest.mark.parametrize("names", [1, 2, 5, 40])
def test_the_typical_volatility_is_the_median_of_what_is_known(names: int) -> None:
    random = np.random.default_rng(names)
    volatility = random.lognormal(size=(50, names))
    volatility[random.uniform(size=volatility.shape) < 0.3] = np.nan
    volatility[3], volatility[4] = np.nan, np.inf
    known = [row[np.isfinite(row)] for row in volatility]
    medians = [np.median(row) if row.size else np.nan for row in known]
    assert np.array_equal(typical(volatility)[:, 0], medians, equal_nan=True)
