"""The offline router: exact rules first, then the words' rules, then likeness to labelled examples."""

import re
from dataclasses import replace
from datetime import date

from fund.errors import QueryRefusedError
from graph.analysis_topics import raw_sql
from graph.cash_words import read_cash
from graph.choosing import chosen, is_neither, which_of
from graph.command_grammar import Command, read_command
from graph.confirmation import confirmation
from graph.dates import find_days, find_span
from graph.desk_orders import read_order
from graph.examples import EXAMPLES
from graph.followups import Said, changed, follow_up
from graph.intent import CONTROL, TICKER_TOPICS, Choice, Focus, Intent, IntentName
from graph.likeness import Likely, Likeness
from graph.order_phrases import is_denied
from graph.question_rules import (
    NO_ORDERS,
    VOCABULARY,
    WHICH_NAME,
    question_of,
    without_benchmark,
    without_risk,
)
from graph.respelling import SHORTEST, is_known, respelled
from graph.slots import filled
from graph.sql_templates import read_sql_question
from graph.stress_words import shock_of
from graph.tongues import ONLY_ENGLISH, in_english, is_foreign
from graph.topics import Words, is_about_a_session
from graph.wording import plain, words_of
from tools.directory import TOKEN, Directory, Mention

NO_FOCUS = Focus()
SURE = 0.35
"""Likeness from which the examples speak for a question that no rule has understood."""
NEAR = 0.2
"""Likeness from which a label may be meant, so that the owner is asked."""
LEAD = 0.05
"""How far a label must lead the next to be believed without asking."""
TRUST = 0.15
"""What the rules' reading adds to its label's likeness; by leave-one-out over the examples."""
SQL_LEAD = 0.2
"""How far SQL may lead a label that can answer, where the templates do not understand every word."""
UNKNOWN_LEAD = 0.1
"""How far nonsense must lead what the rules have read."""
BESIDE_A_NAME = frozenset({"?", "what", "about", "how", "and", "the", "any", "so", "ok", "stock"})
"""Words beside a name that say nothing of what is asked."""
ABOUT_ONE: frozenset[IntentName] = TICKER_TOPICS - {"why"}
"""Intents that a few words without a name ask of the name spoken of before."""
OF_MANY = frozenset(
    {"forecasts", "top", "best", "worst", "names", "ideas", "picks", "stocks", "all", "every"}
)
"""Words that ask for a list, whatever name was spoken of before."""
INAPT = 0.25
"""What a label loses that does not go with a name where there is one, or needs one where there is none."""
OF_A_NAME: frozenset[str] = TICKER_TOPICS | {
    "compare",
    "watchlist",
    "search",
    "sql",
    "trades",
    "help",
    "unknown",
    "closes",
    "attribution",
}
"""Intents that a question which names an instrument may have."""
NEED_A_NAME = ("ticker", "candles", "similar")
"""Labels that a question without a name seldom has."""
SETTLED = frozenset({WHICH_NAME, NO_ORDERS})
"""What the rules refuse or ask, whatever the question is like."""
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|good (?:morning|evening|afternoon|day)|greetings|ok google|hey"
    r" google|alexa|siri|"
    r"dear (?:desk|all|sir|team)|um+|uh+|so um+|okay so|ok so|listen|sorry|excuse me)(?: there|"
    r" desk| team| all| guys)?"
    r"[,.!:; ]+)+(?=\w+\W+\w)",
    re.IGNORECASE,
)
_NAME = "\u25a0"
"""What stands for a name while the words around it are mended."""
_POINTER = re.compile(r"\b(?:it|that one|this one|that|this|them)\b")
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

    A control action comes from the strict grammars alone: no likeness, no follow-up and no answer to a
    choice ever makes one.

    Args:
        question: What the owner typed, as it came.
        directory: The instruments that can be named.
        today: The session the desk's clock stands at; "yesterday" and "March 1" are told from it.
        focus: What the thread last spoke of.
        likeness: What questions no rule knows are compared with; None leaves it to the rules.
    """
    text = _ungreeted(plain(question))
    words = words_of(text, VOCABULARY)
    if not words:
        return Intent(name="unknown", problem=ONLY_ENGLISH) if is_foreign(text) else Intent(name="help")
    if (answered := confirmation(text)) is not None:
        return answered
    if focus.choices and (settled := _settled(text, directory, today, focus, likeness)) is not None:
        return settled
    if (command := read_command(words) or read_cash(text, words)) is not None:
        return _commanded(command)
    if (order := read_order(text, words, directory, focus)) is not None:
        return order
    if raw_sql(text):
        return Intent(name="sql", text=question.strip())
    if is_foreign(text):
        return _in_another_tongue(text, directory, today, focus, likeness)
    if (shock := shock_of(text)) is not None:
        return Intent(name="stress", scenario=shock.scenario, market_percent=shock.percent)
    try:
        return _understood(text, Words(words), directory, today, focus, likeness)
    except QueryRefusedError as refusal:
        return Intent(name="unknown", problem=str(refusal))


def _ungreeted(text: str) -> str:
    """Return a text without the greeting before what it asks; a greeting alone stays."""
    return _GREETING.sub("", text)


def focus_after(intent: Intent, focus: Focus) -> Focus:
    """Return what the thread speaks of once an intent has been answered: no name, where it was about none."""
    if intent.choices:
        return replace(focus, choices=intent.choices)
    if intent.name in WORDLESS:
        return replace(focus, choices=())
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
        guess=None if mentions else _guessed(text, directory),
    )
    if (followed := follow_up(said) or changed(said)) is not None:
        return followed
    return _of_the_one_spoken_of(_read(text, said, directory, likeness), said)


def _read(text: str, said: Said, directory: Directory, likeness: Likeness | None) -> Intent:
    """Return what a question asks by itself, by the rules and by what it is like."""
    today = said.today
    ruled = question_of(text, said.words, directory, today, said.focus)
    if likeness is None or ruled.name == "record" or ruled.problem in SETTLED or is_denied(text):
        return ruled
    if ruled.name == "sql" and read_sql_question(text, directory, today) is not None:
        return ruled
    return _weighed(ruled, text, said, directory, likeness)


def _guessed(text: str, directory: Directory) -> Mention | None:
    """Return the name that a word which is no ordinary one is nearly spelled as."""
    for token in TOKEN.findall(text.removesuffix("'s")):
        lower = token.casefold()
        ordinary = is_known(lower) or lower in VOCABULARY or respelled(lower) != lower
        if len(lower) <= SHORTEST or not lower.isalpha() or ordinary:
            continue
        if (guess := directory.guess(token)) is not None:
            return guess
    return None


def _weighed(ruled: Intent, text: str, said: Said, directory: Directory, likeness: Likeness) -> Intent:
    """Return what the examples and the rules together speak for; ask where two things are near."""
    read = label_of(ruled) if ruled.problem is None and ruled.name != "unknown" else ""
    if read and _is_bare(said):
        return ruled
    ranked = likeness.rank(
        _as_in_examples(text, ruled, said), 60, read=read, trust=TRUST, less=_inapt(ruled, said)
    )
    best, second = ranked[0], ranked[1]
    if best.label == "sql" != read and read_sql_question(text, directory, said.today) is None:
        apt = second.label != "unknown" and second.score >= max(NEAR, best.score - SQL_LEAD)
        best, second = (second, ranked[2]) if apt else (best, second)
    own = next((each.score for each in ranked if each.label == read), 0.0)
    if best.label == read or (best.label == "unknown" and read and best.score - own < UNKNOWN_LEAD):
        return ruled
    if best.label == "unknown":
        return ruled if ruled.problem else Intent(name="unknown")
    if best.score < NEAR:
        return ruled if read or ruled.problem else Intent(name="unknown")
    if not read and best.score < SURE and best.score - second.score < LEAD:
        near = [each for each in ranked[:3] if each.score >= NEAR and each.label != "unknown"]
        return which_of([_choice(each, said.mentions) for each in near])
    if best.label == "help" and ruled.problem:
        return replace(ruled, name="help")
    found = filled(best.label, text, said, directory)
    return ruled if found.problem is not None and read else found


def _of_the_one_spoken_of(intent: Intent, said: Said) -> Intent:
    """Return "the forecast?" or "any stop?" as asked of the name that was just spoken of."""
    spoken = said.focus.ticker is not None and said.last.name in TICKER_TOPICS
    nameless = intent.ticker is None and intent.asked_name is None and intent.name in ABOUT_ONE
    if not (spoken and nameless) or len(said.words.all) > 6 or said.words.any(*OF_MANY):
        return intent
    return replace(intent, ticker=said.focus.ticker, problem=None)


def _named(said: Said) -> tuple[Mention, ...]:
    """Return the names a question is about, without one that the desk is only compared with."""
    return without_benchmark(said.mentions, said.words)


def _is_bare(said: Said) -> bool:
    """Tell whether there is hardly a word beside a name."""
    names = sum(len(mention.words.split()) for mention in said.mentions)
    return bool(names) and len([word for word in said.words.all if word not in BESIDE_A_NAME]) - names <= 0


def label_of(intent: Intent) -> str:
    """Return the label under which examples of an intent stand."""
    part = intent.pattern or (intent.dimension if intent.name in ("exposure", "attribution") else "")
    label = f"{intent.name}/{part}"
    return label if label in EXAMPLES else intent.name


def _inapt(ruled: Intent, said: Said) -> dict[str, float]:
    """Return what labels lose because a name is in the question, or because none is."""
    if _named(said) or said.guess or ruled.asked_name or ruled.ticker:
        return {label: INAPT for label in EXAMPLES if label.partition("/")[0] not in OF_A_NAME}
    return dict.fromkeys(NEED_A_NAME, INAPT)


def _choice(likely: Likely, mentions: tuple[Mention, ...]) -> Choice:
    ask = EXAMPLES[likely.label][0]
    if mentions:
        ask = ask.replace("the stock", mentions[0].instrument.ticker)
    return Choice(label=ask, ask=ask)


def _as_in_examples(text: str, ruled: Intent, said: Said) -> str:
    """Return a question as the examples have it: names, and what stands for one, written alike."""
    lower = text.casefold()
    guess = said.guess.words if said.guess is not None else ""
    for name in (*(mention.words for mention in _named(said)), ruled.asked_name or "", guess):
        lower = lower.replace(name.casefold(), _NAME) if name else lower
    if not said.mentions and said.focus.ticker is not None and not is_about_a_session(said.words):
        lower = _POINTER.sub(_NAME, lower)
    return respelled(lower).replace(_NAME, "the stock")
