"""The offline router: exact rules first, then the words' rules, then likeness to labelled examples."""

import re
from dataclasses import replace
from datetime import date

from fund.errors import QueryRefusedError
from graph.choosing import chosen, is_neither
from graph.examples.likeness import Likeness
from graph.examples.respelling import plain_words
from graph.intent import CONTROL, TICKER_TOPICS, Focus, Intent, IntentName
from graph.orders.bakeoff import read_bakeoff
from graph.orders.cash import read_cash
from graph.orders.confirmation import confirmation
from graph.orders.grammar import Command, read_command, read_more
from graph.orders.heard import hear_order
from graph.orders.leading import read_leading
from graph.orders.names import read_order
from graph.orders.phrases import is_denied
from graph.routing.followups import changed, follow_up
from graph.routing.rules import NO_ORDERS, VOCABULARY, WHICH_NAME, question_of
from graph.routing.weighing import as_in_examples, guessed, weighed
from graph.sql.templates import read_sql_question
from graph.topics.asked_first import with_what_is_asked
from graph.topics.bakeoffs import asks_of_bakeoffs
from graph.topics.beyond import NO_PRICES, asks_for_a_price, beyond_any_desk
from graph.topics.evals import is_about_evals, picks_scores
from graph.topics.forecasters import forecaster_asked
from graph.topics.idioms import idiom_of
from graph.topics.names_meant import without_risk
from graph.topics.pairs import pairs_asked
from graph.topics.records import raw_sql
from graph.topics.said import Said
from graph.topics.stress import shock_of
from graph.topics.topic import Words
from graph.topics.volatility import volatility_asked
from graph.words.dates import find_days, find_span
from graph.words.tongues import ONLY_ENGLISH, in_english, is_foreign
from graph.words.wording import plain, words_of
from tools.directory import Directory

NO_FOCUS = Focus()
ABOUT_ONE: frozenset[IntentName] = TICKER_TOPICS - {"why"}
"""Intents that a few words without a name ask of the name spoken of before."""
OF_MANY = frozenset(
    {"forecasts", "top", "best", "worst", "names", "ideas", "picks", "stocks", "all", "every"}
)
"""Words that ask for a list, whatever name was spoken of before."""
SHOUTED = 3
"""Words of a text in capitals that is shouted; fewer may be tickers."""
_LETTERS = re.compile(r"[^\W\d_]+")
SETTLED = frozenset({WHICH_NAME, NO_ORDERS})
"""What the rules refuse or ask, whatever the question is like."""
BY_THE_RULES: frozenset[IntentName] = frozenset({"record", "shadows", "shadow_day"})
"""Intents that a word of their own gives away, whatever else the question is like."""
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|good (?:morning|evening|afternoon|day)|greetings|ok google|hey"
    r" google|alexa|siri|"
    r"dear (?:desk|all|sir|team)|um+|uh+|so um+|okay so|ok so|listen|sorry|excuse me)(?: there|"
    r" desk| team| all| guys)?"
    r"[,.!:; ]+)+(?=\w+\W+\w)",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"^(?:(?:just|only|i have|i've got|here is|here's|one|a|another|my|quick|short|small"
    r"|simple|silly|next|last) )*(?:question|thing)(?: (?:for you|please|if i may))?[:,;] *(?=\w+\W+\w)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?<=[.?!]) +(?:many )?(?:thanks|thank you|thx|cheers)"
    r"(?: (?:a lot|very much|so much|in advance))?[.! ]*$",
    re.IGNORECASE,
)
_NOT_THIS = re.compile(r"^not (?P<left>[^,.;:!?]+)[,.;:!] *(?:but )?(?P<kept>\S+ .+)$", re.IGNORECASE)
_NOT_THAT = re.compile(r"^(?P<kept>\S+ .+?)[,;] not (?P<left>[^,.;:!?]+)[.!?]?$", re.IGNORECASE)
WORDLESS: frozenset[IntentName] = frozenset(
    CONTROL | {"unknown", "help", "thanks", "status", "breaker", "confirm", "decline"}
)
"""Intents after which the thread still speaks of what it spoke of before."""


