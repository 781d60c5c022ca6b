"""The chat's history in its two shapes: what Chainlit says of a thing, and the row we keep of it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.chat_tables import elements, steps
from desk.owner import OWNER
from support.chat_page import chat_rows

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
texts = st.text(max_size=8)
plain = st.none() | st.booleans() | st.integers(-9, 9) | texts
moments = st.datetimes(timezones=st.just(UTC)).map(lambda m: m.isoformat().replace("+00:00", "Z"))
chainlit_steps = st.fixed_dictionaries(
    {"id": texts, "threadId": texts, "name": texts, "type": st.sampled_from(["run", "tool", "user_message"])},
    optional={
        "parentId": st.none() | texts,
        "input": texts,
        "output": texts,
        "isError": st.booleans(),
        "createdAt": moments,
        "start": moments,
        "end": st.none() | moments,
        "metadata": st.dictionaries(texts, plain, max_size=3),
        "showInput": st.sampled_from(["json", "text", True]),
        "defaultOpen": st.booleans(),
        "language": st.none() | texts,
        "tags": st.none() | st.lists(texts, max_size=2),
        "streaming": st.booleans(),
        "waitForAnswer": st.booleans(),
        "feedback": st.none(),
    },
)


def stored(row: dict[str, Any], **joined: object) -> dict[str, Any]:
    """What the database gives back for a step's row: details through JSON, an opinion joined to it."""
    opinion = {"feedback_id": None, "feedback_value": None, "feedback_comment": None}
    return {**row, "details": json.loads(json.dumps(row["details"])), **opinion, **joined}


def a_step(**changes: object) -> dict[str, Any]:
    step = {
        "id": "s1",
        "threadId": "t1",
        "name": "Macro",
        "type": "tool",
        "createdAt": "2026-01-02T12:00:00Z",
    }
    return step | changes


def written(**changes: object) -> dict[str, Any]:
    return dict(chat_rows.step_row(a_step(**changes)))  # type: ignore[arg-type]


def read(row: dict[str, Any], **joined: object) -> dict[str, Any]:
    return dict(chat_rows.step_dict(stored(row, **joined)))


@given(chainlit_steps)
def test_whatever_a_step_says_is_there_again_when_it_is_read(step: dict[str, Any]) -> None:
    back = read(dict(chat_rows.step_row(step)))  # type: ignore[arg-type]
    for key, value in step.items():
        if key in {"streaming", "waitForAnswer", "feedback"}:
            assert not back[key], f"a step that is read is at rest, {key} was {back[key]!r}"
        elif value is not None:
            assert back[key] == value


@given(chainlit_steps)
def test_a_step_that_was_read_is_written_as_the_same_row(step: dict[str, Any]) -> None:
    row = dict(chat_rows.step_row(step))  # type: ignore[arg-type]
    assert chat_rows.step_row(read(row)) == row  # type: ignore[arg-type]


@given(chainlit_steps)
def test_a_row_has_a_value_for_the_columns_of_its_table_and_for_no_other(step: dict[str, Any]) -> None:
    row = dict(chat_rows.step_row(step))  # type: ignore[arg-type]
    assert set(row) == {column.name for column in steps.c} - {"position"}
    assert [name for name in row if not steps.c[name].nullable and row[name] is None] == []


def test_what_has_a_column_is_not_kept_a_second_time() -> None:
    row = written(
        parentId="p", input="i", output="o", isError=True, start="2026-01-02T12:00:01Z", metadata={"k": 1}
    )
    assert row["details"] == {"metadata": {"k": 1}}
    assert (row["parent_id"], row["input"], row["output"], row["is_error"]) == ("p", "i", "o", True)


@pytest.mark.parametrize("missing", [None, ""])
def test_a_step_without_words_or_kind_still_has_a_row(missing: str | None) -> None:
    row = written(name=missing, type=missing, input=missing, output=missing)
    assert (row["name"], row["type"], row["input"], row["output"]) == ("", "undefined", "", "")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("2026-01-02T12:00:00Z", NOON),
        ("2026-01-02T12:00:00.000001Z", NOON + timedelta(microseconds=1)),
        ("2026-01-02T14:00:00+02:00", NOON),
        ("", None),
        (None, None),
        (1_767_355_200, None),
    ],
)
def test_a_moment_is_a_moment_or_nothing(told: object, kept: datetime | None) -> None:
    assert written(end=told)["ended_at"] == kept


