"""What every family of trees promises, and what each of them is there for."""

from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.executing import Threads
from fund.forecasting.families.direction import DirectionForecaster, focal_derivatives, focal_loss
from fund.forecasting.families.lambdarank import LambdarankForecaster
from fund.forecasting.families.quantile import QuantileForecaster
from fund.forecasting.families.xgb import XgbForecaster
from fund.forecasting.forecast import Spreading
from fund.forecasting.spread import relative_to_session
from fund.forecasting.walk_forward import walk_forward
from fund.metrics.forecasts import rank_information_coefficients
from support.forecasters import A_GBM, A_SCHEDULE, small_samples

SMALL = {"trees": 20, "min_rows_in_leaf": 40, "l2": 1.0}
FAMILIES = (
    A_GBM,
    QuantileForecaster(leaves=7, **SMALL),
    DirectionForecaster(leaves=7, **SMALL),
    LambdarankForecaster(leaves=7, **SMALL),
    XgbForecaster(depth=3, **SMALL),
)
TRAIN, AFTER = range(60, 160), slice(170, 200)

families = pytest.mark.parametrize("forecaster", FAMILIES, ids=lambda each: each.name)


def paying(column="VOL20", noise=1.0):
    """Samples in which one ranked feature is rewarded, in units of each name's own volatility."""
    samples = small_samples()
    random = np.random.default_rng(3)
    paid = samples.table.column(column) + noise * 0.3 * random.normal(size=samples.labels.values.shape)
    paid = np.where(samples.table.present, paid * samples.volatility, np.nan)
    return replace(samples, labels=replace(samples.labels, values=paid))


@families
def test_the_same_seed_gives_the_same_trees_and_another_gives_others(forecaster):
    values = small_samples().table.values[AFTER]
    fits = [
        each.fit(small_samples(), TRAIN) for each in (forecaster, forecaster, replace(forecaster, seed=8))
    ]
    first, again, other = (fit.score(values).tobytes() for fit in fits)
    assert first == again != other


@families
def test_nothing_after_the_training_sessions_matters(forecaster):
    samples = small_samples()
    labels, values = samples.labels.values.copy(), samples.table.values.copy()
    labels[160:], values[160:] = 9.0, 0.1
    future = replace(
        samples,
        labels=replace(samples.labels, values=labels),
        table=replace(samples.table, values=values),
        volatility=np.where(np.arange(len(labels))[:, None] < 160, samples.volatility, 7.0),
    )
    asked = samples.table.values[AFTER]
    told = [forecaster.fit(each, TRAIN).score(asked).tobytes() for each in (samples, future)]
    assert told[0] == told[1]


@pytest.mark.parametrize("forecaster", FAMILIES[2::2], ids=lambda each: each.name)
def test_folds_fitted_side_by_side_are_the_folds_fitted_alone(forecaster):
    schedule = replace(A_SCHEDULE, refit_sessions=60)
    one, two = (
        walk_forward(small_samples(), forecaster, schedule, executor=Threads(n)).scores for n in (1, 2)
    )
    assert one.tobytes() == two.tobytes()


@families
def test_what_pays_is_found(forecaster):
    samples = paying()
    scores = forecaster.fit(samples, TRAIN).score(samples.table.values[AFTER])
    found = rank_information_coefficients(scores, samples.table.column("VOL20")[AFTER].astype(float))
    assert np.nanmean(found) > 0.6


@families
def test_saved_trees_and_their_graph_score_to_the_bit(forecaster, tmp_path):
    values = small_samples().table.values[165:175].copy()
    values[0, :5] = np.nan
    fitted = forecaster.fit(small_samples(), TRAIN)
    loaded = forecaster.load(fitted.save(tmp_path / "fold-000"))
    served = loaded.served(fitted.export(tmp_path / "newest"))
    assert served.is_served
    assert not loaded.is_served
    assert fitted.score(values).tobytes() == loaded.score(values).tobytes() == served.score(values).tobytes()
    assert np.isnan(served.score(values)[0, :5]).all()
    assert "trees" in served.note


@families
@pytest.mark.parametrize(
    "content", [b"", b"no trees here", b"\xff\xfe\x00", b'["tree", "tree", "tree"]'], ids=range(4)
)
def test_a_damaged_file_is_named(forecaster, tmp_path, content):
    path = tmp_path / "fold-003.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"fold-003\.json"):
        forecaster.load(path)


