"""The life of forecasters on record: who leads and who speaks, promotions, trials, scores, drift."""

from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import DBAPIError

from db.forecaster_tables import APPEND_ONLY_OF_FORECASTERS
from db.forecasters import Forecasters
from db.live_scores import LiveScores
from db.promotions import Promotions
from db.trials import Trials, trial_findings
from db.verify import verify_ledger
from fund.errors import DataError, NoDataError
from fund.forecasting.life.watching import Thresholds, Watched, watch
from support.forecaster_lives import FIRST, a_live_score, a_trial, registered
from support.records import NOON


def roles(store: Forecasters) -> dict[str, tuple[str, bool]]:
    return {each.version: (each.role, each.active) for each in store.all()}


def test_the_first_to_speak_over_a_horizon_leads_and_the_next_challenge(connection: Connection) -> None:
    store = registered(connection, "gbm-1")
    registered(connection, "momentum-1", name="momentum")
    assert store.activate("gbm-1").role == "champion"
    assert store.activate("momentum-1").role == "challenger"
    assert roles(store) == {"gbm-1": ("champion", True), "momentum-1": ("challenger", True)}
    assert [each.version for each in store.speaking(5)] == ["gbm-1", "momentum-1"]


def test_a_new_training_inherits_the_role_and_the_old_version_retires(connection: Connection) -> None:
    store = registered(connection, "gbm-1", "gbm-2")
    store.activate("gbm-1")
    placed = store.activate("gbm-2")
    assert (placed.role, placed.previous) == ("champion", "gbm-1")
    assert roles(store) == {"gbm-1": ("retired", False), "gbm-2": ("champion", True)}


def test_one_leads_each_horizon_and_a_name_may_speak_over_several(connection: Connection) -> None:
    store = registered(connection, "gbm-1")
    registered(connection, "gbm-20", horizon=20)
    store.activate("gbm-1")
    store.activate("gbm-20")
    assert [store.champion(horizon).version for horizon in (5, 20)] == ["gbm-1", "gbm-20"]
    assert store.champion(1) is None
    for wrong in (
        "UPDATE desk.forecasters SET horizon_sessions = 5",
        "UPDATE desk.forecasters SET role = 'retired'",
        "UPDATE desk.forecasters SET active = false",
        "UPDATE desk.forecasters SET role = 'king'",
    ):
        with pytest.raises(DBAPIError, match=r"violates|duplicate key"), connection.begin_nested():
            connection.execute(text(wrong))


def test_a_promoted_challenger_leads_and_who_led_goes_on_speaking(connection: Connection) -> None:
    store = registered(connection, "gbm-1")
    registered(connection, "ridge-1", "ridge-2", name="ridge")
    store.activate("gbm-1")
    store.challenge("ridge-1")
    store.challenge("ridge-2")
    assert roles(store)["ridge-1"] == ("retired", False), "the silent one of a name is succeeded"
    placed = store.lead("ridge-2")
    assert (placed.role, placed.previous) == ("champion", "gbm-1")
    assert roles(store) == {
        "gbm-1": ("challenger", True),
        "ridge-1": ("retired", False),
        "ridge-2": ("champion", True),
    }
    with pytest.raises(DataError, match="is the champion over 5 sessions already"):
        store.lead("ridge-2")
    store.lead("gbm-1", silence=True)
    assert roles(store)["ridge-2"] == ("challenger", False)
    with pytest.raises(NoDataError, match="none of version 'ridge-9'"):
        store.lead("ridge-9")


def test_an_explanation_is_on_the_card_and_the_version_stays_the_same_artifact(
    connection: Connection,
) -> None:
    store = registered(connection, "gbm-1")
    store.explain("gbm-1", "ten names only")
    assert store.known("gbm-1").card.explanation == "ten names only"
    registered(connection, "gbm-1")
    assert store.known("gbm-1").card.explanation == "ten names only"


def test_rollbacks_walk_back_along_the_promotions(connection: Connection) -> None:
    store, promotions = registered(connection, "gbm-1", "gbm-2"), Promotions(connection)
    registered(connection, "ridge-1", name="ridge")
    for version, kind in (("gbm-1", "trained"), ("gbm-2", "trained")):
        promotions.record(store.activate(version), kind, by="the desk", why="new", at=NOON)
    promotions.record(store.lead("ridge-1"), "promoted", by="me", why="better", at=NOON, command_id="c")
    assert promotions.before("ridge-1") == "gbm-2"
    promotions.record(store.lead("gbm-2"), "rolled_back", by="me", why="worse", at=NOON)
    assert promotions.before("gbm-2") == "gbm-1", "a rollback is no place to go back to"
    assert promotions.before("gbm-1") is None
    told = promotions.latest(5)
    assert [(each.seq, each.kind, each.previous) for each in told] == [
        (4, "rolled_back", "ridge-1"),
        (3, "promoted", "gbm-2"),
        (2, "trained", "gbm-1"),
        (1, "trained", None),
    ]
    assert promotions.latest(20) == ()


