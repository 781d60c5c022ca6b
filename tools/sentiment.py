"""How the news leans on a name or on the market: headlines read, weighed by age and by source."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from fund.errors import QueryRefusedError
from fund.market.facts import Headline, Telling
from fund.market.view import MarketView
from fund.news.copies import NewsItem, without_copies
from fund.news.pooled import HALF_LIFE, ReadHeadline, pooled
from fund.news.sentiment import Leaning, Sentiment, SentimentScorer, leaning_of
from tools.decisions import Views
from tools.directory import EVERYDAY, GRAMMAR, Directory

MARKET = "^SPX"
"""What headlines on the market as a whole are filed under."""
USUAL_SESSIONS = 20
MOST_SESSIONS = 250
MOST_READ = 200
"""Newest headlines that are read for one answer: an LLM is paid for each."""
LATEST = 8
SHORTEST_NAME = 3


class KeptScores(Protocol):
    """Where scores that cost something are kept, so that no headline is paid for twice."""

    def of(self, scorer: str, headline_ids: Sequence[str]) -> dict[str, Sentiment]:
        """Return the scores of these headlines by this scorer that are kept."""
        ...

    def keep(self, scorer: str, scores: dict[str, Sentiment]) -> None:
        """Keep scores; one that is kept already stays as it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredHeadline:
    """One headline as it was read; its words are its source's, not the desk's."""

    headline_id: str
    known_at: datetime
    title: str
    source: str
    told_by: int
    """Sources that had told it by the desk's moment."""
    sentiment_score: float | None
    """-1 to 1; None where the scorer could not read it."""
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsSentiment:
    """How the news of the last sessions leans, -1 very bad to 1 very good, and what that rests on."""

    ticker: str
    name: str
    session: date
    sessions: int
    since: datetime
    scorer: str
    """Who read the headlines; figures of two scorers are not comparable."""
    half_life_days: int
    sentiment_score: float | None
    """Mean weighted by age, no source above its share; None where nothing is known, see `reason`."""
    low: float | None
    high: float | None
    leaning: Leaning | None
    headlines: int
    """Different ones that were read: n."""
    copies: int
    """Tellings of these that are not counted again."""
    sources: int
    unread: int
    """Headlines that the scorer gave no score for."""
    by_name: int
    """Of those read, market headlines that only name the company in their title."""
    positive: int
    neutral: int
    negative: int
    reason: str
    """Why there is no figure or no interval; empty where there is."""
    latest: tuple[ScoredHeadline, ...]
    """The newest, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """A headline that is nobody's copy, with those who told it."""

    headline: Headline
    tellers: frozenset[str]
    copies: int