def route(
    question: str,
    directory: Directory,
    today: date,
    focus: Focus = NO_FOCUS,
    likeness: Likeness | None = None,
) -> Intent:
    """Return what a question asks for; where two things may be meant, the choices.

    A control action comes from the strict grammars, or from words much like an order and like nothing else;
    no follow-up and no answer to a choice ever makes one.

    Args:
        question: What the owner typed, as it came.
        directory: The instruments that can be named.
        today: The session the desk's clock stands at; "yesterday" and "March 1" are told from it.
        focus: What the thread last spoke of.
        likeness: What questions no rule knows are compared with; None leaves it to the rules.
    """
    text = _calmed(_ungreeted(plain(question)), directory)
    words = words_of(text, VOCABULARY)
    if not words:
        return Intent(name="unknown", problem=ONLY_ENGLISH) if is_foreign(text) else Intent(name="help")
    if (answered := confirmation(text)) is not None:
        return answered
    if focus.choices and (settled := _settled(text, directory, today, focus, likeness)) is not None:
        return settled
    command = read_command(words) or read_cash(text, words) or (read_more(words) if focus.advanced else None)
    if command is not None:
        return _commanded(command)
    order = (
        read_leading(text, words) or read_bakeoff(text, words) or read_order(text, words, directory, focus)
    )
    if order is not None:
        return order
    if (exact := _told_exactly(question, text, directory, today, focus)) is not None:
        return exact
    if is_foreign(text):
        return _in_another_tongue(text, directory, today, focus, likeness)
    if (shock := shock_of(text)) is not None:
        return Intent(name="stress", scenario=shock.scenario, market_percent=shock.percent)
    try:
        found = _understood(text, Words(words), directory, today, focus, likeness)
        return with_what_is_asked(found, f"{text.casefold()} {' '.join(words)}")
    except QueryRefusedError as refusal:
        return Intent(name="unknown", problem=str(refusal))


def _told_exactly(question: str, text: str, directory: Directory, today: date, focus: Focus) -> Intent | None:
    """Return what no likeness is asked about: SQL as typed, what no desk does, how the evaluations went."""
    if raw_sql(text):
        return Intent(name="sql", text=question.strip())
    if (refused := beyond_any_desk(text.casefold())) is not None:
        return Intent(name="unknown", problem=refused)
    if (forecasters := forecaster_asked(text)) is not None:
        return forecasters
    named = [mention.instrument.ticker for mention in without_risk(directory.spot(text), text)]
    if (risk := volatility_asked(text, named, focus.ticker)) is not None:
        return risk
    if (pairs := pairs_asked(text, named)) is not None:
        return pairs
    if not is_about_evals(text):
        return None
    if picks_scores(text) and read_sql_question(text, directory, today) is not None:
        return Intent(name="sql", text=text)
    return Intent(name="evals")


def _ungreeted(text: str) -> str:
    """Return a text without the greeting before what it asks and the thanks after it; alone they stay."""
    return _THANKS.sub("", _INTRODUCED.sub("", _GREETING.sub("", text)))


def _calmed(text: str, directory: Directory) -> str:
    """Return a text that is all in capitals in small letters, but for what can only be a name."""
    if text != text.upper() or len(text.split()) < SHOUTED:
        return text

    def calm(match: re.Match[str]) -> str:
        lower = match[0].casefold()
        named = lower not in plain_words() and directory.known(lower) is not None
        return match[0] if named else lower

    return _LETTERS.sub(calm, text)


def focus_after(intent: Intent, focus: Focus) -> Focus:
    """Return what the thread speaks of once an intent has been answered: no name, where it was about none."""
    if intent.choices:
        return replace(focus, choices=intent.choices)
    if intent.name in WORDLESS:
        ordered = intent.name if intent.name in CONTROL and intent.problem is None else None
        return replace(focus, choices=(), advanced=ordered == "advance", ordered=ordered)
    return Focus(
        intent=intent.name,
        ticker=intent.ticker,
        span=intent.span or (focus.span if intent.name == "performance" else None),
        day=intent.day,
        last=intent,
        listed=focus.listed if intent.name in TICKER_TOPICS else (),
    )


def _commanded(command: Command) -> Intent:
    if command.problem is not None:
        return Intent(name="unknown", problem=command.problem)
    return Intent(name=command.action, sessions=command.sessions, amount=command.amount)


def _in_another_tongue(
    text: str, directory: Directory, today: date, focus: Focus, likeness: Likeness | None
) -> Intent:
    """Return what a question in another language asks for, read word by word; an order is never read so."""
    names = frozenset(word for mention in directory.spot(text) for word in mention.words.casefold().split())
    told = in_english(text, names)
    if told is None:
        return Intent(name="unknown", problem=ONLY_ENGLISH)
    words = Words(words_of(told, VOCABULARY))
    try:
        intent = _understood(told, words, directory, today, focus, likeness)
    except QueryRefusedError:
        return Intent(name="unknown", problem=ONLY_ENGLISH)
    if intent.name in CONTROL or intent.name == "unknown" or intent.problem:
        return Intent(name="unknown", problem=ONLY_ENGLISH)
    return replace(intent, note=f'Reading this as "{told}". {intent.note}'.strip())


