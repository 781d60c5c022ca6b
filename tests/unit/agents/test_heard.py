"""What came back is read whole, kept as it was read, and counted within reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGeneration, ChatResult

from agents.calls import RecordedCall
from agents.heard import MOST_TOKENS, raw_answer, tokens_of, words_of
from agents.prices import tokens_in
from agents.replies import RoleReply
from agents.strict import LONGEST_ANSWER
from db.column_types import storable
from support.call_log import InMemoryCallLog
from support.llms import KEY, a_door, a_request, a_script, a_seat, macro_json, run


class Odd(BaseChatModel):
    """Answers every question with one message, whatever is in it."""

    message: AIMessage

    @property
    def _llm_type(self) -> str:
        return "odd"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.message)])

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return self._generate(messages)


def used(input_tokens: int, output_tokens: int) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=input_tokens, output_tokens=output_tokens, total_tokens=input_tokens + output_tokens
    )


def ask(message: AIMessage) -> tuple[RoleReply[Any], tuple[RecordedCall, ...]]:
    log = InMemoryCallLog()
    return run(a_door(a_seat(Odd(message=message)), log=log).ask(a_request())), log.calls


def test_written_text_and_tool_arguments_read_the_same() -> None:
    assert raw_answer(AIMessage(content='{"a": 1}')) == '{"a": 1}'
    call = tool_call(name="answer", args={"a": 1}, id="x")
    assert raw_answer(AIMessage(content="Here you are.", tool_calls=[call])) == '{"a": 1}'


def test_arguments_that_are_no_json_are_read_as_written() -> None:
    bad = invalid_tool_call(name="answer", args='{"a": 1', id="x", error=None)
    assert raw_answer(AIMessage(content="", invalid_tool_calls=[bad])) == '{"a": 1'


def test_text_blocks_are_joined_and_thinking_is_left_out() -> None:
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": '{"a": 1}'}]
    assert raw_answer(AIMessage(content=blocks)) == '{"a": 1}'


def test_a_refusal_is_kept_as_the_answer_it_is() -> None:
    refused = AIMessage(content="", additional_kwargs={"refusal": "I cannot."})
    assert raw_answer(refused) == "I cannot."


def test_secrets_are_masked_in_what_is_kept() -> None:
    assert words_of([AIMessage(content=f"my key is {KEY}")], (KEY,)) == "my key is [redacted]"


@given(st.text())
def test_what_was_read_is_what_a_database_gives_back(text: str) -> None:
    words = words_of([AIMessage(content=text)], ())
    assert storable(words) == words
    assert words_of([AIMessage(content=words)], ()) == words


@pytest.mark.parametrize("character", ["\x00", "\ud800"])
def test_a_character_no_database_holds_is_judged_alike_at_first_and_in_a_replay(character: str) -> None:
    """A refused answer that is stored as one that fits would be another decision after a restart."""
    log = InMemoryCallLog()
    odd = macro_json().replace("Calm", f"Calm{character}")
    first = run(a_door(a_seat(a_script(odd, "never asked")), log=log).ask(a_request()))
    (call,) = log.calls
    assert call.status == "answered"
    assert storable(call.answer) == call.answer
    again = run(a_door(a_seat(a_script()), log=log).ask(a_request()))
    assert again.answer == first.answer is not None


def test_ten_megabytes_are_refused_and_not_kept() -> None:
    reply, calls = ask(AIMessage(content="x" * 10_000_000))
    assert reply.silence is not None
    assert reply.silence.cause == "answer"
    assert "answer shorter" in reply.silence.detail
    assert [len(call.answer) for call in calls] == [LONGEST_ANSWER + 1] * 2


@pytest.mark.parametrize("tokens", [-5, 0, 10**30])
def test_a_count_beyond_reason_neither_breaks_nor_refills_the_budget(tokens: int) -> None:
    reply, (call,) = ask(AIMessage(content=macro_json(), usage_metadata=used(tokens, tokens)))
    assert reply.answer is not None
    assert 0 <= call.input_tokens <= MOST_TOKENS
    assert call.cost_usd >= 0


def test_tokens_nobody_counted_are_counted_by_bytes() -> None:
    assert tokens_of([AIMessage(content="a")], "sent", "a") == (tokens_in("sent"), tokens_in("a"))
    counted = [AIMessage(content="a", usage_metadata=used(3, 4)), AIMessage(content="b")]
    assert tokens_of(counted, "sent", "a") == (3, 4)


def test_arguments_that_cannot_be_written_down_are_a_failure_and_no_exception() -> None:
    bottomless: dict[str, Any] = {}
    bottomless["again"] = bottomless
    call = tool_call(name="answer", args={"a": 1}, id="x")
    message = AIMessage(content="", tool_calls=[call])
    message.tool_calls[0]["args"] = bottomless
    with pytest.raises(ValueError, match="Circular"):
        json.dumps(bottomless)
    reply, calls = ask(message)
    assert reply.silence is not None
    assert {call.status for call in calls} == {"failed"}
