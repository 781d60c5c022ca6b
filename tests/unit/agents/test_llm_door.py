"""How the door behaves when the world is fine, and in every way it is not."""

import asyncio
from decimal import Decimal

import pytest

from agents.answers import MacroAnswer
from agents.calls import prompt_hash
from agents.prices import Price
from agents.schema import schema_text
from agents.scripted import Line
from support.call_log import InMemoryCallLog
from support.llms import (
    KEY,
    NOW,
    a_door,
    a_manager_request,
    a_request,
    a_script,
    a_seat,
    broken,
    macro_json,
    manager_json,
    run,
)

FREE = Price(input=Decimal(0), output=Decimal(0), known=True)


def test_an_answer_comes_back_typed_with_its_speaker_and_its_cost() -> None:
    log = InMemoryCallLog()
    reply = run(a_door(a_seat(a_script(macro_json(exposure=0.7))), log=log).ask(a_request()))
    assert reply.answer is not None
    assert reply.answer.exposure == 0.7
    assert (reply.silence, reply.label) == (None, "anthropic:test-llm")
    (call,) = log.calls
    assert (call.status, call.role, call.attempt, call.provider) == (
        "answered",
        "macro_researcher",
        0,
        "anthropic",
    )
    expected = Price(input=Decimal(1), output=Decimal(10), known=True)
    assert call.cost_usd == expected.cost(call.input_tokens, call.output_tokens) > 0
    assert call.prompt_hash == prompt_hash(
        "You read markets.", '{"role": "macro_researcher"}', schema_text(MacroAnswer)
    )
    assert call.prompt_characters == len("You read markets.") + len('{"role": "macro_researcher"}')


def test_the_same_request_is_replayed_from_the_record_and_asks_nobody() -> None:
    log = InMemoryCallLog()
    first = run(a_door(a_seat(a_script(macro_json())), log=log).ask(a_request()))
    silent_llm = a_script()
    again = run(a_door(a_seat(silent_llm), log=log).ask(a_request()))
    assert again.answer == first.answer
    assert silent_llm.heard == ()
    assert len(log.calls) == 1


def test_a_cycle_killed_between_failure_and_retry_goes_on_with_the_retry() -> None:
    log = InMemoryCallLog()
    run(a_door(a_seat(a_script(broken(500))), log=log, retries=0).ask(a_request()))
    after_restart = a_script(macro_json())
    reply = run(a_door(a_seat(after_restart), log=log).ask(a_request()))
    assert reply.answer is not None
    assert len(after_restart.heard) == 1
    assert [(c.attempt, c.status) for c in log.calls] == [(0, "failed"), (1, "answered")]


@pytest.mark.parametrize(
    "change",
    [{"cycle_id": "cycle-2"}, {"role": "validator"}, {"brief": "{}"}, {"system": "Other."}],
)
def test_another_cause_is_another_call(change: dict[str, str]) -> None:
    log = InMemoryCallLog()
    door = a_door(a_seat(a_script(macro_json(), macro_json())), log=log)

    async def both() -> None:
        await door.ask(a_request())
        await door.ask(a_request(**change))

    run(both())
    assert len({call.call_id for call in log.calls}) == 2


def test_overload_is_retried_with_growing_jittered_waits_and_then_answered() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    door = a_door(a_seat(a_script(broken(529), broken(500), macro_json())))
    door._sleep = sleep
    reply = run(door.ask(a_request()))
    assert reply.answer is not None
    assert 0.5 <= waits[0] <= 1.5
    assert 1.0 <= waits[1] <= 3.0


def test_two_retries_are_the_most_a_seat_gets() -> None:
    chat = a_script(*[broken(500)] * 5)
    reply = run(a_door(a_seat(chat), failures_to_open=9).ask(a_request()))
    assert reply.silence is not None
    assert reply.silence.cause == "unavailable"
    assert len(chat.heard) == 3


def test_retry_after_is_honoured_while_there_is_time() -> None:
    async def ask() -> tuple[float, bool]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        reply = await a_door(a_seat(a_script(broken(429, retry_after="40"), macro_json()))).ask(a_request())
        return loop.time() - began, reply.answer is not None

    waited, answered = run(ask())
    assert answered
    assert waited == pytest.approx(40, abs=0.1)


def test_retry_after_beyond_the_deadline_asks_the_next_in_the_roster_at_once() -> None:
    async def ask() -> tuple[float, str]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        busy = a_seat(a_script(broken(429, retry_after="900")))
        spare = a_seat(a_script(macro_json()), provider="openai")
        reply = await a_door(busy, spare).ask(a_request())
        return loop.time() - began, reply.label

    assert run(ask()) == (pytest.approx(0, abs=0.01), "openai:test-llm")