def test_moments_are_told_in_utc_with_the_letter_the_page_knows() -> None:
    row = written() | {"started_at": NOON.astimezone(timezone(timedelta(hours=-5))), "ended_at": None}
    step = read(row)
    assert (step["createdAt"], step["start"], step["end"]) == ("2026-01-02T12:00:00Z",) * 2 + (None,)


@pytest.mark.parametrize(("value", "told"), [(1, 1), (0, 0), (7, 1)])
def test_an_opinion_comes_with_its_step(value: int, told: int) -> None:
    step = read(written(), feedback_id="f1", feedback_value=value, feedback_comment="good")
    assert step["feedback"] == {"forId": "s1", "id": "f1", "value": told, "comment": "good"}


def test_a_step_without_an_opinion_says_so() -> None:
    assert read(written())["feedback"] is None


def an_element(**changes: object) -> Any:
    from chainlit.element import File

    known = {
        "thread_id": "t1",
        "for_id": "s1",
        "name": "positions.csv",
        "content": b"a,b\r\n",
        "mime": "text/csv",
    }
    return File(**(known | changes))


def test_an_element_is_kept_with_its_bytes() -> None:
    element = an_element()
    row = chat_rows.element_row(element)
    assert set(row) == {column.name for column in elements.c} - {"position"}
    assert (row["id"], row["thread_id"], row["step_id"]) == (element.id, "t1", "s1")
    assert (row["content"], row["mime"], row["type"]) == (b"a,b\r\n", "text/csv", "file")


@pytest.mark.parametrize(("content", "kept"), [("é", "é".encode()), (b"\x00\xff", b"\x00\xff")])
def test_text_and_bytes_are_kept_as_bytes(content: str | bytes, kept: bytes) -> None:
    assert chat_rows.element_row(an_element(content=content))["content"] == kept


def test_an_element_of_no_known_kind_is_a_download() -> None:
    assert chat_rows.element_row(an_element(mime=None))["mime"] == "application/octet-stream"


def test_an_element_is_fetched_from_its_own_address_and_never_from_anothers() -> None:
    row = dict(chat_rows.element_row(an_element(url="http://evil.example/x", path=None)))
    told = chat_rows.element_dict({**row, "details": json.loads(json.dumps(row["details"]))})
    assert told["url"] == f"/elements/{row['id']}"
    assert (told["threadId"], told["forId"], told["display"]) == ("t1", "s1", "inline")
    assert "content" not in told
    assert "path" not in told


def test_the_size_and_the_language_of_an_element_come_back() -> None:
    row = dict(chat_rows.element_row(an_element(size="large", language="json")))
    told = chat_rows.element_dict(row)
    assert (told["size"], told["language"], told["mime"]) == ("large", "json", "text/csv")
    assert chat_rows.element_dict({**row, "details": {}})["size"] is None


def a_thread(**changes: object) -> dict[str, Any]:
    thread = {
        "id": "t1",
        "created_at": NOON,
        "name": "Why AAPL",
        "user_id": "u1",
        "owner": OWNER,
        "metadata": {"a": 1},
    }
    return thread | changes


def test_a_thread_is_told_with_its_owner_and_its_parts_in_their_order() -> None:
    parts = [stored(written(id=name)) for name in ("s2", "s1")]
    told = chat_rows.thread_dict(a_thread(steps=parts, elements=[dict(chat_rows.element_row(an_element()))]))
    assert (told["userId"], told["userIdentifier"], told["name"]) == ("u1", OWNER, "Why AAPL")
    assert (told["createdAt"], told["metadata"]) == ("2026-01-02T12:00:00Z", {"a": 1})
    assert [step["id"] for step in told["steps"]] == ["s2", "s1"]
    assert [element["name"] for element in told["elements"] or ()] == ["positions.csv"]


def test_a_thread_in_a_list_comes_without_its_parts() -> None:
    told = chat_rows.thread_dict(a_thread(name=None, user_id=None, owner=None))
    assert (told["steps"], told["elements"], told["tags"]) == ([], [], None)
    assert (told["name"], told["userId"], told["userIdentifier"]) == (None, None, None)


def test_a_user_is_told_with_the_moment_it_was_made() -> None:
    user = chat_rows.user_of(
        {"id": "u1", "identifier": OWNER, "created_at": NOON, "metadata": {"role": "owner"}}
    )
    assert (user.id, user.identifier, user.createdAt) == ("u1", OWNER, "2026-01-02T12:00:00Z")
    assert user.metadata == {"role": "owner"}