def _settled(
    text: str, directory: Directory, today: date, focus: Focus, likeness: Likeness | None
) -> Intent | None:
    """Return the intent of the choice a reply picks; None where it is another question."""
    if is_neither(text):
        return Intent(name="help")
    choice = chosen(text, focus.choices)
    if choice is None:
        return None
    bare = Focus(intent=focus.intent, ticker=focus.ticker, span=focus.span, day=focus.day, last=focus.last)
    intent = route(choice.ask, directory, today, bare, likeness)
    return intent if intent.name not in CONTROL else None


def _understood(
    text: str, words: Words, directory: Directory, today: date, focus: Focus, likeness: Likeness | None
) -> Intent:
    meant, words = _without_what_is_not_meant(text, words)
    may_order, text = meant == text, meant
    lower = " ".join(words.all)
    mentions = without_risk(directory.spot(text), text)
    days = find_days(lower, today)
    said = Said(
        words=words,
        mentions=mentions,
        span=find_span(lower, today),
        day=days[0].day if days else None,
        today=today,
        focus=focus,
        guess=None if mentions else guessed(text, directory),
    )
    if not mentions and asks_of_bakeoffs(said.words):
        return Intent(name="bakeoff")
    if (followed := follow_up(said) or changed(said)) is not None:
        return followed
    if not is_denied(text) and (told := idiom_of(text, said)) is not None:
        return told
    if (
        may_order
        and likeness is not None
        and (order := hear_order(as_in_examples(text, said), said, likeness)) is not None
    ):
        return order
    found = _of_the_one_spoken_of(_read(text, said, directory, likeness), said)
    return _with_what_is_no_price(found, text, said)


def _with_what_is_no_price(intent: Intent, text: str, said: Said) -> Intent:
    """Answer a question for a price to come by what there is instead, and say so first."""
    if not asks_for_a_price(text.casefold()) or intent.name in CONTROL:
        return intent
    if not said.mentions:
        return Intent(name="unknown", problem=NO_PRICES)
    return Intent(name="forecast", ticker=said.mentions[0].instrument.ticker, note=NO_PRICES)


def _without_what_is_not_meant(text: str, words: Words) -> tuple[str, Words]:
    """Return "not the chart, the forecast" and "the forecast, not the chart" without what is denied."""
    match = _NOT_THIS.match(text) or _NOT_THAT.match(text)
    if match is None:
        return text, words
    kept = match["kept"]
    return kept, Words(words_of(kept, VOCABULARY))


def _read(text: str, said: Said, directory: Directory, likeness: Likeness | None) -> Intent:
    """Return what a question asks by itself, by the rules and by what it is like."""
    today = said.today
    ruled = question_of(text, said.words, directory, today, said.focus)
    if likeness is None or ruled.name in BY_THE_RULES or ruled.problem in SETTLED or is_denied(text):
        return ruled
    if _is_of_the_records(ruled, said) and read_sql_question(text, directory, today) is not None:
        return Intent(name="sql", text=text)
    if ruled.pattern and said.words.text.startswith("pattern"):
        return ruled
    return weighed(ruled, text, said, directory, likeness)


def _is_of_the_records(ruled: Intent, said: Said) -> bool:
    """Tell whether SQL answers a question whole.

    One the rules read so, the decisions of many sessions, or what ran by itself where it is counted or
    gathered rather than shown.
    """
    many = said.span is not None and said.day is None and said.words.any("decision", "decisions")
    counted = said.words.any("by", "per") or (said.span is not None and said.words.any("many"))
    return (
        ruled.name == "sql"
        or (ruled.name == "why" and ruled.ticker is None and many)
        or (ruled.name in ("jobs", "alerts", "pickers") and counted)
    )


def _of_the_one_spoken_of(intent: Intent, said: Said) -> Intent:
    """Return "the forecast?" or "any stop?" as asked of the name that was just spoken of."""
    spoken = said.focus.ticker is not None and said.last.name in TICKER_TOPICS
    nameless = intent.ticker is None and intent.asked_name is None and intent.name in ABOUT_ONE
    of_all = intent.name == "sentiment" and said.words.any("market", "markets", "overall", "general")
    if not (spoken and nameless) or of_all or len(said.words.all) > 6 or said.words.any(*OF_MANY):
        return intent
    return replace(intent, ticker=said.focus.ticker, problem=None)
