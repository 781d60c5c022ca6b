"""A conversation as files: everything that was said, nothing that is secret."""

import json
from typing import Any

import pytest

import support.chat_client  # noqa: F401 - it prepares Chainlit, which the next lines import

# isort: split
from desk.chat.export import as_json, as_markdown, asks_for_export

SECRET = "correct-horse-battery"


def a_step(kind: str, output: str, **more: object) -> dict[str, Any]:
    return {
        "id": "s1",
        "parentId": None,
        "type": kind,
        "name": "Holdings · 0.1 s",
        "input": "",
        "output": output,
        "isError": False,
        "createdAt": "2017-02-01T15:30:00Z",
        "start": None,
        "end": None,
        "feedback": None,
    } | more


def a_thread(*steps: dict[str, Any]) -> Any:
    return {
        "id": "t1",
        "createdAt": "2017-02-01T15:29:00Z",
        "name": "What do\nwe hold?",
        "steps": list(steps),
        "elements": [
            {"id": "e1", "forId": "s1", "type": "file", "name": "positions.csv", "url": "/elements/e1"}
        ],
        "metadata": {"chat_settings": {}, "env": {"KEY": SECRET}},
    }


SAID = (
    a_step("user_message", "What do we hold?"),
    a_step("tool", '{"equity":\n 1}'),
    a_step("assistant_message", "Two names.\n\n| A | B |", feedback={"value": 1}),
)


def test_markdown_has_what_was_said_in_order_with_the_work_between() -> None:
    assert as_markdown(a_thread(*SAID)).splitlines() == [
        "# What do we hold?",
        "",
        "Begun 2017-02-01T15:29:00Z.",
        "",
        "## You, 2017-02-01T15:30:00Z",
        "",
        "What do we hold?",
        "",
        '- Holdings · 0.1 s: {"equity": 1}',
        "",
        "## Conclave, 2017-02-01T15:30:00Z",
        "",
        "Two names.",
        "",
        "| A | B |",
        "",
        "## Charts, tables and files",
        "",
        "- positions.csv (file)",
    ]


def test_json_has_every_step_and_no_metadata_of_the_page() -> None:
    found = json.loads(as_json(a_thread(*SAID)))
    assert [step["output"] for step in found["steps"]] == [step["output"] for step in SAID]
    assert found["steps"][2]["feedback"] == 1
    assert "metadata" not in found
    assert found["elements"] == [{"id": "e1", "step": "s1", "type": "file", "name": "positions.csv"}]


@pytest.mark.parametrize("write", [as_markdown, as_json])
@pytest.mark.parametrize(
    "told",
    [
        f"the password is {SECRET}",
        "my key is sk-abcdef1234567890",
        "http://127.0.0.1:8000/enter?ticket=Zm9vYmFyYmF6cXV4",
        "api_key=abcdef123456",
    ],
)
def test_nothing_shaped_like_a_secret_leaves_with_an_export(write: Any, told: str) -> None:
    for kind in ("user_message", "assistant_message", "tool"):
        text = write(a_thread(a_step(kind, told, input=told)), (SECRET,))
        assert told.split("=")[-1].split()[-1] not in text
        assert "[redacted]" in text


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("/export", True),
        ("Export this conversation", True),
        ("please download the chat as markdown and json.", True),
        ("export the trades", False),
        ("do not export this conversation", False),
        ("export this conversation and pause trading", False),
    ],
)
def test_an_export_is_made_only_of_a_question_for_nothing_else(question: str, asks: bool) -> None:
    assert asks_for_export(question) is asks