class SentimentTools:
    """Questions about how the news leans, answered as of the desk's moment."""

    def __init__(
        self,
        views: Views,
        directory: Callable[[], Directory],
        scorer: SentimentScorer,
        kept: KeptScores | None = None,
    ) -> None:
        self._views = views
        self._directory = directory
        self._scorer = scorer
        self._kept = kept

    def news_sentiment(self, ticker: str | None = None, sessions: int = USUAL_SESSIONS) -> NewsSentiment:
        """Say whether the news on a company, or on the market as a whole, is good or bad.

        Args:
            ticker: A ticker such as AAPL, or a company name; the market as a whole when left out.
            sessions: Over how many last sessions, 1 to 250.
        """
        if not 1 <= sessions <= MOST_SESSIONS:
            raise QueryRefusedError(f"news is read over 1 to {MOST_SESSIONS} sessions, was {sessions}")
        view = self._views(None)
        instrument = None if ticker is None else self._directory().find(ticker)
        since = _since(view, sessions)
        headlines = view.headlines_since(since)
        if instrument is None:
            about = [each for each in headlines if MARKET in each.tickers]
            tagged = len(about)
        else:
            named = self._naming(instrument.ticker, headlines)
            about = [each for each in headlines if instrument.ticker in each.tickers or each in named]
            tagged = sum(instrument.ticker in each.tickers for each in about)
        called = (MARKET, "the market") if instrument is None else (instrument.ticker, instrument.name)
        return self._told(view, called, since, sessions, about, by_name=len(about) > tagged)

    def _naming(self, ticker: str, headlines: Sequence[Headline]) -> frozenset[Headline]:
        """Return the market headlines whose title names a company in words that mean nothing else."""
        directory = self._directory()
        return frozenset(
            each
            for each in headlines
            if MARKET in each.tickers
            and any(
                mention.instrument.ticker == ticker and _is_a_name(mention.words)
                for mention in directory.spot(each.title)
            )
        )

    def _told(
        self,
        view: MarketView,
        called: tuple[str, str],
        since: datetime,
        sessions: int,
        about: Sequence[Headline],
        *,
        by_name: bool,
    ) -> NewsSentiment:
        stories = _stories(view, about)[:MOST_READ]
        scores = self._scores([story.headline for story in stories])
        read = [
            ReadHeadline(
                sentiment=scores[story.headline.headline_id],
                source=story.headline.source,
                known_at=story.headline.known_at,
            )
            for story in stories
            if story.headline.headline_id in scores
        ]
        found = pooled(read, view.as_of)
        sides = Counter(each.sentiment.leaning for each in read)
        ticker, name = called
        return NewsSentiment(
            ticker=ticker,
            name=name,
            session=view.session,
            sessions=sessions,
            since=since,
            scorer=self._scorer.name,
            half_life_days=HALF_LIFE // timedelta(days=1),
            sentiment_score=None if found is None else found.score,
            low=None if found is None else found.low,
            high=None if found is None else found.high,
            leaning=None if found is None else leaning_of(found.score),
            headlines=len(read),
            copies=sum(story.copies for story in stories),
            sources=len(frozenset[str]().union(*(story.tellers for story in stories))),
            unread=len(stories) - len(read),
            by_name=sum(ticker not in s.headline.tickers for s in stories) if by_name else 0,
            positive=sides["positive"],
            neutral=sides["neutral"],
            negative=sides["negative"],
            reason=_reason(name, self._scorer.name, len(stories), len(read), since),
            latest=tuple(_line(story, scores) for story in stories[:LATEST]),
        )

    def _scores(self, headlines: Sequence[Headline]) -> dict[str, Sentiment]:
        """Return what each headline scores, reading only those that have not been read before."""
        ids = [each.headline_id for each in headlines]
        scores = self._kept.of(self._scorer.name, ids) if self._kept is not None and ids else {}
        new = [each for each in headlines if each.headline_id not in scores]
        if not new:
            return scores
        read = self._scorer.score([each.title for each in new])
        fresh = {
            headline.headline_id: sentiment
            for headline, sentiment in zip(new, read, strict=True)
            if sentiment is not None
        }
        if self._kept is not None and fresh:
            self._kept.keep(self._scorer.name, fresh)
        return scores | fresh


def _since(view: MarketView, sessions: int) -> datetime:
    """Return the moment after which news counts: the session before the first that is asked for."""
    days = view.sessions(sessions + 1)
    return view.as_of - timedelta(days=(view.session - days[0]).days or 1)


def _stories(view: MarketView, about: Sequence[Headline]) -> list[_Story]:
    """Return the different headlines, newest first, each with everybody known to have told it by now."""
    items = {each.headline_id: _as_told(view, each) for each in about}
    told = without_copies(items.values())
    again: dict[str, list[Headline]] = {}
    for copy in told.copies:
        again.setdefault(copy.of, []).append(copy.item.headline)
    stories = []
    for item in reversed(told.kept):
        own = [item.headline, *again.get(item.headline.headline_id, ())]
        kept = [telling for each in own for telling in view.tellings(each.headline_id)]
        tellers = {each.source for each in own} | {telling.source for telling in kept}
        times = {each.headline_id for each in own} | {telling.told_as for telling in kept}
        stories.append(_Story(headline=item.headline, tellers=frozenset(tellers), copies=len(times) - 1))
    return stories


def _as_told(view: MarketView, headline: Headline) -> NewsItem:
    own: Telling | None = next(
        (each for each in view.tellings(headline.headline_id) if each.told_as == headline.headline_id), None
    )
    return NewsItem(headline=headline, address="" if own is None else own.url)


def _is_a_name(words: str) -> bool:
    plain = words.strip("$").casefold()
    everyday = plain in EVERYDAY or plain in GRAMMAR
    return len(plain) >= SHORTEST_NAME and not everyday and words != words.casefold()


def _line(story: _Story, scores: dict[str, Sentiment]) -> ScoredHeadline:
    headline = story.headline
    sentiment = scores.get(headline.headline_id)
    return ScoredHeadline(
        headline_id=headline.headline_id,
        known_at=headline.known_at,
        title=headline.title,
        source=headline.source,
        told_by=len(story.tellers),
        sentiment_score=None if sentiment is None else sentiment.score,
        confidence=None if sentiment is None else sentiment.confidence,
    )


def _reason(name: str, scorer: str, found: int, read: int, since: datetime) -> str:
    if not found:
        return f"no headline on {name} is known since {since:%Y-%m-%d}"
    if not read:
        return f"{scorer} gave no score: no answer came, or the day's LLM budget is spent"
    return ""