@families
def test_parameters_say_what_decides_and_leave_out_what_does_not(forecaster):
    assert forecaster.parameters["trees"] == 20
    assert not {"threads", "seed", "name", "trials"} & set(forecaster.parameters)


def test_families_differ_in_what_they_say_not_only_in_name():
    values = small_samples().table.values[AFTER]
    said = [each.fit(small_samples(), TRAIN).score(values) for each in FAMILIES]
    for at, one in enumerate(said):
        for other in said[at + 1 :]:
            assert np.nanmean(rank_information_coefficients(one, other)) < 0.95


def test_quantiles_never_cross_and_the_score_is_the_middle():
    fitted = replace(FAMILIES[1], learning_rate=0.5, leaves=15).fit(small_samples(), TRAIN)
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 50, small_samples().table.values.shape[2]))
    found = fitted.quantiles(values.astype(np.float32))
    assert (np.diff(found, axis=-1) >= 0).all()
    np.testing.assert_array_equal(found[..., 1], fitted.score(values.astype(np.float32)))
    raw = fitted.outputs(values.astype(np.float32))
    assert (np.diff(raw, axis=-1) < 0).any(), "nothing crosses here, so the test shows nothing"


def test_a_spread_is_wide_where_outcomes_are_and_typically_one():
    samples = small_samples()
    wide = samples.table.column("RSI14") > 0
    random = np.random.default_rng(5)
    outcomes = random.normal(size=wide.shape) * np.where(wide, 2.0, 0.5) * samples.volatility
    labelled = np.where(samples.table.present, outcomes, np.nan)
    fitted = FAMILIES[1].fit(replace(samples, labels=replace(samples.labels, values=labelled)), TRAIN)
    spread = fitted.spread(samples.table.values[AFTER])
    assert isinstance(fitted, Spreading)
    np.testing.assert_allclose(np.nanmedian(spread, axis=1), 1.0)
    known = np.isfinite(spread)
    assert spread[known & wide[AFTER]].mean() > 2 * spread[known & ~wide[AFTER]].mean()


def test_a_width_that_is_none_has_no_view():
    found = relative_to_session(np.array([[1.0, 2.0, 3.0, 0.0], [np.nan, np.inf, -1.0, 0.0]]))
    np.testing.assert_array_equal(found, [[0.5, 1.0, 1.5, np.nan], [np.nan] * 4])


@pytest.mark.parametrize("focus", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_the_focal_loss_has_the_derivatives_it_claims(focus, side):
    odds, step = np.linspace(-5, 5, 41), 1e-5
    sides = np.full_like(odds, side)
    first, second = focal_derivatives(odds, sides, focus)
    up, down = (focal_loss(odds + s, sides, focus) for s in (step, -step))
    np.testing.assert_allclose(first, (up - down) / (2 * step), atol=1e-8)
    up, down = (focal_derivatives(odds + s, sides, focus)[0] for s in (step, -step))
    np.testing.assert_allclose(second, (up - down) / (2 * step), atol=1e-8)


def test_the_focal_loss_without_focus_is_the_logistic_one_and_finite_far_out():
    odds = np.array([-800.0, -1.0, 0.0, 2.0, 800.0])
    first, second = focal_derivatives(odds, np.ones(5), 0.0)
    chance = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    np.testing.assert_allclose(first, chance - 1)
    np.testing.assert_allclose(second, chance * (1 - chance))
    assert all(np.isfinite(each).all() for each in focal_derivatives(odds, -np.ones(5), 2.0))


@families
def test_constant_features_and_outcomes_give_scores_that_say_nothing(forecaster, tmp_path):
    samples = small_samples()
    flat = replace(
        samples,
        table=replace(samples.table, values=np.zeros_like(samples.table.values)),
        labels=replace(samples.labels, values=np.where(samples.table.present, 1.0, np.nan)),
    )
    if forecaster.name == "direction":
        with pytest.raises(DataError, match="expected labelled members"):
            forecaster.fit(flat, TRAIN)
        return
    fitted = forecaster.fit(flat, TRAIN)
    scores = fitted.served(fitted.export(tmp_path / "newest")).score(flat.table.values[AFTER])
    assert np.ptp(scores) == 0
