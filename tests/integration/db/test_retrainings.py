"""What was trained by itself is kept step by step, and what a person pinned is read from promotions alone."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from db.promotions import Promotions
from db.retrainings import Retraining, Retrainings
from db.trials import Trials
from support.forecaster_lives import FIRST, a_trial, registered
from support.records import NOON


def a_step(status: str = "begun", session: date = FIRST, **changes: object) -> Retraining:
    plain = Retraining(
        name="gbm",
        horizon_sessions=5,
        session=session,
        cause="drift",
        because_of="gbm-1",
        why="its rank IC fell",
        status=status,  # type: ignore[arg-type]
        at=NOON,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def made(connection: Connection, session: date = FIRST, **changes: object) -> Retraining:
    """Return that a version was made, with the trial it is in the chain."""
    Trials(connection).append(a_trial())
    whole = {"version": "gbm-2", "trial_id": a_trial().trial_id, "train_first": FIRST, "train_last": FIRST}
    return a_step("made", session, **(whole | changes))


def test_steps_are_kept_in_their_order_and_how_it_ended_is_told_newest_first(connection: Connection) -> None:
    registered(connection, "gbm-1", "gbm-2")
    store, later = Retrainings(connection), date(2016, 12, 1)
    ended = made(connection)
    failed = a_step("failed", later, said="no space left")
    for step in (a_step(), ended, a_step(session=later), failed):
        assert store.append(step)
    assert store.since(FIRST) == (a_step(), ended, a_step(session=later), failed)
    assert store.since(later) == (a_step(session=later), failed)
    assert store.latest() == (failed, ended)
    assert store.latest(limit=1) == (failed,)


def test_what_was_made_after_a_session_is_made_once_by_whoever_was_first(connection: Connection) -> None:
    registered(connection, "gbm-1", "gbm-2")
    store = Retrainings(connection)
    first = made(connection)
    assert store.append(first)
    assert not store.append(replace(first, cause="age"))
    assert store.append(replace(first, horizon_sessions=20)), "another horizon is another training"
    assert len(store.latest()) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "made"}, "made_is_whole"),
        ({"status": "failed", "version": "gbm-2"}, "made_is_whole"),
        ({"cause": "mood"}, "cause_known"),
        ({"status": "hoped"}, "status_known"),
        ({"horizon_sessions": 0}, "horizon_ahead"),
        ({"because_of": "gbm-9"}, "because_of"),
    ],
)
def test_half_a_step_is_refused_by_the_table_itself(
    connection: Connection, changes: dict[str, object], said: str
) -> None:
    registered(connection, "gbm-1", "gbm-2")
    with pytest.raises(DBAPIError, match=said), connection.begin_nested():
        Retrainings(connection).append(a_step(**changes))


def test_the_last_word_of_a_person_pins_a_horizon_or_does_not(connection: Connection) -> None:
    store, promotions = registered(connection, "gbm-1", "gbm-2"), Promotions(connection)
    registered(connection, "ridge-1", name="ridge")
    for version in ("gbm-1", "gbm-2"):
        promotions.record(store.activate(version), "trained", by="the desk", why="new", at=NOON)
    assert promotions.pinned(5) is None
    pin = promotions.record(store.lead("gbm-1"), "rolled_back", by="me", why="worse", at=NOON, pinned=True)
    assert promotions.pinned(5) == pin
    assert promotions.pinned(20) is None
    promotions.record(
        replace(store.lead("ridge-1"), role="challenger"), "trained", by="the desk", why="new", at=NOON
    )
    assert promotions.pinned(5) == pin, "one that leads nobody changes nothing"
    promotions.record(store.lead("gbm-1"), "unpinned", by="me", why="enough", at=NOON)
    assert promotions.pinned(5) is None
    assert promotions.before("gbm-1") is None, (
        "neither a rollback nor the end of a pin is a place to go back to"
    )
    with pytest.raises(DBAPIError, match="persons_pin"), connection.begin_nested():
        promotions.record(store.lead("gbm-2"), "trained", by="the desk", why="", at=NOON, pinned=True)
