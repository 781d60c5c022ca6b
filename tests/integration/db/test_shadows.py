"""What shadows said is kept once, beside the decision it belongs to, and never changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from db.decisions import Decisions
from db.llm_calls import LLMCalls
from db.shadow_tables import APPEND_ONLY_OF_SHADOWS, shadow_calls
from db.shadows import IN_FORCE, ReturnDue, Shadows
from fund.errors import BudgetError
from support.records import a_call, a_cycle_record
from support.shadows import SESSION, SHADOW, a_shadow_decision, a_shadow_return, a_shadow_view

NEXT = date(2016, 11, 2)
RECORDED = datetime(2016, 11, 1, 21, tzinfo=UTC)


@pytest.fixture
def kept(connection: Connection) -> Shadows:
    """Three decisions of the day: one under the mandate asked about, one under another, and a halted one."""
    decisions = Decisions(connection)
    for session, mandate, status in (
        (SESSION, "mine", "decided"),
        (NEXT, "another", "decided"),
        (date(2016, 11, 3), "mine", "halted"),
    ):
        record = a_cycle_record(
            f"daily-{session}", session, status=status, inputs={"mandate_hash": mandate}, orders=()
        )
        decisions.record_cycle(record, job="daily", slot=record.cycle_id, recorded_at=RECORDED)
    return Shadows(connection)


def test_a_decision_is_put_to_shadows_once_and_only_where_somebody_was_asked(kept: Shadows) -> None:
    before = date(2016, 10, 31)
    (put,) = kept.put(after=before, mandate_hash="mine")
    assert (put.cycle_id, put.session, put.recorded_at, put.done) == (
        f"daily-{SESSION}", SESSION, RECORDED, frozenset(),
    )  # fmt: skip
    assert kept.put(after=SESSION, mandate_hash="mine") == ()
    assert kept.record(a_shadow_decision(), [a_shadow_view()])
    (put,) = kept.put(after=before, mandate_hash="mine")
    assert put.done == {SHADOW}


def test_it_comes_back_as_it_was_and_the_first_stays(kept: Shadows) -> None:
    made, views = a_shadow_decision(), [a_shadow_view(), a_shadow_view("MSFT", -1)]
    assert kept.record(made, views)
    assert not kept.record(a_shadow_decision(calls=99), [a_shadow_view("XOM")])
    assert kept.record(a_shadow_decision(IN_FORCE), [])
    assert [each.shadow for each in kept.decisions()] == [IN_FORCE, SHADOW], "the committee in force first"
    assert kept.decisions(SESSION)[1] == made
    assert list(kept.views()) == views
    assert kept.views(NEXT) == kept.decisions(NEXT) == ()
    assert kept.last_session() == SESSION
    (force, shadow) = kept.counts()
    assert (force.shadow, force.decisions, shadow.cost_usd, shadow.seconds) == (IN_FORCE, 1, 0.02, 4.0)


def test_every_name_waits_for_three_returns_until_each_is_filled(kept: Shadows) -> None:
    kept.record(a_shadow_decision(), [a_shadow_view(), a_shadow_view("MSFT", -1)])
    kept.record(a_shadow_decision(IN_FORCE), [a_shadow_view(shadow=IN_FORCE)])
    assert len(kept.unfilled()) == 6
    assert kept.fill([a_shadow_return(), a_shadow_return("MSFT", None)]) == 2
    assert kept.fill([a_shadow_return(gross=0.9)]) == 0
    assert ReturnDue(session=SESSION, ticker="AAPL", horizon_sessions=5) not in kept.unfilled()
    known = kept.returns(5, known_by=date(2016, 11, 9))
    assert known[SESSION, "AAPL"] == a_shadow_return()
    assert known[SESSION, "MSFT"].gross is None
    assert kept.returns(5, known_by=date(2016, 11, 8)) == {}, "nothing before its exit"
    assert kept.returns(1, known_by=date(2016, 11, 9)) == {}


def test_a_shadows_money_is_its_own(connection: Connection) -> None:
    desk, shadows = LLMCalls(connection), LLMCalls(connection, shadow_calls)
    call = a_call("call-1")
    shadows.reserve(call, budget_usd=call.reserved_usd)
    assert desk.committed(call.day) == 0
    assert desk.find("call-1") is None
    with pytest.raises(BudgetError):
        shadows.reserve(a_call("call-2"), budget_usd=call.reserved_usd)
    desk.reserve(a_call("call-2"), budget_usd=call.reserved_usd)
    answered = a_call("call-1", status="answered", cycle_id="c", started_at=call.started_at)
    later = a_call("call-3", status="failed", cycle_id="c", started_at=call.started_at + timedelta(seconds=1))
    shadows.record_all([later, answered])
    assert [each.call_id for each in shadows.of_cycle("c")] == ["call-1", "call-3"]
    assert desk.of_cycle("c") == ()


@pytest.mark.parametrize("table", [table.fullname for table in APPEND_ONLY_OF_SHADOWS])
def test_nothing_that_was_recorded_can_be_changed(connection: Connection, kept: Shadows, table: str) -> None:
    kept.record(a_shadow_decision(), [a_shadow_view()])
    kept.fill([a_shadow_return()])
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with connection.begin_nested() as savepoint:
            with pytest.raises(DBAPIError, match=r"permission denied|append"):
                connection.execute(text(statement))
            savepoint.rollback()
