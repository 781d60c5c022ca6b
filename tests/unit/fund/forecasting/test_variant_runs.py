"""The yardstick and the run of every variant: the same rows for all, and the count of looks beside each."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.alpha158 import ALPHA158
from fund.features.panel import FEATURES, feature_table
from fund.forecasting.catalogue import Variant
from fund.forecasting.families.baseline import Linear, MomentumForecaster
from fund.forecasting.samples import Samples
from fund.forecasting.validation import Schedule
from fund.metrics.inference import Interval, mean_interval
from support.forecasters import an_interval
from support.long_walks import Yearly, samples_from
from support.nets import made_samples
from support.paired_ranks import chosen_yearly, common_rank_ics, paired, verdict
from support.panels import a_panel, a_universe
from support.qlib_gbm import unscaled_table, z_scores
from support.standings import a_table
from support.variant_page import corrected_p, variant_page
from support.variant_runs import (
    Panel,
    VariantRun,
    cut,
    key_of,
    outstanding,
    p_of_mean,
    read_runs,
    run_variant,
    write_run,
)

REVERSAL, RIDGE = Variant(family="reversal"), Variant(family="ridge", horizon_sessions=20)
DAY = date(2026, 11, 30)


def a_run(variant: Variant = REVERSAL, **changes: object) -> VariantRun:
    plain = VariantRun(
        variant=variant.name,
        key=f"key of {variant.name}",
        panel="long panel",
        rank_ic=an_interval(0.01),
        p_value=0.03,
        coverage=Interval(value=0.8, low=0.79, high=0.81, n=250),
        test_first="2013-01-02",
        test_last="2022-12-30",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def written(*runs: VariantRun, short: tuple[VariantRun, ...] = ()) -> str:
    return variant_page(
        (REVERSAL, RIDGE),
        {run.variant: run for run in runs},
        {run.variant: run for run in short},
        where="here",
        day=DAY,
    )


def test_a_rank_ic_is_taken_over_the_names_that_all_of_them_scored() -> None:
    realised = np.tile(np.arange(40.0), (2, 1))
    whole, part = realised.copy(), -realised
    part[0, 20:] = np.nan
    whole[1] = np.nan
    daily = common_rank_ics({"whole": a_table(whole, realised), "part": a_table(part, realised)})
    alone = common_rank_ics({"whole": a_table(whole[:, :20], realised[:, :20])})["whole"]
    assert daily["whole"][0] == pytest.approx(alone[0]) == pytest.approx(1.0)
    assert daily["part"][0] == pytest.approx(-1.0)
    assert np.isnan([daily["whole"][1], daily["part"][1]]).all()


def test_tables_of_other_names_are_not_compared() -> None:
    one, other = (a_table(np.ones((2, names)), np.ones((2, names))) for names in (30, 31))
    with pytest.raises(ValueError, match="sessions and names"):
        common_rank_ics({"one": one, "other": other})


def test_who_led_by_then_is_chosen_from_what_was_known_and_nothing_later() -> None:
    good_later, good_first = np.repeat([0.0, 1.0], 50), np.repeat([0.5, 0.0], 50)
    schedule = Schedule(horizon_sessions=5)
    daily = {"later": good_later, "first": good_first}
    chosen = chosen_yearly(daily, "later", schedule, 50)
    assert (chosen == np.concatenate([good_later[:50], good_first[50:]])).all()
    changed = daily | {"later": np.where(np.arange(100) >= 50 - schedule.gap_sessions, 99.0, good_later)}
    assert (chosen_yearly(changed, "first", schedule, 50) == good_first).all()


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.001, 0.02, "not below"), (-0.001, 0.02, "not shown to be below"), (-0.02, -0.001, "below")],
)
def test_not_below_is_said_only_where_the_whole_interval_is_above(low: float, high: float, said: str) -> None:
    assert verdict(Interval(value=0.0, low=low, high=high, n=250)) == said


def test_a_pair_is_compared_session_by_session() -> None:
    noise = np.random.default_rng(0).normal(size=300)
    found = paired(noise + 0.01, noise, 5)
    assert found.difference.value == pytest.approx(0.01)
    assert (found.verdict, found.difference.n) == ("not below", 300)
    with pytest.raises(ValueError, match="more sessions"):
        paired(noise[:10], noise[:10], 5)


def test_p_is_five_in_a_hundred_where_the_interval_ends_at_nothing() -> None:
    noise = np.random.default_rng(1).normal(size=400)
    found = mean_interval(noise, lag=20)
    assert found is not None
    assert p_of_mean(noise - found.low, 20) == pytest.approx(0.05, abs=1e-6)
    assert p_of_mean(np.ones(30), 1) is None
    assert p_of_mean(np.array([np.nan, 1.0]), 1) is None


def test_a_fit_speaks_for_a_year_and_never_for_other_samples() -> None:
    class Counting(MomentumForecaster):
        def fit(self, samples: Samples, train: range) -> Linear:
            spans.append(train)
            return Linear({0: 1.0})

    spans: list[range] = []
    yearly = Yearly(Counting(), 50)
    samples, others = (made_samples(60, seed=seed) for seed in (0, 1))
    fits = [yearly.fit(samples, range(0, stop)) for stop in (5, 8, 54, 55, 58)]
    assert spans == [range(5), range(55)]
    assert fits[0] is fits[2] is not fits[3] is fits[4]
    yearly.fit(others, range(0, 59))
    yearly.fit(others, range(0, 40))
    assert yearly.fits == 4


def test_samples_from_a_session_on_have_the_labels_of_the_whole() -> None:
    universe = a_universe(a_panel(120, 12))
    features = FEATURES[:3]
    whole, later = (samples_from(feature_table(universe, features), universe, 5, first) for first in (0, 30))
    assert later.sessions == whole.sessions[30:]
    assert np.array_equal(later.labels.values, whole.labels.values[30:], equal_nan=True)
    assert np.array_equal(later.volatility, whole.volatility[30:], equal_nan=True)
    assert np.array_equal(later.table.values, whole.table.values[30:], equal_nan=True)


def test_qlibs_labels_are_in_deviations_of_their_session() -> None:
    values = np.array([[1.0, 2.0, 3.0, np.nan], [5.0, 5.0, 5.0, 5.0], [1.0, np.nan, np.nan, np.nan]])
    present = np.ones_like(values, dtype=bool)
    scaled = z_scores(values, present)
    assert scaled[0, :3] == pytest.approx([-1.0, 0.0, 1.0])
    assert np.isnan(scaled[0, 3])
    assert np.isnan(scaled[1:]).all()


def test_qlibs_features_are_as_they_were_computed() -> None:
    universe = a_universe(a_panel(40, 12))
    named = {feature.name: feature for feature in ALPHA158}
    table = unscaled_table(universe, (named["ROC5"],))
    close = universe.panel.close
    inside = universe.present[5:]
    assert table.values[5:, :, 0][inside] == pytest.approx((close[:-5] / close[5:])[inside], rel=1e-5)
    assert table.version != feature_table(universe, (named["ROC5"],)).version


def test_a_run_is_trained_and_told_with_its_size() -> None:
    universe = a_universe(a_panel(420, 24))
    panel = Panel(universe=universe, name="made", version="1", first=0)
    run = run_variant(REVERSAL, panel, feature_table(universe), 100)
    assert run.fault == ""
    assert run.rank_ic is not None
    assert run.p_value is not None
    assert (run.p_value < 0.05) == (run.rank_ic.low > 0 or run.rank_ic.high < 0)
    assert run.key == key_of(REVERSAL, panel, 100)


def test_what_cannot_be_trained_says_why() -> None:
    universe = a_universe(a_panel(120, 24))
    run = run_variant(REVERSAL, Panel(universe=universe, name="made", version="1"), feature_table(universe))
    assert run.fault.startswith("DataError: expected more than")
    assert run.rank_ic is None


def test_a_run_that_was_ended_goes_on_behind_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    universe = a_universe(a_panel(30, 6))
    panel = Panel(universe=universe, name="made", version="1")
    assert read_runs(path) == {}
    first = a_run(key=key_of(REVERSAL, panel, 504), alarms=("too good",))
    write_run(path, first)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"variant": "ridge-20", "ke')
    assert read_runs(path) == {first.key: first}
    assert list(outstanding((REVERSAL, RIDGE), panel, read_runs(path), 504)) == [RIDGE]
    second = a_run(RIDGE, fault="DataError: no")
    write_run(path, second)
    assert list(read_runs(path).values()) == [first, second]


@pytest.mark.parametrize("line", ["nothing", "[]", "{}"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match="expected a run of a variant"):
        read_runs(path)


def test_another_span_or_length_of_a_fit_is_another_run() -> None:
    panel = Panel(universe=a_universe(a_panel(30, 6)), name="made", version="1")
    others = (replace(panel, name="other"), replace(panel, version="2"))
    keys = {key_of(REVERSAL, each, 504) for each in (panel, *others)}
    assert len(keys | {key_of(REVERSAL, panel, 252), key_of(RIDGE, panel, 504)}) == 5


def test_a_short_span_keeps_members_that_trade_throughout() -> None:
    universe = a_universe(a_panel(60, 10, holes=0.02))
    recent = cut(universe, 30, 3)
    kept = recent.present.all(axis=0)
    assert len(recent.panel.sessions) == 30
    assert kept.sum() == 3
    assert not recent.members[:, ~kept].any()


def test_the_page_corrects_for_all_that_were_tested_and_keeps_the_order_of_the_catalogue() -> None:
    one, other = a_run(p_value=0.03), a_run(RIDGE, p_value=0.0001, coverage=None)
    assert corrected_p([one, other]) == pytest.approx({one.key: 0.03, other.key: 0.0002})
    text = written(other, one)
    assert "Of 2 tested, 2 have p of at most 0.05" in text
    assert text.index("| reversal |") < text.index("| ridge-20 |")
    assert (
        "| reversal | +0.0100 | -0.0100 to +0.0300 | 250 | 0.030 | 0.030 | none | 80.0 (79.0 to 81.0) |"
        in text
    )
    assert "| < 0.001 | < 0.001 |" in text


def test_luck_of_many_looks_is_not_called_a_finding() -> None:
    text = written(a_run(p_value=0.04), a_run(RIDGE, p_value=0.6))
    assert "1 have p of at most 0.05" in text
    assert "by Holm none" in text


def test_the_page_names_what_was_refused_trained_shortly_or_not_at_all() -> None:
    assert "## Not trained for lack of time\n1: ridge-20." in written(a_run())
    refused = written(a_run(), a_run(RIDGE, fault="DataError: too short"))
    assert "| ridge-20 | long panel | DataError: too short |" in refused
    assert "Of 1 tested" in refused
    brief = a_run(RIDGE, panel="last 500 sessions", alarms=("too good",))
    short = written(a_run(), short=(brief,))
    assert "1 runs: enough" in short
    assert "Last 500 sessions:" in short
    assert "| ridge-20 (alarm) |" in short
    assert "lack of time" not in short
    assert "None was tested." in written()
