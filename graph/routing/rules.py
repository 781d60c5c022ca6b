"""What a question asks for by the rules of its words: topics, tickers, days and spans."""

import re
from dataclasses import replace
from datetime import date

from graph.intent import AT_ONCE, TICKER_TOPICS, Focus, Intent, IntentName
from graph.orders.bakeoff import BAKEOFF_WORDS
from graph.orders.cash import HOW_TO_MOVE_MONEY
from graph.orders.grammar import CONDITIONS, MOVES, STEPS, speaks_of_control
from graph.orders.names import ORDER_WORDS
from graph.orders.phrases import is_denied
from graph.topics.analysis import ANALYSIS_WORDS, analysis_of, beside, only_of
from graph.topics.aspects import aspect_of, extreme_of, statistic_of
from graph.topics.changes import CHANGE_WORDS, change_topic_of
from graph.topics.desk import DESK_WORDS, desk_topic_of, limit_asked, period_of
from graph.topics.names_meant import without_benchmark, without_risk
from graph.topics.records import role_in, searched_for
from graph.topics.strangers import misspelled_name, stranger_after, unknown_name
from graph.topics.stress import STRESS_WORDS
from graph.topics.topic import (
    DEALS,
    HELD,
    OF_TRADES,
    REASON,
    TOPIC_WORDS,
    Words,
    is_about_a_session,
    topic_of,
)
from graph.words.dates import MONTHS, NUMBERS, WEEKDAYS, find_days, find_span
from graph.words.wording import NEGATIONS, SHORTHAND
from tools.directory import Directory, Mention
from tools.spans import ALL_SESSIONS, Span
from tools.vocabulary import word_set

AT_THE_CLOCK: frozenset[IntentName] = frozenset(
    {"holdings", "limits", "market", "ticker", "forecast", "similar"}
)
"""Topics that are told as of the desk's clock, whatever day the question names."""
CONTROL_WORDS = word_set(
    "pause halt suspend freeze resume unpause unfreeze advance restart trading forward run play next "
    "session sessions please continue stop start kill breaker"
)
VOCABULARY = (
    TOPIC_WORDS
    | DESK_WORDS
    | ANALYSIS_WORDS
    | CHANGE_WORDS
    | ORDER_WORDS
    | BAKEOFF_WORDS
    | STRESS_WORDS
    | CONTROL_WORDS
    | STEPS
    | NEGATIONS
    | frozenset(word for phrase in MOVES for word in phrase.split())
    | frozenset(word for words in SHORTHAND.values() for word in words.split())
    | frozenset(word for word in (*MONTHS, *WEEKDAYS, *NUMBERS) if len(word) > 3)
)
_ORDER = re.compile(
    r"^(?:please )?(?:buy|sell|short|purchase|liquidate|dump|close|trim|add|place|enter|exit|double|invest)\b"
)
_DEALING = re.compile(r"^(?:please )?(?:buy|sell|purchase|liquidate|dump|invest)\b")


def question_of(text: str, words: Words, directory: Directory, today: date, focus: Focus) -> Intent:
    """Return the intent that the words' rules find; `unknown` where no rule fits.

    Raises:
        QueryRefusedError: A day is written that no calendar has.
    """
    spotted = directory.spot(text)
    mentions = without_benchmark(without_risk(spotted, text), words)
    lower = " ".join(words.all)
    span, days = find_span(lower, today), find_days(lower, today)
    day = days[0].day if days else None
    if is_denied(text):
        return Intent(name="unknown", problem=HOW_TO_CONTROL)
    if (analysis := _analysis(text, words, mentions, spotted, span, day, directory)) is not None:
        return analysis
    settled = _settled(words, lower) or (None if mentions else _by_phrase(words, span, day))
    if settled is not None:
        return settled
    asks_of_a_name = words.any("why", "price", "doing", "trading", *HELD)
    points = words.has(*_POINTING)
    pointed_at = focus.ticker is not None and points
    unknown = asks_of_a_name and not spotted and unknown_name(text, VOCABULARY) is not None
    named = bool(mentions) or unknown or pointed_at
    topic = _followed_up(words, mentions, focus) or topic_of(words, named, focus)
    if topic is None and (mentions or span is not None):
        topic = _carried_on(words, mentions, focus)
    if points and not named:
        about = topic if topic in TICKER_TOPICS else "unknown"
        return Intent(name=about, problem=WHICH_NAME)
    if topic is None or (topic == "unknown" and not mentions):
        return _not_understood(words, lower)
    if _ORDER.match(lower) and "?" not in words.all and topic in ("unknown", "why", "forecast"):
        return Intent(name="unknown", problem=NO_ORDERS)
    if topic == "holdings" and (earlier := _past_book(words, span, today)) is not None:
        return earlier
    intent = Intent(name=topic, span=span, aspect=aspect_of(words), extreme=extreme_of(words))
    past = any(day.day != today for day in days) or words.any("last", "past", "previous")
    intent = replace(intent, note=_elsewhen(topic, span) if past else "")
    if topic in TICKER_TOPICS:
        return _about_a_ticker(intent, text, words, directory, mentions, focus, day)
    return _of_results(intent, words, focus)


