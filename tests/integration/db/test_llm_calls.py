"""Calls to LLMs: money is set aside before, an answer is kept for ever, a dead process frees its share."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from db.engine import transaction
from db.llm_calls import ABANDONED, LLMCall, LLMCalls
from fund.errors import BudgetError
from support.records import NOON, a_call

BUDGET = Decimal("1.00")
MINUTE = timedelta(minutes=1)


def answered(call: LLMCall, cost: str = "0.03", answer: str = "{}") -> LLMCall:
    return replace(
        call,
        status="answered",
        answer=answer,
        input_tokens=900,
        output_tokens=80,
        cost_usd=Decimal(cost),
        latency_ms=812.5,
    )


def record(connection: Connection, call: LLMCall) -> LLMCall:
    """Record how a call ended and return what is on record for it."""
    LLMCalls(connection).record_all([call])
    found = LLMCalls(connection).find(call.call_id)
    assert found is not None
    return found


def test_an_answer_replaces_its_reservation(connection: Connection) -> None:
    calls = LLMCalls(connection)
    reserved = calls.reserve(a_call(), budget_usd=BUDGET)
    assert calls.find("c1") == reserved == a_call()
    recorded = record(connection, answered(reserved))
    assert recorded == replace(answered(reserved), reserved_usd=Decimal(0))
    assert calls.spent(NOON.date()) == Decimal("0.03")


def test_a_call_that_was_answered_is_never_reserved_again(connection: Connection) -> None:
    calls = LLMCalls(connection)
    first = record(connection, answered(calls.reserve(a_call(), budget_usd=BUDGET)))
    assert calls.reserve(a_call(), budget_usd=Decimal(0)) == first
    assert calls.spent(NOON.date()) == Decimal("0.03")


@pytest.mark.parametrize("status", ["answered", "rejected", "failed"])
def test_the_first_end_of_a_call_stays(connection: Connection, status: str) -> None:
    first = record(connection, replace(answered(a_call(), answer="first"), status=status))  # type: ignore[arg-type]
    assert record(connection, answered(a_call(), cost="9", answer="second")) == first


def test_a_call_is_refused_when_it_could_cost_more_than_is_left(connection: Connection) -> None:
    calls = LLMCalls(connection)
    record(connection, answered(a_call("spent"), cost="0.85"))
    calls.reserve(a_call("open", reserved_usd=Decimal("0.10")), budget_usd=BUDGET)
    calls.reserve(a_call("exact", reserved_usd=Decimal("0.05")), budget_usd=BUDGET)
    with pytest.raises(BudgetError, match=r"may cost 0\.01 USD, of 1\.00 USD for 2016-03-08 1\.00 are spent"):
        calls.reserve(a_call("more", reserved_usd=Decimal("0.01")), budget_usd=BUDGET)
    assert calls.find("more") is None
    calls.reserve(a_call("free", reserved_usd=Decimal(0)), budget_usd=BUDGET)


def test_the_budget_is_of_one_utc_day(connection: Connection) -> None:
    calls = LLMCalls(connection)
    record(connection, answered(a_call("yesterday", started_at=NOON - timedelta(days=1)), cost="1.00"))
    calls.reserve(a_call(reserved_usd=BUDGET), budget_usd=BUDGET)
    assert calls.spent(date(2016, 3, 7)) == BUDGET
    assert calls.spent(NOON.date()) == 0


def test_a_call_reserved_twice_is_charged_once(connection: Connection) -> None:
    calls = LLMCalls(connection)
    for _ in range(3):
        calls.reserve(a_call(reserved_usd=Decimal("0.60")), budget_usd=BUDGET)
    calls.reserve(a_call("other", reserved_usd=Decimal("0.40")), budget_usd=BUDGET)


def test_the_reservation_of_a_dead_process_is_released_by_its_age(connection: Connection) -> None:
    calls = LLMCalls(connection)
    calls.reserve(a_call("dead", reserved_usd=BUDGET), budget_usd=BUDGET)
    young = a_call("young", reserved_usd=BUDGET, started_at=NOON + 15 * MINUTE)
    with pytest.raises(BudgetError):
        calls.reserve(young, budget_usd=BUDGET)
    calls.reserve(replace(young, started_at=NOON + 16 * MINUTE), budget_usd=BUDGET)
    dead = calls.find("dead")
    assert dead is not None
    assert (dead.status, dead.reserved_usd, dead.error) == ("reserved", 0, ABANDONED)


def test_an_answer_that_comes_after_its_release_still_costs(connection: Connection) -> None:
    calls = LLMCalls(connection)
    call = calls.reserve(a_call(), budget_usd=BUDGET)
    calls.reserve(a_call("later", started_at=NOON + 16 * MINUTE), budget_usd=BUDGET)
    assert record(connection, answered(call)).error is None
    assert calls.spent(NOON.date()) == Decimal("0.03")


def test_a_resumed_cycle_reserves_a_released_call_anew(connection: Connection) -> None:
    calls = LLMCalls(connection)
    calls.reserve(a_call(), budget_usd=BUDGET)
    calls.reserve(a_call("later", started_at=NOON + 16 * MINUTE), budget_usd=BUDGET)
    again = calls.reserve(a_call(started_at=NOON + 20 * MINUTE), budget_usd=BUDGET)
    assert (again.status, again.reserved_usd, again.error) == ("reserved", Decimal("0.10"), None)
    assert calls.find("c1") == again


def test_calls_that_cost_nothing_are_recorded_together(connection: Connection) -> None:
    calls = LLMCalls(connection)
    offline = [answered(a_call(f"c{number}", provider="offline"), cost="0") for number in range(5)]
    calls.record_all(offline)
    calls.record_all(offline)
    calls.record_all([])
    assert [calls.find(call.call_id) for call in offline] == [
        replace(c, reserved_usd=Decimal(0)) for c in offline
    ]
    assert calls.spent(NOON.date()) == 0


def test_an_answer_full_of_rubbish_is_kept(connection: Connection) -> None:
    recorded = record(connection, answered(a_call(), answer="\x00\ud800 é"))
    assert recorded.answer == "\ufffd\ufffd é"


def test_eight_threads_never_reserve_more_than_the_budget(engine: Engine) -> None:
    def attempt(number: int) -> bool:
        try:
            with transaction(engine) as connection:
                LLMCalls(connection).reserve(a_call(f"race-{number}"), budget_usd=BUDGET)
        except BudgetError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(attempt, range(40)))
    assert granted.count(True) == 10, "ten calls of ten cents fill a dollar, exactly"


@given(
    costs=st.lists(st.decimals("0", "0.5", places=6), max_size=12),
    budget=st.decimals("0", "2", places=6),
)
def test_reserved_and_spent_never_exceed_the_budget(
    engine: Engine, costs: list[Decimal], budget: Decimal
) -> None:
    held = Decimal(0)
    with engine.connect() as connection:
        calls = LLMCalls(connection)
        for number, cost in enumerate(costs):
            call = a_call(f"p{number}", reserved_usd=cost, started_at=NOON - timedelta(days=30))
            if held + cost <= budget:
                calls.reserve(call, budget_usd=budget)
                held += cost
            else:
                with pytest.raises(BudgetError):
                    calls.reserve(call, budget_usd=budget)
        connection.rollback()
    assert held <= budget
