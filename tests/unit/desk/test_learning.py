"""The desk's forecasters by session: what was made in training, then live, from features computed once."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from desk.market import Market
from desk.trained_sources import LiveFeatures, TrainedSource, known_of
from desk.universes import POINT_IN_TIME, SURVIVORS, universe_at, universe_name
from fund.errors import DataError
from fund.features.panel import HISTORY_SESSIONS
from fund.forecasting.edge import edge_of
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster
from fund.forecasting.life.watching import State
from fund.forecasting.recent import recent_features
from fund.forecasting.samples import make_samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.market.facts import MembershipSpell
from fund.market.history import History
from fund.metrics.forecasts import interval_coverage
from support.markets import bundle_history

TRAINED_TO, LIVE = 600, 640


@cache
def rules() -> tuple[TrainedForecaster, ...]:
    history = bundle_history()
    return train(
        make_samples(universe_at(history, history.panel.sessions[TRAINED_TO], "SPY"), 5),
        (MomentumForecaster(), ReversalForecaster()),
        Schedule(refit_sessions=63),
        universe_name="members",
        data_version="bundle",
        baselines=(),
    )


class CountedHistory:
    """A history that counts how often it was looked at."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.views = 0

    def __getattr__(self, name: str) -> object:
        self.views += name == "view"
        return getattr(self._history, name)


@pytest.fixture
def counted() -> CountedHistory:
    return CountedHistory(bundle_history())


@pytest.fixture
def sources(counted: CountedHistory) -> tuple[TrainedSource, ...]:
    live = LiveFeatures(Market(counted), "SPY", 5)
    return tuple(TrainedSource(each, live) for each in rules())


def test_the_last_sessions_of_a_universe_are_those_of_the_whole() -> None:
    history = bundle_history()
    whole = universe_at(history, history.panel.sessions[LIVE], "SPY")
    recent = universe_at(history, history.panel.sessions[LIVE], "SPY", 30)
    assert recent.panel.sessions == whole.panel.sessions[-30:]
    assert recent.panel.tickers == whole.panel.tickers
    assert np.array_equal(recent.members, whole.members[-30:])
    assert np.array_equal(recent.panel.close, whole.panel.close[-30:], equal_nan=True)


def test_members_of_a_universe_are_those_of_each_session() -> None:
    history = bundle_history()
    universe = universe_at(history, history.panel.sessions[LIVE], "SPY", 30)
    for row in (0, 29):
        listed = {
            t for t, member in zip(universe.panel.tickers, universe.members[row], strict=True) if member
        }
        columns = history.members.columns(universe.panel.sessions[row])
        known = {history.panel.tickers[column] for column in columns} & set(universe.panel.tickers)
        assert listed == known
        assert len(listed) > 480


def test_a_list_whose_names_came_and_went_is_an_index_and_one_drawn_up_by_its_bars_is_survivors() -> None:
    history = bundle_history()
    session, first = history.panel.sessions[LIVE], history.panel.sessions[0]
    assert universe_name(history, session) == POINT_IN_TIME
    asked = tuple(
        MembershipSpell(ticker=ticker, start=first, end=None)
        for ticker, traded in zip(
            history.panel.tickers, np.isfinite(history.panel.close).any(axis=0), strict=True
        )
        if traded and ticker != "SPY"
    )
    assert universe_name(replace(history, membership=asked), session) == SURVIVORS
    left = replace(asked[0], end=history.panel.sessions[LIVE - 5])
    assert universe_name(replace(history, membership=(left, *asked[1:])), session) == POINT_IN_TIME
    before = history.panel.sessions[LIVE - 6]
    assert universe_name(replace(history, membership=(left, *asked[1:])), before) == SURVIVORS
    unknown = MembershipSpell(ticker="NOBARS", start=first, end=None)
    assert universe_name(replace(history, membership=(unknown,)), session) == SURVIVORS


def test_sessions_of_the_training_keep_the_forecasts_made_there(
    sources: tuple[TrainedSource, ...], counted: CountedHistory
) -> None:
    for source, trained in zip(sources, rules(), strict=True):
        assert source.last == bundle_history().panel.sessions[TRAINED_TO]
        assert source.at(source.last) == trained.at(source.last) != ()
    assert counted.views == 0


