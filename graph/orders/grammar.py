"""The few sentences that ask the desk to do something, matched whole: anything else is a question.

A control action is read only from an imperative whose every word the grammar knows. A negation, a
condition, a second action or a word too many makes it a question or a refusal, never an action.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from graph.intent import ALL_UNPLAYED
from graph.words.dates import count_of
from graph.words.wording import NEGATIONS
from tools.spans import NAMED_SPANS
from tools.vocabulary import word_set

POLITE = word_set(
    "please ok okay hey hi hello now then just well right yes kindly desk conclave alright so and also um "
    "uh yo dear sir"
)
OPENINGS = (
    "you can",
    "you may",
    "you could",
    "can you",
    "could you",
    "would you",
    "will you",
    "i want you to",
    "i want to",
    "i would like to",
    "i would like you to",
    "i need you to",
    "go ahead and",
    "let us",
    "could you please",
    "can you please",
    "may i ask you to",
    "i would ask you to",
    "i need to",
    "we need to",
    "you need to",
    "be so kind and",
    "be so kind as to",
    "do me a favor and",
    "do me a favour and",
    "make sure you",
    "get ready and",
    "be a dear and",
    "feel free to",
    "you should",
    "we should",
    "time to",
)
CLOSINGS = word_set(
    "please now all the of trading desk everything for me us it immediately today committee book right "
    "away again straight at once paper trades operations thanks thank you asap until further notice"
)
PAUSE_STEMS = ("pause", "halt", "suspend", "freeze", "stop trading", "stop all trading", "stop the desk")
KILL_STEMS = (
    "kill switch",
    "the kill switch",
    "throw the kill switch",
    "pull the kill switch",
    "hit the kill switch",
    "use the kill switch",
    "stop everything",
    "emergency stop",
    "kill",
)
RESUME_STEMS = (
    "resume",
    "unpause",
    "unfreeze",
    "restart trading",
    "start trading",
    "continue trading",
    "go on trading",
    "turn trading back on",
)
MOVES = (
    "run",
    "play",
    "advance",
    "simulate",
    "step",
    "go",
    "move",
    "do",
    "jump",
    "continue",
    "fast forward",
    "fast-forward",
    "forward",
    "skip ahead",
    "skip forward",
    "roll",
    "proceed",
    "let it run",
    "let the desk run",
    "move the clock",
    "push",
)
STEPS = word_set("session sessions day days cycle cycles week weeks month months step steps")
ADVANCE_FILLERS = word_set(
    "the next by on forward ahead another more one trading committee clock desk it time through of for "
    "me us please now then thanks in"
)
TO_THE_END = (
    "to the end",
    "till the end",
    "until the end",
    "all the way",
    "everything left",
    "all remaining",
)
ALL_WORDS = word_set("all every everything rest remaining left unplayed end")
ON_AND_ON = (
    "another",
    "another one",
    "one more",
    "again",
    "once more",
    "keep going",
    "go on",
    "same again",
    "more",
)
_MORE = re.compile(r"(?P<more>\w+) more(?: sessions?| days?)?|another (?P<another>\w+)(?: sessions?| days?)?")
CONDITIONS = word_set("if unless when whenever until before after once while because though")
VERBS = word_set("pause halt suspend freeze resume unpause unfreeze advance restart kill")


_COUNT_MORE = re.compile(
    r"(?:(?:another|one more)(?: \w+)? sessions?|(?:the )?next (?:\w+ )?sessions?|(?:the )?next day"
    r"|\w+ more sessions?)(?: (?:please|now|thanks|then))*$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A control action the words ask for; `problem` where it cannot be done as worded."""

    action: Literal["pause", "resume", "kill", "advance", "deposit", "withdraw"]
    sessions: int | None = None
    amount: Decimal | None = None
    """Of a deposit or a withdrawal, USD."""
    problem: str | None = None


def read_command(words: Sequence[str]) -> Command | None:
    """Return the control action an imperative sentence asks for, None for anything else."""
    if NEGATIONS & set(words) or '"' in words:
        return None
    spoken, asked = without_opening(words)
    if not spoken or ("?" in words and not asked):
        return None
    sentence = [word for word in spoken if word != "?"]
    if _is_whole(sentence, PAUSE_STEMS):
        return Command(action="pause")
    if _is_whole(sentence, KILL_STEMS):
        return Command(action="kill")
    if _is_whole(sentence, RESUME_STEMS):
        return Command(action="resume")
    return _advance(sentence)


