"""How a typed answer is asked for: schemas every strict mode takes, and texts read back whole."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call

from agents.answers import ManagerAnswer, ValidatorAnswer
from agents.clients import ChatClient, as_tool, as_written, raw_answer
from agents.roles import ROLES
from agents.schema import portable_schema, schema_text
from agents.scripted import Line
from support.llms import a_script, run

REFUSED_BY_STRICT_MODES = {"minimum", "maximum", "maxLength", "minLength", "maxItems", "default", "title"}


def every_schema(schema: Any) -> list[dict[str, Any]]:
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    below = [found for value in inner for found in every_schema(value)]
    return [schema, *below] if isinstance(schema, dict) else below


@pytest.mark.parametrize("role", list(ROLES))
def test_a_portable_schema_has_no_keyword_a_strict_mode_refuses(role: str) -> None:
    schema = portable_schema(ROLES[role].answer_type)
    for part in every_schema(schema):
        if part.get("type") in {"object", "number", "string", "array"}:
            assert not REFUSED_BY_STRICT_MODES & part.keys()
        if part.get("type") == "object":
            assert part["required"] == list(part["properties"])
            assert part["additionalProperties"] is False


def test_a_portable_schema_keeps_choices_references_and_descriptions() -> None:
    schema = portable_schema(ValidatorAnswer)
    assert schema["properties"]["verdict"]["enum"] == ["approve", "revise"]
    assert schema["properties"]["concerns"]["items"] == {"$ref": "#/$defs/Concern"}
    assert "crowded" in schema["$defs"]["Concern"]["properties"]["kind"]["enum"]


def test_a_schema_in_words_keeps_the_bounds() -> None:
    assert '"maximum":1' in schema_text(ManagerAnswer)


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


def test_an_answer_tool_carries_the_schema_of_the_role() -> None:
    chat = a_script(Line(tool_calls=(("answer", {"targets": [], "summary": "s"}),)))
    client = ChatClient(chat=chat, bind=as_tool)
    message = run(client.answer("system", "brief", ManagerAnswer))
    assert raw_answer(message) == '{"targets": [], "summary": "s"}'
    assert chat.heard[0].tools == ("answer",)


def test_the_system_prompt_and_the_brief_travel_apart() -> None:
    chat = a_script("{}")
    run(
        ChatClient(chat=chat, bind=as_written, schema_in_prompt=True).answer(
            "You decide.", "the brief", ManagerAnswer
        )
    )
    system, human = chat.heard[0].messages
    assert system.type == "system"
    assert str(system.text).startswith("You decide.\n\nAnswer with exactly one JSON object")
    assert (human.type, human.text) == ("human", "the brief")
