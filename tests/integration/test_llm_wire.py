"""The real provider clients, through the door, against a server that speaks their wire formats."""

import asyncio
from random import Random

import pytest
from pydantic import SecretStr

from agents.answers import MacroAnswer
from agents.clients import ClientOptions
from agents.llm import DoorLimits, LLMDoor
from agents.prices import price_of
from agents.replies import RoleReply
from agents.roster import Keys, Roster
from fund.clock import FixedClock
from fund.errors import ConfigError
from support.call_log import InMemoryCallLog
from support.llms import KEY, NOW, a_request, macro_json
from support.wire_stub import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    WireReply,
    WireStub,
    called,
    cut_off,
    error,
    page,
    said,
    stalled,
    wire,
)

KEYS = Keys(anthropic=SecretStr(KEY), openai=SecretStr(KEY), compatible=SecretStr(KEY))
SEATS = {
    "anthropic": "anthropic:claude-sonnet-5@{url}",
    "openai": "openai:gpt-5.1@{url}/v1",
    "compatible": "compatible:qwen3@{url}/v1",
}
PROVIDERS = pytest.mark.parametrize("provider", list(SEATS))


def ask(
    provider: str,
    *replies: WireReply,
    seat: str | None = None,
    call_seconds: float = 20.0,
    retries: int = 2,
) -> tuple[RoleReply[MacroAnswer], WireStub, InMemoryCallLog]:
    """Ask one role through one real client; waits between retries are skipped, not slept."""
    log = InMemoryCallLog()

    async def one_question(stub: WireStub) -> RoleReply[MacroAnswer]:
        spec = (seat or SEATS[provider]).format(url=stub.url)
        options = ClientOptions(timeout_seconds=call_seconds * 2, max_output_tokens=2000)
        door = LLMDoor(
            roster=Roster.of([spec], KEYS, options=options),
            log=log,
            clock=FixedClock(NOW),
            limits=DoorLimits(call_seconds=call_seconds, retries=retries),
            rng=Random(1),
            sleep=lambda seconds: asyncio.sleep(0),
        )
        try:
            return await door.ask(a_request())
        finally:
            await door.aclose()

    with wire(*replies) as stub:
        return asyncio.run(one_question(stub)), stub, log


@PROVIDERS
def test_a_written_answer_is_read_and_its_real_usage_is_charged(provider: str) -> None:
    reply, stub, log = ask(provider, said(provider, macro_json(exposure=0.7)))
    assert reply.answer is not None
    assert reply.answer.exposure == 0.7
    (call,) = log.calls
    assert (call.input_tokens, call.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS)
    price = price_of(provider, call.llm)
    assert call.cost_usd == price.cost(INPUT_TOKENS, OUTPUT_TOKENS)
    assert stub.heard[0].headers["authorization"] == f"Bearer {KEY}"


@PROVIDERS
def test_a_tool_call_is_read_as_the_answer(provider: str) -> None:
    reply, _, _ = ask(provider, called(provider, macro_json(exposure=0.4)))
    assert reply.answer is not None
    assert reply.answer.exposure == 0.4


def test_anthropic_is_asked_for_structured_output_with_a_schema_it_accepts() -> None:
    _, stub, _ = ask("anthropic", said("anthropic", macro_json()))
    sent = stub.heard[0].body
    schema = sent["output_config"]["format"]["schema"]
    assert sent["output_config"]["format"]["type"] == "json_schema"
    assert schema["additionalProperties"] is False
    assert "maximum" not in str(schema)
    assert sent["max_tokens"] == 2000
    assert "temperature" not in sent
    assert "tools" not in sent


def test_an_older_anthropic_llm_is_asked_through_a_forced_tool() -> None:
    reply, stub, _ = ask(
        "anthropic",
        called("anthropic", macro_json()),
        seat="anthropic:claude-3-haiku-20240307@{url}",
    )
    assert reply.answer is not None
    assert stub.heard[0].body["tool_choice"] == {"type": "tool", "name": "answer"}


def test_openai_is_asked_in_strict_mode_with_every_field_required() -> None:
    _, stub, _ = ask("openai", said("openai", macro_json()))
    sent = stub.heard[0].body
    described = sent["response_format"]["json_schema"]
    assert described["strict"] is True
    assert set(described["schema"]["required"]) == set(MacroAnswer.model_fields)
    assert sent["max_completion_tokens"] == 2000


def test_a_compatible_server_also_finds_the_schema_in_the_prompt_and_the_older_token_limit() -> None:
    _, stub, _ = ask("compatible", said("compatible", macro_json()))
    sent = stub.heard[0].body
    assert stub.heard[0].path == "/v1/chat/completions"
    assert "sectors_to_avoid" in sent["messages"][0]["content"]
    assert sent["max_tokens"] == 2000
    assert "max_completion_tokens" not in sent


@pytest.mark.parametrize("status", [400, 422])
def test_a_compatible_server_that_knows_no_schemas_is_asked_in_plain_words(status: int) -> None:
    unknown = error(status, "response_format is not supported")
    reply, stub, log = ask("compatible", unknown, said("compatible", macro_json(exposure=0.3)))
    assert reply.answer is not None
    assert reply.answer.exposure == 0.3
    assert "response_format" in stub.heard[0].body
    assert "response_format" not in stub.heard[1].body
    assert len(log.calls) == 1


@PROVIDERS
@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_busy_and_broken_servers_are_retried(provider: str, status: int) -> None:
    reply, stub, log = ask(provider, error(status, retry_after="1"), said(provider, macro_json()))
    assert reply.answer is not None
    assert len(stub.heard) == 2
    assert [call.status for call in log.calls] == ["failed", "answered"]
    expected = "rate_limited" if status == 429 else "overloaded"
    assert log.calls[0].error.startswith(expected)
    assert log.calls[0].cost_usd == 0


