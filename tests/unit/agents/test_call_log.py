"""The record of calls holds each call once and the day's money exactly."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agents.calls import RecordedCall, call_key, prompt_hash
from support.call_log import InMemoryCallLog

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_call(call_id: str = "a", **changes: Any) -> RecordedCall:
    plain: dict[str, Any] = {
        "cycle_id": "cycle-1",
        "role": "validator",
        "attempt": 0,
        "provider": "anthropic",
        "llm": "test-llm",
        "prompt_hash": "0" * 64,
        "prompt_characters": 10,
        "status": "answered",
        "answer": "{}",
        "error": "",
        "input_tokens": 1,
        "output_tokens": 1,
        "cost_usd": Decimal("0.25"),
        "latency_ms": 5,
        "started_at": NOON,
    }
    return RecordedCall(call_id=call_id, **{**plain, **changes})


def reserve(log: InMemoryCallLog, call_id: str, cost: str, budget: str = "1", at: datetime = NOON) -> bool:
    return asyncio.run(log.reserve(call_id, at, Decimal(cost), Decimal(budget)))


def test_a_recorded_call_is_found_by_its_key_and_no_other() -> None:
    log = InMemoryCallLog()
    asyncio.run(log.record(a_call("a")))
    assert asyncio.run(log.find("a")) == a_call("a")
    assert asyncio.run(log.find("b")) is None


def test_the_first_record_of_a_call_stays() -> None:
    log = InMemoryCallLog()
    asyncio.run(log.record(a_call("a", answer="first")))
    asyncio.run(log.record(a_call("a", answer="second")))
    assert [call.answer for call in log.calls] == ["first"]


def test_reservations_fill_the_day_to_the_cent_and_not_beyond() -> None:
    log = InMemoryCallLog()
    assert reserve(log, "a", "0.60")
    assert reserve(log, "b", "0.40")
    assert not reserve(log, "c", "0.000001")


def test_a_reservation_repeated_after_a_crash_is_not_charged_twice() -> None:
    log = InMemoryCallLog()
    assert reserve(log, "a", "0.60")
    assert reserve(log, "a", "0.60")
    assert log.spent(NOON.date()) == Decimal("0.60")


def test_settling_gives_back_what_was_not_used() -> None:
    log = InMemoryCallLog()
    reserve(log, "a", "0.90")
    asyncio.run(log.record(a_call("a", cost_usd=Decimal("0.10"))))
    assert log.spent(NOON.date()) == Decimal("0.10")
    assert reserve(log, "b", "0.90")


def test_a_new_utc_day_has_a_new_budget_wherever_the_clock_hangs() -> None:
    log = InMemoryCallLog()
    assert reserve(log, "a", "1")
    same_day_in_tokyo = (NOON + timedelta(hours=6)).astimezone(timezone(timedelta(hours=9)))
    assert same_day_in_tokyo.date() != NOON.date()
    assert not reserve(log, "b", "1", at=same_day_in_tokyo)
    assert reserve(log, "c", "1", at=NOON + timedelta(days=1))


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.decimals(0, 1, places=4)), max_size=30))
def test_no_order_of_reservations_breaks_the_budget(asked: list[tuple[str, Decimal]]) -> None:
    log = InMemoryCallLog()
    for call_id, cost in asked:
        reserve(log, call_id, str(cost))
        assert log.spent(NOON.date()) <= 1


def test_a_key_changes_with_every_cause_and_with_nothing_else() -> None:
    causes: dict[str, Any] = {"cycle_id": "c", "role": "r", "attempt": 0, "llm_id": "a:b", "prompt": "p"}
    keys = {call_key(**causes), call_key(**causes)}
    for name, value in (("cycle_id", "d"), ("role", "s"), ("attempt", 1), ("llm_id", "a:c"), ("prompt", "q")):
        keys.add(call_key(**{**causes, name: value}))
    assert len(keys) == 6


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_prompts_share_a_hash_only_when_every_part_is_the_same(one: list[str], other: list[str]) -> None:
    assert (prompt_hash(*one) == prompt_hash(*other)) == (one == other)
