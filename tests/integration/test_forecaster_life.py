"""Forecasters in a small market: trained, scored live, watched, promoted, compared, and unavailable."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Gate

import numpy as np
import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.events import Events
from db.forecasters import Forecasters
from db.live_scores import LiveScores
from desk import learning as learnings
from desk.forecaster_watch import record_of, watch_forecasters
from desk.learning import Learning
from desk.live_scoring import LiveScoring
from desk.market import Market
from desk.promoting import Promoting
from desk.universes import universe_for
from fund.clock import FixedClock
from fund.errors import NoDataError, QueryRefusedError
from fund.features.cache import FeatureCache
from fund.features.panel import feature_version
from fund.forecasting.card import MAX_PLAUSIBLE_IC
from fund.forecasting.catalogue import FEATURE_SETS, Variant
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.recent import recent_features
from fund.forecasting.registry import Registry
from fund.forecasting.serving.shelf import Shelf
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.validation import Schedule
from support.committee import small_history
from tools.forecasters import ForecasterTools
from tools.forecasts import ForecastTools

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWN = (MomentumForecaster(), ReversalForecaster())
TRAINED, LAST = 560, 580
"""Places of sessions: the last the training knows, and where the desk stands."""


@pytest.fixture(scope="module")
def own() -> Iterator[None]:
    """A desk whose own forecasters are two rules, so that training takes no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learnings, "FORECASTERS", OWN)
        yield


@pytest.fixture(scope="module")
def learning(engine: Engine, own: None, tmp_path_factory: pytest.TempPathFactory) -> Learning:
    registry = Registry(tmp_path_factory.mktemp("forecasters"))
    return Learning(
        engine=engine,
        registry=registry,
        market=Market(small_history()),
        benchmark="SPY",
        schedule=Schedule(refit_sessions=63),
        clock=FixedClock(NOW),
        shelf=Shelf(registry, cap_megabytes=100),
    )


@pytest.fixture(scope="module")
def trained(learning: Learning) -> Learning:
    """Two rules in use and a ridge as a silent challenger, twenty sessions ago."""
    sessions = small_history().panel.sessions
    learning.train(sessions[TRAINED])
    learning.challenge([RidgeForecaster()], 5, sessions[TRAINED])
    return learning


def roles(learning: Learning) -> dict[str, tuple[str, bool]]:
    with transaction(learning.engine) as connection:
        return {each.name: (each.role, each.active) for each in Forecasters(connection).scored()}


def version(learning: Learning, name: str) -> str:
    with transaction(learning.engine) as connection:
        return next(each.version for each in Forecasters(connection).scored() if each.name == name)


def tools_of(learning: Learning) -> ForecasterTools:
    session = small_history().panel.sessions[LAST]
    return ForecasterTools(learning.engine, lambda: session, learning.kept, lambda: learning.unavailable)


def test_what_is_trained_on_request_challenges_and_is_heard_by_nobody(trained: Learning) -> None:
    assert roles(trained) == {
        "momentum": ("champion", True),
        "reversal": ("challenger", True),
        "ridge": ("challenger", False),
    }
    sources = trained.registered(small_history().panel.sessions[LAST])
    assert [each.card.forecaster for each in sources] == ["momentum", "reversal"]
    assert trained.in_use().keys() == {"forecaster_momentum", "forecaster_reversal"}


def test_live_forecasts_are_scored_once_known_and_as_they_were_made(trained: Learning) -> None:
    sessions = small_history().panel.sessions
    scoring, sources = LiveScoring(trained), trained.registered(sessions[LAST])
    assert scoring.fill_heard(sessions[LAST]) == 0, "nobody was heard in this process yet"
    heard = sessions[TRAINED + 10]
    scoring.heard(sources, heard)
    assert scoring.fill_heard(sessions[TRAINED + 15]) == 0, "what followed is known a session later"
    assert scoring.fill_heard(sessions[TRAINED + 16]) == 2
    known = LAST - 6 - (TRAINED - 5) + 1
    assert scoring.fill(sessions[LAST]) == 3 * known - 2
    assert scoring.due(sessions[LAST]) == ()
    with transaction(trained.engine) as connection:
        scores = LiveScores(connection).of(version(trained, "momentum"))
    assert [each.session for each in scores] == list(sessions[TRAINED - 5 : LAST - 5])
    assert all(each.known_session == sessions[n + TRAINED + 1] for n, each in enumerate(scores))
    again = LiveScoring(trained)
    made = {each.session: each for each in scores}[heard]
    (row,) = [each for each, _ in [*_rows(trained)] if each.name == "momentum"]
    told = again._score(row, heard, sources[0].at(heard), {})
    assert told == made


