"""Tells reasoning from memory: what is left of a score under pseudonyms, and what changes when it should."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.case import Case, Dataset
from evals.door_contestant import Shown
from evals.re_identification import PROBED, Named, named
from evals.scorers.leaning import leaning
from evals.summary import cases_interval
from evals.trial import Trial
from fund.metrics.inference import Interval, share_interval

CONTROLLED = "signal_quality"
"""The dataset whose evidence can be turned over and moved in time."""
CONTROLS: tuple[Shown, ...] = ("real", "inverted", "moved", "reordered")
SHOULD_FLIP, SHOULD_STAY = 0.70, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Memorisation:
    """What showing the same cases differently did to one contestant."""

    contestant: str
    masked: float | None
    """Mean direction under pseudonyms, and with real names; their gap is what names were worth."""
    real: float | None
    flipped: Interval | None
    """Share of views that changed when the path was turned over; at least 0.7 is wanted of who reasons."""
    stayed: Interval | None
    """Share of views that did not change when all dates were moved; at least 0.95 is wanted, or what two
    trials of the very same agree on, where that is less: noise is no memory."""
    reordered: Interval | None = None
    """Share of views that did not change when the same was told in another order; as much is wanted."""
    agreement: float | None = None
    """How often two trials under pseudonyms took the same side; None of one trial, and of rules."""
    company: Named | None = None
    """How often the company behind the pseudonym was named; None of who cannot be asked, as the rules."""
    quarter: Named | None = None

    @property
    def gap(self) -> float | None:
        """Return how much better the contestant did with real names."""
        return None if self.real is None or self.masked is None else self.real - self.masked

    @property
    def suspicions(self) -> tuple[str, ...]:
        """Return in words what does not look like reasoning, where its interval excludes the bound."""
        found = []
        if self.flipped is not None and self.flipped.high < SHOULD_FLIP:
            found.append(f"only {self.flipped.value:.0%} of its views change when the path is turned over")
        steady = SHOULD_STAY if self.agreement is None else min(SHOULD_STAY, self.agreement)
        if self.stayed is not None and self.stayed.high < steady:
            found.append(f"only {self.stayed.value:.0%} of its views stay when dates are moved")
        if self.reordered is not None and self.reordered.high < steady:
            found.append(f"only {self.reordered.value:.0%} of its views stay in another order")
        for what, guessed in (("companies", self.company), ("quarters", self.quarter)):
            if guessed is not None and guessed.is_known:
                found.append(
                    f"it names {guessed.right.value:.0%} of the {what} behind the pseudonyms, where "
                    f"{guessed.by_chance:.0%} could be had by chance"
                )
        return tuple(found)


def under(contestant: str, shown: str) -> str:
    """Return what a contestant is called when evidence is shown to it in another way."""
    return f"{contestant} ({shown})"


def memorisation(
    dataset: Dataset, trials: Sequence[Trial], contestant: str, agreement: float | None = None
) -> Memorisation:
    """Compare a contestant's views under pseudonyms with those under each control.

    `agreement` is how often two trials of the same agree, which no order can be blamed for.
    """
    cases = {case.case_id: case for case in dataset.cases}
    views = {
        shown: _views(cases, (t for t in trials if t.dataset == dataset.name and t.contestant == name))
        for shown, name in (("masked", contestant), *((each, under(contestant, each)) for each in CONTROLS))
    }
    company, quarter = named(dataset, trials, under(contestant, PROBED))
    spoken = {key: said for key, said in views["masked"].items() if said != 0}
    return Memorisation(
        contestant=contestant,
        masked=_direction(trials, dataset.name, contestant),
        real=_direction(trials, dataset.name, under(contestant, "real")),
        flipped=_share(spoken, views["inverted"], same=False),
        stayed=_share(views["real"], views["moved"], same=True),
        reordered=_share(views["masked"], views["reordered"], same=True),
        agreement=agreement,
        company=company,
        quarter=quarter,
    )


def _views(cases: Mapping[str, Case], trials: Iterable[Trial]) -> dict[tuple[str, int], int]:
    return {
        (trial.case_id, trial.number): leaning(cases[trial.case_id], trial.output.answer)
        for trial in trials
        if trial.output.answer is not None
    }


def _share(
    before: Mapping[tuple[str, int], int], after: Mapping[tuple[str, int], int], *, same: bool
) -> Interval | None:
    """Return the share of views that are the same or not; a case counts once, by the mean of its trials."""
    found: dict[str, list[bool]] = {}
    for key in before:
        if key in after:
            found.setdefault(key[0], []).append((before[key] == after[key]) is same)
    means = np.array([sum(alike) / len(alike) for alike in found.values()])
    return cases_interval(means) or share_interval(round(float(means.sum())), len(means))


def _direction(trials: Sequence[Trial], dataset: str, contestant: str) -> float | None:
    found = [
        value
        for trial in trials
        if (trial.dataset, trial.contestant) == (dataset, contestant)
        and (value := trial.score("direction")) is not None
    ]
    return sum(found) / len(found) if found else None
