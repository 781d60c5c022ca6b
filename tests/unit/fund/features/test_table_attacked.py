"""The table of every feature: the future poisoned, outsiders gone mad, names shuffled, nothing to read."""

from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.columns import WINDOWS_KEPT, Columns
from fund.features.context import Context
from fund.features.cross_section import cross_rank, cross_zscore, less_mean, less_sector_mean
from fund.features.page import feature_page
from fund.features.panel import FEATURES, REACHES, FeatureTable, feature_table, feature_version
from fund.features.sets import KINDS, LAB, SETS, feature_set, features_named
from fund.features.universe import Universe, sector_codes
from support.contexts import with_context
from support.panels import BENCHMARK, a_panel, a_universe

BARS = ("open", "high", "low", "close", "volume", "total_return_index")
PRICES = tuple(name for name in BARS if name != "volume")
SESSIONS, CUT = 300, 270
SOUND = with_context(a_universe(a_panel(SESSIONS, 8, seed=4, holes=0.02)), holes=0.05)
WHOLE = feature_table(SOUND, LAB)
FEW = features_named(["ROC5", "KMID", "SECTOR5", "BREADTH50", "NEWS5", "VIX", "MA5", "CORR5"])
NAN = np.nan


def with_bars(universe: Universe, **changes: np.ndarray) -> Universe:
    return replace(universe, panel=replace(universe.panel, **changes))


def altered(universe: Universe, rows: slice, columns: slice | int, to: float) -> Universe:
    """Every bar of these sessions and names set to one value, in a copy."""
    bars = {name: getattr(universe.panel, name).copy() for name in BARS}
    for values in bars.values():
        values[rows, columns] = to
    return with_bars(universe, **bars)


def context_altered(universe: Universe, rows: slice, to: float) -> Universe:
    assert universe.context is not None
    market = {name: values.copy() for name, values in universe.context.market.items()}
    names = {name: values.copy() for name, values in universe.context.names.items()}
    for values in (*market.values(), *names.values()):
        values[rows] = to
    return replace(universe, context=Context(market=market, names=names))


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and np.array_equal(a, b, equal_nan=True)


def apart(a: np.ndarray, b: np.ndarray) -> set[str]:
    """The features of which any value differs."""
    pairs = zip(LAB, np.moveaxis(a, -1, 0), np.moveaxis(b, -1, 0), strict=True)
    return {feature.name for feature, mine, other in pairs if not same(mine, other)}


def test_no_feature_sees_a_poisoned_future() -> None:
    later, poisoned = slice(CUT, None), SOUND
    for k, poison in enumerate((np.inf, -1.0, 1e60, 0.0, NAN)):
        rows = slice(CUT + k, None, 5)
        poisoned = context_altered(altered(poisoned, rows, slice(None), poison), rows, poison)
    members = poisoned.members.copy()
    members[later] = ~members[later]
    found = feature_table(replace(poisoned, members=members), LAB)
    assert apart(found.values[:CUT], WHOLE.values[:CUT]) == set()
    assert apart(found.values[CUT:], WHOLE.values[CUT:]) >= {"ROC1", "WAVE2", "SIZE", "BREADTH50"}


def test_no_feature_of_a_short_window_remembers_a_poisoned_past() -> None:
    poisoned = context_altered(altered(SOUND, slice(0, 100), slice(None), np.inf), slice(0, 100), np.inf)
    found = feature_table(poisoned, LAB)
    for at, feature in enumerate(LAB):
        first = 100 + feature.window - 1
        assert same(found.values[first:, :, at], WHOLE.values[first:, :, at]), feature.name


def test_one_who_is_no_member_moves_nobody() -> None:
    members = SOUND.members.copy()
    members[:, 2] = False
    quiet = feature_table(replace(SOUND, members=members), LAB, last=60).values
    mad = altered(replace(SOUND, members=members), slice(None, None, 3), 2, 1e9)
    found = feature_table(mad, LAB, last=60).values
    assert apart(found, quiet) == set()
    assert np.isnan(found[:, 2]).all()


def test_the_benchmark_is_read_and_has_no_value_of_its_own() -> None:
    at = SOUND.panel.tickers.index(BENCHMARK)
    bars = {name: getattr(SOUND.panel, name).copy() for name in PRICES}
    for values in bars.values():
        values[:, at] *= np.exp(np.linspace(0, 0.5, SESSIONS) ** 2)
    moved = apart(feature_table(with_bars(SOUND, **bars), LAB).values, WHOLE.values)
    read = {
        "MKTBETA60",
        "RELSTRENGTH20",
        "MARKET20",
        "MARKETVOL20",
        "LAGBETA60",
        "VIXPREMIUM20",
        "TOGETHER60",
    }
    assert read <= moved
    assert not {"ROC5", "MA5", "WAVE3", "BREADTH50", "SECTOR20", "SIZE", "VIX", "WEEKDAY"} & moved
    assert np.isnan(WHOLE.values[:, at]).all()