def _rows(learning: Learning) -> Iterator[tuple[object, None]]:
    with transaction(learning.engine) as connection:
        yield from ((each, None) for each in Forecasters(connection).all())


def test_a_record_goes_on_live_where_the_training_ends(trained: Learning) -> None:
    name = version(trained, "momentum")
    kept = trained.kept(name)
    with transaction(trained.engine) as connection:
        live = LiveScores(connection).of(name)
    record = record_of(kept, live)
    known = int(np.isfinite(kept.table.daily_rank_ic).sum())
    assert len(record.sessions) == known + len(live)
    assert record.live == len(live)
    assert list(record.sessions) == sorted(set(record.sessions))
    assert record.rank_ic[-1] == live[-1].rank_ic


def test_how_each_is_faring_is_looked_at_once_a_session(trained: Learning) -> None:
    last = small_history().panel.sessions[LAST]
    found = watch_forecasters(trained, last)
    assert [each.version.partition("-")[0] for each in found] == ["momentum", "reversal", "ridge"]
    for each in found:
        assert each.age_sessions == LAST - TRAINED
        assert each.state in ("steady", "watch", "drifting")
        assert len(each.inputs) > 60
    watch_forecasters(trained, last, inputs=False)
    report = tools_of(trained).forecasters()
    assert {each.drift_session for each in report.forecasters} == {last}
    assert [each.live_sessions for each in report.forecasters] == [LAST - 6 - (TRAINED - 5) + 1] * 3
    drifting = [each for each in found if each.state == "drifting"]
    with transaction(trained.engine) as connection:
        events = [e for e in Events(connection).since(0) if e.event.kind == "forecaster_drifting"]
    assert len(events) == len(drifting)
    session = small_history().panel.sessions
    assert trained.drift_before(found[0].version, session[LAST]) == "unknown", (
        "decided before it was looked at"
    )
    assert trained.drift_before(found[0].version, session[LAST + 1]) == found[0].state


def test_two_are_compared_over_the_same_sessions(trained: Learning) -> None:
    tools = tools_of(trained)
    found = tools.compare("momentum", "ridge")
    assert found.walk_forward.sessions > 100
    assert found.live.sessions == found.first.live_sessions
    assert found.walk_forward.difference is not None
    mirrored = tools.compare("ridge", version(trained, "momentum"))
    assert mirrored.walk_forward.difference is not None
    assert mirrored.walk_forward.difference.value == pytest.approx(-found.walk_forward.difference.value)
    luck = found.first.luck
    assert (luck.tried.of_name, luck.tried.total, luck.tried.claims) == (1, 3, 3)
    assert luck.edge.claims == 3, "momentum, reversal and ridge were judged"
    assert (found.first.trials, len(luck.tried.ratios)) == (1, 2)
    for first, second, said in (
        ("momentum", "oracle", "there is no forecaster 'oracle'; there are momentum, reversal, ridge"),
        ("ridge", "ridge", "are the same version"),
    ):
        with pytest.raises(QueryRefusedError, match=said):
            tools.compare(first, second)


def test_a_promotion_is_a_command_on_record_and_a_rollback_its_end(trained: Learning) -> None:
    promoting, ridge = Promoting(trained, "me at the terminal"), version(trained, "ridge")
    change = promoting.promotion(ridge)
    assert "in place of momentum-" in change.consequences[0]
    made = promoting.confirm(change, "promoted", why="a try", explanation="", now=NOW)
    assert roles(trained)["ridge"] == ("champion", True)
    sources = trained.registered(small_history().panel.sessions[LAST])
    assert [each.card.forecaster for each in sources] == ["ridge", "momentum", "reversal"]
    with pytest.raises(QueryRefusedError, match="who leads has changed since this was shown"):
        promoting.confirm(change, "promoted", why="", explanation="", now=NOW)
    with pytest.raises(QueryRefusedError, match="leads over 5 sessions already"):
        promoting.promotion(ridge)
    with pytest.raises(QueryRefusedError, match="nothing to roll back over 20 sessions"):
        promoting.rollback(20)
    back = promoting.confirm(promoting.rollback(5), "rolled_back", why="", explanation="", now=NOW)
    assert (back.version, back.previous) == (made.previous, ridge)
    assert roles(trained)["momentum"] == ("champion", True)
    with transaction(trained.engine) as connection:
        told = [each.event for each in Events(connection).latest(limit=2)]
    assert [each.kind for each in told] == ["forecaster_rolled_back", "forecaster_promoted"]
    assert f"{ridge} was promoted over 5 sessions in place of {made.previous} by me" in told[1].text


