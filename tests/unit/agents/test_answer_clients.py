"""How a typed answer is asked for: schemas every strict mode takes, and prompts kept apart."""

from typing import Any

import pytest

from agents.answers import ManagerAnswer, ValidatorAnswer
from agents.clients import ChatClient, as_tool, as_written
from agents.heard import raw_answer
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
