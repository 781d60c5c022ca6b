"""Texts and JSON on their way into the database."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from db.column_types import AnyText, PlainJSON, dump_json, storable

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


@given(st.text())
def test_every_text_becomes_one_that_can_be_stored(text: str) -> None:
    stored = storable(text)
    assert len(stored) == len(text)
    assert "\x00" not in stored
    stored.encode("utf-8")
    assert storable(stored) == stored


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_a_text_that_can_be_stored_is_left_alone(text: str) -> None:
    assert storable(text) == text


def test_text_and_json_are_cleaned_wherever_they_enter() -> None:
    assert AnyText().process_bind_param("a\x00", DIALECT) == "a\ufffd"
    assert AnyText().process_bind_param(None, DIALECT) is None
    dirty = {"\x00": ["\ud800", {"a": ("b\x00", 1, None, True)}]}
    assert PlainJSON().process_bind_param(dirty, DIALECT) == {
        "\ufffd": ["\ufffd", {"a": ["b\ufffd", 1, None, True]}]
    }


def test_canonical_json_has_one_spelling() -> None:
    assert dump_json({"b": 1, "a": [1.5, "é"]}) == '{"a":[1.5,"\\u00e9"],"b":1}'
    assert json.loads(dump_json({"b": 1})) == {"b": 1}
    with pytest.raises(ValueError, match="JSON compliant"):
        dump_json({"x": float("nan")})
