"""Forecasters over eleven years of large caps beside Qlib's LightGBM, on the very same sessions and names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from time import process_time

import numpy as np

from fund.features.alpha158 import ALPHA158
from fund.features.feature import Feature
from fund.features.panel import FEATURES, FeatureTable, feature_table, feature_version
from fund.features.sets import LAB
from fund.features.universe import Universe
from fund.forecasting.book_figures import CARD_COST_BPS, sharpe_at
from fund.forecasting.card import implausible
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.forecast import Forecaster
from fund.forecasting.samples import Samples, samples_on
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.market.view import FloatArray
from fund.metrics.association import holm
from fund.metrics.inference import mean_interval
from support.benchmark import Figure, counted, single
from support.long_panel import BIAS, long_universe
from support.long_walks import FIT_SESSIONS, SCHEDULE, Yearly, samples_from
from support.paired_ranks import chosen_yearly, common_rank_ics, paired
from support.qlib_gbm import QlibGbm, unscaled_table
from support.variant_runs import p_of_mean

HORIZONS = (1, 5, 20)
COVERED_HORIZONS = (1, 5, 10, 20)
_NAMES = frozenset(feature.name for feature in FEATURES)
BOTH = (*FEATURES, *(feature for feature in ALPHA158 if feature.name not in _NAMES))
SETS: Mapping[str, tuple[Feature, ...]] = {
    "desk": FEATURES,
    "Alpha158": ALPHA158,
    "desk + Alpha158": BOTH,
    "lab": LAB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A forecaster and the features it reads."""

    name: str
    forecaster: Forecaster
    features: str = "desk"


QLIB = Contestant(name="Qlib's LightGBM on Alpha158 as published", forecaster=QlibGbm(), features="unscaled")
CHOSEN = "whoever of ours led by then, chosen yearly"
LEADER = "gbm on desk"
"""What leads a desk that has decided nothing: the contestant that speaks for us, fixed beforehand."""
OURS = (
    *(
        Contestant(name=f"{forecaster.name} on {name}", forecaster=forecaster, features=name)
        for name in SETS
        for forecaster in (GbmForecaster(), RidgeForecaster())
    ),
    Contestant(name="momentum 12-1", forecaster=MomentumForecaster()),
    Contestant(name="reversal of 5 sessions", forecaster=ReversalForecaster()),
)


def measure() -> Iterator[Figure]:
    """Train every contestant walk-forward on the same rows; nothing where the panel is absent."""
    universe = long_universe()
    if universe is None:
        yield counted("the long panel is not here: nothing was measured", "panels", 0)
        return
    started = process_time()
    yield counted(f"companies, {BIAS}", "names", int(universe.members.any(axis=0).sum()))
    yield from _covered(universe)
    tables = _tables(universe)
    trained = {
        (horizon, each.name): _trained(universe, tables[each.features], each.forecaster, horizon)
        for each in (QLIB, *OURS)
        for horizon in HORIZONS
    }
    yield from _compared(trained)
    yield single("processor time", "s", process_time() - started)


def _tables(universe: Universe) -> dict[str, FeatureTable]:
    tables = {name: feature_table(universe, SETS[name]) for name in ("Alpha158", "lab")}
    tables |= {name: _columns(tables["lab"], SETS[name]) for name in ("desk", "desk + Alpha158")}
    return tables | {QLIB.features: unscaled_table(universe, ALPHA158)}


def _columns(table: FeatureTable, features: tuple[Feature, ...]) -> FeatureTable:
    names = tuple(feature.name for feature in features)
    at = [table.names.index(name) for name in names]
    return replace(table, names=names, values=table.values[:, :, at], version=feature_version(features))


def _covered(universe: Universe) -> Iterator[Figure]:
    """Judge the intervals a desk gives; any rule will do for them."""
    table = feature_table(universe, tuple(each for each in FEATURES if each.name == "ROC5"))
    for horizon in COVERED_HORIZONS:
        card = _walked(samples_on(table, universe, horizon), ReversalForecaster(), Schedule()).card
        assert card.coverage is not None
        years = ", ".join(f"{year} {100 * share:.0f}" for year, share, _ in card.coverage_by_year)
        low, high = 100 * card.coverage.low, 100 * card.coverage.high
        yield Figure(
            what=f"returns inside the 80 % interval, {horizon} sessions, calibrated every 21",
            value=100 * card.coverage.value,
            unit="%",
            statistic=f"95 % {low:.1f} to {high:.1f}, n = {card.coverage.n} sessions; by year {years}",
            least=78.0,
            bound=82.0,
        )


def _trained(
    universe: Universe, table: FeatureTable, forecaster: Forecaster, horizon: int
) -> TrainedForecaster:
    trained = _walked(samples_from(table, universe, horizon), Yearly(forecaster), SCHEDULE)
    assert implausible(trained.card) == ()
    return trained


def _walked(samples: Samples, forecaster: Forecaster, schedule: Schedule) -> TrainedForecaster:
    (trained,) = train(
        samples,
        (forecaster,),
        replace(schedule, horizon_sessions=samples.labels.horizon_sessions),
        universe_name="long panel",
        data_version="bench",
        baselines=(),
    )
    return trained


def _compared(trained: Mapping[tuple[int, str], TrainedForecaster]) -> Iterator[Figure]:
    """State each one's rank IC on the common rows, and how far it is from Qlib's on them."""
    rows: list[tuple[int, str, FloatArray, FloatArray]] = []
    for horizon in HORIZONS:
        of_horizon = {name: each.table for (at, name), each in trained.items() if at == horizon}
        daily = common_rank_ics(of_horizon)
        ours = {each.name: daily[each.name] for each in OURS}
        schedule = replace(SCHEDULE, horizon_sessions=horizon)
        daily[CHOSEN] = chosen_yearly(ours, LEADER, schedule, FIT_SESSIONS)
        rows += [(horizon, name, each, daily[QLIB.name]) for name, each in daily.items()]
    chances = [p_of_mean(each - theirs, horizon) for horizon, _, each, theirs in rows]
    corrected = iter(holm([p for p in chances if p is not None]))
    for (horizon, name, each, theirs), chance in zip(rows, chances, strict=True):
        told = _stated(each, horizon, trained.get((horizon, name)))
        if chance is not None:
            pair = paired(each, theirs, horizon)
            told += (
                f"; less Qlib's as published {pair.difference.value:+.4f} "
                f"({pair.difference.low:+.4f} to {pair.difference.high:+.4f}, n = {pair.difference.n}): "
                f"{pair.verdict}, p {next(corrected):.2f} by Holm"
            )
        value = float(np.nanmean(each))
        yield Figure(what=f"{horizon} sessions, {name}: rank IC", value=value, unit="", statistic=told)


def _stated(daily: FloatArray, horizon: int, trained: TrainedForecaster | None) -> str:
    found = mean_interval(daily, lag=horizon)
    assert found is not None
    told = f"{found.low:+.4f} to {found.high:+.4f}, n = {found.n}"
    if trained is None:
        return told
    sharpe = sharpe_at(trained.card.books, "long-short", CARD_COST_BPS)
    if sharpe is not None:
        told += f"; Sharpe net of 5 bp {sharpe.value:+.2f} ({sharpe.low:+.2f} to {sharpe.high:+.2f})"
    inside = trained.card.coverage
    return told if inside is None else f"{told}; {100 * inside.value:.1f} % inside"