def _of_results(intent: Intent, words: Words, focus: Focus) -> Intent:
    """Return a question on results or trades with the statistic it asks for; any other as it is."""
    if intent.name == "trades":
        only = (
            only_of(words.text) if words.any("losers", "winners", "losing", "winning", "profitable") else ""
        )
        intent = replace(intent, only=only, extreme="" if only else intent.extreme)
        return replace(intent, statistic=next((name for name in OF_TRADES if words.has(name)), ""))
    if intent.name != "performance":
        return intent
    kept = focus.span if focus.intent == "performance" and words.all[0] == "and" else None
    return replace(intent, span=intent.span or kept, statistic=statistic_of(words))


def _analysis(
    text: str,
    words: Words,
    mentions: tuple[Mention, ...],
    spotted: tuple[Mention, ...],
    span: Span | None,
    day: date | None,
    directory: Directory,
) -> Intent | None:
    """Return the analysis that is asked for, with its time and its names."""
    if words.all[0] in _ACTING:
        return None
    if not mentions and (topic := change_topic_of(words.text)) is not None:
        kept = text if topic == "schema" else ""
        return Intent(name=topic, span=span if topic == "difference" else None, text=kept)
    found = analysis_of(words, text, bool(mentions))
    if len(mentions) > 1 and words.any(*_BESIDE) and not words.any(*REASON):
        found = Intent(name="compare")
    spoken = role_in(words.text) and words.any("say", "said", "says", "think", "thought", "write", "wrote")
    if found is None and mentions and spoken and span is not None and day is None:
        found = Intent(name="search", text=searched_for(text), role=role_in(words.text))
    if found is None:
        return None
    ticker = mentions[0].instrument.ticker if mentions else None
    if found.name == "compare":
        names = [m.instrument.ticker for m in without_risk(spotted, text)]
        return replace(beside(found, names, words), span=span)
    if found.name in ("candles", "sentiment") and ticker is None:
        unknown = unknown_name(text, VOCABULARY) or misspelled_name(text, directory, VOCABULARY)
        if unknown is None and found.name == "sentiment":
            unknown = stranger_after(text, VOCABULARY)
        guess = directory.guess(unknown) if unknown else None
        ticker = guess.instrument.ticker if guess is not None else None
        return replace(found, ticker=ticker, asked_name=None if ticker else unknown, span=span)
    if found.name in ("exposure", "record", "watchlist", "sql", "shadow_day"):
        return replace(found, day=span.last if span is not None else None)
    return replace(found, ticker=ticker, span=span)


def _past_book(words: Words, span: Span | None, today: date) -> Intent | None:
    """Ask for the book at the end of a past time; a number of sessions has no one book."""
    if span is None or span.last == today or span.sessions == 1:
        return None
    if span.last is not None:
        return Intent(name="holdings", day=span.last)
    past = span.sessions is not None and words.any("last", "past", "previous", "ago")
    return Intent(name="unknown", problem=_WHICH_CLOSE) if past else None


def _elsewhen(topic: IntentName, span: Span | None) -> str:
    """Say that an answer stands at the desk's clock, where another time was asked about."""
    if topic not in AT_THE_CLOCK or span is None or span == ALL_SESSIONS:
        return ""
    return f"This is as of the desk's clock, not of {span.label}."


def _settled(words: Words, lower: str) -> Intent | None:
    """Refuse what no chat can do, whatever else the sentence speaks of."""
    if words.all[0] in _ACTING:
        return Intent(name="unknown", problem=HOW_TO_CONTROL)
    dealing = (
        _DEALING.match(lower)
        and "?" not in words.all
        and not words.any(*DEALS, "similar")
        and not words.has("buy and hold")
    )
    if words.any("withdraw", "deposit", "transfer"):
        denied = NEGATIONS | CONDITIONS | {'"'}
        return Intent(name="unknown" if denied & words.set else "help", problem=HOW_TO_MOVE_MONEY)
    if dealing:
        return Intent(name="unknown", problem=NO_ORDERS)
    return None


