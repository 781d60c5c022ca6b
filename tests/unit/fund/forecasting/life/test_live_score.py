"""What forecasts of one session were worth, against figures made another way."""

from dataclasses import replace
from datetime import date, timedelta
from math import log

import numpy as np
import pytest
from scipy.stats import spearmanr

from fund.features.labels import excess_labels
from fund.forecasting.forecast import Forecast
from fund.forecasting.life.live_score import LiveScore, live_score, outcomes_of, residuals
from support.forecasters import small_universe

SESSION = date(2016, 11, 1)


def forecasts(count: int = 20) -> list[Forecast]:
    rng = np.random.default_rng(3)
    return [
        Forecast(
            ticker=f"T{n:02}",
            session=SESSION,
            horizon_sessions=5,
            expected=0.001 * n,
            low=-0.04,
            high=0.05,
            probability_up=float(p),
            rank=(n + 0.5) / count,
            forecaster="gbm",
            version="gbm-1",
        )
        for n, p in enumerate(rng.uniform(0.45, 0.55, count))
    ]


def scored(made: list[Forecast], outcomes: dict[str, float]) -> LiveScore:
    known = SESSION + timedelta(days=8)
    return live_score(
        made, outcomes, version="gbm-1", session=SESSION, horizon_sessions=5, known_session=known
    )


def test_every_figure_is_that_of_the_definition() -> None:
    made, rng = forecasts(), np.random.default_rng(4)
    outcomes = {each.ticker: float(x) for each, x in zip(made, rng.normal(0, 0.04, 20), strict=True)}
    realised = np.array(list(outcomes.values()))
    score = scored([*made, replace(made[0], ticker="GONE")], outcomes)
    assert (score.names, score.why) == (20, None)
    assert score.rank_ic == pytest.approx(spearmanr(range(20), realised).statistic)
    assert score.ic == pytest.approx(np.corrcoef(np.arange(20), realised)[0, 1])
    upper = realised > np.median(realised)
    assert score.hit_rate == pytest.approx(np.mean(upper == (np.arange(20) >= 10)))
    assert score.coverage == pytest.approx(np.mean((realised >= -0.04) & (realised <= 0.05)))
    losses = [
        -log(each.probability_up if x > 0 else 1 - each.probability_up)
        for each, x in zip(made, realised, strict=True)
    ]
    assert score.log_loss == pytest.approx(np.mean(losses))
    assert score.residual == pytest.approx(np.mean(np.abs(realised - 0.001 * np.arange(20)) / 0.09))


def test_too_few_names_or_equal_ones_have_a_reason_and_no_figure() -> None:
    made = forecasts()
    few = scored(made, {each.ticker: 0.01 * n for n, each in enumerate(made[:9])})
    assert few.why == "9 of its 20 forecasts have an outcome, 10 are needed"
    same = scored([replace(each, rank=0.5) for each in made], {each.ticker: 0.01 for each in made})
    assert same.why == "its forecasts, or their outcomes, are all the same"
    for each in (few, same):
        assert (each.ic, each.rank_ic, each.hit_rate, each.coverage, each.residual) == (None,) * 5


def test_outcomes_are_the_labels_of_the_session_once_they_are_known() -> None:
    universe = small_universe()
    sessions = universe.panel.sessions
    whole = excess_labels(universe, 5).values[200]
    known = outcomes_of(universe.rows(195, 207), sessions[200], 5)
    at = {ticker: j for j, ticker in enumerate(universe.panel.tickers)}
    assert len(known) > 30
    assert known == {ticker: whole[at[ticker]] for ticker in known}
    assert outcomes_of(universe.rows(195, 206), sessions[200], 5) == {}
    assert outcomes_of(universe.rows(195, 206), sessions[100], 5) == {}


def test_a_residual_is_in_widths_and_needs_ten_names() -> None:
    low, high, expected = (np.full((2, 12), x) for x in (-0.02, 0.02, 0.0))
    realised = np.full((2, 12), 0.02)
    realised[1, :3] = np.nan
    assert residuals(expected, low, high, realised).tolist() == [0.5, pytest.approx(np.nan, nan_ok=True)]
    assert np.isnan(residuals(expected, high, low, realised)).all(), "an interval turned over has no width"