def test_the_order_of_the_names_is_no_information() -> None:
    order = np.random.default_rng(1).permutation(len(SOUND.panel.tickers))
    assert SOUND.context is not None
    panel = replace(
        SOUND.panel,
        tickers=tuple(SOUND.panel.tickers[k] for k in order),
        **{name: np.ascontiguousarray(getattr(SOUND.panel, name)[:, order]) for name in BARS},
    )
    names = {name: values[:, order] for name, values in SOUND.context.names.items()}
    shuffled = Universe(
        panel=panel,
        members=SOUND.members[:, order],
        sectors=SOUND.sectors[order],
        benchmark=BENCHMARK,
        context=Context(market=SOUND.context.market, names=names),
    )
    few = feature_table(shuffled, FEW, last=40).values
    np.testing.assert_allclose(few, feature_table(SOUND, FEW, last=40).values[:, order], atol=2e-7)


def test_another_name_for_a_sector_changes_nothing() -> None:
    renamed = replace(SOUND, sectors=np.where(SOUND.sectors >= 0, SOUND.sectors * 7 + 3, -1))
    assert same(feature_table(renamed, LAB, last=1).values, WHOLE.values[-1:])


def test_another_sector_changes_only_what_reads_it() -> None:
    others = replace(SOUND, sectors=np.roll(np.arange(9) % 2, 1))
    moved = apart(feature_table(others, LAB, last=1).values, WHOLE.values[-1:])
    assert moved == {feature.name for feature in LAB if feature.name.startswith("SECTOR")}


@pytest.mark.parametrize("last", [1, 2, 63, 64, 65, SESSIONS, SESSIONS + 1, 10_000])
def test_the_last_sessions_are_the_last_of_all(last: int) -> None:
    whole, found = feature_table(SOUND, FEW), feature_table(SOUND, FEW, last=last)
    assert found.sessions == SOUND.panel.sessions[-last:]
    assert found.values.tobytes() == np.ascontiguousarray(whole.values[-last:]).tobytes()
    assert same(found.present, SOUND.present[-last:])


@pytest.mark.parametrize("last", [0, -1, -300])
def test_fewer_sessions_than_one_are_refused(last: int) -> None:
    with pytest.raises(DataError, match=rf"expected one session or more, found last = {last}; ask for 1"):
        feature_table(SOUND, FEW, last=last)


@pytest.mark.parametrize("sessions", [0, 1, 2])
def test_hardly_any_session_is_a_table_too(sessions: int) -> None:
    found = feature_table(SOUND.rows(0, sessions), LAB)
    assert found.values.shape == (sessions, 9, len(LAB))
    assert np.isnan(found.values[..., [each.name for each in LAB].index("ROC5")]).all()
    if sessions:
        first = np.isfinite(found.column("KMID")[0])
        assert (first == found.present[0]).all()


def test_a_market_without_members_leaves_no_value_and_raises_no_alarm() -> None:
    nobody = replace(SOUND, members=np.zeros_like(SOUND.members)).rows(0, 80)
    assert np.isnan(feature_table(nobody, LAB).values).all()


def test_a_benchmark_all_alone_and_a_single_member() -> None:
    single = a_universe(a_panel(30, 1))
    only = {name: getattr(single.panel, name)[:, 1:] for name in BARS}
    alone = a_universe(replace(single.panel, tickers=(BENCHMARK,), **only))
    assert np.isnan(feature_table(alone, FEW).values).all()
    found = feature_table(single, FEW)
    assert found.column("ROC5")[-1, 0] == 0.0, "the only one is in the middle"
    assert np.isnan(found.column("NEWS5")).all()


@pytest.mark.parametrize("price", [0.0, -4.0, 1e-300], ids=str)
def test_prices_that_cannot_be_raise_no_alarm_and_leave_the_scale(price: float) -> None:
    bars = {name: getattr(SOUND.panel, name)[:90].copy() for name in PRICES}
    for values in bars.values():
        values[::9, 1] = price
    universe = SOUND.rows(0, 90)
    found = feature_table(with_bars(universe, **bars), LAB)
    assert np.nanmax(np.abs(found.values)) <= 0.5
    assert np.isnan(found.column("ROC1")[9, 1]) or price > 0


