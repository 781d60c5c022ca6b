"""The offline router: exact rules first, then the words' rules, then likeness to labelled examples."""

import re
from dataclasses import replace
from datetime import date

from fund.errors import QueryRefusedError
from graph.analysis_topics import raw_sql
from graph.asked_first import with_what_is_asked
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
from graph.question_rules import (
    NO_ORDERS,
    VOCABULARY,
    WHICH_NAME,
    question_of,
    without_benchmark,
    without_risk,
)
from graph.slots import filled
from graph.sql_templates import read_sql_question
from graph.stress_words import shock_of
from graph.tongues import ONLY_ENGLISH, is_foreign
from graph.topics import Words
from graph.wording import plain, words_of
from tools.directory import Directory, Mention

NO_FOCUS = Focus()
SURE = 0.35
"""Likeness from which the examples speak for a question that no rule has understood."""
NEAR = 0.2
"""Likeness from which a label may be meant, so that the owner is asked."""
LEAD = 0.05
"""How far a label must lead the next to be believed without asking."""
TRUST = 0.15
"""What the rules' reading adds to its label's likeness; by leave-one-out over the examples."""
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
    text = plain(question)
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
        return Intent(name="unknown", problem=ONLY_ENGLISH)
    if (shock := shock_of(text)) is not None:
        return Intent(name="stress", scenario=shock.scenario, market_percent=shock.percent)
    try:
        found = _understood(text, Words(words), directory, today, focus, likeness)
        return with_what_is_asked(found, f"{text.casefold()} {' '.join(words)}")
    except QueryRefusedError as refusal:
        return Intent(name="unknown", problem=str(refusal))


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
    )


def _commanded(command: Command) -> Intent:
    if command.problem is not None:
        return Intent(name="unknown", problem=command.problem)
    return Intent(name=command.action, sessions=command.sessions, amount=command.amount)


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
    )
    if (followed := follow_up(said) or changed(said)) is not None:
        return followed
    ruled = question_of(text, words, directory, today, focus)
    if likeness is None or ruled.name == "record" or ruled.problem in SETTLED:
        return ruled
    return _weighed(ruled, text, said, directory, likeness)


def _weighed(ruled: Intent, text: str, said: Said, directory: Directory, likeness: Likeness) -> Intent:
    """Return what the examples and the rules together speak for; ask where two things are near."""
    read = label_of(ruled) if ruled.problem is None and ruled.name != "unknown" else ""
    if read and _is_bare(said):
        return ruled
    ranked = likeness.rank(
        _as_in_examples(text, ruled, said), 60, read=read, trust=TRUST, less=_inapt(ruled, said)
    )
    best, second = ranked[0], ranked[1]
    if best.label.startswith("sql") and read_sql_question(text, directory, said.today) is None:
        best, second = second, ranked[2]
    if best.label == read or (best.label == "unknown" and read and best.score < SURE):
        return ruled
    if best.score < NEAR or best.label == "unknown":
        return ruled if read or ruled.problem else Intent(name="unknown")
    if not read and best.score < SURE and best.score - second.score < LEAD:
        near = [each for each in ranked[:3] if each.score >= NEAR and each.label != "unknown"]
        return which_of([_choice(each, said.mentions) for each in near])
    if best.label == "help" and ruled.problem:
        return replace(ruled, name="help")
    found = filled(best.label, text, said, directory)
    return ruled if found.problem is not None and read else found


def _named(said: Said) -> tuple[Mention, ...]:
    """Return the names a question is about, without one that the desk is only compared with."""
    return without_benchmark(said.mentions, said.words)


def _is_bare(said: Said) -> bool:
    """Tell whether there is hardly a word beside a name."""
    names = sum(len(mention.words.split()) for mention in said.mentions)
    return bool(names) and len([word for word in said.words.all if word != "?"]) - names <= 0


def label_of(intent: Intent) -> str:
    """Return the label under which examples of an intent stand."""
    part = intent.pattern or (intent.dimension if intent.name in ("exposure", "attribution") else "")
    label = f"{intent.name}/{part}"
    return label if label in EXAMPLES else intent.name


def _inapt(ruled: Intent, said: Said) -> dict[str, float]:
    """Return what labels lose because a name is in the question, or because none is."""
    if _named(said) or ruled.asked_name or ruled.ticker:
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
    for name in (*(mention.words for mention in _named(said)), ruled.asked_name or ""):
        lower = lower.replace(name.casefold(), "the stock") if name else lower
    if not said.mentions and ruled.ticker is not None and ruled.ticker == said.focus.ticker:
        lower = _POINTER.sub("the stock", lower)
    return lower