def test_a_live_session_is_forecast_as_from_the_whole_history(sources: tuple[TrainedSource, ...]) -> None:
    history = bundle_history()
    session = history.panel.sessions[LIVE]
    universe = universe_at(history, session, "SPY")
    assert len(universe.panel.sessions) > HISTORY_SESSIONS
    features = recent_features(universe, 5)
    for source, trained in zip(sources, rules(), strict=True):
        made = source.at(session)
        assert made == trained.forecast(features)
        assert len(made) > 480
        assert {forecast.session for forecast in made} == {session}


def test_the_features_of_a_session_are_computed_once_for_all_who_ask(
    sources: tuple[TrainedSource, ...], counted: CountedHistory
) -> None:
    first, second = bundle_history().panel.sessions[LIVE : LIVE + 2]
    for source in (*sources, *sources):
        source.at(first)
    assert counted.views == 1
    for source in sources:
        assert source.at(second)[0].session == second
    assert counted.views == 2


def test_the_record_of_a_live_session_is_that_of_the_end_of_the_training(
    sources: tuple[TrainedSource, ...],
) -> None:
    sessions = bundle_history().panel.sessions
    for source in sources:
        live, then = source.record(sessions[LIVE]), source.record(sessions[TRAINED_TO])
        assert live == then
        assert live.sessions > 100
        assert source.record(sessions[TRAINED_TO - 50]).sessions == live.sessions - 50


def test_before_what_a_forecaster_was_trained_on_it_has_a_record_of_nothing(
    sources: tuple[TrainedSource, ...],
) -> None:
    source = sources[0]
    before = source.trained.table.sessions[0] - timedelta(days=30)
    with pytest.raises(DataError, match="found"):
        source.at(before)
    record = source.record(before)
    assert (record.sessions, record.rank_ic, record.hit_rate, record.worth) == (0, None, None, "unknown")
    assert (record.forecaster, record.coverage) == (source.card.forecaster, None)


def test_a_record_says_what_it_is_worth_and_how_well_it_is_calibrated(
    sources: tuple[TrainedSource, ...],
) -> None:
    sessions = bundle_history().panel.sessions
    for source, trained in zip(sources, rules(), strict=True):
        record = source.record(sessions[LIVE])
        known = known_of(trained.table, source.last)
        assert record.worth == edge_of(trained.track_record(source.last).rank_ic, horizon_sessions=5).worth
        assert record.coverage == known.coverage
        covered = interval_coverage(trained.table.low, trained.table.high, trained.table.realised)
        assert record.coverage == pytest.approx(np.nanmean(covered))
        assert record.calibration_error is not None
        assert 0 <= record.calibration_error < 0.1
        assert record.drift == "unknown"
    early = sources[0].record(sessions[TRAINED_TO - 100])
    assert early.coverage is None or early.coverage != sources[0].record(sessions[LIVE]).coverage


def test_the_drift_of_a_version_is_asked_for_the_session(counted: CountedHistory) -> None:
    asked = []

    def drifts(version: str, session: date) -> State:
        asked.append((version, session))
        return "drifting"

    (trained, _), session = rules(), bundle_history().panel.sessions[LIVE]
    source = TrainedSource(trained, LiveFeatures(Market(counted), "SPY", 5), drifts=drifts)
    assert source.record(session).drift == "drifting"
    assert asked == [(trained.card.version, session)]


def test_a_rank_is_explained_by_what_moved_it_most(sources: tuple[TrainedSource, ...]) -> None:
    session = bundle_history().panel.sessions[LIVE]
    told = sources[0].explanations(session, ["AAPL", "XOM", "NOPE"])
    assert set(told) == {"AAPL", "XOM"}
    for each in told.values():
        assert 1 <= len(each.reasons) <= 5
        sizes = [abs(reason.added) for reason in each.reasons]
        assert sizes == sorted(sizes, reverse=True)


def test_more_sessions_of_features_are_read_where_a_forecaster_reads_a_sequence(
    counted: CountedHistory,
) -> None:
    session = bundle_history().panel.sessions[LIVE]
    one, five = (LiveFeatures(Market(counted), "SPY", 5, n).at(session).table for n in (1, 5))
    assert (len(one.sessions), len(five.sessions)) == (1, 5)
    assert np.array_equal(one.values[-1], five.values[-1], equal_nan=True)