def test_a_card_too_good_to_believe_is_promoted_only_with_a_written_explanation(
    trained: Learning, monkeypatch: pytest.MonkeyPatch
) -> None:
    promoting, ridge = Promoting(trained, "me"), version(trained, "ridge")
    monkeypatch.setattr("fund.forecasting.card.MAX_PLAUSIBLE_IC", 1e-6)
    with pytest.raises(QueryRefusedError, match=r"is not promoted: mean .* That looks like a leak; find it"):
        promoting.promotion(ridge)
    with pytest.raises(QueryRefusedError, match="That looks like a leak"):
        promoting.promotion(ridge, "  ")
    change = promoting.promotion(ridge, "a test with a bound of nothing")
    assert any("too good to believe" in line for line in change.consequences)
    why = "a test with a bound of nothing"
    made = promoting.confirm(change, "promoted", why="a try", explanation=why, now=NOW)
    with transaction(trained.engine) as connection:
        assert Forecasters(connection).known(ridge).card.explanation == why
    assert made.explanation == why
    promoting.confirm(promoting.rollback(5), "rolled_back", why="", explanation="", now=NOW)
    assert MAX_PLAUSIBLE_IC == 0.10


def test_a_damaged_artifact_leaves_the_others_speaking_and_says_why(trained: Learning) -> None:
    sessions = small_history().panel.sessions
    promoting, ridge = Promoting(trained, "me"), version(trained, "ridge")
    promoting.confirm(promoting.promotion(ridge), "promoted", why="", explanation="", now=NOW)
    folder = Path(trained.registry.load(ridge) and trained.registry._root) / ridge
    whole = (folder / "card.json").read_text()
    (folder / "card.json").write_text(whole + " ")
    fresh = Learning(
        engine=trained.engine,
        registry=trained.registry,
        market=trained.market,
        benchmark="SPY",
        schedule=trained.schedule,
        clock=trained.clock,
    )
    sources = fresh.registered(sessions[LAST])
    assert [each.card.forecaster for each in sources] == ["momentum", "reversal"]
    assert "expected hash" in fresh.unavailable[ridge]
    (standing,) = [each for each in tools_of(fresh).forecasters().forecasters if each.version == ridge]
    assert "expected hash" in standing.unavailable
    assert len(watch_forecasters(fresh, sessions[LAST + 1], inputs=False)) == 2
    assert LiveScoring(fresh).fill(sessions[LAST + 1]) == 2, "the damaged one is scored when it is whole"
    page = (folder / "card.md").read_text()
    assert "3 in all were judged, 3 claims of them out of sample" in page, (
        "what was tried until it was judged"
    )
    shutil.rmtree(folder)
    fresh.challenge([RidgeForecaster()], 5, sessions[TRAINED])
    assert (folder / "card.md").read_text() == page, "the page does not change with what was tried since"
    assert (folder / "card.json").read_text() == whole
    assert LiveScoring(fresh).fill(sessions[LAST + 1]) == 1
    with pytest.raises(NoDataError, match="not on the desk's register"):
        fresh.kept("ridge-0")


