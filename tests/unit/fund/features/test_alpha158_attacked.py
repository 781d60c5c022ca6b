"""Alpha158 on the bars its loops were not written for, and against a third implementation: Polars'."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.features.alpha158 import ALPHA158, FAMILIES, WINDOWS
from fund.features.alpha158_panel import AdjustedBars, alpha158, last_alpha158
from support.alpha158_by_hand import made_bars
from support.alpha158_in_polars import alpha158_in_polars, long_frame

NAMES = tuple(feature.name for feature in ALPHA158)
AT = {name: row for row, name in enumerate(NAMES)}
PRICES = ("open", "high", "low", "close")
SICK = made_bars(80, seed=5)


def found_in(bars: dict[str, np.ndarray], last: int | None = None) -> np.ndarray:
    return alpha158(AdjustedBars(**bars), last=last)


SICK_FOUND = found_in(SICK)


def flat(sessions: int, price: float = 40.0, volume: float = 1000.0) -> dict[str, np.ndarray]:
    return {name: np.full((sessions, 1), price if name in PRICES else volume) for name in (*PRICES, "volume")}


def along(close: np.ndarray) -> dict[str, np.ndarray]:
    """Bars of one name that open at their close, with a high and a low one per cent away."""
    close = np.asarray(close, dtype=np.float64)[:, None]
    volume = 1000.0 + 10.0 * np.arange(len(close))[:, None]
    return {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": volume}


def last_of(bars: dict[str, np.ndarray]) -> dict[str, float]:
    return dict(zip(NAMES, found_in(bars)[:, 0, -1].tolist(), strict=True))


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def test_whole_bars_are_polars_bars() -> None:
    random = np.random.default_rng(9)
    close = 50.0 * np.exp(np.cumsum(random.normal(0, 0.02, (130, 3)), axis=0))
    opened = close * np.exp(random.normal(0, 0.01, close.shape))
    bars = {
        "open": opened,
        "high": np.maximum(opened, close) * np.exp(np.abs(random.normal(0, 0.005, close.shape))),
        "low": np.minimum(opened, close) * np.exp(-np.abs(random.normal(0, 0.005, close.shape))),
        "close": close,
        "volume": np.exp(random.normal(13, 0.5, close.shape)).round(),
    }
    theirs = alpha158_in_polars(long_frame(bars))
    assert tuple(theirs.columns) == NAMES
    expected = theirs.to_numpy().T.reshape(158, 3, 130)
    for name, ours, other in zip(NAMES, found_in(bars), expected, strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-3, atol=2e-5, err_msg=name)


def test_a_price_that_never_moves() -> None:
    found = last_of(flat(70))
    for w in WINDOWS:
        assert (found[f"STD{w}"], found[f"BETA{w}"], found[f"RESI{w}"]) == (0.0, 0.0, 0.0)
        assert (found[f"ROC{w}"], found[f"MA{w}"], found[f"QTLU{w}"], found[f"QTLD{w}"]) == (1.0,) * 4
        assert all(np.isnan(found[f"{stem}{w}"]) for stem in ("RSQR", "CORR", "CORD"))
        assert found[f"RANK{w}"] == pytest.approx((w + 1) / 2 / w)
        assert found[f"IMAX{w}"] == found[f"IMIN{w}"] == pytest.approx(1 / w), "ties at the older"
        assert (found[f"IMXD{w}"], found[f"RSV{w}"]) == (0.0, 0.0)
        for stem in ("CNTP", "CNTN", "CNTD", "SUMP", "SUMN", "SUMD", "VSUMP", "VSUMN", "VSUMD", "WVMA"):
            assert found[f"{stem}{w}"] == 0.0
        assert (found[f"VMA{w}"], found[f"VSTD{w}"]) == (1.0, 0.0)


def test_a_price_that_only_rises() -> None:
    found = last_of(along(np.linspace(100.0, 200.0, 80)))
    for w in WINDOWS:
        assert found[f"RSQR{w}"] == pytest.approx(1.0, abs=1e-6)
        assert found[f"BETA{w}"] == pytest.approx(100 / 79 / 200, rel=1e-5)
        assert found[f"RESI{w}"] == pytest.approx(0.0, abs=1e-7)
        assert (found[f"RANK{w}"], found[f"IMAX{w}"]) == (1.0, 1.0)
        assert found[f"IMIN{w}"] == pytest.approx(1 / w)
        assert (found[f"CNTP{w}"], found[f"CNTN{w}"], found[f"CNTD{w}"]) == (1.0, 0.0, 1.0)
        assert (found[f"SUMP{w}"], found[f"SUMN{w}"]) == pytest.approx((1.0, 0.0))
        assert (found[f"VSUMP{w}"], found[f"VSUMD{w}"]) == pytest.approx((1.0, 1.0))
        assert found[f"MAX{w}"] == pytest.approx(1.01)


def test_one_session_is_a_window_of_one() -> None:
    found = last_of(along(np.array([50.0])))
    for w in WINDOWS:
        assert (found[f"MA{w}"], found[f"QTLU{w}"], found[f"RANK{w}"], found[f"VMA{w}"]) == (1.0,) * 4
        assert found[f"IMAX{w}"] == found[f"IMIN{w}"] == pytest.approx(1 / w)
        assert (found[f"CNTP{w}"], found[f"CNTN{w}"]) == (0.0, 0.0)
        missing = ("ROC", "STD", "BETA", "RSQR", "RESI", "CORR", "CORD", "SUMP", "VSTD", "WVMA", "VSUMP")
        assert all(np.isnan(found[f"{stem}{w}"]) for stem in missing)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), ticks=st.booleans(), jumps=st.sampled_from([0.001, 0.05, 2.0]))
def test_no_bars_lead_out_of_the_bounds_of_a_definition(seed: int, ticks: bool, jumps: float) -> None:
    random = np.random.default_rng(seed)
    close = 30.0 * np.exp(np.cumsum(random.normal(0, jumps, (70, 2)), axis=0).clip(-20, 20))
    close = close.round(1) + 0.1 if ticks else close
    reach = 1.0 + np.abs(random.normal(0, jumps, (2, 70, 2)))
    bars = {"open": close * random.uniform(1 / reach[1], reach[0]), "high": close * reach[0]}
    bars |= {"low": close / reach[1], "close": close, "volume": random.integers(0, 9, close.shape) * 1.0}
    lost = random.uniform(size=close.shape) < 0.1
    found = found_in({name: np.where(lost, np.nan, column) for name, column in bars.items()})
    tiny = 1e-5
    for w in WINDOWS:
        of = {stem: found[AT[f"{stem}{w}"]] for stem, _, _ in FAMILIES}

        def holds(condition: np.ndarray, *used: np.ndarray) -> bool:
            return bool((condition | ~np.isfinite(np.array(used)).all(axis=0)).all())

        for stem in ("RSQR", "RSV", "SUMP", "SUMN", "VSUMP", "VSUMN", "CNTP", "CNTN"):
            assert holds((of[stem] >= -tiny) & (of[stem] <= 1 + tiny), of[stem]), stem
        for stem in ("CORR", "CORD", "CNTD", "SUMD", "VSUMD", "IMXD"):
            assert holds(np.abs(of[stem]) <= 1 + tiny, of[stem]), stem
        for stem in ("RANK", "IMAX", "IMIN"):
            assert holds((of[stem] > 0) & (of[stem] <= 1 + tiny), of[stem]), stem
        assert holds(of["QTLD"] <= of["QTLU"], of["QTLD"], of["QTLU"])
        assert holds(of["MIN"] <= of["QTLD"] * (1 + tiny), of["MIN"], of["QTLD"])
        assert holds(of["MAX"] >= of["QTLU"] * (1 - tiny), of["MAX"], of["QTLU"])
        assert holds(of["MAX"] >= found[AT["HIGH0"]], of["MAX"], found[AT["HIGH0"]])
        assert holds(of["MIN"] <= found[AT["LOW0"]], of["MIN"], found[AT["LOW0"]])
        assert holds(of["STD"] >= 0, of["STD"])
        for whole, plus, minus in (
            ("CNTD", "CNTP", "CNTN"),
            ("SUMD", "SUMP", "SUMN"),
            ("IMXD", "IMAX", "IMIN"),
        ):
            apart = np.abs(of[whole] - (of[plus] - of[minus]))
            assert holds(apart < tiny, of[whole], of[plus], of[minus]), whole


def test_names_are_computed_apart() -> None:
    order = np.random.default_rng(3).permutation(13)
    turned = {name: column[:, order] for name, column in SICK.items()}
    assert same(found_in(turned), SICK_FOUND[:, order])
    for j in (0, 4, 7, 12):
        alone = {name: column[:, j : j + 1] for name, column in SICK.items()}
        assert same(found_in(alone), SICK_FOUND[:, j : j + 1])


@pytest.mark.parametrize("poison", [np.inf, -np.inf, np.nan, 0.0, -1.0, 1e300, 1e-300], ids=str)
def test_what_comes_after_a_session_cannot_be_seen_in_it(poison: float) -> None:
    after = {name: column.copy() for name, column in SICK.items()}
    for column in after.values():
        column[50:] = poison
    assert same(found_in(after)[:, :, :50], SICK_FOUND[:, :, :50])


@pytest.mark.parametrize("poison", [np.inf, np.nan, 1e250, 1e-250], ids=str)
def test_what_lies_before_the_sixty_first_session_leaves_no_rounding_behind(poison: float) -> None:
    before = {name: column.copy() for name, column in SICK.items()}
    for column in before.values():
        column[:12] = poison
    assert same(found_in(before)[:, :, 72:], SICK_FOUND[:, :, 72:])


def no_price(value: float, name: str) -> dict[str, np.ndarray]:
    out = {each: column.copy() for each, column in SICK.items()}
    out[name][33:36, :2] = value
    return out


@pytest.mark.parametrize("name", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize("value", [np.inf, -np.inf, -3.0, -0.0001], ids=str)
def test_what_is_no_price_or_volume_is_missing(name: str, value: float) -> None:
    assert same(found_in(no_price(value, name)), found_in(no_price(np.nan, name)))


@pytest.mark.parametrize("name", ["open", "high", "low", "close"])
def test_a_price_of_zero_is_missing_and_a_volume_of_zero_is_none(name: str) -> None:
    assert same(found_in(no_price(0.0, name)), found_in(no_price(np.nan, name)))
    assert not same(found_in(no_price(0.0, "volume")), found_in(no_price(np.nan, "volume")))


def test_a_session_without_a_close_has_no_bar_whatever_else_is_there() -> None:
    partly, wholly = no_price(np.nan, "close"), no_price(np.nan, "close")
    for name in ("open", "high", "low", "volume"):
        partly[name][33:36, :2] = 1e6
        wholly[name][33:36, :2] = np.nan
    assert same(found_in(partly), found_in(wholly))


def test_the_bars_are_left_as_they_were_however_they_lie_in_memory() -> None:
    kept = {name: column.copy() for name, column in SICK.items()}
    for bars in (
        {name: np.asfortranarray(column) for name, column in kept.items()},
        {name: np.repeat(column, 2, axis=0)[::2] for name, column in kept.items()},
        {name: column[::-1].copy()[::-1] for name, column in kept.items()},
    ):
        for column in bars.values():
            column.flags.writeable = False
        assert same(found_in(bars), SICK_FOUND)
        assert all(same(np.ascontiguousarray(bars[name]), kept[name]) for name in kept)


def test_whole_numbers_and_single_precision_are_bars_too() -> None:
    whole = {name: np.nan_to_num(column, posinf=3.0).clip(1, 1e6).round() for name, column in SICK.items()}
    expected = found_in(whole)
    assert same(found_in({name: column.astype(np.int64) for name, column in whole.items()}), expected)
    assert same(found_in({name: column.astype(np.float32) for name, column in whole.items()}), expected)


@pytest.mark.parametrize("last", [1, 2, 59, 60, 61, 79, 80, 81, 5000])
def test_the_last_sessions_are_the_last_of_all(last: int) -> None:
    assert same(found_in(SICK, last), np.ascontiguousarray(SICK_FOUND[:, :, -last:]))


@pytest.mark.parametrize("last", [0, -1, -80])
def test_fewer_sessions_than_one_are_refused(last: int) -> None:
    with pytest.raises(DataError, match=rf"expected one session or more, found last = {last}; ask for 1"):
        found_in(SICK, last)


def test_threads_that_share_the_bars_find_what_one_finds() -> None:
    bars = AdjustedBars(**SICK)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: alpha158(bars), range(12)):
            assert same(found, SICK_FOUND)


@pytest.mark.parametrize("name", [each.name for each in fields(AdjustedBars) if each.name != "close"])
@pytest.mark.parametrize("shape", [(80,), (13, 80), (80, 12), (80, 13, 1), (1, 13)], ids=str)
def test_a_column_of_another_shape_is_named(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError) as refused:
        AdjustedBars(**{**SICK, name: np.ones(shape)})
    said = str(refused.value)
    assert f"expected {name} as [sessions, names] of the closes' shape (80, 13), found {shape!r}" in said
    assert said.endswith("align the columns")


def test_closes_of_one_dimension_are_refused_though_all_agree() -> None:
    with pytest.raises(DataError, match=r"expected open as .* found \(80,\)"):
        AdjustedBars(**{name: column[:, 0] for name, column in SICK.items()})


def test_an_average_price_is_cleaned_like_any_other() -> None:
    average = SICK["close"] * 1.001
    dirty = average.copy()
    dirty[10:20] = (np.inf, -1.0, 0.0, np.nan, -np.inf, 2.0, 3.0, -2.0, np.inf, 0.0, 1.0, 0.0, -5.0)
    clean = np.where((dirty > 0) & np.isfinite(dirty), dirty, np.nan)
    found = alpha158(AdjustedBars(**SICK, vwap=dirty))
    assert same(found, alpha158(AdjustedBars(**SICK, vwap=clean)))
    assert np.isnan(found[AT["VWAP0"], 0, 10:20]).sum() == 10
    assert same(last_alpha158(AdjustedBars(**SICK, vwap=dirty)), np.ascontiguousarray(found[:, :, -1]))


def test_the_windows_state_how_many_sessions_are_read() -> None:
    for feature in ALPHA158:
        at = AT[feature.name]
        window = {name: column[80 - feature.window :] for name, column in SICK.items()}
        assert same(found_in(window, 1)[at], np.ascontiguousarray(SICK_FOUND[at, :, -1:])), feature.name
