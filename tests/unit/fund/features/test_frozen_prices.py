"""What never moves has no deviation, whatever number it stands at: most are no binary fractions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.features import technical
from fund.features.columns import Columns
from fund.features.panel import feature_table
from fund.features.sets import KINDS, LAB, features_named
from fund.features.universe import Universe
from support.contexts import with_context
from support.panels import a_panel, a_universe

CONSTANTS = (1.0, 0.1, 1 / 3, 1e-7, 123.45, 0.7, 9999.1)
"""The first is exact, so are all sums of it."""
WINDOWS = (5, 10, 14, 20, 60, 250)
SESSIONS = 300
PRICES = ("open", "high", "low", "close")


@given(
    value=st.one_of(st.sampled_from(CONSTANTS), st.floats(1e-9, 1e9)),
    window=st.sampled_from((2, 3, *WINDOWS)),
    holes=st.integers(0, 2**20 - 1),
    sign=st.sampled_from((1.0, -1.0)),
)
@settings(max_examples=40, deadline=None)
def test_the_mean_of_what_stays_is_that_and_nothing_deviates(
    value: float, window: int, holes: int, sign: float
) -> None:
    x = np.full((270, 2), sign * value)
    x[:20, 1] = [np.nan if holes >> at & 1 else sign * value for at in range(20)]
    moving = np.random.default_rng(0).normal(size=x.shape)
    mean, std = technical.moments(x, window)
    known = np.isfinite(mean)
    assert known[-1].all()
    assert (mean[known] == sign * value).all()
    assert (std[known & np.isfinite(std)] == 0.0).all()
    smooth = technical.decay(x, window)
    assert (smooth[np.isfinite(smooth)] == sign * value).all()
    apart = technical.deviation(x, window)
    assert (apart[np.isfinite(apart)] == 0.0).all()
    for found in (technical.pair(x, moving, window), technical.trend(x, window)):
        assert np.isnan(found.correlation).all()
        for each in (found.slope, found.residual_std, found.residual):
            assert (each[np.isfinite(each)] == 0.0).all()
    for each in technical.pair(moving, x, window):
        assert np.isnan(each).all()


@given(seed=st.integers(0, 1_000), window=st.sampled_from((2, 3, 7)))
@settings(max_examples=30, deadline=None)
def test_a_window_is_alike_when_all_that_is_known_of_it_is(seed: int, window: int) -> None:
    random = np.random.default_rng(seed)
    x, y = random.choice([0.1, 0.2, np.nan], (2, 40, 3), p=[0.8, 0.1, 0.1])
    found = technical.alike(x, y, window)
    for t in range(40):
        for j in range(3):
            rows = slice(max(t - window + 1, 0), t + 1)
            there = x[rows, j][np.isfinite(x[rows, j]) & np.isfinite(y[rows, j])]
            if len(there):
                expected = there[0] if (there == there[0]).all() else np.nan
                np.testing.assert_equal(found[t, j], expected)


def frozen() -> Universe:
    """Names that never trade at another price or in another number of shares, each at its own; one moves.

    Their indices stand at other numbers than their prices, as they do where dividends were paid.
    """
    panel = a_panel(SESSIONS, len(CONSTANTS), seed=4)
    columns = {name: getattr(panel, name).copy() for name in (*PRICES, "volume", "total_return_index")}
    for name in PRICES:
        columns[name][:, :-1] = CONSTANTS
    columns["volume"][:, :-1] = 1e6 / np.array(CONSTANTS)
    columns["volume"][:, 0] = 2.0**20
    columns["total_return_index"][:, :-1] = CONSTANTS * np.array([1.0, *(1.1 + 0.3 * k for k in range(6))])
    return with_context(a_universe(replace(panel, **columns), sectors=1))


def test_a_frozen_name_has_the_same_features_whatever_number_its_price_stands_at() -> None:
    filed = {feature.name for kind in ("filings", "news") for feature in KINDS[kind]}
    pure = [feature for feature in LAB if not feature.in_dollars and feature.name not in filed]
    columns, apart = Columns(frozen(), last=1), {}
    for feature in pure:
        found = feature.compute(columns)[-1, : len(CONSTANTS)]
        if not np.allclose(found, found[0], rtol=1e-9, atol=1e-12, equal_nan=True):
            apart[feature.name] = found
    assert apart == {}
    assert len(pure) > 300


@pytest.mark.parametrize(
    "name", ["BOLL20", "CCI20", "RSQR20", "STOCH14", "VSURPRISE60", "ULTIMATE", "VTREND20"]
)
def test_what_a_frozen_name_cannot_have_is_missing_in_the_panel_and_in_the_last_session(name: str) -> None:
    universe, feature = frozen(), features_named([name])
    whole = feature_table(universe, feature).values
    last = feature_table(universe, feature, last=1).values
    assert last.tobytes() == whole[-1:].tobytes()
    still = 0.0 if name == "VTREND20" else np.nan
    np.testing.assert_array_equal(feature[0].compute(Columns(universe))[-1, :-1], still)


def test_a_session_in_which_all_names_move_alike_has_no_dispersion() -> None:
    panel = a_panel(60, 6, seed=1)
    alike = np.repeat(np.exp(0.1 * np.arange(60.0))[:, None] / 3.0, 7, axis=1)
    universe = a_universe(replace(panel, **dict.fromkeys((*PRICES, "total_return_index"), alike)))
    found = features_named(["DISPERSION20"])[0].compute(Columns(universe))
    assert np.isnan(found[-1]).all()
    moved = features_named(["DISPERSION20"])[0].compute(Columns(a_universe(panel)))
    assert np.isfinite(moved[-1]).all()
