"""Forecasters over eleven years of large caps: rank IC, net Sharpe, coverage, beside rules to be beaten."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import process_time

from fund.features.alpha158 import ALPHA158
from fund.features.feature import Feature
from fund.features.labels import excess_labels
from fund.features.panel import FEATURES, FeatureTable, feature_table
from fund.features.universe import Universe
from fund.forecasting.book_figures import CARD_COST_BPS, sharpe_at
from fund.forecasting.card import implausible
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.forecast import Forecaster, ForecasterCard
from fund.forecasting.samples import Samples, horizon_volatility
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.metrics.inference import Interval
from support.benchmark import Figure, counted, single
from support.long_panel import BIAS, long_universe
from support.qlib_gbm import QlibGbm

HORIZONS = (1, 5, 20)
REFIT, WINDOW = 252, 756
"""Refitted yearly on the last three years: monthly, as the desk does, would cost twelve times as much."""
COVERED_HORIZONS = (1, 5, 10, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A forecaster and the features it reads."""

    name: str
    forecaster: Forecaster
    features: tuple[Feature, ...] = FEATURES


CONTESTANTS = (
    Contestant(name="gbm", forecaster=GbmForecaster()),
    Contestant(name="ridge", forecaster=RidgeForecaster()),
    Contestant(name="momentum 12-1", forecaster=MomentumForecaster()),
    Contestant(name="reversal of 5 sessions", forecaster=ReversalForecaster()),
    Contestant(name="LightGBM as in Qlib's benchmark", forecaster=QlibGbm(), features=ALPHA158),
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
    yearly = Schedule(refit_sessions=REFIT, min_train_sessions=252, max_train_sessions=WINDOW)
    tables = {each.features: feature_table(universe, each.features) for each in CONTESTANTS}
    for horizon in HORIZONS:
        for each in CONTESTANTS:
            card = _card(universe, tables[each.features], each.forecaster, horizon, yearly)
            yield from _figures(each, card)
    yield single("processor time", "s", process_time() - started)


def _covered(universe: Universe) -> Iterator[Figure]:
    """Judge the intervals a desk gives, calibrated every 21 sessions; any rule will do for them."""
    rule = ReversalForecaster()
    table = feature_table(universe, tuple(each for each in FEATURES if each.name == "ROC5"))
    for horizon in COVERED_HORIZONS:
        card = _card(universe, table, rule, horizon, Schedule())
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


def _card(
    universe: Universe, table: FeatureTable, forecaster: Forecaster, horizon: int, schedule: Schedule
) -> ForecasterCard:
    samples = Samples(
        table=table,
        labels=excess_labels(universe, horizon),
        volatility=horizon_volatility(universe, horizon),
    )
    (trained,) = train(
        samples,
        (forecaster,),
        replace(schedule, horizon_sessions=horizon),
        universe_name="long panel",
        data_version="bench",
        baselines=(),
    )
    assert implausible(trained.card) == ()
    return trained.card


def _figures(contestant: Contestant, card: ForecasterCard) -> Iterator[Figure]:
    span = f"{card.test_first} to {card.test_last}"
    where = f"{contestant.name}, {len(contestant.features)} features, {card.horizon_sessions} sessions"
    assert card.rank_ic is not None
    assert card.coverage is not None
    yield _stated(f"{where}: rank IC", card.rank_ic, "", span)
    covered = card.coverage
    inside = replace(covered, value=100 * covered.value, low=100 * covered.low, high=100 * covered.high)
    yield _stated(f"{where}: returns inside the 80 % interval", inside, "%", span)
    by_chance = 100 * (card.calibration_error_by_chance or 0.0)
    error = 100 * (card.calibration_error or 0.0)
    yield counted(f"{where}: calibration error (by chance below {by_chance:.2f})", "%", error)
    for book in card.books:
        yield _stated(f"{where}: {book.book} turnover a rebalancing", book.turnover, "", span)
        sharpe = sharpe_at(card.books, book.book, CARD_COST_BPS)
        if sharpe is not None:
            what = f"{where}: {book.book} Sharpe over equal weight net of {CARD_COST_BPS:.0f} bp"
            yield _stated(what, sharpe, "", span)


def _stated(what: str, figure: Interval, unit: str, span: str) -> Figure:
    return Figure(
        what=what,
        value=figure.value,
        unit=unit,
        statistic=f"95 % {figure.low:+.4f} to {figure.high:+.4f}, n = {figure.n} sessions, {span}",
    )
