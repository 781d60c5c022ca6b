"""Tells reasoning from memory: what is left of a score under pseudonyms, and what changes when it should."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.case import Case, Dataset
from evals.door_contestant import Shown
from evals.scorers.leaning import leaning
from evals.trial import Trial
from fund.metrics.inference import Interval, share_interval

CONTROLLED = "signal_quality"
"""The dataset whose evidence can be turned over and moved in time."""
CONTROLS: tuple[Shown, ...] = ("real", "inverted", "moved")
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
    """Share of views that did not change when all dates were moved; at least 0.95 is wanted."""

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
        if self.stayed is not None and self.stayed.high < SHOULD_STAY:
            found.append(f"only {self.stayed.value:.0%} of its views stay when dates are moved")
        return tuple(found)


def under(contestant: str, shown: Shown) -> str:
    """Return what a contestant is called when evidence is shown to it in another way."""
    return f"{contestant} ({shown})"


def memorisation(dataset: Dataset, trials: Sequence[Trial], contestant: str) -> Memorisation:
    """Compare a contestant's views under pseudonyms with those under each control."""
    cases = {case.case_id: case for case in dataset.cases}
    views = {
        shown: _views(cases, (t for t in trials if t.dataset == dataset.name and t.contestant == name))
        for shown, name in (("masked", contestant), *((each, under(contestant, each)) for each in CONTROLS))
    }
    spoken = {key: said for key, said in views["masked"].items() if said != 0}
    return Memorisation(
        contestant=contestant,
        masked=_direction(trials, dataset.name, contestant),
        real=_direction(trials, dataset.name, under(contestant, "real")),
        flipped=_share(spoken, views["inverted"], same=False),
        stayed=_share(views["real"], views["moved"], same=True),
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
    both = before.keys() & after.keys()
    return share_interval(sum((before[key] == after[key]) is same for key in both), len(both))


def _direction(trials: Sequence[Trial], dataset: str, contestant: str) -> float | None:
    found = [
        value
        for trial in trials
        if (trial.dataset, trial.contestant) == (dataset, contestant)
        and (value := trial.score("direction")) is not None
    ]
    return sum(found) / len(found) if found else None
