"""What is asked in an evaluation and what a good desk would do: cases, and the datasets they make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from db.record_codec import from_json, to_json
from fund.errors import DataError

Subject = Literal[
    "macro_researcher",
    "quant_researcher",
    "portfolio_manager",
    "validator",
    "risk_officer",
    "committee",
    "book",
    "chat",
]
"""Who is asked: a role, the five of them in turn, once or for half a year of a book, or the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One situation with what a good desk would do in it."""

    case_id: str
    """Unique in its dataset, and never a word that gives the label away."""
    subject: Subject
    given: Mapping[str, Any]
    """What the subject is shown, as plain JSON. Of a role: `evidence` (agents.brief.Evidence) and `earlier`,
    the answers of the roles before it, by role. Of a book: `decisions`, the evidence of each close, beside
    `market` and `mandate`, in which it is traded. Of the chat: `turns`, the texts that are said in order."""
    label: Mapping[str, Any]
    """What scorers compare with; no contestant is shown it."""
    strata: Mapping[str, str] = field(default_factory=dict)
    """Stratum by name: regime, sector, volatility, action ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A fixed set of cases; its hash is part of every result."""

    name: str
    about: str
    """One paragraph: what it measures, where it is from, what it cannot say."""
    cases: tuple[Case, ...]

    @property
    def digest(self) -> str:
        """Return the sha256 of the cases as they are kept."""
        return sha256(self.text().encode()).hexdigest()

    def text(self) -> str:
        """Return the dataset as JSON lines: its name and what it is about, then a case a line."""
        lines = [to_json({"name": self.name, "about": self.about})]
        return "\n".join([*lines, *(to_json(case) for case in self.cases)]) + "\n"

    def only(self, case_ids: Iterable[str]) -> "Dataset":
        """Return the dataset with these cases alone, in its own order."""
        wanted = frozenset(case_ids)
        kept = tuple(case for case in self.cases if case.case_id in wanted)
        if len(kept) < len(wanted):
            unknown = sorted(wanted - {case.case_id for case in kept})
            raise DataError(f"{self.name}: expected its own cases, found {unknown!r}")
        return Dataset(name=self.name, about=self.about, cases=kept)


def dataset_of(text: str) -> Dataset:
    """Read a dataset from its text; raises `DataError` where a line is none, or a case comes twice."""
    first, *rest = text.splitlines() or [""]
    head = from_json(dict[str, str], first)
    if set(head) != {"name", "about"}:
        raise DataError(f"expected a dataset's name and what it is about, found {first[:80]!r}")
    cases = tuple(from_json(Case, line) for line in rest)
    if len({case.case_id for case in cases}) < len(cases) or not cases:
        raise DataError(f"{head['name']}: expected every case once, found none, or one twice")
    return Dataset(name=head["name"], about=head["about"], cases=cases)
