"""Nights as they are kept: once a date, with all their scores, and never changed."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from db.eval_nights import EvalNights
from db.eval_tables import APPEND_ONLY_OF_EVALS
from support.recorded_nights import FIRST, a_recorded_night, a_recorded_score, some_recorded_nights


def test_a_night_comes_back_as_it_was_the_newest_first(connection: Connection) -> None:
    nights = EvalNights(connection)
    kept = (*some_recorded_nights((0.9, 0.8)), a_recorded_night(FIRST - timedelta(days=1)))
    assert all(nights.record(each) for each in kept)
    assert nights.latest(10) == kept
    assert nights.latest(1) == kept[:1]
    assert nights.days() == {each.day for each in kept}


def test_a_date_is_kept_once_and_the_first_stays(connection: Connection) -> None:
    nights = EvalNights(connection)
    assert nights.record(a_recorded_night())
    assert not nights.record(a_recorded_night(colour="block", scores=(a_recorded_score(value=0.1),)))
    assert nights.latest(2) == (a_recorded_night(),)


@pytest.mark.parametrize("table", APPEND_ONLY_OF_EVALS, ids=lambda table: table.name)
def test_nothing_of_it_can_be_changed(connection: Connection, table: object) -> None:
    EvalNights(connection).record(a_recorded_night())
    for statement in (f"DELETE FROM desk.{table}", f"UPDATE desk.{table} SET day = day"):
        with pytest.raises(DBAPIError, match="permission denied"), connection.begin_nested():
            connection.execute(text(statement.replace("desk.desk.", "desk.")))


@pytest.mark.parametrize(
    "wrong",
    [{"low": None}, {"low": 0.96}, {"cases": -1}],
    ids=["half an interval", "turned over", "negative"],
)
def test_a_score_that_makes_no_sense_is_refused(connection: Connection, wrong: dict[str, object]) -> None:
    with pytest.raises(DBAPIError, match="violates check"), connection.begin_nested():
        EvalNights(connection).record(a_recorded_night(scores=(a_recorded_score(**wrong),)))
