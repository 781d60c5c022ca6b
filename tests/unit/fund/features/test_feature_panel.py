from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.panel import FEATURE_VERSION, FEATURES, HISTORY_SESSIONS, feature_table
from support.panels import BENCHMARK, a_panel, a_universe, bundle_universe, feature_values

BY_NAME = {feature.name: feature for feature in FEATURES}
HOLED = a_universe(a_panel(320, 12, seed=4, holes=0.03))
WHOLE = {name: feature_values(HOLED, feature) for name, feature in BY_NAME.items()}


def last(name: str, universe=HOLED) -> np.ndarray:
    return feature_values(universe, BY_NAME[name])[-1]


def test_every_feature_has_one_name_a_formula_and_a_source():
    assert len(BY_NAME) == len(FEATURES) >= 60
    assert all(f.formula and f.source and 1 <= f.window <= HISTORY_SESSIONS for f in FEATURES)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_feature_depends_on_its_own_window_and_on_nothing_later(name):
    feature = BY_NAME[name]
    for t in (HISTORY_SESSIONS, 280, 301):
        window = HOLED.rows(t + 1 - feature.window, t + 1)
        assert feature_values(window, feature)[-1].tobytes() == WHOLE[name][t].tobytes()


@pytest.mark.parametrize("name", [name for name, feature in BY_NAME.items() if feature.window > 1])
def test_the_stated_window_is_not_longer_than_the_feature_needs(name):
    feature = BY_NAME[name]
    differs = []
    for t in range(HISTORY_SESSIONS, 320, 7):
        short = HOLED.rows(t + 2 - feature.window, t + 1)
        differs.append(feature_values(short, feature)[-1].tobytes() != WHOLE[name][t].tobytes())
    assert any(differs)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_name_without_a_bar_has_no_value(name):
    assert np.isnan(WHOLE[name][np.isnan(HOLED.panel.close)]).all()


@pytest.mark.parametrize("name", BY_NAME)
def test_every_feature_says_something_once_history_is_there(name):
    values = WHOLE[name][HISTORY_SESSIONS:]
    known = values[HOLED.present[HISTORY_SESSIONS:]]
    assert np.isfinite(known).mean() > 0.85
    assert len(np.unique(known[np.isfinite(known)])) > 5


@pytest.mark.parametrize("name", BY_NAME)
def test_a_split_leaves_no_trace(name):
    panel = a_panel(300, 6, seed=2)
    parts = {key: getattr(panel, key).copy() for key in ("open", "high", "low", "close", "volume")}
    for key, values in parts.items():
        values[290:, 2] *= 7.0 if key == "volume" else 1 / 7.0
    before = last(name, a_universe(panel))
    after = last(name, a_universe(replace(panel, **parts)))
    np.testing.assert_allclose(after, before, rtol=1e-6, atol=1e-12)


def test_momentum_leaves_the_last_month_out():
    close = HOLED.panel.total_return_index
    known = np.isfinite(last("MOM252"))
    np.testing.assert_allclose(last("MOM252")[known], np.log(close[-22] / close[-253])[known])


def test_a_candle_is_read_from_the_bar():
    panel = HOLED.panel
    body = ((panel.close - panel.open) / panel.open)[-1]
    np.testing.assert_allclose(last("KMID"), body, rtol=1e-9, atol=1e-12)


def test_the_benchmark_has_a_beta_of_one_and_no_residual():
    at = HOLED.panel.tickers.index(BENCHMARK)
    assert last("MKTBETA60")[at] == pytest.approx(1.0)
    assert last("RESVOL60")[at] == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("name", ["VOL60", "PARK20", "GK20", "YZ20"])
def test_volatility_estimators_find_the_volatility_of_a_fine_walk(name):
    random = np.random.default_rng(5)
    ticks = np.cumsum(random.normal(0, 0.02 / np.sqrt(400), (80 * 400, 11)), axis=0).reshape(80, 400, 11)
    panel = a_panel(80, 10)
    shape = {
        "open": ticks[:, 0],
        "high": ticks.max(axis=1),
        "low": ticks.min(axis=1),
        "close": ticks[:, -1],
    }
    prices = {key: np.exp(values) for key, values in shape.items()}
    universe = a_universe(replace(panel, total_return_index=prices["close"], **prices))
    assert last(name, universe).mean() == pytest.approx(0.02, rel=0.15)


def test_rsi_of_nothing_but_gains_is_one():
    panel = a_panel(40, 3)
    rising = np.repeat(np.exp(np.arange(40.0) * 0.01)[:, None], 4, axis=1)
    prices = {key: rising for key in ("open", "high", "low", "close", "total_return_index")}
    assert last("RSI14", a_universe(replace(panel, **prices))) == pytest.approx(np.ones(4))


def test_the_table_ranks_members_only_around_zero():
    table = feature_table(HOLED)
    outside = table.values[~table.present]
    assert np.isnan(outside).all()
    assert np.abs(np.nanmean(table.values[HISTORY_SESSIONS:], axis=1)).max() < 1e-6
    assert np.nanmax(np.abs(table.values)) < 0.5


def test_the_last_row_alone_is_the_last_row_of_all():
    whole, one = feature_table(HOLED), feature_table(HOLED, last=1)
    assert one.sessions == whole.sessions[-1:]
    assert one.values.tobytes() == whole.values[-1:].tobytes()


def test_a_column_is_found_by_name_and_an_unknown_one_refused():
    table = feature_table(HOLED, FEATURES[:3])
    np.testing.assert_array_equal(table.column("ROC5"), table.values[:, :, 1])
    with pytest.raises(DataError, match="'NOPE'"):
        table.column("NOPE")


def test_the_version_names_code_and_definitions():
    assert FEATURE_VERSION.split("-")[0].isdigit()
    assert len(FEATURE_VERSION.split("-")[1]) == 12


def test_the_bundle_cut_at_a_session_gives_the_same_row():
    universe = bundle_universe()
    t = 400
    cut = universe.rows(t + 1 - HISTORY_SESSIONS, t + 1)
    row = feature_table(cut, last=1)
    later = feature_table(universe.rows(t + 1 - HISTORY_SESSIONS, t + 30))
    assert row.values[0].tobytes() == later.values[-30].tobytes()
    assert np.isfinite(row.values[0][row.present[0]]).mean() > 0.97
