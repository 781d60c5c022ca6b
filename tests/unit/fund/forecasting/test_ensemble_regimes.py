"""Weights that depend on the market's weather: learned in each, and told by what was known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.labels import Labels
from fund.forecasting.ensemble.forecaster import EnsembleForecaster, load_ensemble
from fund.forecasting.ensemble.heard import MARKET, HeardSamples, heard_table, placed
from fund.forecasting.recent import MARKET_SESSIONS, market_returns
from fund.metrics.ranks import average_ranks
from support.forecasters import small_samples
from support.panels import a_panel, a_universe, weekdays

SESSIONS, NAMES, STOP = 900, 12, 800
TURBULENT = (np.arange(SESSIONS) // 60) % 2 == 1


def heard(seed: int = 0) -> HeardSamples:
    """Two members: `a` knows something in calm markets only, `b` in turbulent ones only."""
    rng = np.random.default_rng(seed)
    outcome = rng.normal(size=(SESSIONS, NAMES))
    knows = np.where(TURBULENT, 0.0, 0.6)[:, None], np.where(TURBULENT, 0.6, 0.0)[:, None]
    said = [skill * outcome + np.sqrt(1 - skill**2) * rng.normal(size=outcome.shape) for skill in knows]
    return HeardSamples(
        table=heard_table(
            names=("a", "b"),
            version="members-1",
            sessions=weekdays(SESSIONS),
            tickers=tuple(f"N{at:02d}" for at in range(NAMES)),
            ranks=np.stack([average_ranks(each) for each in said]),
            market=rng.normal(0, np.where(TURBULENT, 0.02, 0.006)),
            present=np.ones((SESSIONS, NAMES), dtype=bool),
        ),
        labels=Labels(horizon_sessions=5, values=0.02 * outcome),
        volatility=np.full((SESSIONS, NAMES), 0.02),
    )


SAMPLES = heard()
FITTED = EnsembleForecaster().fit(SAMPLES, range(60, STOP))


def test_each_weather_leans_to_the_member_that_knows_it():
    calm, turbulent = FITTED.learned.by_regime[0], FITTED.learned.by_regime[1]
    assert calm[0] > FITTED.learned.overall[0] + 0.2
    assert turbulent[1] > FITTED.learned.overall[1] + 0.2
    assert FITTED.note.startswith("a 0.")
    assert ", calm: a 0." in FITTED.note
    assert ", turbulent: a 0." in FITTED.note
    told = FITTED.weights(SAMPLES.table.values)[STOP:]
    later = TURBULENT[STOP:]
    assert (told[later].argmax(axis=1) == 1).mean() > 0.8
    assert (told[~later].argmax(axis=1) == 0).mean() > 0.8
    assert FITTED.regime(SAMPLES.table.values[: STOP + 40]) == "turbulent"
    plain = EnsembleForecaster(by_regime=False).fit(SAMPLES, range(60, STOP))
    assert (plain.regimes, plain.sessions, plain.regime(SAMPLES.table.values)) == (None, 1, None)
    np.testing.assert_array_equal(plain.learned.overall, FITTED.learned.overall)
    assert EnsembleForecaster(way="equal").fit(SAMPLES, range(60, STOP)).regimes is None


def test_a_score_is_told_by_its_own_window_to_the_bit():
    values = SAMPLES.table.values
    whole = FITTED.score(values)
    assert FITTED.sessions == MARKET_SESSIONS
    assert np.isnan(whole[: MARKET_SESSIONS - 1]).all()
    for t in (STOP, STOP + 7, SESSIONS - 1):
        alone = FITTED.score(values[t - MARKET_SESSIONS + 1 : t + 1])
        np.testing.assert_array_equal(alone[-1], whole[t])
    blind = values[SESSIONS - MARKET_SESSIONS :].copy()
    blind[:-1, :, :-1] = np.nan
    np.testing.assert_array_equal(FITTED.score(blind)[-1], whole[-1], "what was said before is not read")


def test_nothing_after_the_training_has_a_say():
    values, labels = SAMPLES.table.values.copy(), SAMPLES.labels.values.copy()
    values[STOP:], labels[STOP:] = 0.3, 9.0
    poisoned = replace(
        SAMPLES,
        table=replace(SAMPLES.table, values=values),
        labels=replace(SAMPLES.labels, values=labels),
    )
    again = EnsembleForecaster().fit(poisoned, range(60, STOP))
    np.testing.assert_array_equal(again.learned.overall, FITTED.learned.overall)
    for at, weights in FITTED.learned.by_regime.items():
        np.testing.assert_array_equal(again.learned.by_regime[at], weights)
    np.testing.assert_array_equal(again.regimes.transition, FITTED.regimes.transition)


def test_it_is_read_back_to_the_last_digit_and_damage_is_named(tmp_path):
    path = FITTED.save(tmp_path / "fold-000")
    loaded = EnsembleForecaster().load(path)
    np.testing.assert_array_equal(loaded.score(SAMPLES.table.values), FITTED.score(SAMPLES.table.values))
    assert (loaded.note, loaded.members) == (FITTED.note, FITTED.members)
    assert loaded.save(tmp_path / "again").read_bytes() == path.read_bytes()
    stored = json.loads(path.read_text())
    for change, said in (
        ({"overall": [0.5]}, "a share for each of 2 members"),
        ({"overall": [1.5, -0.5]}, "a share for each of 2 members"),
        ({"by_regime": {"0": [0.0, 0.0]}}, "a share for each of 2 members"),
        ({"by_regime": [1]}, "expected weights of an ensemble in 'bad"),
        ({"regimes": {"means": [0.0]}}, "expected weights of an ensemble in 'bad"),
    ):
        bad = tmp_path / "bad.ensemble.json"
        bad.write_text(json.dumps(stored | change))
        with pytest.raises(DataError, match=said):
            load_ensemble(bad)
    with pytest.raises(DataError, match="expected weights of an ensemble in 'gone"):
        load_ensemble(tmp_path / "gone.ensemble.json")


def test_too_short_or_still_a_market_leaves_one_set_of_weights():
    short = EnsembleForecaster().fit(SAMPLES, range(60, 400))
    assert (short.regimes, dict(short.learned.by_regime)) == (None, {})
    still = SAMPLES.table.values.copy()
    still[..., -1] = 0.01
    found = EnsembleForecaster().fit(
        replace(SAMPLES, table=replace(SAMPLES.table, values=still)), range(60, STOP)
    )
    assert found.regimes is None
    assert np.isfinite(found.score(still)[0]).all()


def test_other_samples_and_sessions_without_outcomes_are_refused():
    with pytest.raises(DataError, match="expected what members said, found features"):
        EnsembleForecaster().fit(small_samples(), range(60, 100))
    unknown = replace(SAMPLES, labels=replace(SAMPLES.labels, values=np.full((SESSIONS, NAMES), np.nan)))
    with pytest.raises(DataError, match="on which every member spoke and whose outcome is known"):
        EnsembleForecaster(by_regime=False).fit(unknown, range(60, 100))


def test_the_market_stands_beside_the_members_on_its_own_scale():
    universe = a_universe(a_panel(90, 5, seed=3))
    found, recent = market_returns(universe), market_returns(universe.rows(10, 90), 63)
    index = universe.panel.total_return_index[:, universe.panel.tickers.index("SPY")]
    np.testing.assert_allclose(found.values[1:], np.diff(np.log(index)), atol=1e-15)
    assert np.isnan(found.values[0])
    assert recent.sessions == universe.panel.sessions[-63:]
    np.testing.assert_array_equal(recent.values, found.values[-63:])
    assert SAMPLES.table.names == ("a", "b", MARKET)
    assert SAMPLES.first_warm == 0


def test_a_matrix_is_laid_where_its_sessions_and_names_are():
    days = weekdays(3)
    laid = placed(np.array([[1.0, 2.0], [3.0, 4.0]]), days[:2], ("B", "X"), days[1:], ("A", "B"))
    np.testing.assert_array_equal(laid, [[np.nan, 3.0], [np.nan, np.nan]])