def test_trials_are_counted_once_a_configuration_and_chained(connection: Connection) -> None:
    trials = Trials(connection)
    assert [trials.append(a_trial(n)) for n in (1, 2, 2, 3)] == [True, True, False, True]
    assert trials.append(a_trial(1, data_version="made-2"))
    assert [(each.family, each.horizon_sessions) for each in trials.all()] == [("gbm", 5)] * 4
    assert trials.chain()[1].trial == a_trial(2)
    assert trial_findings(connection) == ()
    assert verify_ledger(connection) == ()


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("DELETE FROM desk.forecaster_trials WHERE seq = 2", "rows are missing or moved"),
        (
            "UPDATE desk.forecaster_trials SET content = replace(content, '250', '25') WHERE seq = 2",
            "the hash chain breaks here",
        ),
        ("UPDATE desk.forecaster_trials SET family = 'ridge' WHERE seq = 1", "not what its content says"),
        ("UPDATE desk.forecaster_trials SET content = '{}' WHERE seq = 3", "cannot be read"),
    ],
)
def test_a_trial_taken_out_or_edited_is_found(connection: Connection, tampering: str, found: str) -> None:
    for number in (1, 2, 3):
        Trials(connection).append(a_trial(number))
    connection.execute(text("RESET ROLE"))
    connection.execute(text("ALTER TABLE desk.forecaster_trials DISABLE TRIGGER append_only"))
    connection.execute(text(tampering))
    (finding,) = verify_ledger(connection)
    assert finding.table == "forecaster_trials"
    assert found in finding.problem


def test_a_score_is_kept_once_and_one_that_is_absent_says_why(connection: Connection) -> None:
    registered(connection, "gbm-1")
    scores = LiveScores(connection)
    absent = {name: None for name in ("ic", "rank_ic", "hit_rate", "coverage", "log_loss", "residual")}
    one, none = a_live_score(), a_live_score(session=FIRST + timedelta(days=1), why="no bars", **absent)
    assert scores.record([none, one], at=NOON) == 2
    assert scores.record([a_live_score(rank_ic=0.9)], at=NOON) == 0
    assert scores.of("gbm-1") == (one, none)
    assert scores.filled(["gbm-1"])["gbm-1"] == {one.session, none.session}
    wrong = a_live_score(session=FIRST + timedelta(days=2), why="no bars")
    with pytest.raises(DBAPIError, match="absence_has_a_reason"), connection.begin_nested():
        scores.record([wrong], at=NOON)


def a_watched(state_of: np.ndarray, session: date = FIRST) -> Watched:
    days = [FIRST - timedelta(days=300 - n) for n in range(len(state_of))]
    return watch(
        "gbm-1",
        days,
        state_of,
        np.full(len(state_of), np.nan),
        session=session,
        age_sessions=70,
        horizon_sessions=1,
        thresholds=Thresholds(age_sessions=63),
    )


def test_how_a_version_fares_is_kept_with_its_reasons(connection: Connection) -> None:
    registered(connection, "gbm-1")
    scores = LiveScores(connection)
    steady = 0.1 * np.sin(np.arange(300.0))
    assert scores.note(a_watched(steady), at=NOON)
    assert not scores.note(a_watched(steady), at=NOON)
    later = FIRST + timedelta(days=1)
    fallen = np.concatenate([steady[:200] + 0.05, steady[200:] - 0.3])
    scores.note(a_watched(fallen, later), at=NOON)
    before, now = scores.drift(["gbm-1"], FIRST)["gbm-1"], scores.drift(["gbm-1"])["gbm-1"]
    assert (before.state, now.state, now.session) == ("watch", "drifting", later)
    assert before.reasons == ("it was trained 70 sessions ago, 63 is the most",)
    assert now.figures["scored_sessions"] == 300
    assert scores.drift(["gbm-9"]) == {}


@pytest.mark.parametrize("table", APPEND_ONLY_OF_FORECASTERS, ids=lambda table: table.name)
def test_nothing_of_it_can_be_changed(connection: Connection, table: Table) -> None:
    column = next(iter(table.columns)).name
    for statement in ("DELETE FROM {0}", "UPDATE {0} SET {1} = {1}", "TRUNCATE {0}"):
        with pytest.raises(DBAPIError, match="permission denied"), connection.begin_nested():
            connection.execute(text(statement.format(table, column)))