def test_a_refused_key_is_not_retried_is_named_and_is_never_shown() -> None:
    log = InMemoryCallLog()
    chat = a_script(broken(401, text=f"invalid key {KEY}"), macro_json())

    async def twice() -> tuple[str, str]:
        door = a_door(a_seat(chat), log=log)
        first = await door.ask(a_request())
        second = await door.ask(a_request(cycle_id="cycle-2"))
        assert first.silence is not None
        assert second.silence is not None
        return first.silence.detail, second.silence.detail

    first, second = run(twice())
    assert "anthropic refused the key" in first
    assert "anthropic refused the key" in second
    assert len(chat.heard) == 1
    assert KEY not in f"{first}{second}{log.calls}"


def test_a_refused_request_goes_straight_to_the_next_seat() -> None:
    chat = a_script(broken(404), macro_json())
    reply = run(a_door(a_seat(chat), a_seat(a_script(macro_json()), provider="openai")).ask(a_request()))
    assert reply.label == "openai:test-llm"
    assert len(chat.heard) == 1


def test_an_open_circuit_spares_the_next_role_the_waiting_and_closes_after_a_rest() -> None:
    chat = a_script(*[broken(500)] * 3, macro_json())

    async def three_cycles() -> list[int]:
        door = a_door(a_seat(chat), rest_seconds=60.0)
        heard = []
        for cycle, pause in (("a", 0.0), ("b", 0.0), ("c", 61.0)):
            await asyncio.sleep(pause)
            await door.ask(a_request(cycle_id=cycle))
            heard.append(len(chat.heard))
        return heard

    assert run(three_cycles()) == [3, 3, 4]


def test_a_stalled_call_ends_at_its_deadline_and_its_late_answer_is_dropped() -> None:
    log = InMemoryCallLog()

    async def ask() -> str:
        never = Line(text=macro_json(exposure=0.1), after=asyncio.Event())
        slow, spare = a_seat(a_script(never)), a_seat(a_script(macro_json(exposure=0.9)), provider="openai")
        reply = await a_door(slow, spare, log=log, call_seconds=30.0, retries=0).ask(a_request())
        assert reply.answer is not None
        assert never.after is not None
        never.after.set()
        await asyncio.sleep(1)
        return f"{reply.answer.exposure} {reply.label}"

    assert run(ask()) == "0.9 openai:test-llm"
    assert [(c.status, c.latency_ms) for c in log.calls] == [("failed", 30_000), ("answered", 0)]


def test_the_cycles_deadline_silences_a_role_whatever_the_retries_left() -> None:
    async def ask() -> tuple[float, str]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        stalled = [Line(text="late", after=asyncio.Event()) for _ in range(9)]
        seats = [a_seat(a_script(*stalled[:3])), a_seat(a_script(*stalled[3:]), provider="openai")]
        reply = await a_door(*seats, call_seconds=60.0, cycle_seconds=100.0).ask(a_request())
        assert reply.silence is not None
        return loop.time() - began, reply.silence.cause

    waited, cause = run(ask())
    assert waited <= 100.01
    assert cause == "deadline"


def test_roles_of_one_cycle_share_its_deadline_and_the_next_cycle_has_its_own() -> None:
    async def ask() -> list[bool]:
        chat = a_script(*[macro_json()] * 3)
        door = a_door(a_seat(chat), cycle_seconds=100.0)
        answered = []
        for cycle, role in (("a", "macro_researcher"), ("a", "validator"), ("b", "macro_researcher")):
            reply = await door.ask(a_request(cycle_id=cycle, role=role))
            answered.append(reply.answer is not None)
            await asyncio.sleep(101)
        return answered

    assert run(ask()) == [True, False, True]


def test_a_call_that_could_break_the_budget_is_not_made() -> None:
    log, chat = InMemoryCallLog(), a_script(macro_json())
    reply = run(a_door(a_seat(chat), log=log, budget_usd=Decimal("0.05")).ask(a_request()))
    assert reply.silence is not None
    assert reply.silence.cause == "budget"
    assert "0.05 USD" in reply.silence.detail
    assert chat.heard == ()
    assert log.spent(NOW.date()) == 0


def test_no_cheaper_seat_is_tried_when_the_budget_is_gone() -> None:
    spare = a_script(macro_json())
    reply = run(
        a_door(a_seat(a_script()), a_seat(spare, provider="openai", price=FREE), budget_usd=Decimal(0)).ask(
            a_request()
        )
    )
    assert reply.silence is not None
    assert reply.silence.cause == "budget"
    assert spare.heard == ()


def test_what_costs_nothing_needs_no_budget() -> None:
    reply = run(a_door(a_seat(a_script(macro_json()), price=FREE), budget_usd=Decimal(0)).ask(a_request()))
    assert reply.answer is not None


