"""How the news is told: as firmly as its interval lets, by whom it was read, and titles as data."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from graph.chat_events import Table, TextToken
from graph.replies.sentiment import sentiment_reply
from graph.routing.router import route
from support.instruments import bundle_directory
from tools.sentiment import MARKET, NewsSentiment, ScoredHeadline

TODAY = date(2017, 1, 31)
FOUND = NewsSentiment(
    ticker="AAPL",
    name="Apple Inc.",
    session=TODAY,
    sessions=20,
    since=datetime(2017, 1, 2, 21, 0, tzinfo=UTC),
    scorer="lexicon/1",
    half_life_days=3,
    sentiment_score=0.42,
    low=0.2,
    high=0.6,
    leaning="positive",
    headlines=12,
    copies=3,
    sources=4,
    unread=0,
    by_name=0,
    positive=8,
    neutral=3,
    negative=1,
    reason="",
    latest=(
        ScoredHeadline(
            headline_id="h1",
            known_at=datetime(2017, 1, 31, 12, 0, tzinfo=UTC),
            title="<b>Apple</b> beats | [click](http://x.com)",
            source="Wire",
            told_by=4,
            sentiment_score=0.8,
            confidence=0.5,
        ),
    ),
)


def told(found: NewsSentiment) -> str:
    return "".join(event.text for event in sentiment_reply(found) if isinstance(event, TextToken))


def test_the_figure_comes_with_its_interval_its_size_and_its_reader() -> None:
    words = told(FOUND)
    assert "The news on AAPL (Apple Inc.) over the last 20 sessions to 2017-01-31 is good: +0.42" in words
    assert "95% interval +0.20 to +0.60" in words
    assert "from 12 headlines (8 positive, 3 neutral, 1 negative) of 4 sources" in words
    assert "3 more tellings of these are not counted again" in words
    assert "lexicon/1" in words
    assert "half after 3 days" in words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"low": -0.1},
            "seems good: +0.42 on a scale from -1 to 1 (95% interval -0.10 to +0.60, which cannot",
        ),
        ({"low": None, "high": None}, "seems good: +0.42 on a scale from -1 to 1 (too few headlines"),
        ({"sentiment_score": -0.001, "leaning": "neutral", "low": -0.2}, "seems neither good nor bad: 0.00"),
        ({"sentiment_score": -0.5, "leaning": "negative", "low": -0.7, "high": -0.3}, "is bad: -0.50"),
        ({"ticker": MARKET, "name": "the market"}, "The news on the market over"),
        ({"sources": 1}, "All of it comes from one source"),
        ({"unread": 2}, "2 headlines got no score"),
        ({"by_name": 5}, "5 of them only name it in a market headline"),
        ({"scorer": "llm/anthropic:x/abc"}, "Read by an LLM (llm/anthropic:x/abc)"),
        (
            {"sentiment_score": None, "leaning": None, "reason": "no headline on Apple is known"},
            "is not known: no headline on Apple is known",
        ),
    ],
)
def test_it_says_no_more_than_is_known(changes: dict[str, object], words: str) -> None:
    assert words in told(replace(FOUND, **changes))  # type: ignore[arg-type]


def test_a_headline_is_shown_as_plain_text() -> None:
    (table,) = (event for event in sentiment_reply(FOUND) if isinstance(event, Table))
    (row,) = table.rows
    assert row[1] == "+0.80"
    assert not set("<>|[]") & set(str(row[2]))
    assert not [event for event in sentiment_reply(replace(FOUND, latest=())) if isinstance(event, Table)]


@pytest.mark.parametrize(
    ("question", "ticker"),
    [
        ("what is the news sentiment on AAPL?", "AAPL"),
        ("is the news on Apple good or bad?", "AAPL"),
        ("how do the headlines lean on Microsoft", "MSFT"),
        ("sentiment for msft over the last 10 sessions", "MSFT"),
        ("is apple's press positive", "AAPL"),
        ("news sentiment", None),
        ("what's the market sentiment?", None),
        ("is the news good or bad", None),
    ],
)
def test_questions_on_how_the_news_leans_are_understood_by_the_rules(
    question: str, ticker: str | None
) -> None:
    intent = route(question, bundle_directory(), TODAY)
    assert intent.name == "sentiment"
    assert intent.ticker == ticker


@pytest.mark.parametrize(
    "question", ["news about Apple", "search headlines about oil", "any news", "how is Apple doing"]
)
def test_questions_for_the_news_itself_stay_what_they_were(question: str) -> None:
    assert route(question, bundle_directory(), TODAY).name != "sentiment"


def test_an_unknown_name_is_not_answered_with_the_market() -> None:
    assert route("what is the sentiment on Foobarix?", bundle_directory(), TODAY).asked_name == "Foobarix"
