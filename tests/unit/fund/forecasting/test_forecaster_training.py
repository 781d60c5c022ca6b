from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from fund.errors import DataError, NoDataError
from fund.features.labels import excess_labels
from fund.features.panel import FEATURE_VERSION
from fund.features.universe import Universe
from fund.forecasting.executing import Threads
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster
from fund.forecasting.recent import recent_features
from fund.forecasting.samples import make_samples
from fund.forecasting.training import train, version_of
from fund.forecasting.validation import Schedule
from fund.forecasting.walk_forward import walk_forward
from fund.market.panel import BarPanel
from support.forecasters import (
    A_GBM,
    A_SCHEDULE,
    a_trained_forecaster,
    small_samples,
    small_universe,
    trained_on,
)
from support.panels import a_panel, a_universe

TRAINED = a_trained_forecaster()
DAYS = TRAINED.table.sessions


def test_every_session_from_the_first_fold_on_is_scored():
    scored = np.isfinite(TRAINED.table.scores).any(axis=1)
    first = DAYS.index(TRAINED.folds[0].test_first)
    assert not scored[:first].any()
    assert scored[first:].all()
    assert (TRAINED.card.test_first, TRAINED.card.test_last) == (DAYS[first], DAYS[-1])


def test_forecasts_begin_with_the_first_calibrated_fold():
    calibrated = [fold for fold in TRAINED.folds if fold.calibration is not None]
    assert 0 < len(calibrated) < len(TRAINED.folds)
    first = DAYS.index(calibrated[0].test_first)
    assert [bool(TRAINED.at(day)) for day in DAYS] == [t >= first for t in range(len(DAYS))]


def test_a_forecast_is_whole_and_in_order():
    for forecast in TRAINED.at(DAYS[-1]):
        assert forecast.low <= forecast.expected <= forecast.high
        assert 0.4 < forecast.probability_up < 0.6
        assert 0.0 < forecast.rank < 1.0


def test_each_fold_ends_purge_plus_embargo_before_it_speaks():
    for fold in TRAINED.folds:
        assert DAYS.index(fold.test_first) - DAYS.index(fold.train_last) == 5 + 1 + 5 + 1


@pytest.mark.parametrize("t", [-1, -20, -45, -60])
def test_the_same_forecasts_come_from_bars_cut_at_the_session(t):
    stop = len(DAYS) + t + 1
    assert TRAINED.at(DAYS[t])
    assert TRAINED.forecast(recent_features(small_universe().rows(0, stop), 5)) == TRAINED.at(DAYS[t])


def test_corrupting_the_future_changes_no_earlier_forecast():
    universe = small_universe()
    cut = 200
    random = np.random.default_rng(5)
    panel = universe.panel
    shocked = {}
    for name in ("open", "high", "low", "close", "volume", "total_return_index"):
        values = getattr(panel, name).copy()
        values[cut:] *= random.uniform(0.5, 2.0, values[cut:].shape)
        shocked[name] = values
    other = trained_on(make_samples(replace(universe, panel=replace(panel, **shocked)), 5))
    before = slice(0, cut)
    for name in ("scores", "expected", "low", "high", "probability_up"):
        then, now = getattr(TRAINED.table, name), getattr(other.table, name)
        assert then[before].tobytes() == now[before].tobytes()
        assert then[cut:].tobytes() != now[cut:].tobytes()
    assert other.track_record(DAYS[cut - 1]) == TRAINED.track_record(DAYS[cut - 1])


def test_more_history_at_the_end_changes_no_earlier_forecast():
    shorter = trained_on(make_samples(small_universe().rows(0, 190), 5))
    for day in shorter.table.sessions:
        assert shorter.at(day) == TRAINED.at(day)


def test_an_outsider_in_the_bars_changes_no_forecast():
    universe = small_universe()
    panel = universe.panel
    more = {
        name: np.column_stack([getattr(panel, name), getattr(panel, name)[:, :1] * 3.0])
        for name in ("open", "high", "low", "close", "volume", "total_return_index")
    }
    wider = Universe(
        panel=BarPanel(sessions=panel.sessions, tickers=(*panel.tickers, "ZZZ"), **more),
        members=np.column_stack([universe.members, np.zeros(len(panel.sessions), dtype=bool)]),
        sectors=np.append(universe.sectors, 0),
        benchmark=universe.benchmark,
    )
    assert TRAINED.forecast(recent_features(wider, 5)) == TRAINED.at(DAYS[-1])


def test_training_twice_gives_the_same_forecaster():
    again = trained_on(small_samples())
    assert again.card == TRAINED.card
    assert again.table.expected.tobytes() == TRAINED.table.expected.tobytes()


def test_a_session_before_the_first_calibration_cannot_be_forecast():
    with pytest.raises(NoDataError, match="calibrated fold"):
        TRAINED.forecast(recent_features(small_universe().rows(0, 70), 5))


def test_other_features_than_the_learned_ones_are_refused():
    with pytest.raises(DataError, match="'0-old'"):
        replace(TRAINED, feature_version="0-old").forecast(recent_features(small_universe(), 5))


def test_volatility_over_another_horizon_is_refused():
    with pytest.raises(DataError, match="over 5 sessions, found 20"):
        TRAINED.forecast(recent_features(small_universe(), 20))