@PROVIDERS
def test_retry_after_reaches_the_door(provider: str) -> None:
    waits: list[float] = []

    async def one_question(stub: WireStub) -> None:
        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        spec = SEATS[provider].format(url=stub.url)
        door = LLMDoor(
            roster=Roster.of([spec], KEYS), log=InMemoryCallLog(), clock=FixedClock(NOW), sleep=sleep
        )
        await door.ask(a_request())
        await door.aclose()

    with wire(error(429, retry_after="17"), said(provider, macro_json())) as stub:
        asyncio.run(one_question(stub))
    assert waits == [17.0]


@PROVIDERS
def test_a_refused_key_names_the_provider_is_not_retried_and_shows_no_key(provider: str) -> None:
    reply, stub, log = ask(provider, error(401, f"invalid x-api-key {KEY}"))
    assert reply.silence is not None
    assert f"{provider} refused the key (401)" in reply.silence.detail
    assert len(stub.heard) == 1
    assert KEY not in f"{reply}{log.calls}"


@PROVIDERS
def test_a_login_page_instead_of_an_answer_is_garbage_then_retried(provider: str) -> None:
    reply, stub, log = ask(provider, page(), said(provider, macro_json()))
    assert reply.answer is not None
    assert log.calls[0].status == "failed"
    assert log.calls[0].error.startswith("garbage")
    assert len(stub.heard) == 2


@PROVIDERS
def test_json_that_is_no_answer_of_the_provider_is_garbage(provider: str) -> None:
    reply, _, log = ask(provider, WireReply(body=b'{"note": "thank you for using our service"}'), retries=0)
    assert reply.silence is not None
    assert log.calls[0].status in {"failed", "rejected"}


@PROVIDERS
def test_a_stalled_server_runs_into_the_calls_deadline(provider: str) -> None:
    reply, _, log = ask(provider, stalled(), call_seconds=0.3, retries=0)
    assert reply.silence is not None
    assert log.calls[0].error == f"timeout: {provider} gave no answer in time"
    assert log.calls[0].cost_usd > 0


@PROVIDERS
def test_a_cut_off_answer_is_refused_then_repaired(provider: str) -> None:
    reply, stub, _ = ask(provider, cut_off(provider, macro_json()[:40]), said(provider, macro_json()))
    assert reply.answer is not None
    assert len(stub.heard) == 2


@PROVIDERS
def test_two_tool_calls_are_refused_because_nobody_knows_which_is_meant(provider: str) -> None:
    twice = called(provider, macro_json(exposure=0.1), macro_json(exposure=0.9))
    reply, _, log = ask(provider, twice, said(provider, macro_json(exposure=0.5)))
    assert reply.answer is not None
    assert reply.answer.exposure == 0.5
    assert log.calls[0].status == "rejected"


@PROVIDERS
def test_a_server_that_is_gone_is_unreachable(provider: str) -> None:
    log = InMemoryCallLog()

    async def one_question() -> RoleReply[MacroAnswer]:
        roster = Roster.of([SEATS[provider].format(url="http://127.0.0.1:9")], KEYS)
        door = LLMDoor(roster=roster, log=log, clock=FixedClock(NOW), limits=DoorLimits(retries=0))
        try:
            return await door.ask(a_request())
        finally:
            await door.aclose()

    reply = asyncio.run(one_question())
    assert reply.silence is not None
    assert log.calls[0].error.startswith("unreachable")


@PROVIDERS
def test_a_redirect_is_not_followed_with_the_key(provider: str) -> None:
    moved = WireReply(status=307, headers={"location": "http://127.0.0.1:9/elsewhere"})
    reply, stub, _ = ask(provider, moved, retries=0)
    assert reply.silence is not None
    assert len(stub.heard) == 1


@PROVIDERS
def test_one_door_works_in_one_event_loop_after_another(provider: str) -> None:
    with wire(said(provider, macro_json()), said(provider, macro_json())) as stub:
        roster = Roster.of([SEATS[provider].format(url=stub.url)], KEYS)
        door = LLMDoor(roster=roster, log=InMemoryCallLog(), clock=FixedClock(NOW))
        for cycle in ("cycle-1", "cycle-2"):
            assert asyncio.run(door.ask(a_request(cycle_id=cycle))).answer is not None
        asyncio.run(door.aclose())


@PROVIDERS
def test_a_refused_key_stops_the_start_with_one_sentence(provider: str) -> None:
    with (
        wire(error(401, "no such key")) as stub,
        pytest.raises(ConfigError, match=f"{provider} refused the key"),
    ):
        asyncio.run(_check(SEATS[provider].format(url=stub.url)))


@PROVIDERS
def test_a_good_key_and_an_absent_server_let_the_start_go_on(provider: str) -> None:
    listed = WireReply(
        body=b'{"data": [], "has_more": false, "first_id": null, "last_id": null, "object": "list"}'
    )
    with wire(listed) as stub:
        assert asyncio.run(_check(SEATS[provider].format(url=stub.url))) == ()
        assert stub.heard[0].path.startswith("/v1/models")
    (absent,) = asyncio.run(_check(SEATS[provider].format(url="http://127.0.0.1:9")))
    assert absent.startswith(provider)


async def _check(spec: str) -> tuple[str, ...]:
    door = LLMDoor(roster=Roster.of([spec], KEYS), log=InMemoryCallLog(), clock=FixedClock(NOW))
    try:
        return await door.check_keys()
    finally:
        await door.aclose()
