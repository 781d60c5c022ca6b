"""The offline router: exact rules first, then the words' rules, then likeness to labelled examples."""

from dataclasses import replace
from datetime import date
from typing import cast

from fund.errors import QueryRefusedError
from graph.analysis_topics import raw_sql, searched_for
from graph.cash_words import read_cash
from graph.choosing import chosen, is_neither, which_of
from graph.command_grammar import Command, read_command
from graph.confirmation import confirmation
from graph.dates import find_days, find_span
from graph.desk_orders import read_order
from graph.examples import EXAMPLES
from graph.followups import MOST_WORDS, Said, changed, follow_up
from graph.intent import CONTROL, TICKER_TOPICS, Choice, Dimension, Focus, Intent, IntentName, Pattern
from graph.likeness import Likely, Likeness
from graph.question_rules import VOCABULARY, question_of
from graph.sql_templates import read_sql_question
from graph.stress_words import shock_of
from graph.tongues import ONLY_ENGLISH, is_foreign
from graph.topics import Words
from graph.wording import SHORTHAND, plain, words_of
from tools.directory import Directory, Mention

NO_FOCUS = Focus()
SURE = 0.3
"""Likeness from which the examples speak for a question that no rule has understood."""
NEAR = 0.18
"""Likeness from which a label may be meant, so that the owner is asked."""
LEAD = 0.05
"""How far a label must lead the next to be believed without asking."""
TRUST = 0.3
"""What a broad rule's reading adds to its label's likeness; by leave-one-out over the examples."""
BROAD: frozenset[IntentName] = frozenset(
    {
        "holdings",
        "why",
        "performance",
        "trades",
        "limits",
        "forecast",
        "market",
        "ticker",
        "status",
        "exposure",
        "help",
        "refused",
        "cuts",
        "income",
    }
)
"""Intents whose rules go by single everyday words, so that the examples are heard as well."""
OF_A_NAME: frozenset[IntentName] = TICKER_TOPICS | {"compare", "watchlist"}
"""Intents that examples may find in a question that names an instrument and that a rule read otherwise."""
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
        return _understood(text, Words(words), directory, today, focus, likeness)
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
    spotted = directory.spot(text)
    mentions = tuple(mention for mention in spotted if mention.words not in SHORTHAND)
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
    if likeness is None or ruled.problem is not None:
        return ruled
    if ruled.name != "unknown":
        return _weighed(ruled, text, said, likeness)
    if read_sql_question(text, directory, today) is not None:
        return Intent(name="sql", text=text)
    return _by_likeness(text, said, likeness)


def _weighed(ruled: Intent, text: str, said: Said, likeness: Likeness) -> Intent:
    """Return what a broad rule has read, unless the examples speak clearly enough for something else."""
    read = label_of(ruled)
    if _is_little(said):
        return ruled
    if ruled.name not in BROAD and read != "attribution/ticker":
        return ruled
    if ruled.statistic or (said.mentions and ruled.ticker is None):
        return ruled
    best, *rest = likeness.rank(_without_names(text, said.mentions), 50, read=read, trust=TRUST)
    own = next((each.score for each in rest if each.label == read), 0.0)
    if best.label in (read, "unknown") or best.score < SURE or best.score - own < LEAD:
        return ruled
    found = _intent_of(best, text, said)
    apt = found.name in OF_A_NAME if said.mentions else found.name not in TICKER_TOPICS - {"forecast"}
    return found if apt and found.problem is None else ruled


def _is_little(said: Said) -> bool:
    """Tell whether the words hold too little beside a name or a time to be like anything."""
    names = sum(len(mention.words.split()) for mention in said.mentions)
    followed = said.focus.intent is not None and len(said.words.all) <= MOST_WORDS
    return followed or len([word for word in said.words.all if word != "?"]) - names <= 2


def label_of(intent: Intent) -> str:
    """Return the label under which examples of an intent stand."""
    part = intent.pattern or (intent.dimension if intent.name in ("exposure", "attribution") else "")
    label = f"{intent.name}/{part}"
    return label if label in EXAMPLES else intent.name


def _by_likeness(text: str, said: Said, likeness: Likeness) -> Intent:
    """Return what the nearest examples ask for; ask where two are near, and say so where none is."""
    ranked = likeness.rank(_without_names(text, said.mentions))
    best, *rest = ranked
    if best.label == "unknown" or best.score < NEAR:
        return Intent(name="unknown")
    leads = not rest or best.score - rest[0].score >= LEAD
    if best.score >= SURE and leads:
        return _intent_of(best, text, said)
    near = [each for each in ranked if each.score >= NEAR and each.label != "unknown"]
    return which_of([_choice(each, said.mentions) for each in near])


def _intent_of(likely: Likely, text: str, said: Said) -> Intent:
    name, _, part = likely.label.partition("/")
    ticker = said.mentions[0].instrument.ticker if said.mentions else None
    if name in TICKER_TOPICS and ticker is None and name != "why":
        return Intent(name=cast(IntentName, name), problem="Which name do you mean?")
    return Intent(
        name=cast(IntentName, name),
        ticker=ticker,
        span=said.span,
        day=said.day if name in ("holdings", "why", "exposure") else None,
        dimension=cast(Dimension, part) if name in ("exposure", "attribution") else "",
        pattern=cast(Pattern, part) if name == "patterns" else "",
        text=searched_for(text) if name == "search" else text if name in ("sql", "schema") else "",
    )


def _choice(likely: Likely, mentions: tuple[Mention, ...]) -> Choice:
    ask = EXAMPLES[likely.label][0]
    if mentions:
        ask = ask.replace("the stock", mentions[0].instrument.ticker)
    return Choice(label=ask, ask=ask)


def _without_names(text: str, mentions: tuple[Mention, ...]) -> str:
    """Return a text with the names in it replaced, as the examples have it."""
    for mention in mentions:
        text = text.replace(mention.words, "the stock")
    return text