def _by_phrase(words: Words, span: Span | None, day: date | None) -> Intent | None:
    """Return what a phrase alone tells of a question that names no ticker."""
    if (period := period_of(words)) is not None:
        return Intent(name="periods", span=span, period=period)
    topic = desk_topic_of(words)
    if topic == "market":
        return Intent(name="market", note=_NO_MARKET_FORECAST)
    if topic == "limits":
        return Intent(name="limits", span=span, statistic=limit_asked(words), note=_elsewhen(topic, span))
    return Intent(name=topic, day=day if topic == "cuts" else None) if topic is not None else None


def _about_a_ticker(
    intent: Intent,
    text: str,
    words: Words,
    directory: Directory,
    mentions: tuple[Mention, ...],
    focus: Focus,
    day: date | None,
) -> Intent:
    intent = replace(intent, day=day, span=None)
    if mentions:
        first, *others = (mention.instrument.ticker for mention in mentions)
        if intent.name == "forecast" and others:
            return replace(intent, ticker=first, tickers=(first, *others))
        rest = f"This is about {first}; ask about {' and '.join(others)} by itself." if others else ""
        return replace(intent, ticker=first, note=f"{rest} {intent.note}".strip())
    unknown = unknown_name(text, VOCABULARY) or misspelled_name(text, directory, VOCABULARY)
    if unknown is not None:
        guess = directory.guess(unknown)
        if guess is None:
            return replace(intent, asked_name=unknown)
        ticker = guess.instrument.ticker
        return replace(intent, ticker=ticker, note=f'Reading "{unknown}" as {ticker}. {intent.note}'.strip())
    if focus.ticker is not None and _points_back(intent, words):
        return replace(intent, ticker=focus.ticker, day=day or focus.day)
    if words.any("it", "its") and not is_about_a_session(words):
        return replace(intent, problem=WHICH_NAME)
    if intent.name == "similar":
        return replace(intent, problem=WHICH_SIMILAR)
    return intent


def _points_back(intent: Intent, words: Words) -> bool:
    """Tell whether a question without a name means the one spoken of before."""
    if words.any("it", "that", "this", "its", "one", "same", "them"):
        return True
    if intent.name == "why" and (intent.day is not None or is_about_a_session(words)):
        return False
    return not words.any("top", "best", "highest", "list", "which", "what", "forecasts", "ideas", "names")


def _followed_up(words: Words, mentions: tuple[Mention, ...], focus: Focus) -> IntentName | None:
    """Keep to the topic for "and Microsoft?", where only the name is new."""
    continues = len(words.all) == 1 or words.text.startswith(
        ("and ", "what about ", "how about ", "same for ")
    )
    if mentions and continues and focus.intent in TICKER_TOPICS and not words.any(*TOPIC_WORDS):
        return focus.intent
    return None


def _carried_on(words: Words, mentions: tuple[Mention, ...], focus: Focus) -> IntentName | None:
    """Continue the last topic for "and Microsoft?" or "and last month?"."""
    if mentions:
        return focus.intent if focus.intent in TICKER_TOPICS else "why"
    if focus.intent in ("performance", "trades") and len(words.all) <= 8:
        return focus.intent
    return None


def _not_understood(words: Words, lower: str) -> Intent:
    if _ORDER.match(lower):
        return Intent(name="unknown", problem=NO_ORDERS)
    if speaks_of_control(words.set) or words.any("trading", "sessions"):
        return Intent(name="unknown", problem=HOW_TO_CONTROL)
    return Intent(name="unknown")


_POINTING = ("own it", "hold it", "have it", "its price", "that one", "this one")
_WHICH_CLOSE = 'A book is shown as of one close: ask for example "what did we hold on 2016-11-30?".'
WHICH_SIMILAR = "Which ticker? Ask for example: past trades similar to AAPL."
WHICH_NAME = "Which name do you mean?"
_BESIDE = word_set("against versus better worse than compared compare beside outperform relative between")
_ACTING = word_set("pause halt suspend freeze resume unpause unfreeze stop kill")
_NO_MARKET_FORECAST = (
    "The desk does not forecast the market, only how its members may do beside one another. "
    "This is the market so far."
)
NO_ORDERS = (
    "Orders cannot be placed from the chat: the committee decides within the "
    "mandate. You can ask why it bought or skipped a name, advance the desk, or pause trading."
)
HOW_TO_CONTROL = (
    'That was not read as an instruction, so nothing was done. To act, say just "pause trading", '
    '"resume trading", "kill switch" or "advance 20 sessions", which ask for your confirmation first; '
    f'"advance {AT_ONCE}" or fewer sessions begin at once.'
)
