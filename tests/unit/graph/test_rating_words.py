"""The sentences of the blind sheet are matched whole; everything else stays a question."""

import pytest

from graph.orders.rating import RatingWord, read_rating


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rate decisions blind", RatingWord(what="begin")),
        ("rate 20 decisions blindly, please", RatingWord(what="begin")),
        ("open the blind sheet with seed 12", RatingWord(what="begin", seed=12)),
        ("continue rating", RatingWord(what="begin")),
        ("rate 0123abcd sound", RatingWord(what="rate", row="0123abcd", rating="sound")),
        ("rate 0123abcd as splendid.", RatingWord(what="rate", row="0123abcd", rating="splendid")),
        ("stop rating", RatingWord(what="later")),
        ("how were the decisions rated?", RatingWord(what="told")),
        ("do the raters agree?", RatingWord(what="told")),
    ],
)
def test_a_sentence_of_the_sheet_is_read(text: str, wanted: RatingWord) -> None:
    assert read_rating(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "what did you decide last session?",
        "rate AAPL",
        "rate decisions",
        "do not rate decisions blind",
        "should i rate decisions blind?",
        "what is the hit rate?",
        "rate 0123abcd",
    ],
)
def test_anything_else_is_no_sentence_of_the_sheet(text: str) -> None:
    assert read_rating(text) is None
