"""The sentences of the blind sheet are matched whole; everything else stays a question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.sheet import RATINGS
from graph.orders.rating import RatingWord, read_rating

WORDINGS = (
    "rate {row} {rating}",
    "Please rate {row} as {rating}.",
    "rate {row} {rating}!",
    "RATE {row}  {rating} ",
)


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


@settings(max_examples=40)
@given(st.integers(0, 16**8 - 1), st.sampled_from(RATINGS), st.sampled_from(WORDINGS))
def test_every_row_that_a_sheet_may_name_is_rated_as_it_is_said(
    number: int, rating: str, wording: str
) -> None:
    row = f"{number:08x}"
    said = wording.format(row=row, rating=rating)
    assert read_rating(said) == RatingWord(what="rate", row=row, rating=rating)
    assert read_rating(f"do not {said}") is None
    assert read_rating(f"{said} and {row} {rating}") is None


@given(
    st.integers(0, 10**9 - 1), st.sampled_from((" with seed {}", ", by the seed {}.", " of seed {} please"))
)
def test_every_seed_that_is_drawn_can_be_named_again(seed: int, wording: str) -> None:
    for opening in ("Rate decisions blind", "open the blind sheet", "continue rating"):
        assert read_rating(opening + wording.format(seed)) == RatingWord(what="begin", seed=seed)
    assert read_rating(f"rate decisions blind with seed {seed + 10**9}") is None
    assert read_rating(f"rate decisions blind with seed -{seed}") is None