def test_a_true_range_after_a_price_of_zero_is_missing() -> None:
    index = SOUND.panel.total_return_index.copy()
    index[:, 1] = 1.0
    index[20, 1] = 0.0
    found = Columns(with_bars(SOUND, total_return_index=index)).true_range[:, 1]
    assert np.isnan(found[21])
    assert np.isfinite(found[22])


def test_every_scale_is_kept_by_its_own_features() -> None:
    for at, feature in enumerate(LAB):
        values = WHOLE.values[-20:, :, at].astype(np.float64)
        if feature.scaling == "raw":
            for row in values:
                assert len(np.unique(row[np.isfinite(row)])) <= 1, feature.name
        else:
            middle = values[np.isfinite(values).any(axis=1)]
            limit = 0.25 if feature.scaling == "zscore" else 1e-6
            assert (np.abs(np.nanmean(middle, axis=1)) <= limit).all(), feature.name


def test_a_feature_twice_a_feature_unknown_and_none_at_all() -> None:
    with pytest.raises(DataError, match=r"expected every feature once, found \['KMID', 'ROC5'\] more often"):
        feature_table(SOUND, (*features_named(["ROC5", "KMID", "ROC5", "KMID"]), *FEW[4:]))
    with pytest.raises(DataError, match=r"expected one of 8 features, found 'roc5'"):
        feature_table(SOUND, FEW, last=1).column("roc5")
    empty = feature_table(SOUND, (), last=3)
    assert (empty.names, empty.values.shape) == ((), (3, 9, 0))


def test_a_table_is_the_same_whichever_features_stand_beside_and_in_which_order() -> None:
    backwards = feature_table(SOUND, FEW[::-1], last=9)
    for feature in FEW:
        alone = feature_table(SOUND, (feature,), last=9)
        assert alone.column(feature.name).tobytes() == backwards.column(feature.name).tobytes()
    assert len({feature_version(each) for each in (FEW, FEW[::-1], FEW[:3], ())}) == 4


def test_the_reaches_serve_every_window_from_the_same_bars() -> None:
    assert list(REACHES) == sorted(set(REACHES))
    for reach in REACHES:
        for window in (reach - 1, reach, reach + 1):
            (feature,) = features_named(["ROC1"])
            as_long = replace(feature, name=f"AS{window}", window=max(window, 2))
            found = feature_table(SOUND, (as_long,), last=3)
            assert found.values.tobytes() == feature_table(SOUND, (feature,), last=3).values.tobytes()


def test_windows_that_were_let_go_are_computed_anew_to_the_bit() -> None:
    columns = Columns(SOUND.rows(0, 60))
    first = columns.moments("close", 2).mean.copy()
    for window in range(3, WINDOWS_KEPT + 4):
        columns.shared(("made", "close", window), lambda: (first,))
    assert len(columns._windows) == WINDOWS_KEPT
    assert ("moments", "close", 2) not in columns._windows
    assert same(columns.moments("close", 2).mean, first)


def test_what_was_asked_for_last_is_kept_longest() -> None:
    columns = Columns(SOUND.rows(0, 10))
    for window in range(WINDOWS_KEPT):
        columns.shared(("made", "close", window), lambda: ())
    columns.shared(("made", "close", 0), lambda: pytest.fail("it was kept"))
    columns.shared(("made", "close", WINDOWS_KEPT), lambda: ())
    assert ("made", "close", 0) in columns._windows
    assert ("made", "close", 1) not in columns._windows


@pytest.mark.parametrize("value", [np.inf, -np.inf], ids=str)
def test_a_figure_that_is_infinite_is_missing_and_spoils_no_other_session(value: float) -> None:
    few = features_named(["VIX", "VIXBETA60", "RATECHANGE20", "SIZE", "NEWS20", "INFLATION252"])
    one = slice(200, 201)
    infinite, missing = (context_altered(SOUND, one, to) for to in (value, NAN))
    assert feature_table(infinite, few).values.tobytes() == feature_table(missing, few).values.tobytes()


def test_a_figure_that_nobody_knows_is_missing_everywhere() -> None:
    for universe in (SOUND, replace(SOUND, context=None)):
        columns = Columns(universe)
        for found in (columns.condition("NOPE"), columns.known("NOPE")):
            assert found.shape == SOUND.panel.close.shape
            assert np.isnan(found).all()