def test_a_champion_that_is_too_slow_is_unavailable_and_nobody_takes_its_place(
    trained: Learning, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = small_history().panel.sessions[LAST]
    hurried = Learning(
        engine=trained.engine,
        registry=trained.registry,
        market=trained.market,
        benchmark="SPY",
        schedule=trained.schedule,
        clock=trained.clock,
        shelf=trained.shelf,
        deadline_seconds=0.05,
    )
    sources, release = hurried.registered(session), Gate()
    tools, usual = ForecastTools(sources), TrainedForecaster.forecast

    def hung(self: TrainedForecaster, recent: object) -> object:
        if self.card.forecaster == sources[0].card.forecaster:
            release.wait(30)
        return usual(self, recent)  # type: ignore[arg-type]

    sources[0]._live.at(session)
    monkeypatch.setattr(TrainedForecaster, "forecast", hung)
    first = sources[0].card.forecaster
    assert "is unavailable (late): no answer within 0.05 seconds" in tools.unavailable(session)[first]
    assert first in tools.silent
    assert tools.by_ticker(session) == {}
    release.set()
    monkeypatch.undo()


@pytest.mark.parametrize("feature_set", ["alpha158", "lab"])
def test_a_forecaster_of_another_set_of_features_lives_like_the_others(
    trained: Learning, tmp_path: Path, feature_set: str
) -> None:
    sessions, features = small_history().panel.sessions, FEATURE_SETS[feature_set]
    learning = replace(trained, features=FeatureCache(tmp_path))
    ridge = Variant(family="ridge", feature_set=feature_set).forecaster
    (card,) = learning.challenge([ridge], 5, sessions[TRAINED], features=feature_set)
    assert card.forecaster == f"ridge-{feature_set}"
    assert card.features == tuple(each.name for each in features)
    assert card.parameters["feature_version"] == feature_version(features)
    assert [each.name.split("-")[1] for each in tmp_path.iterdir()] == [
        feature_version(features).split("-")[1]
    ], "its table is kept"
    assert learning.challenge([ridge], 5, sessions[TRAINED], features=feature_set) == (card,)

    kept = learning.kept(card.version)
    source, session = learning.source(kept), sessions[TRAINED - 10]
    universe = universe_for(feature_set, small_history(), session, "SPY")
    whole = recent_features(universe, 5, features=features)
    assert kept.forecast(whole) == kept.at(session) != ()
    assert source.at(sessions[LAST]) != ()
    assert 1 <= len(source.explanations(sessions[LAST], ["AAPL"])["AAPL"].reasons) <= 5
    LiveScoring(learning).fill(sessions[TRAINED + 2])
    with transaction(learning.engine) as connection:
        scores = LiveScores(connection).of(card.version)
    assert [each.session for each in scores] == list(sessions[TRAINED - 5 : TRAINED - 3])
    assert all(each.rank_ic is not None for each in scores)


def test_one_that_was_promoted_on_another_set_speaks_beside_the_desks_own_and_is_trained_with_them(
    trained: Learning,
) -> None:
    sessions, named = small_history().panel.sessions, ["ridge-lab", "momentum", "reversal", "ridge"]
    promoting, lab = Promoting(trained, "me"), version(trained, "ridge-lab")
    promoting.confirm(promoting.promotion(lab), "promoted", why="", explanation="", now=NOW)
    sources = trained.registered(sessions[LAST])
    assert [each.card.forecaster for each in sources] == named
    assert all(each.at(sessions[LAST]) for each in sources)
    again = trained.train(sessions[LAST])
    assert [each.card.forecaster for each in again] == named
    assert {each.last for each in again} == {sessions[LAST]}


def test_the_last_sessions_of_everything_known_are_those_of_the_whole() -> None:
    history = small_history()
    whole = universe_for("lab", history, history.panel.sessions[LAST], "SPY").context
    recent = universe_for("lab", history, history.panel.sessions[LAST], "SPY", 30).context
    ended = universe_for(
        "lab",
        history.truncated(history.calendar.decision_time(history.panel.sessions[LAST])),
        history.panel.sessions[LAST],
        "SPY",
        30,
    ).context
    assert universe_for("alpha158", history, history.panel.sessions[LAST], "SPY").context is None
    assert whole is not None
    assert recent is not None
    assert ended is not None
    assert {"VIX", "UST_10Y", "news_score"} <= whole.market.keys() == recent.market.keys()
    assert {"eps", "filed_days", "news_count"} <= whole.names.keys() == recent.names.keys()
    for of in ("market", "names"):
        for name, values in getattr(recent, of).items():
            assert np.array_equal(values, getattr(whole, of)[name][-30:], equal_nan=True), name
            assert np.array_equal(values, getattr(ended, of)[name], equal_nan=True), name
