"""Forecasters over eleven years of large caps: rank IC, net Sharpe, coverage, beside rules to be beaten."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

from fund.features.feature import Feature
from fund.features.labels import excess_labels
from fund.features.panel import FEATURES, feature_table
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
REFIT, WINDOW = 126, 756
"""Refitted twice a year on the last three: a month would cost six times as much."""


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
    Contestant(name="LightGBM as in Qlib's benchmark", forecaster=QlibGbm()),
)


def measure() -> Iterator[Figure]:
    """Train every contestant walk-forward on the same rows; nothing where the panel is absent."""
    universe = long_universe()
    if universe is None:
        yield counted("the long panel is not here: nothing was measured", "panels", 0)
        return
    started = process_time()
    yield counted(f"companies, {BIAS}", "names", int(universe.members.any(axis=0).sum()))
    tables = {each.features: feature_table(universe, each.features) for each in CONTESTANTS}
    for horizon in HORIZONS:
        schedule = Schedule(
            horizon_sessions=horizon, refit_sessions=REFIT, min_train_sessions=252, max_train_sessions=WINDOW
        )
        labels, volatility = excess_labels(universe, horizon), horizon_volatility(universe, horizon)
        for each in CONTESTANTS:
            samples = Samples(table=tables[each.features], labels=labels, volatility=volatility)
            (trained,) = train(
                samples,
                (each.forecaster,),
                schedule,
                universe_name="long panel",
                data_version="bench",
                baselines=(),
            )
            yield from _figures(each, trained.card)
    yield single("processor time", "s", process_time() - started)


def _figures(contestant: Contestant, card: ForecasterCard) -> Iterator[Figure]:
    span = f"{card.test_first} to {card.test_last}"
    where = f"{contestant.name}, {len(contestant.features)} features, {card.horizon_sessions} sessions"
    assert card.rank_ic is not None
    assert card.coverage is not None
    yield _stated(f"{where}: rank IC", card.rank_ic, "", span)
    years = ", ".join(f"{year} {100 * share:.0f}" for year, share, _ in card.coverage_by_year)
    yield Figure(
        what=f"{where}: returns inside the 80 % interval",
        value=100 * card.coverage.value,
        unit="%",
        statistic=f"n = {card.coverage.n} sessions; by year {years}",
        least=78.0,
        bound=82.0,
    )
    yield counted(
        f"{where}: calibration error of probabilities (by chance up to "
        f"{100 * (card.calibration_error_by_chance or 0.0):.1f})",
        "%",
        100 * (card.calibration_error or 0.0),
    )
    for book in card.books:
        yield _stated(f"{where}: {book.book} turnover a rebalancing", book.turnover, "", span)
        sharpe = sharpe_at(card.books, book.book, CARD_COST_BPS)
        if sharpe is not None:
            what = f"{where}: {book.book} Sharpe over equal weight net of {CARD_COST_BPS:.0f} bp"
            yield _stated(what, sharpe, "", span)
    assert implausible(card) == ()


def _stated(what: str, figure: Interval, unit: str, span: str) -> Figure:
    return Figure(
        what=what,
        value=figure.value,
        unit=unit,
        statistic=f"95 % {figure.low:+.4f} to {figure.high:+.4f}, n = {figure.n} sessions, {span}",
    )
