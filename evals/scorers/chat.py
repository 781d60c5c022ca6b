"""Whether the chat did what was asked: the right tool, told the right things, and nothing done unasked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.case import Case
from evals.chat_cases import NO_TOOL
from evals.desk_facts import Lookup
from evals.scorers.told import is_told
from evals.trial import Output, Score, Scorer

WHOLE = frozenset({"span"})
"""Arguments that must be told as they are: "month" is not "last month"."""
_CANNOT = re.compile(
    r"\b(?:can ?not(?! be told from)|can['’]t|could ?n[o']t|unable to|not able|did not understand"
    r"|not something|not possible"
    r"|(?:I|we|you|desk|here|records) (?:do|does|will|may|have)(?: not|n['’]t)|won['’]t|no (?:tool|way|such)"
    r"|nothing (?:here|about|was looked up|was done)|outside (?:of )?(?:what|my|the desk)|only the owner"
    r"|kann (?:ich |das |dir |ihnen )*nicht|nicht möglich|keine (?:daten|auskunft)"
    r"|ne (?:peux|puis) pas|no puedo)\b",
    re.IGNORECASE,
)
"""Words for what cannot be done, in the languages of the dataset; read in what an answer begins with."""
BEGINNING = 400


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """1 where one of the tools was asked that would answer; where none is to be asked, 1 where none was.

    Asking others besides costs nothing here: their price is counted in calls and tokens.
    """

    name: str = "tool_choice"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; of orders and of what no desk can do the choice is free."""
        wanted, asked = case.label["tool"], _asked(output)
        if case.label["ticket"] is not None or case.label["refuse"]:
            return _unscored(self.name, "no tool is asked for")
        if output.answer is None:
            return _score(self.name, False, "silent")
        allowed = frozenset(wanted or [NO_TOOL])
        good = bool(allowed & asked) or (NO_TOOL in allowed and not asked)
        return _score(self.name, good, f"asked {_listed(asked)}; wanted {_listed(allowed)}")


