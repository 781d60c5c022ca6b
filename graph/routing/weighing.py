"""What the rules, the letters and the meaning of a question together speak for."""

import re
from dataclasses import replace

from graph.choosing import which_of
from graph.examples.labelled import EXAMPLES
from graph.examples.likeness import Likely, Likeness
from graph.examples.respelling import SHORTEST, is_a_piece, is_known, respelled
from graph.intent import TICKER_TOPICS, Choice, Intent
from graph.routing.rules import VOCABULARY
from graph.routing.slots import filled
from graph.sql.templates import read_sql_question
from graph.topics.names_meant import without_benchmark
from graph.topics.said import Said
from graph.topics.topic import is_about_a_session
from graph.words.wording import corrected
from tools.directory import TOKEN, Directory, Mention

SURE = 0.25
"""Likeness from which the examples speak for a question that no rule has understood."""
NEAR = 0.2
"""Likeness from which a label may be meant, so that the owner is asked."""
LEAD = 0.02
"""How far a label must lead the next to be believed without asking."""
TRUST = 0.14
"""What the rules' reading adds to its label's likeness; learnt from one author, tried on another."""
SQL_LEAD = 0.2
"""How far SQL may lead a label that can answer, where the templates do not understand every word."""
UNKNOWN_LEAD = 0.15
"""How far nonsense must lead what the rules have read."""
BESIDE_A_NAME = frozenset({"?", "what", "about", "how", "and", "the", "any", "so", "ok", "stock"})
"""Words beside a name that say nothing of what is asked."""
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
_NAME = "\u25a0"
"""What stands for a name while the words around it are mended."""
_LETTERS = re.compile(r"[a-z]+(?!['’])\b")
_POINTER = re.compile(r"\b(?:it|that one|this one|that|this|them)\b")


def guessed(text: str, directory: Directory) -> Mention | None:
    """Return the name that a word which is no ordinary one is nearly spelled as."""
    for token in TOKEN.findall(text.removesuffix("'s")):
        lower = token.casefold()
        ordinary = is_known(lower) or lower in VOCABULARY or respelled(lower) != lower
        if len(lower) <= SHORTEST or not lower.isalpha() or ordinary:
            continue
        if (guess := directory.guess(token)) is not None:
            return guess
    return None


def weighed(ruled: Intent, text: str, said: Said, directory: Directory, likeness: Likeness) -> Intent:
    """Return what the examples and the rules together speak for; ask where two things are near."""
    read = label_of(ruled) if ruled.problem is None and ruled.name != "unknown" else ""
    if read and _is_bare(said):
        return ruled
    ranked = likeness.rank(
        as_in_examples(text, said, ruled.asked_name), 60, read=read, trust=TRUST, less=_inapt(ruled, said)
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


def as_in_examples(text: str, said: Said, asked_name: str | None = None) -> str:
    """Return a question as the examples have it: names, and what stands for one, written alike."""
    lower = text.casefold()
    guess = said.guess.words if said.guess is not None else ""
    for name in (*(mention.words for mention in _named(said)), asked_name or "", guess):
        lower = lower.replace(name.casefold(), _NAME) if name else lower
    if not said.mentions and said.focus.ticker is not None and not is_about_a_session(said.words):
        lower = _POINTER.sub(_NAME, lower)
    return respelled(_LETTERS.sub(_mended, lower)).replace(_NAME, "the stock")


def _mended(match: re.Match[str]) -> str:
    """Return a word that is none of English as the rules read it: "loosers" is no form of "loose"."""
    word = match[0]
    return word if is_a_piece(word) or is_known(word) else corrected(word, VOCABULARY)
