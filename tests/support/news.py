"""Headlines and tellings for tests of the news, and a scorer that says what it is told to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from fund.market.facts import Headline
from fund.news.copies import NewsItem
from fund.news.sentiment import Sentiment

NOON = datetime(2016, 11, 8, 12, 0, tzinfo=UTC)


def a_sentiment(score: float = 0.5, **changes: float) -> Sentiment:
    """Return a sentiment, by default a good one that is half sure."""
    return Sentiment(score=score, confidence=changes.get("confidence", 0.5), n=1)


def an_item(
    title: str = "Norvale beats estimates on strong cloud demand",
    *,
    minutes: float = 0,
    tickers: Sequence[str] = ("NRV",),
    source: str = "Wire",
    address: str = "",
    headline_id: str = "",
) -> NewsItem:
    """Return one telling, so many minutes after noon; its id follows from all the rest."""
    known_at = NOON + timedelta(minutes=minutes)
    made = sha256(repr((title, known_at, tuple(tickers), source, address)).encode()).hexdigest()[:12]
    return NewsItem(
        headline=Headline(
            headline_id=headline_id or made,
            tickers=tuple(tickers),
            title=title,
            source=source,
            known_at=known_at,
        ),
        address=address,
    )


class ToldScorer:
    """Scores a text by the first of its words that it was given; None for a text without any."""

    name = "told/1"

    def __init__(self, scores: Mapping[str, float]) -> None:
        self._scores = scores
        self.read: list[str] = []
        """Every text it was given, in order."""

    def score(self, texts: Sequence[str]) -> tuple[Sentiment | None, ...]:
        """Return what the texts' words were said to be worth."""
        self.read.extend(texts)
        return tuple(self._of(text) for text in texts)

    def _of(self, text: str) -> Sentiment | None:
        found = next((score for word, score in self._scores.items() if word in text), None)
        return None if found is None else a_sentiment(found)