def read_more(words: Sequence[str]) -> Command | None:
    """Return the advance that "three more" or "keep going" asks for after one, None for anything else."""
    spoken, _ = without_opening(words)
    text = " ".join(spoken)
    if text in ON_AND_ON:
        return Command(action="advance", sessions=1)
    match = _MORE.fullmatch(text)
    sessions = count_of(match["more"] or match["another"]) if match else None
    return Command(action="advance", sessions=sessions) if sessions else None


def speaks_of_control(words: Set[str]) -> bool:
    """Tell whether any word names a control action, so that a refusal can say how to give one."""
    return bool(VERBS & words)


def without_opening(words: Sequence[str]) -> tuple[list[str], bool]:
    """Strip politeness and openings such as "could you"; tell whether the rest was asked for so."""
    rest, asked = list(words), False
    while rest:
        text = " ".join(rest) + " "
        opening = next((o for o in OPENINGS if text.startswith(o + " ")), None)
        if opening is not None:
            rest, asked = rest[len(opening.split()) :], asked or not opening.startswith("you ")
        elif rest[0] in POLITE:
            rest = rest[1:]
        else:
            break
    return rest, asked


def _is_whole(sentence: Sequence[str], stems: Sequence[str]) -> bool:
    text = " ".join(sentence)
    for stem in stems:
        if text == stem or text.startswith(stem + " "):
            rest = sentence[len(stem.split()) :]
            return all(word in CLOSINGS for word in rest)
    return False


def _advance(sentence: Sequence[str]) -> Command | None:
    text = " ".join(sentence)
    if text in ("next", "next session", "next day", "the next session", "the next day", "run", "go on"):
        return Command(action="advance", sessions=1)
    move = next((m for m in MOVES if text == m or text.startswith(m + " ")), None)
    if move is None and _COUNT_MORE.match(text):
        move, sentence, text = "advance", ["advance", *sentence], f"advance {text}"
    if move is None:
        return None
    rest = sentence[len(move.split()) :]
    if {"committee", "cycle"} <= set(rest):
        return None
    if CONDITIONS & set(rest) and not any(phrase in text for phrase in TO_THE_END):
        return None
    return _counted(move, rest, text)


def _counted(move: str, rest: Sequence[str], text: str) -> Command | None:
    unit, numbers, to_the_end = 1, list[int](), any(phrase in text for phrase in TO_THE_END)
    named_step = False
    for word in rest:
        number = count_of(word)
        if word in STEPS:
            named_step = True
            unit = NAMED_SPANS.get(word.removesuffix("s"), 1)
        elif word in ALL_WORDS:
            to_the_end = True
        elif number is not None and word not in ("a", "an"):
            numbers.append(number)
        elif word not in ADVANCE_FILLERS and word not in ("a", "an", "to", "till", "until", "way", "and"):
            return _broken_count(move, word, named_step or "session" in text)
    if "and" in rest or len(numbers) > 1:
        return _problem(move, rest)
    if to_the_end and not numbers:
        return Command(action="advance", sessions=ALL_UNPLAYED) if _is_advance(move, True, rest) else None
    if not _is_advance(move, named_step, rest):
        return None
    sessions = (numbers[0] if numbers else 1) * unit
    if sessions < 1:
        return Command(action="advance", problem="The desk can only move forward: ask for 1 session or more.")
    return Command(action="advance", sessions=sessions)


def _is_advance(move: str, named_step: bool, rest: Sequence[str]) -> bool:
    """Only "advance" stands without naming sessions; every other verb has other meanings."""
    if move in ("advance", "fast forward", "step"):
        return True
    return named_step or (
        move in ("move", "go", "continue")
        and list(rest) in (["on"], ["forward"], ["ahead"])
        and (move, *rest) != ("go", "ahead")
    )


def _broken_count(move: str, word: str, about_sessions: bool) -> Command | None:
    if move == "advance" or about_sessions:
        digits = word.strip("-+.%").replace(".", "").replace("-", "").replace("/", "")
        if digits.isdigit() and word[:1] != "$":
            return _problem(move, [word])
    return None


def _problem(move: str, rest: Sequence[str]) -> Command:
    said = " ".join([move, *rest])[:60]
    return Command(
        action="advance",
        problem=f'"{said}" is not a whole number of sessions; say for example "advance 5 sessions".',
    )
