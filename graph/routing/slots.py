"""The parts of a question of a known kind: whose name, which time, split by what, which figure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from graph.intent import TICKER_TOPICS, Dimension, Intent, IntentName, Pattern
from graph.routing.rules import VOCABULARY, WHICH_NAME, WHICH_SIMILAR
from graph.topics.analysis import beside, dimension_of, only_of
from graph.topics.aspects import aspect_of, extreme_of, statistic_of
from graph.topics.desk import limit_asked, period_of
from graph.topics.records import kind_in, role_in, searched_for
from graph.topics.said import OVER_TIME, Said
from graph.topics.strangers import unknown_name
from graph.topics.stress import shock_of
from graph.topics.topic import OF_TRADES, is_about_a_session
from tools.directory import Directory

WHICH_RECORD = 'Which record? Say for example "show record 2".'
AT_A_CLOSE: frozenset[IntentName] = frozenset({"holdings", "exposure"})
"""Intents that are about the book at one close."""
OVER_A_TIME: frozenset[IntentName] = OVER_TIME | {"difference"}
"""Intents that a span of time belongs to."""


def filled(label: str, text: str, said: Said, directory: Directory) -> Intent:
    """Return the question a label stands for, with the parts that its words name.

    Args:
        label: An intent, or one and its part, as the examples have it.
        text: The question as it was typed, on one line.
        said: What was read in its words.
        directory: The instruments that can be named.
    """
    kind, _, part = label.partition("/")
    name = cast(IntentName, kind)
    intent = Intent(name=name)
    if name == "cuts" and said.mentions:
        intent = Intent(name="why")
    if intent.name in TICKER_TOPICS:
        return _of_a_name(intent, text, said, directory)
    if name in OVER_A_TIME:
        intent = replace(intent, span=said.span)
    if name in AT_A_CLOSE:
        span = said.span
        past = span is not None and span.last is not None and span.last != said.today
        intent = replace(intent, day=span.last if past and span is not None else None)
    if name in ("exposure", "attribution"):
        spoken = dimension_of(said.words.text)
        intent = replace(intent, dimension=cast(Dimension, part) or spoken)
    return _particular(replace(intent, pattern=cast(Pattern, part if name == "patterns" else "")), text, said)


def _particular(intent: Intent, text: str, said: Said) -> Intent:
    """Return a question with the parts that only its kind has."""
    own = _OWN_PARTS.get(intent.name)
    return own(intent, text, said) if own is not None else intent


def _traded(intent: Intent, text: str, said: Said) -> Intent:
    words = said.words
    figure, only = next((name for name in OF_TRADES if words.has(name)), ""), only_of(words.text)
    return replace(intent, statistic=figure, only=only, extreme="" if only else extreme_of(words))


def _searched(intent: Intent, text: str, said: Said) -> Intent:
    ticker, spoken = said.mentions[0].instrument.ticker if said.mentions else None, said.words.text
    return replace(intent, ticker=ticker, text=searched_for(text), role=role_in(spoken), kind=kind_in(spoken))


def _shocked(intent: Intent, text: str, said: Said) -> Intent:
    shock = shock_of(f"what if {text}")
    if shock is None:
        return replace(intent, scenario="all")
    return replace(intent, scenario=shock.scenario, market_percent=shock.percent)


def _compared(intent: Intent, text: str, said: Said) -> Intent:
    names = [mention.instrument.ticker for mention in said.mentions]
    spoken_of = said.focus.ticker if said.last.name in TICKER_TOPICS else None
    if len(names) == 1 and spoken_of is not None:
        names = [spoken_of, *names]
    return beside(intent, names, said.words)


def _of_a_name(intent: Intent, text: str, said: Said, directory: Directory) -> Intent:
    """Return a question on one name: named, guessed from its spelling, or the one spoken of before."""
    span = said.span if intent.name in ("candles", "sentiment") else None
    aspect = aspect_of(said.words) if intent.name == "why" else "any"
    intent = replace(intent, span=span, day=said.day if intent.name == "why" else None, aspect=aspect)
    if said.mentions:
        first, *others = (mention.instrument.ticker for mention in said.mentions)
        if intent.name == "forecast" and others:
            return replace(intent, ticker=first, tickers=(first, *others))
        note = f"This is about {first}; ask about {' and '.join(others)} by itself." if others else ""
        return replace(intent, ticker=first, note=note)
    guess = said.guess
    if guess is None and (unknown := unknown_name(text, VOCABULARY)) is not None:
        guess = directory.guess(unknown)
        if guess is None:
            return replace(intent, asked_name=unknown)
    if guess is not None:
        ticker = guess.instrument.ticker
        return replace(intent, ticker=ticker, note=f'Reading "{guess.words}" as {ticker}.')
    if said.focus.ticker is not None and points_back(said):
        return replace(intent, ticker=said.focus.ticker, day=intent.day or said.focus.day)
    if intent.name in ("why", "forecast", "sentiment"):
        return intent
    return replace(intent, problem=WHICH_SIMILAR if intent.name == "similar" else WHICH_NAME)


def points_back(said: Said) -> bool:
    """Tell whether words without a name point at the one spoken of before."""
    pointing = said.words.any("it", "its", "that", "this", "one", "same", "them", "they")
    return pointing and not is_about_a_session(said.words)


_OWN_PARTS: Mapping[IntentName, Callable[[Intent, str, Said], Intent]] = {
    "performance": lambda intent, text, said: replace(intent, statistic=statistic_of(said.words)),
    "trades": _traded,
    "holdings": lambda intent, text, said: replace(
        intent, only=only_of(said.words.text), extreme=extreme_of(said.words)
    ),
    "periods": lambda intent, text, said: replace(intent, period=period_of(said.words)),
    "limits": lambda intent, text, said: replace(intent, statistic=limit_asked(said.words)),
    "cuts": lambda intent, text, said: replace(intent, day=said.day),
    "stress": _shocked,
    "compare": _compared,
    "search": _searched,
    "record": lambda intent, text, said: replace(intent, name="unknown", problem=WHICH_RECORD),
    "sql": lambda intent, text, said: replace(intent, text=text),
    "schema": lambda intent, text, said: replace(intent, text=text),
}