def test_a_session_of_equals_has_one_rank_and_no_distance() -> None:
    values, everyone = np.full((1, 7), 0.1), np.ones((1, 7), dtype=bool)
    assert cross_rank(values, everyone).tolist() == [[0.0] * 7]
    assert np.isnan(cross_zscore(values, everyone)).all()
    assert np.isnan(cross_zscore(np.array([[4.0, NAN, NAN]]), everyone[:, :3])).all(), "one is alone"


def test_distances_do_not_depend_on_the_unit() -> None:
    random = np.random.default_rng(0)
    values, members = random.normal(size=(6, 30)), random.uniform(size=(6, 30)) < 0.8
    expected = cross_zscore(values, members)
    for factor in (1e-9, 3.7, 1e9):
        np.testing.assert_allclose(cross_zscore(values * factor, members), expected, rtol=1e-9)
    np.testing.assert_allclose(cross_zscore(-values, members), -expected, rtol=1e-9)
    assert np.isnan(expected[~members]).all()


def test_a_sector_of_one_is_its_own_mean_and_an_empty_session_is_missing() -> None:
    values = np.array([[1.0, 5.0, NAN], [NAN, NAN, NAN]])
    found = less_sector_mean(values, np.ones((2, 3), dtype=bool), np.array([0, 1, 1]))
    assert found[0, :2].tolist() == [0.0, 0.0]
    assert np.isnan(found[1]).all()
    assert np.isnan(less_mean(values, np.zeros((2, 3), dtype=bool))).all()
    assert np.isnan(less_sector_mean(values, np.ones((2, 3), dtype=bool), np.full(3, -1))).all()


def test_sectors_are_numbered_the_same_in_any_order() -> None:
    assert sector_codes([]).shape == (0,)
    assert sector_codes(["", ""]).tolist() == [-1, -1]
    named = ["Energy", "Utilities", "", "Energy", "Materials"]
    codes = sector_codes(named)
    assert sector_codes(named[::-1]).tolist() == codes[::-1].tolist() == [1, 0, -1, 2, 0]


def test_a_day_twice_and_a_matrix_of_another_shape_are_refused_with_what_was_found() -> None:
    sessions = SOUND.panel.sessions
    with pytest.raises(DataError, match="found some out of order or twice; sort the bars"):
        replace(SOUND, panel=replace(SOUND.panel, sessions=(*sessions[:-1], sessions[-2])))
    with pytest.raises(DataError, match=r"expected members of shape \(300, 9\), found \(300, 8\); align"):
        replace(SOUND, members=SOUND.members[:, :8])
    with pytest.raises(DataError, match=r"expected total_return_index of shape \(300, 9\), found \(9, 300\)"):
        with_bars(SOUND, total_return_index=SOUND.panel.total_return_index.T)


def test_a_page_has_a_row_for_every_feature_and_nothing_breaks_a_row() -> None:
    rows = [line for line in feature_page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(LAB) == 354
    cells = [[cell.strip() for cell in row.replace("\\|", "/").strip("|").split("|")] for row in rows]
    assert {len(each) for each in cells} == {5}
    assert [each[0] for each in cells] == [f"`{feature.name}`" for feature in LAB]
    assert [int(each[3]) for each in cells] == [feature.window for feature in LAB]


def test_what_is_in_dollars_is_said_on_the_page_and_is_little() -> None:
    said = {line.split("`")[1] for line in feature_page().splitlines() if line.endswith("in dollars |")}
    assert (
        said == {feature.name for feature in LAB if feature.in_dollars} == {"AMIHUD20", "LIQUIDITY20", "SIZE"}
    )


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_found_by_its_own_name_only(name: str) -> None:
    assert feature_set(name) is SETS[name]
    for other in (name.upper(), f"{name} ", ""):
        with pytest.raises(DataError, match=rf"found {other!r}; name one of these"):
            feature_set(other)


def test_raw_features_are_the_conditions_and_only_they() -> None:
    conditions = {f.name for kind in ("market", "calendar", "macro") for f in KINDS[kind]}
    raw = {feature.name for feature in LAB if feature.scaling == "raw"}
    assert raw == conditions | {"MARKETNEWS5", "MARKETNEWS20"}
    assert not raw & {feature.name for feature in FEATURES}


def test_a_table_knows_the_features_it_was_made_of() -> None:
    assert isinstance(WHOLE, FeatureTable)
    assert WHOLE.version == feature_version(LAB)
    assert WHOLE.values.dtype == np.float32
    assert WHOLE.tickers == SOUND.panel.tickers