def test_the_card_says_what_was_done():
    samples = small_samples()
    told: list[tuple[str, int, int]] = []
    (trained,) = train(
        samples,
        (A_GBM,),
        A_SCHEDULE,
        universe_name="made names",
        data_version="made-1",
        baselines=(MomentumForecaster(), ReversalForecaster()),
        progress=lambda *step: told.append(step),
    )
    card = trained.card
    assert set(card.baseline_rank_ic) == {"momentum", "reversal"}
    assert card.baseline_rank_ic["reversal"].n == card.rank_ic.n
    assert card.features == samples.table.names
    assert card.parameters["trees"] == 20
    assert card.parameters["embargo_sessions"] == 5
    assert card.parameters["max_train_sessions"] == "growing"
    assert card.parameters["feature_version"] == FEATURE_VERSION
    assert card.parameters["fit_momentum"].startswith("MOM63 from 2015-")
    assert "; MOM126 from " in card.parameters["fit_momentum"]
    assert sum(n for _, _, n in card.calibration) > 1000
    assert 0.7 < card.coverage.value < 0.9
    assert [step for step in told if step[0] == "training gbm"] == [
        ("training gbm", done, len(trained.folds)) for done in range(len(trained.folds) + 1)
    ]


def test_a_baseline_is_trained_like_any_forecaster_and_not_compared_with_itself():
    (trained,) = train(
        small_samples(),
        (ReversalForecaster(),),
        A_SCHEDULE,
        universe_name="made names",
        data_version="made-1",
        baselines=(MomentumForecaster(), ReversalForecaster()),
    )
    assert trained.card.version.startswith("reversal-")
    assert set(trained.card.baseline_rank_ic) == {"momentum"}
    assert trained.at(DAYS[-1])


def test_forecasters_trained_together_are_as_if_trained_apart_and_each_walks_once():
    told: list[tuple[str, int, int]] = []
    forecasters, rivals = (A_GBM, MomentumForecaster()), (MomentumForecaster(), ReversalForecaster())
    labels = {"universe_name": "made names", "data_version": "made-1", "baselines": rivals}
    together = train(
        small_samples(), forecasters, A_SCHEDULE, progress=lambda *step: told.append(step), **labels
    )
    for forecaster, trained in zip(forecasters, together, strict=True):
        (apart,) = train(small_samples(), (forecaster,), A_SCHEDULE, **labels)
        assert trained.card == apart.card
        assert trained.table.expected.tobytes() == apart.table.expected.tobytes()
    begun = [label for label, done, _ in told if done == 0]
    assert begun == ["training gbm", "training momentum", "training reversal"]


def test_two_forecasters_of_one_name_are_not_trained_together():
    twins = (A_GBM, replace(A_GBM, seed=8))
    with pytest.raises(DataError, match=r"different names, found \['gbm', 'gbm'\]"):
        train(small_samples(), twins, A_SCHEDULE, universe_name="made names", data_version="made-1")


def test_the_version_follows_everything_that_decides_the_result():
    base = version_of(A_GBM, A_SCHEDULE, "d1")
    assert base == version_of(replace(A_GBM, threads=2), A_SCHEDULE, "d1")
    others = {
        version_of(A_GBM, A_SCHEDULE, "d2"),
        version_of(replace(A_GBM, trees=21), A_SCHEDULE, "d1"),
        version_of(replace(A_GBM, seed=1), A_SCHEDULE, "d1"),
        version_of(A_GBM, Schedule(embargo_sessions=6), "d1"),
        version_of(ReversalForecaster(), A_SCHEDULE, "d1"),
    }
    assert len(others | {base}) == 6


def test_folds_fitted_side_by_side_give_the_same_scores_in_the_same_order():
    told: list[int] = []
    side_by_side = walk_forward(
        small_samples(),
        A_GBM,
        A_SCHEDULE,
        executor=Threads(4),
        progress=lambda label, done, total: told.append(done),
    )
    assert side_by_side.scores.tobytes() == TRAINED.table.scores.tobytes()
    assert told == list(range(len(TRAINED.folds) + 1))


class Failing:
    """A forecaster whose fits fail, counting how many were begun."""

    name, seed, trials, parameters = "failing", 0, 0, MappingProxyType({})

    def __init__(self) -> None:
        self.begun = 0

    def fit(self, samples, train):
        self.begun += 1
        raise DataError("this fit fails")

    def load(self, path):
        raise DataError("nothing was saved")


def test_a_failing_fit_ends_the_walk_at_once():
    failing = Failing()
    with pytest.raises(DataError, match="this fit fails"):
        walk_forward(small_samples(), failing, Schedule(min_train_sessions=40, refit_sessions=1))
    assert failing.begun < 60


def test_labels_of_another_horizon_than_the_purge_are_refused():
    samples = small_samples()
    longer = replace(samples, labels=excess_labels(small_universe(), 20))
    with pytest.raises(DataError, match=r"over 5 sessions.*found 20"):
        walk_forward(longer, A_GBM, A_SCHEDULE)


def test_a_history_too_short_to_learn_from_is_refused():
    with pytest.raises(DataError, match="first fold"):
        trained_on(make_samples(a_universe(a_panel(90, 12)), 5))
