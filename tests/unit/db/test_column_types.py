"""Texts and JSON on their way into the database."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from db.column_types import REPLACEMENT, AnyText, PlainJSON, dump_json, is_storable, storable, storable_within

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


anything = st.text(st.characters(exclude_categories=[]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=6,
)


@given(anything)
def test_only_what_cannot_be_stored_is_replaced_and_each_by_one_sign(text: str) -> None:
    for before, after in zip(text, storable(text), strict=True):
        odd = before == "\x00" or "\ud800" <= before <= "\udfff"
        assert after == (REPLACEMENT if odd else before)


@pytest.mark.parametrize("edge", ["\ud7ff", "\ue000", "\x01", "\uffff", "\U0010ffff"])
def test_the_signs_beside_the_ones_that_cannot_be_stored_are_left_alone(edge: str) -> None:
    assert storable(f"a{edge}") == f"a{edge}"


@pytest.mark.parametrize("code", [0, 0xD800, 0xDBFF, 0xDC00, 0xDFFF], ids=hex)
def test_every_sign_that_cannot_be_stored_is_known(code: int) -> None:
    odd = chr(code)
    assert storable(f"a{odd}b") == f"a{REPLACEMENT}b"
    assert not is_storable(json.dumps(odd, ensure_ascii=False))


@given(values)
def test_a_document_is_storable_exactly_when_nothing_in_it_has_to_be_replaced(value: object) -> None:
    document = json.dumps(value, ensure_ascii=False)
    clean = storable_within(value)
    if is_storable(document):
        assert clean == value
    else:
        assert clean != value or "\\\\u0000" in document, "a spelled-out escape is taken for the real one"
    assert is_storable(json.dumps(clean, ensure_ascii=False)) or "\\\\u0000" in document


@given(values)
def test_a_value_made_storable_keeps_its_shape(value: object) -> None:
    clean = storable_within(value)
    assert storable_within(clean) == clean
    assert type(clean) is type(value)
    if isinstance(value, list):
        assert len(clean) == len(value)
    json.dumps(clean, ensure_ascii=False).encode("utf-8")


def test_a_key_that_is_no_text_becomes_one() -> None:
    assert storable_within({1: {None: "a"}}) == {"1": {"None": "a"}}


def test_the_types_are_cached_and_a_json_null_is_a_missing_value() -> None:
    assert AnyText.cache_ok
    assert PlainJSON.cache_ok
    assert PlainJSON().impl_instance.none_as_null


def test_canonical_json_is_ascii_without_blanks() -> None:
    assert dump_json(["\u00e9", "\U0001f600", {"b": None, "a": True}]) == (
        '["\\u00e9","\\ud83d\\ude00",{"a":true,"b":null}]'
    )
