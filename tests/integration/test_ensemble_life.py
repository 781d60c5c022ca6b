"""An ensemble on a desk's register: made of what is there, heard, made again, silent with a member."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.forecasters import Forecasters, RegisteredForecaster
from db.live_scores import LiveScores
from desk import learning as learnings
from desk.ensembles import challenge_ensemble, ensembles_again
from desk.forecaster_watch import watch_forecasters
from desk.learning import Learning
from desk.live_scoring import LiveScoring
from desk.market import Market
from desk.progress import silent
from desk.promoting import Promoting
from fund.clock import FixedClock
from fund.errors import ConfigError, DataError
from fund.forecasting.catalogue import Variant
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster
from fund.forecasting.registry import Registry
from fund.forecasting.serving.shelf import Shelf
from fund.forecasting.validation import Schedule
from support.committee import small_history
from tools.forecasts import ForecastTools

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OTHER = "ridge-alpha158"
MEMBERS = ["momentum", OTHER]
TRAINED, JOINED, LATER = 600, 640, 643
"""Places of sessions: the last the members learned, the last the ensemble did, and where the desk stands."""


@pytest.fixture(scope="module")
def learning(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learning]:
    """Two rules in use, and a ridge on other features as a silent challenger."""
    registry = Registry(tmp_path_factory.mktemp("forecasters"))
    sessions = small_history().panel.sessions
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learnings, "FORECASTERS", (MomentumForecaster(), ReversalForecaster()))
        made = Learning(
            engine=engine,
            registry=registry,
            market=Market(small_history()),
            benchmark="SPY",
            schedule=Schedule(refit_sessions=63, min_train_sessions=63),
            clock=FixedClock(NOW),
            shelf=Shelf(registry, cap_megabytes=100),
        )
        made.train(sessions[TRAINED])
        ridge = Variant(family="ridge", feature_set="alpha158").forecaster
        made.challenge([ridge], 5, sessions[TRAINED], features="alpha158")
        yield made


def rows(learning: Learning) -> dict[str, RegisteredForecaster]:
    with transaction(learning.engine) as connection:
        return {each.name: each for each in Forecasters(connection).scored()}


def test_members_that_are_not_there_or_too_few_are_refused(learning: Learning) -> None:
    last = small_history().panel.sessions[JOINED]
    with pytest.raises(
        ConfigError, match=f"found no forecaster 'oracle'; there are momentum, reversal, {OTHER}"
    ):
        challenge_ensemble(learning, ["oracle"], 5, last, silent)
    with pytest.raises(
        ConfigError, match="expected members over 20 sessions, found no forecaster 'momentum'"
    ):
        challenge_ensemble(learning, ["momentum"], 20, last, silent)
    with pytest.raises(DataError, match=r"at least two members over 5 sessions, found \['momentum'\]"):
        challenge_ensemble(learning, ["momentum", rows(learning)["momentum"].version], 5, last, silent)
    with pytest.raises(DataError, match="over 20 sessions, found"):
        challenge_ensemble(learning, [], 20, last, silent)
    assert set(rows(learning)) == {"momentum", "reversal", OTHER}


def test_it_hears_members_of_several_sets_and_days_and_lives_like_any_other(learning: Learning) -> None:
    sessions, there = small_history().panel.sessions, rows(learning)
    (card,) = challenge_ensemble(learning, MEMBERS, 5, sessions[JOINED], silent)
    assert card.ensemble is not None
    pins = [(each.version, each.sha256) for each in card.ensemble.members]
    assert pins == [(there[each].version, there[each].manifest_sha256) for each in MEMBERS]
    assert card.test_last == sessions[JOINED], "though its members learned earlier"
    assert challenge_ensemble(learning, MEMBERS, 5, sessions[JOINED], silent) == (card,)
    made = rows(learning)["ensemble"]
    assert (made.role, made.active) == ("challenger", False)

    promoting = Promoting(learning, "me")
    promoting.confirm(promoting.promotion(card.version), "promoted", why="", explanation="", now=NOW)
    sources = learning.registered(sessions[LATER])
    assert [each.card.forecaster for each in sources] == ["ensemble", "momentum", "reversal"]
    assert learning.in_use()["champion"] == "ensemble"
    leader, tools, later = sources[0], ForecastTools(sources), sessions[LATER]
    kept = learning.source(learning.kept(card.version))
    assert leader.at(later) == kept.at(later) != ()
    assert leader.at(sessions[JOINED]) == leader.trained.forecast(leader._live.at(sessions[JOINED]))
    (again,) = learning.recorded({"ensemble": card.version}, "ensemble")
    assert again.at(later) == leader.at(later)
    apart = tools.members_apart(later)
    assert set(apart) == {"ensemble"}
    assert set(apart["ensemble"]) == {each.ticker for each in leader.at(later)}
    assert all(0.0 <= each <= 1.0 for each in apart["ensemble"].values())
    assert {each.feature for each in tools.explanations(later, ["AAPL"])["AAPL"].reasons} <= set(MEMBERS)

    scoring = LiveScoring(learning)
    scoring.heard(sources, sessions[JOINED + 1])
    assert scoring.fill_heard(sessions[JOINED + 7]) == 3
    with transaction(learning.engine) as connection:
        (score,) = LiveScores(connection).of(card.version)
    assert score.rank_ic is not None
    assert card.version in {each.version for each in watch_forecasters(learning, later, inputs=False)}


def test_whom_it_hears_is_trained_with_it_and_nobody_speaks_for_that(learning: Learning) -> None:
    sessions, before = small_history().panel.sessions, rows(learning)
    again = learning.train(sessions[LATER])
    assert [each.card.forecaster for each in again] == ["ensemble", "momentum", "reversal"]
    assert {each.last for each in again} == {sessions[LATER]}, "so that no training is due at once"
    assert not learning.due(again, sessions[LATER + 5])
    parts, now = again[0].card.ensemble, rows(learning)
    assert parts is not None
    assert [each.version for each in parts.members] == [now[each].version for each in MEMBERS]
    assert all(now[each].version != before[each].version for each in (*MEMBERS, "ensemble"))
    assert (now[OTHER].role, now[OTHER].active) == ("challenger", False)
    assert (now["ensemble"].role, now["ensemble"].active) == ("champion", True)


def test_a_damaged_member_silences_it_with_the_reason_and_the_desk_goes_on(
    learning: Learning, caplog: pytest.LogCaptureFixture
) -> None:
    sessions, there = small_history().panel.sessions, rows(learning)
    folder: Path = learning.registry._root / there[OTHER].version
    whole = (folder / "card.json").read_text()
    (folder / "card.json").write_text(whole + " ")
    fresh = replace(learning, shelf=None, unavailable={})
    said = f"its member {folder.name} cannot be heard: expected hash"
    sources = fresh.registered(sessions[LATER + 1])
    assert [each.card.forecaster for each in sources] == ["momentum", "reversal"]
    assert said in fresh.unavailable[there["ensemble"].version]
    with pytest.raises(DataError, match=said):
        fresh.kept(there["ensemble"].version)
    with pytest.raises(DataError, match="expected hash"):
        challenge_ensemble(fresh, MEMBERS, 5, sessions[LATER], silent)
    assert list(ensembles_again(fresh, [there["ensemble"]], (), (), sessions[LATER], silent)) == []
    assert f"{there['ensemble'].version} was not trained again: expected hash" in caplog.text
    (folder / "card.json").write_text(whole)
    assert fresh.registered(sessions[LATER + 1])[0].card.forecaster == "ensemble"
