"""Who reads the news: an LLM where there is a key, a classifier of the owner's, or the lexicon."""

from collections.abc import Callable
from contextlib import ExitStack

from sqlalchemy import Engine

from agents.llm import DoorLimits, LLMDoor
from db.sentiments import HeadlineSentiments
from desk.committee import roster_of
from desk.settings import Settings
from fund.clock import Clock
from fund.mandate import Mandate
from fund.news.lexicon import LexiconScorer
from fund.news.sentiment import SentimentScorer
from graph.call_log import DatabaseCallLog
from graph.loop import LoopThread
from tools.decisions import Views
from tools.directory import Directory
from tools.sentiment import SentimentTools

CALL_SECONDS = 30.0
ALL_SECONDS = 45.0
"""Somebody waits for the answer."""


def scorer_of(
    settings: Settings, mandate: Mandate, engine: Engine, clock: Clock, exits: ExitStack
) -> SentimentScorer:
    """Return the scorer that the settings name; `exits` closes what an LLM's needs.

    Raises `ConfigError` where the classifier's folder is not one.
    """
    return free_scorer(settings) or _llm(settings, mandate, engine, clock, exits)


def free_scorer(settings: Settings) -> SentimentScorer | None:
    """Return the scorer that the settings name where it costs nothing and needs no desk, None for an LLM."""
    chosen, folder = settings.chosen_scorer, settings.sentiment.classifier
    if chosen == "llm":
        return None
    if chosen == "classifier" and folder is not None:
        from agents.news_classifier import ClassifierSentiment

        return ClassifierSentiment(folder)
    return LexiconScorer()


def _llm(
    settings: Settings, mandate: Mandate, engine: Engine, clock: Clock, exits: ExitStack
) -> SentimentScorer:
    """Return the committee's LLM as a reader of headlines, paid from the same budget of the day."""
    from agents.news_sentiment import LLMSentiment

    roster = roster_of(settings, mandate)
    limits = DoorLimits(
        call_seconds=CALL_SECONDS,
        cycle_seconds=ALL_SECONDS,
        retries=1,
        budget_usd=mandate.llm_daily_budget_usd,
    )
    door = LLMDoor(roster=roster, log=DatabaseCallLog(engine), clock=clock, limits=limits)
    loop = LoopThread()
    exits.callback(loop.close)
    exits.callback(lambda: loop.run(door.aclose()))
    return LLMSentiment(door=door, llm=roster.seats[0].label, clock=clock, run=loop.run)


def sentiment_tools(
    engine: Engine, clock: Clock, scorer: SentimentScorer, views: Views, directory: Callable[[], Directory]
) -> SentimentTools:
    """Return the questions about the news; what was read is kept, unless reading it again costs nothing."""
    kept = None if isinstance(scorer, LexiconScorer) else HeadlineSentiments(engine, clock)
    return SentimentTools(views, directory, scorer, kept)
