"""Whether pseudonyms hold: how often an LLM names the company and the quarter behind masked evidence."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from unicodedata import normalize

from agents.brief import Evidence
from agents.calls import CallLog
from agents.llm import LLMDoor
from agents.re_identification import NAME, RE_IDENTIFICATION
from db.record_codec import from_plain
from evals.case import Case, Dataset
from evals.door_contestant import blind_seed, cycle_of, output_of
from evals.trial import Output, Score, Trial
from fund.metrics.inference import Interval, share_interval
from graph.asking import veiled
from graph.recorded import UNASKED

__all__ = ["NAME", "Company", "Named", "Probe", "Quarter", "named", "probed"]

PROBED = "probed"
_LEGAL = re.compile(
    r"\b(?:the|inc|incorporated|corp|corporation|co|company|companies|plc|ltd|limited|group|holdings?|s ?a"
    r"|n ?v|class|and|[abc])\b"
)
_NOTE, _JOINED = re.compile(r"\([^)]*\)"), re.compile(r"['\u2019\u0300-\u036f]")
"""What an index notes of a former name, and signs that leave no gap: apostrophes and accents."""
_PUNCTUATION = re.compile(r"[^a-z0-9 ]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How often something was named rightly, beside what needs no memory."""

    right: Interval
    """Share of the cases that were answered, each asked once, with its Wilson interval."""
    by_chance: float
    """Share that the commonest of each sector gets right; the sector is shown, and the mix is known only
    afterwards, so this is the most that can be had without knowing anything."""

    @property
    def is_known(self) -> bool:
        """Whether more is named rightly than chance explains."""
        return self.right.low > self.by_chance


class Probe:
    """Asks an LLM through the door whom masked evidence is about; `log` must be the door's own."""

    def __init__(self, name: str, door: LLMDoor, log: CallLog) -> None:
        self.name = name
        self._door, self._log = door, log

    async def answer(self, case: Case, number: int) -> Output:
        """Show what the researcher was shown under the same pseudonyms, and take the guess as it comes.

        Nothing is translated back: who repeats a pseudonym has named nobody.
        """
        evidence = from_plain(Evidence, case.given["evidence"])
        shown, _ = veiled(evidence, blind_seed(case, number, "masked"))
        request = RE_IDENTIFICATION.request(cycle_id=cycle_of(case, number, PROBED), evidence=shown)
        reply = await self._door.ask(request)
        said = None if reply.answer is None else reply.answer.model_dump(mode="json")
        silence = reply.silence
        return output_of(
            said,
            None if silence is None else f"{silence.cause}: {silence.detail}",
            reply.calls,
            absent=silence is not None and silence.cause in UNASKED,
        )


@dataclass(frozen=True, slots=True)
class Company:
    """1 where the company was named by its ticker or its name."""

    name: str = "company_named"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; who is silent has named nobody."""
        candidate = _candidate(case)
        said = output.answer or {"ticker": "", "company": ""}
        right = bool(said["ticker"]) and _ticker(said["ticker"]) == _ticker(candidate["ticker"])
        right |= bool(_plain(said["company"])) and _plain(said["company"]) == _plain(candidate["name"])
        return Score(scorer=self.name, value=float(right), why=f"took it for {said['ticker'] or 'nobody'}")


@dataclass(frozen=True, slots=True)
class Quarter:
    """1 where the quarter of the session was named."""

    name: str = "quarter_named"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; who is silent has named none."""
        said = output.answer or {"year": 0, "quarter": 0}
        found = (said["year"], said["quarter"])
        return Score(
            scorer=self.name, value=float(found == _quarter(case)), why="took it for {}Q{}".format(*found)
        )


def probed(dataset: Dataset) -> Dataset:
    """Return the cases as the probe asks them: a dataset of its own, apart from the views."""
    return Dataset(name=NAME, about=f"Whom is masked evidence about? {dataset.about}", cases=dataset.cases)


def named(dataset: Dataset, trials: Sequence[Trial], contestant: str) -> tuple[Named | None, Named | None]:
    """Return how often a contestant named company and quarter; None where it was not asked."""
    cases = {case.case_id: case for case in dataset.cases}
    own = [t for t in trials if (t.dataset, t.contestant) == (NAME, contestant) and not t.output.absent]
    asked = [cases[trial.case_id] for trial in own]
    return (
        _named(own, Company().name, asked, lambda case: str(_candidate(case)["ticker"])),
        _named(own, Quarter().name, asked, _quarter),
    )


def _named(
    trials: Sequence[Trial], scorer: str, cases: Sequence[Case], truth: Callable[[Case], Hashable]
) -> Named | None:
    right = share_interval(sum(trial.score(scorer) == 1 for trial in trials), len(trials))
    if right is None:
        return None
    by_sector: dict[str, Counter[Hashable]] = {}
    for case in cases:
        by_sector.setdefault(_candidate(case)["sector"], Counter())[truth(case)] += 1
    commonest = sum(counts.most_common(1)[0][1] for counts in by_sector.values())
    return Named(right=right, by_chance=commonest / len(cases))


def _candidate(case: Case) -> Mapping[str, Any]:
    (candidate,) = case.given["evidence"]["candidates"]
    found: Mapping[str, Any] = candidate
    return found


def _quarter(case: Case) -> tuple[int, int]:
    session = date.fromisoformat(case.given["evidence"]["session"])
    return session.year, (session.month + 2) // 3


def _ticker(text: str) -> str:
    """Return a ticker without what feeds write differently: BRK.B, BRK-B and BRK/B are one."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _plain(name: str) -> str:
    """Return a company's name without its legal form, notes in brackets, signs, accents and capitals."""
    joined = _JOINED.sub("", normalize("NFKD", _NOTE.sub(" ", name)).casefold())
    return " ".join(_LEGAL.sub(" ", _PUNCTUATION.sub(" ", joined)).split())
