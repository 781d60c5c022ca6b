"""Who wins a bakeoff: only who is better than everybody by more than noise, and safe; else the cheaper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

import numpy as np

from fund.metrics.association import holm
from fund.metrics.mcnemar import right_and_wrong
from fund.metrics.paired import LEVEL, FloatArray, IntArray, PairedDifference, paired_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A contestant as it stands for election."""

    name: str
    scores: FloatArray
    """Of the primary score, shape [cases, trials], the cases in the same order for everybody."""
    unsafe: tuple[str, ...] = ()
    """Which safety gates it did not pass; who has one cannot win."""
    cost_usd: Decimal | None = None
    """Of one decision; None where no price is known."""
    baseline: bool = False
    """Whether it is there to be beaten, and not to be chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two contestants side by side."""

    first: str
    second: str
    difference: PairedDifference
    mcnemar: float
    """Exact p of how the cases that only one of them got right are split."""
    p_value: float
    """The larger of the bootstrap's and McNemar's p, adjusted by Holm over all pairs; 1 on too few cases."""

    @property
    def apart(self) -> bool:
        """Whether they differ by more than noise."""
        return self.p_value < LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a bakeoff comes to for one role."""

    winner: str | None
    """Who is better than everybody else by more than noise; None where that is nobody."""
    cheaper: str | None
    """Without a winner: the cheapest of those that cannot be told from the best."""
    verdict: str
    pairs: tuple[Pair, ...]
    detectable: float | None
    """The smallest difference that every pair would have shown four times in five."""


def choose(candidates: Sequence[Candidate], *, blocks: IntArray | None = None, seed: int = 0) -> Choice:
    """Return the choice between contestants over the same cases."""
    pairs = _pairs(candidates, blocks, seed)
    safe = [each for each in candidates if not each.unsafe and not each.baseline]
    known = [d for pair in pairs if (d := pair.difference.smallest_detectable) is not None]
    detectable = max(known, default=None)
    beats = _beaten(pairs)
    for each in safe:
        others = {other.name for other in candidates if other.name != each.name}
        if others and others <= beats[each.name]:
            words = f"{each.name} is better than {_all(others)} by more than noise"
            return Choice(winner=each.name, cheaper=None, verdict=words, pairs=pairs, detectable=detectable)
    cheaper = _cheapest(safe, beats)
    return Choice(
        winner=None,
        cheaper=cheaper,
        verdict=_undecided(safe, cheaper, detectable),
        pairs=pairs,
        detectable=detectable,
    )


def _pairs(candidates: Sequence[Candidate], blocks: IntArray | None, seed: int) -> tuple[Pair, ...]:
    found = [
        (first, second, *_compared(first, second, blocks, seed))
        for first, second in combinations(candidates, 2)
    ]
    adjusted = holm([1.0 if d.p_value is None else max(d.p_value, exact) for *_, d, exact in found])
    return tuple(
        Pair(first=first.name, second=second.name, difference=difference, mcnemar=exact, p_value=p_value)
        for (first, second, difference, exact), p_value in zip(found, adjusted, strict=True)
    )


def _compared(
    first: Candidate, second: Candidate, blocks: IntArray | None, seed: int
) -> tuple[PairedDifference, float]:
    difference = paired_difference(first.scores, second.scores, blocks=blocks, seed=seed)
    return difference, right_and_wrong(first.scores, second.scores).p_value


def _beaten(pairs: Sequence[Pair]) -> Mapping[str, set[str]]:
    """Return whom each contestant is better than by more than noise."""
    beats: dict[str, set[str]] = {name: set() for pair in pairs for name in (pair.first, pair.second)}
    for pair in pairs:
        if pair.apart:
            ahead = (pair.difference.mean or 0.0) > 0
            better, worse = (pair.first, pair.second) if ahead else (pair.second, pair.first)
            beats[better].add(worse)
    return beats


def _cheapest(safe: Sequence[Candidate], beats: Mapping[str, set[str]]) -> str | None:
    """Return the cheapest safe contestant that no safe one is better than; who has no price comes last."""
    beaten = {name for each in safe for name in beats.get(each.name, set())}
    left = [each for each in safe if each.name not in beaten]
    unknown = Decimal("Infinity")
    chosen = min(
        left, key=lambda each: (unknown if each.cost_usd is None else each.cost_usd, each.name), default=None
    )
    return chosen.name if chosen else None


def _undecided(safe: Sequence[Candidate], cheaper: str | None, detectable: float | None) -> str:
    if cheaper is None:
        return "nobody passed the safety gates, so nobody can be taken"
    if len(safe) == 1:
        return f"no comparison: {cheaper} is the only one that passed the safety gates"
    least = "too few cases to tell anything" if detectable is None else f"a difference below {detectable:.3f}"
    unseen = least if detectable is None else f"{least} would not have been seen"
    return f"no difference: take the cheaper, {cheaper} ({unseen})"


def _all(names: set[str]) -> str:
    first, *rest = sorted(names)
    return first if not rest else f"{', '.join([first, *rest[:-1]])} and {rest[-1]}"


def matrix(by_case: Mapping[str, Sequence[float | None]], case_ids: Sequence[str], trials: int) -> FloatArray:
    """Return scores by case as an array [cases, trials], NaN where there is none."""
    rows = np.full((len(case_ids), trials), np.nan)
    for row, case_id in enumerate(case_ids):
        for column, value in enumerate(by_case.get(case_id, ())[:trials]):
            if value is not None:
                rows[row, column] = value
    return rows
