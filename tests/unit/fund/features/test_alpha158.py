"""Alpha158 against its definitions written a second time, and what must not change a value."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.features.alpha158 import ALPHA158
from fund.features.alpha158_panel import COUNT, SESSIONS, AdjustedBars, alpha158, last_alpha158
from fund.features.columns import Columns
from fund.features.compiling import compiled
from fund.features.panel import FEATURES, feature_table, feature_version
from fund.features.universe import Universe
from support.alpha158_by_hand import by_hand, made_bars
from support.panels import a_panel, a_universe

NAMES = tuple(feature.name for feature in ALPHA158)
BARS = made_bars()


@pytest.fixture(scope="module")
def found() -> np.ndarray:
    return alpha158(AdjustedBars(**BARS))


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b, equal_nan=True)


def cut(bars: dict[str, np.ndarray], rows: slice) -> AdjustedBars:
    return AdjustedBars(**{name: column[rows] for name, column in bars.items()})


def test_there_are_158_of_them_each_with_a_formula_a_source_and_a_window() -> None:
    assert len(set(NAMES)) == len(NAMES) == COUNT == 158
    assert all(feature.formula and feature.source for feature in ALPHA158)
    assert max(feature.window for feature in ALPHA158) == SESSIONS


@pytest.mark.parametrize("j", range(BARS["close"].shape[1]))
def test_every_feature_of_every_name_is_its_definition(j: int, found: np.ndarray) -> None:
    for t in (*range(0, 90, 4), *range(60, 65), 70, 89):
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = dict(by_hand(BARS, j, t))
        assert tuple(expected) == NAMES
        np.testing.assert_allclose(
            found[:, j, t], np.array(list(expected.values())), rtol=2e-5, atol=1e-7, err_msg=f"{t=}"
        )


def test_no_value_is_infinite_and_none_is_there_without_a_bar(found: np.ndarray) -> None:
    assert not np.isinf(found).any()
    untraded = ~(np.isfinite(BARS["close"]).T & (BARS["close"].T > 0))
    assert np.isnan(found[:, untraded]).all()


def test_the_last_session_alone_is_the_panels_last_to_the_bit(found: np.ndarray) -> None:
    for t in (*range(0, 90, 7), 60, 61, 62, 89):
        bars = cut(BARS, slice(0, t + 1))
        assert same(last_alpha158(bars), found[:, :, t])
    assert same(alpha158(AdjustedBars(**BARS), last=30), found[:, :, -30:])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), holes=st.sampled_from([0.0, 0.2, 0.7]), ticks=st.booleans())
def test_nested_windows_are_the_windows_whatever_is_missing(seed: int, holes: float, ticks: bool) -> None:
    random = np.random.default_rng(seed)
    close = 20.0 + random.normal(0, 1, (75, 2)).cumsum(axis=0) / 4
    close = close.round() if ticks else close
    bars = {
        name: close + extra for name, extra in (("open", 0.0), ("high", 1.0), ("low", -1.0), ("close", 0.0))
    }
    bars["volume"] = random.integers(0, 4, close.shape).astype(np.float64)
    lost = random.uniform(size=close.shape) < holes
    for column in bars.values():
        column[lost] = np.nan
    found = alpha158(AdjustedBars(**bars))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = dict(by_hand(bars, 0, 74))
    np.testing.assert_allclose(found[:, 0, 74], list(expected.values()), rtol=2e-5, atol=1e-6)
    start = int(random.integers(0, 14))
    assert same(last_alpha158(cut(bars, slice(start, 75))), found[:, :, -1])
    end = int(random.integers(1, 75))
    assert same(alpha158(cut(bars, slice(0, end))), found[:, :, :end])


PRICES = ("open", "high", "low", "close")
HEALTHY = {name: column[:, :1] for name, column in BARS.items()}


@pytest.mark.parametrize(
    ("price", "volume", "expected"), [(3.7, 1.0, set()), (1.0, 10.0, {"CORR"}), (1e-3, 1e3, {"CORR"})]
)
def test_a_scale_of_prices_or_volumes_changes_nothing_but_the_logarithm_of_few_shares(
    price: float, volume: float, expected: set[str]
) -> None:
    few = {**HEALTHY, "volume": 1.0 + HEALTHY["volume"] % 5}
    scaled = {name: column * (price if name in PRICES else volume) for name, column in few.items()}
    before, after = alpha158(AdjustedBars(**few)), alpha158(AdjustedBars(**scaled))
    moved = {
        name.rstrip("0123456789")
        for name, a, b in zip(NAMES, before, after, strict=True)
        if not np.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)
    }
    assert moved == expected


def test_an_average_price_is_taken_where_there_is_one() -> None:
    given = alpha158(AdjustedBars(**HEALTHY, vwap=HEALTHY["low"]))
    plain = alpha158(AdjustedBars(**HEALTHY))
    at = NAMES.index("VWAP0")
    assert same(given[at], given[NAMES.index("LOW0")])
    assert same(np.delete(given, at, axis=0), np.delete(plain, at, axis=0))


def test_no_session_or_no_name_is_an_empty_result() -> None:
    assert alpha158(cut(BARS, slice(0, 0))).shape == (158, 13, 0)
    nobody = AdjustedBars(**{name: column[:, :0] for name, column in BARS.items()})
    assert last_alpha158(nobody).shape == (158, 0)


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match=r"expected volume as .* found \(89, 13\)"):
        AdjustedBars(**{**BARS, "volume": BARS["volume"][1:]})
    with pytest.raises(DataError, match="found last = 0"):
        alpha158(AdjustedBars(**BARS), last=0)


def split_at(universe: Universe, session: int) -> Universe:
    """The same market after a four for one split: prices a quarter, shares fourfold, the index unmoved."""
    panel = universe.panel
    quarter = {name: getattr(panel, name).copy() for name in PRICES}
    for column in quarter.values():
        column[session:] /= 4.0
    volume = panel.volume.copy()
    volume[session:] *= 4.0
    return replace(universe, panel=replace(panel, volume=volume, **quarter))


def test_a_split_changes_no_feature() -> None:
    universe = a_universe(a_panel(100, 4, seed=3))
    whole, split = (Columns(u).alpha158 for u in (universe, split_at(universe, 70)))
    np.testing.assert_allclose(split, whole, rtol=1e-5, atol=1e-7)


def test_the_table_ranks_them_like_every_other_feature() -> None:
    universe = a_universe(a_panel(90, 12, seed=5, holes=0.05))
    table = feature_table(universe, ALPHA158)
    assert (table.names, table.values.shape) == (NAMES, (90, 13, 158))
    assert table.version == feature_version(ALPHA158) != feature_version(FEATURES)
    rsv = Columns(universe).alpha158[NAMES.index("RSV20")].T
    known = table.present & np.isfinite(rsv)
    assert np.isfinite(table.column("RSV20")[known]).all()
    order = np.argsort(rsv[-1][known[-1]])
    assert (np.diff(table.column("RSV20")[-1][known[-1]][order]) > 0).all()
    assert same(feature_table(universe.rows(29, 90), ALPHA158, last=1).values, table.values[-1:])


def test_two_features_of_one_name_are_refused() -> None:
    with pytest.raises(DataError, match="MA5"):
        feature_table(a_universe(a_panel(20, 3)), (*FEATURES, *ALPHA158))


def test_a_kernel_without_a_cache_folder_is_compiled_all_the_same() -> None:
    there: dict[str, Callable[[float], float]] = {}
    exec(compile("def inverse(x):\n    return 1.0 / x\n", "<nowhere>", "exec"), there)
    assert compiled(there["inverse"])(0.0) == np.inf
