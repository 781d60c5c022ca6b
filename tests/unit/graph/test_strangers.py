"""Names that no instrument bears are found where names stand, and nowhere else."""

import pytest

from graph.routing.rules import VOCABULARY
from graph.topics.strangers import misspelled_name, unknown_name
from support.instruments import bundle_directory


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("do we own tesla", "tesla"),
        ("what is TSLA doing", "TSLA"),
        ("how's hooli doing?", "hooli"),
        ("why not Tesla's?", "Tesla"),
        ("the price of tesla", "tesla"),
        ("did you look at XYZQ", "XYZQ"),
    ],
)
def test_a_name_is_in_capitals_or_stands_where_names_stand(text: str, name: str) -> None:
    assert unknown_name(text, VOCABULARY) == name


@pytest.mark.parametrize(
    "text",
    [
        "what did the validator say",
        "why is cash so high",
        "what is our worst holding right now",
        "do we hold anything",
        "what do we hold? lorem ipsum",
        "WHAT IS GOING UPWARD",
        "what is our CAGR2",
        "how did the SEC react",
        "",
    ],
)
def test_ordinary_words_are_no_names(text: str) -> None:
    assert unknown_name(text, VOCABULARY) is None


def test_the_last_word_spelled_nearly_as_a_name_is_taken_for_it() -> None:
    assert misspelled_name("explain the microsft thing", bundle_directory(), VOCABULARY) == "microsft"
    assert misspelled_name("explain the lorem thing", bundle_directory(), VOCABULARY) is None


def test_a_short_word_is_not_taken_for_a_misspelled_ticker() -> None:
    assert misspelled_name("explain how hig it went", bundle_directory(), VOCABULARY) is None