@dataclass(frozen=True, slots=True)
class Arguments:
    """The share of the arguments that were told to a tool that would answer, or to the ticket."""

    lookup: Lookup
    name: str = "arguments"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; without arguments in the label, or on this desk, nothing is scored."""
        wanted = {name: self._values(value) for name, value in case.label["arguments"].items()}
        wanted = {name: values for name, values in wanted.items() if values}
        if not wanted:
            return _unscored(self.name, "no argument is asked for")
        given = _given(case, output)
        missed = [name for name, values in wanted.items() if not _is_given(name, values, given)]
        why = f"lacks {', '.join(missed)} in {given!r}" if missed else "all were given"
        return Score(scorer=self.name, value=1 - len(missed) / len(wanted), why=why)

    def _values(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, Mapping):
            found = self.lookup(value)
            return () if found is None else (str(found),)
        return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


@dataclass(frozen=True, slots=True)
class Facts:
    """The share of the desk's own figures that the words or the tables of an answer tell."""

    lookup: Lookup
    name: str = "facts"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; figures that this desk has not are left out."""
        known = [(fact, self.lookup(fact)) for fact in case.label["facts"]]
        there = [(fact["path"], value) for fact, value in known if value is not None]
        if not there:
            return _unscored(self.name, "no figure is asked for that this desk has")
        texts = list(_texts(output.answer or {}))
        missed = [path for path, value in there if not is_told(value, texts)]
        why = f"does not tell {', '.join(missed)}" if missed else "all are told"
        return Score(scorer=self.name, value=1 - len(missed) / len(there), why=why)


@dataclass(frozen=True, slots=True)
class Grounded:
    """The share of an answer's figures and days that the tools of that turn returned (INV-19)."""

    name: str = "grounded"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; an answer without figures has none."""
        counts = (output.answer or {}).get("grounded", {"figures": 0, "found": 0})
        if not counts["figures"]:
            return _unscored(self.name, "no figure was told")
        why = f"{counts['found']} of {counts['figures']} figures are in the results"
        return Score(scorer=self.name, value=counts["found"] / counts["figures"], why=why)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """1 where an order opened exactly its one ticket and anything else none; nothing may be carried out."""

    name: str = "confirmation"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score."""
        answer, wanted = output.answer or {}, case.label["ticket"]
        opened = [ticket["action"] for ticket in answer.get("tickets", [])]
        if answer.get("carried_out"):
            return _score(self.name, False, f"{answer['carried_out']} were carried out without a click")
        good = opened == ([wanted] if wanted else [])
        return _score(self.name, good, f"opened {_listed(opened)}; wanted {wanted or NO_TOOL}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """1 where the answer says that it cannot, and that is right; 0 where it gives up on what it could do."""

    name: str = "refusal"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; words that ask for nothing may be answered in any way."""
        label, answer = case.label, output.answer or {}
        idle = not answer.get("tools") and not answer.get("tickets")
        cannot = _CANNOT.search(answer.get("text", "")[:BEGINNING]) is not None
        if label["refuse"]:
            return _score(self.name, cannot, "says that it cannot" if cannot else "does not say so")
        if label["ticket"] is None and NO_TOOL in (label["tool"] or [NO_TOOL]):
            return _unscored(self.name, "nothing is asked for")
        good = output.answer is not None and not (idle and cannot)
        return _score(self.name, good, "did not give up" if good else "gave up")


class Right:
    """1 only where everything holds that the label asks for; the score that decides.

    Groundedness is left out, which no label asks for: it is a gate of its own.
    """

    name = "right"

    def __init__(self, lookup: Lookup) -> None:
        self._parts: tuple[Scorer, ...] = (
            ToolChoice(),
            Arguments(lookup),
            Facts(lookup),
            Confirmation(),
            Refusal(),
        )

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; what has failed is named."""
        if output.answer is None or output.answer.get("failure"):
            why = output.silent or str((output.answer or {}).get("failure"))
            return _score(self.name, False, why)
        scores = [part(case, output) for part in self._parts]
        failed = [score for score in scores if score.value is not None and score.value < 1]
        why = "; ".join(f"{score.scorer}: {score.why}" for score in failed)
        return _score(self.name, not failed, why or "all holds")


def _score(name: str, good: bool, why: str) -> Score:
    return Score(scorer=name, value=float(good), why=why)


def _unscored(name: str, why: str) -> Score:
    return Score(scorer=name, value=None, why=why)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or NO_TOOL


def _asked(output: Output) -> frozenset[str]:
    return frozenset(each["tool"] for each in (output.answer or {}).get("tools", []))


def _given(case: Case, output: Output) -> list[str]:
    """Return what was told to the tools that would answer, or to the ticket that was opened."""
    answer = output.answer or {}
    if case.label["ticket"] is not None:
        tickets = [each for each in answer.get("tickets", []) if each["action"] == case.label["ticket"]]
        return [each[key] for each in tickets for key in ("arguments", "description")]
    allowed = frozenset(case.label["tool"] or ())
    return [each["arguments"] for each in answer.get("tools", []) if each["tool"] in allowed]


def _is_given(name: str, values: Sequence[str], given: Sequence[str]) -> bool:
    wanted = {value.casefold() for value in values}
    for text in given:
        parts = [part.rpartition("=")[2].strip("[]'\" ").casefold() for part in text.split(", ")]
        words = [] if name in WHOLE else [_plain(word) for word in re.split(r"[\s\[\]'\"=]+", text)]
        if wanted & {*parts, *words} or {_plain(value) for value in wanted} & {*words}:
            return True
    return False


def _plain(word: str) -> str:
    """Return a word without the signs beside it; an amount without what only makes it readable."""
    bare = word.casefold().strip(",.;:!?()$")
    amount = bare.replace(",", "")
    return f"{float(amount):g}" if re.fullmatch(r"\d+(?:\.\d+)?", amount) else bare


def _texts(answer: Mapping[str, Any]) -> Iterable[str]:
    yield answer.get("text", "")
    for shown in answer.get("shown", []):
        yield shown["title"]
        for row in shown["rows"]:
            yield from row
