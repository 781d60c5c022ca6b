"""Slips are mended towards the words of the examples, and no ordinary word is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.examples.respelling import is_known, known_words, plain_words, respelled


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("portfollio", "portfolio"),
        ("perfomance", "performance"),
        ("wich sektors has lose", "which sectors has lose"),
        ("hldings", "holdings"),
        ("hows the mkt", "how is the market"),
        ("corelation heatmp", "correlation heatmap"),
    ],
)
def test_a_slip_becomes_the_word_that_was_meant(typed: str, meant: str) -> None:
    assert respelled(typed) == meant


@pytest.mark.parametrize("word", ["resuming", "hotels", "level", "brexit", "size", "wondered"])
def test_an_ordinary_word_is_left_as_it_is(word: str) -> None:
    assert respelled(word) == word


def test_company_names_are_no_plain_words() -> None:
    assert {"apple", "microsoft", "tesla"} - known_words().keys() == {"apple", "microsoft", "tesla"}
    assert plain_words().isdisjoint({"microsoft", "tesla", "walmart"})


@given(st.sampled_from(sorted(known_words())))
def test_every_word_of_the_examples_is_known(word: str) -> None:
    assert is_known(word)