def test_roles_asked_at_once_never_reserve_more_than_the_budget_together() -> None:
    log = InMemoryCallLog()
    sent = "You read markets.{}" + schema_text(MacroAnswer)
    worst = a_seat(a_script()).price.worst_case(sent, 12_000)

    async def ask_ten() -> list[str]:
        gate = asyncio.Event()
        lines = [Line(text=macro_json(), after=gate) for _ in range(10)]
        door = a_door(a_seat(a_script(*lines)), log=log, budget_usd=worst * 3)
        asked = [asyncio.create_task(door.ask(a_request(role=f"role-{n}", brief="{}"))) for n in range(10)]
        await asyncio.sleep(1)
        assert log.spent(NOW.date()) <= worst * 3
        gate.set()
        return [r.silence.cause if r.silence else "answered" for r in await asyncio.gather(*asked)]

    outcome = run(ask_ten())
    assert sorted(set(outcome)) == ["answered", "budget"]
    assert outcome.count("answered") == 3


def test_settled_calls_cost_what_they_used_and_stalled_ones_what_they_could_have() -> None:
    log = InMemoryCallLog()

    async def ask() -> None:
        stalled = Line(text="late", after=asyncio.Event())
        await a_door(a_seat(a_script(stalled)), log=log, retries=0).ask(a_request())
        await a_door(a_seat(a_script(macro_json())), log=log).ask(a_request(cycle_id="cycle-2"))

    run(ask())
    stalled, settled = log.calls
    assert stalled.cost_usd > Decimal("0.12")
    assert settled.cost_usd < Decimal("0.001")
    assert log.spent(NOW.date()) == stalled.cost_usd + settled.cost_usd


def test_a_refused_answer_is_repaired_once_with_the_reason_quoted() -> None:
    log = InMemoryCallLog()
    chat = a_script(macro_json(exposure=1.7), macro_json(exposure=0.7))
    reply = run(a_door(a_seat(chat), log=log).ask(a_request()))
    assert reply.answer is not None
    assert reply.answer.exposure == 0.7
    repair = str(chat.heard[1].messages[-1].text)
    assert repair.startswith('{"role": "macro_researcher"}')
    assert "exposure: Input should be less than or equal to 1, found 1.7" in repair
    assert [c.status for c in log.calls] == ["rejected", "answered"]
    assert log.calls[0].answer == macro_json(exposure=1.7)


def test_two_refused_answers_silence_the_role_and_keep_both_for_audit() -> None:
    log = InMemoryCallLog()
    chat = a_script("I would rather not.", "<html>busy</html>", macro_json())
    spare = a_script(macro_json())
    reply = run(a_door(a_seat(chat), a_seat(spare, provider="openai"), log=log).ask(a_request()))
    assert reply.silence is not None
    assert reply.silence.cause == "answer"
    assert [c.answer for c in reply.calls] == ["I would rather not.", "<html>busy</html>"]
    assert spare.heard == ()


def test_a_rejected_answer_is_replayed_into_the_same_repair() -> None:
    log = InMemoryCallLog()
    first = run(a_door(a_seat(a_script("nonsense", macro_json())), log=log).ask(a_request()))
    again = run(a_door(a_seat(a_script()), log=log).ask(a_request()))
    assert again.answer == first.answer
    assert len(log.calls) == 2


def test_tickers_that_are_no_candidates_are_dropped_with_a_note() -> None:
    answer = manager_json(AAPL=0.05, TSLA=0.1)
    reply = run(a_door(a_seat(a_script(answer))).ask(a_manager_request()))
    assert reply.answer is not None
    assert [t.ticker for t in reply.answer.targets] == ["AAPL"]
    assert reply.notes == ("dropped 'TSLA': not a candidate of this cycle",)


def test_an_unlisted_price_is_said() -> None:
    guess = Price(input=Decimal(25), output=Decimal(150), known=False)
    reply = run(a_door(a_seat(a_script(macro_json()), price=guess)).ask(a_request()))
    assert reply.notes == (
        "no price is listed for anthropic:test-llm; its budget assumes 25 / 150 USD per million tokens; "
        'state your own in the mandate: [llm.prices] "anthropic:test-llm" = { input = ..., output = ... }',
    )


def test_an_empty_roster_is_silence_not_an_error() -> None:
    reply = run(a_door().ask(a_request()))
    assert reply.silence is not None
    assert reply.silence.cause == "unavailable"


def test_an_answer_that_quotes_the_key_is_kept_without_it() -> None:
    log = InMemoryCallLog()
    run(a_door(a_seat(a_script(macro_json(summary=f"my key is {KEY}"))), log=log).ask(a_request()))
    assert KEY not in log.calls[0].answer
    assert "[redacted]" in log.calls[0].answer
