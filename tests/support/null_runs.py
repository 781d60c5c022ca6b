"""The whole pipeline on random walks, where there is nothing to find: how often does it find something?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fund.features.labels import excess_labels
from fund.features.panel import feature_table
from fund.forecasting.card import implausible
from fund.forecasting.edge import edge_of
from fund.forecasting.forecast import Forecaster
from fund.forecasting.samples import Samples, horizon_volatility
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.metrics.inference import Interval
from support.panels import a_panel, a_universe


@dataclass(frozen=True, slots=True, kw_only=True)
class NullRun:
    """What one training on one random walk claimed."""

    forecaster: str
    horizon_sessions: int
    rank_ic_significant: bool
    """0 is outside the 95 % interval."""
    sharpe_significant: bool
    """Of the long-short book before costs, likewise."""
    alarms: tuple[str, ...]
    coverage: float
    rank_ic: Interval


def edges_reported(cells: Sequence[NullRun]) -> int:
    """How many cells of one run the desk would call an edge: each is one claim of all that were judged."""
    told = (
        edge_of(cell.rank_ic, horizon_sessions=cell.horizon_sessions, claims=len(cells)) for cell in cells
    )
    return sum(each.worth == "edge" for each in told)


def null_runs(
    seed: int,
    forecasters: tuple[Forecaster, ...],
    horizons: Iterable[int],
    *,
    sessions: int = 420,
    names: int = 40,
    refit_sessions: int = 60,
) -> Iterator[NullRun]:
    """Train on one random walk of log prices, labels ranked, over each horizon; features are shared."""
    universe = a_universe(a_panel(sessions, names, seed=seed))
    table = feature_table(universe)
    for horizon in horizons:
        samples = Samples(
            table=table,
            labels=excess_labels(universe, horizon),
            volatility=horizon_volatility(universe, horizon),
        )
        schedule = Schedule(
            horizon_sessions=horizon,
            refit_sessions=refit_sessions,
            min_train_sessions=60,
            min_calibration_sessions=60,
        )
        cards = (
            each.card
            for each in train(
                samples, forecasters, schedule, universe_name="null", data_version=str(seed), baselines=()
            )
        )
        for card in cards:
            assert card.rank_ic is not None
            assert card.coverage is not None
            sharpe = card.books[0].net[0].sharpe
            assert sharpe is not None
            yield NullRun(
                forecaster=card.forecaster,
                horizon_sessions=horizon,
                rank_ic_significant=not card.rank_ic.low <= 0.0 <= card.rank_ic.high,
                sharpe_significant=not sharpe.low <= 0.0 <= sharpe.high,
                alarms=implausible(card),
                coverage=card.coverage.value,
                rank_ic=card.rank_ic,
            )
