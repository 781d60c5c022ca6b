"""Who reads the news, as a deployment sets it: an LLM, a classifier's folder, or the lexicon."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.llm_calls import LLMCalls
from db.sentiments import HeadlineSentiments
from desk.sentiment import scorer_of, sentiment_tools
from desk.setting_groups import NewsSentiment
from desk.settings import Settings
from fund.clock import FixedClock
from fund.errors import ConfigError
from fund.news.lexicon import LexiconScorer
from fund.news.sentiment import SentimentScorer
from support.classifiers import a_classifier
from support.desk_records import NOW, PlayedDesk, a_played_desk
from support.mandates import a_mandate
from support.wire_stub import error, said, wire

CLOCK = FixedClock(NOW)


@pytest.fixture
def exits() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, sessions=1, clock=CLOCK)


def reader(engine: Engine, exits: ExitStack, *, budget: str = "2", **changes: object) -> SentimentScorer:
    settings = Settings.load(env_file=None, **changes)
    mandate = a_mandate(llm_daily_budget_usd=Decimal(budget))
    return scorer_of(settings, mandate, engine, CLOCK, exits)


def answer(count: int, score: float) -> str:
    ids = [f"h{n}" for n in range(1, count + 1)]
    return json.dumps({"scores": [{"id": each, "score": score, "confidence": 0.8} for each in ids]})


def test_without_a_key_the_lexicon_reads_and_nothing_is_kept(
    engine: Engine, exits: ExitStack, desk: PlayedDesk
) -> None:
    scorer = reader(engine, exits)
    assert isinstance(scorer, LexiconScorer)
    found = sentiment_tools(engine, CLOCK, scorer, desk.view, desk.directory).news_sentiment()
    assert found.headlines > 0
    kept = HeadlineSentiments(engine, CLOCK)
    assert kept.of(scorer.name, [each.headline_id for each in found.latest]) == {}


def test_an_llm_is_asked_over_its_wire_paid_from_the_budget_and_asked_once(
    engine: Engine, exits: ExitStack, desk: PlayedDesk
) -> None:
    with wire(
        said("openai", answer(40, 0.5)), said("openai", answer(40, 0.5)), error(500, "no more")
    ) as stub:
        scorer = reader(
            engine, exits, provider="compatible", compatible_base_url=f"{stub.url}/v1", compatible_llm="local"
        )
        tools = sentiment_tools(engine, CLOCK, scorer, desk.view, desk.directory)
        found = tools.news_sentiment(sessions=10)
        asked = len(stub.heard)
        assert 1 <= asked <= 2
        assert found.scorer.startswith("llm/compatible:local/")
        assert found.sentiment_score == pytest.approx(0.5)
        assert tools.news_sentiment(sessions=10) == found
        assert len(stub.heard) == asked
    with transaction(engine) as connection:
        assert LLMCalls(connection).spent(NOW.date()) > 0


def test_an_llm_that_may_cost_nothing_is_not_asked_and_no_other_reader_stands_in(
    engine: Engine, exits: ExitStack, desk: PlayedDesk
) -> None:
    with wire() as stub:
        scorer = reader(
            engine,
            exits,
            budget="0",
            provider="compatible",
            compatible_base_url=f"{stub.url}/v1",
            compatible_llm="poor",
        )
        found = sentiment_tools(engine, CLOCK, scorer, desk.view, desk.directory).news_sentiment()
        assert stub.heard == []
    assert found.sentiment_score is None
    assert "gave no score" in found.reason


def test_a_classifier_is_loaded_from_the_folder_that_is_set(
    engine: Engine, exits: ExitStack, desk: PlayedDesk, tmp_path: Path
) -> None:
    folder = a_classifier(tmp_path / "own")
    scorer = reader(engine, exits, sentiment=NewsSentiment(classifier=folder))
    found = sentiment_tools(engine, CLOCK, scorer, desk.view, desk.directory).news_sentiment()
    assert found.scorer.startswith("classifier/own/")
    assert (found.unread, found.sentiment_score is not None) == (0, True)
    kept = HeadlineSentiments(engine, CLOCK).of(scorer.name, [each.headline_id for each in found.latest])
    assert len(kept) == len(found.latest)


def test_a_folder_that_is_none_is_refused_when_the_desk_starts(
    engine: Engine, exits: ExitStack, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="DESK_SENTIMENT__CLASSIFIER"):
        reader(engine, exits, sentiment=NewsSentiment(scorer="classifier", classifier=tmp_path / "nowhere"))
