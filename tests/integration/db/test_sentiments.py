"""Kept scores: each once under its scorer and headline, whatever comes later."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from db.sentiments import HeadlineSentiments
from fund.clock import FixedClock
from fund.news.sentiment import Sentiment
from support.news import a_sentiment
from support.records import NOON


@pytest.fixture
def kept(engine: Engine) -> HeadlineSentiments:
    return HeadlineSentiments(engine, FixedClock(NOON))


def test_what_is_kept_is_found_again_under_its_scorer_alone(kept: HeadlineSentiments) -> None:
    scores = {"h1": Sentiment(score=0.1, confidence=1 / 3, n=1), "h2": a_sentiment(-1.0)}
    kept.keep("llm/a/1", scores)
    assert kept.of("llm/a/1", ["h1", "h2", "h3"]) == scores
    assert kept.of("llm/a/1", ["h2"]) == {"h2": scores["h2"]}
    assert kept.of("llm/b/1", ["h1", "h2"]) == {}
    assert kept.of("llm/a/1", []) == {}


def test_a_kept_score_never_changes(kept: HeadlineSentiments) -> None:
    kept.keep("once", {"h1": a_sentiment(0.5)})
    kept.keep("once", {"h1": a_sentiment(-0.5), "h2": a_sentiment(0.0)})
    assert kept.of("once", ["h1", "h2"]) == {"h1": a_sentiment(0.5), "h2": a_sentiment(0.0)}


def test_nothing_to_keep_is_no_error(kept: HeadlineSentiments) -> None:
    kept.keep("none", {})
    assert kept.of("none", ["h1"]) == {}


def test_an_id_with_what_postgresql_cannot_hold_is_kept_all_the_same(kept: HeadlineSentiments) -> None:
    kept.keep("odd", {"h\x00\ud800": a_sentiment()})
    assert list(kept.of("odd", ["h\x00\ud800"]).values()) == [a_sentiment()]


@pytest.mark.parametrize("score", ["1.5", "'NaN'"])
def test_the_database_refuses_what_is_no_score(engine: Engine, score: str) -> None:
    row = f"INSERT INTO desk.headline_sentiments VALUES ('s', 'h', {score}, 0.5, 1, now())"
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(row))
