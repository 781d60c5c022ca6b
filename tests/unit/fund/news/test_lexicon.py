"""The lexicon on what business headlines turn: negation, movements, contrast, and what only sounds so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.news.lexicon import LexiconScorer
from fund.news.lexicon_words import BETTER_LOW, DOWN, SAYING, UP
from fund.news.sentiment import Sentiment, leaning_of


def read(title: str) -> Sentiment:
    (found,) = LexiconScorer().score([title])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("title", "leaning"),
    [
        ("Corvane beats estimates", "positive"),
        ("Corvane misses estimates", "negative"),
        ("Corvane cuts guidance", "negative"),
        ("Corvane raises guidance", "positive"),
        ("Corvane downgraded at broker", "negative"),
        ("Corvane upgraded at broker", "positive"),
        ("Corvane profit rises", "positive"),
        ("Corvane profit falls", "negative"),
        ("Corvane costs rise", "negative"),
        ("Corvane costs fall", "positive"),
        ("Corvane cuts debt", "positive"),
        ("Corvane loss narrows", "positive"),
        ("Corvane loss widens", "negative"),
        ("Jobless claims fall", "positive"),
        ("Unemployment climbs", "negative"),
        ("Corvane bad loans jump", "negative"),
        ("Corvane avoids bankruptcy", "positive"),
        ("Corvane not guilty of fraud", "positive"),
        ("No recovery for Corvane", "negative"),
        ("Corvane never recovered", "negative"),
        ("Corvane record loss", "negative"),
        ("Corvane record profit", "positive"),
        ("Corvane beats estimates but cuts outlook", "negative"),
        ("Despite strike, Corvane profit rises", "positive"),
        ("Corvane to raise funds via bonds", "neutral"),
        ("Corvane stress test on Friday", "neutral"),
        ("Corvane sets record date", "neutral"),
        ("Corvane names finance chief", "neutral"),
        ("Will Corvane beat estimates?", "neutral"),
        ("ＣＯＲＶＡＮＥ ＢＥＡＴＳ ＥＳＴＩＭＡＴＥＳ", "positive"),
    ],
)
def test_a_headline_leans_as_its_words_turn(title: str, leaning: str) -> None:
    assert read(title).leaning == leaning


def test_more_is_worth_more_and_less_is_worth_less() -> None:
    slightly, plainly, sharply = (
        read(f"Corvane profit {how}falls").score for how in ("slightly ", "", "sharply ")
    )
    assert sharply < plainly < slightly < 0


def test_a_question_says_less_than_a_statement() -> None:
    assert 0 < read("Corvane wins?").score < read("Corvane wins").score


def test_a_title_without_a_sign_is_neutral_and_says_that_it_rests_on_nothing() -> None:
    assert read("Corvane opens office") == Sentiment(score=0.0, confidence=0.0, n=0)


@pytest.mark.parametrize("text", ["", "   ", "…!?", "\u200b", ",,,"])
def test_a_text_without_a_word_is_not_read(text: str) -> None:
    assert LexiconScorer().score([text]) == (None,)


def test_it_has_a_name_with_its_version_and_knows_no_order() -> None:
    scorer = LexiconScorer()
    assert scorer.name.startswith("lexicon/")
    texts = ["Corvane wins", "", "Corvane loses"]
    assert scorer.score(texts) == tuple(reversed(scorer.score(texts[::-1])))
    assert scorer.score([]) == ()


def test_no_expression_stands_twice_with_two_meanings() -> None:
    assert not SAYING.keys() & (UP.keys() | DOWN.keys())
    assert not UP.keys() & DOWN.keys()
    assert not ({words[0] for words in (*UP, *DOWN) if len(words) == 1} & BETTER_LOW)


WORDS = st.sampled_from(
    sorted(
        {word for words in (*SAYING, *UP, *DOWN) for word in words}
        | BETTER_LOW
        | {"not", "but", ",", "despite"}
    )
)


@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=30).map(" ".join)))
def test_every_text_is_read_or_not_and_stays_within_the_scale(text: str) -> None:
    (found,) = LexiconScorer().score([text])
    assert found is None or (-1 <= found.score <= 1 and 0 <= found.confidence <= 1)
    assert LexiconScorer().score([text]) == (found,)


@given(st.floats(-1, 1))
def test_a_score_has_one_side_and_its_opposite_the_other(score: float) -> None:
    sides = {leaning_of(score), leaning_of(-score)}
    assert sides in ({"neutral"}, {"positive", "negative"})


@pytest.mark.parametrize("values", [(1.01, 0.5, 1), (float("nan"), 0.5, 1), (0.5, -0.1, 1), (0.5, 0.5, -1)])
def test_what_is_no_score_is_refused(values: tuple[float, float, int]) -> None:
    score, confidence, n = values
    with pytest.raises(ValueError, match="expected a score in"):
        Sentiment(score=score, confidence=confidence, n=n)
