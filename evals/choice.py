"""Who wins a bakeoff for a role, or that nobody does and the cheaper one will do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.association import holm
from fund.metrics.mcnemar import RightAndWrong, right_and_wrong
from fund.metrics.paired import PairedDifference, case_means, paired_difference, smallest_detectable

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SURE = 0.02
"""An adjusted p above this decides nothing. At 0.05 the same LLM twice would win against itself in one
bakeoff of twenty, which is the very edge of what is promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """What a contestant brings to the choice for one role."""

    name: str
    scores: FloatArray | None
    """The primary score by case and trial, higher is better, NaN where not scorable; None where skipped."""
    failed_gates: tuple[str, ...] = ()
    """Why it may not hold the role, a sentence each; empty where every safety gate passed."""
    cost_usd: Decimal | None = None
    """Per decision; None where unknown, which is never cheaper than what is known."""
    skipped: str | None = None
    """Why it was not asked at all; None where it was."""
    baseline: bool = False
    """A yardstick that no roster can hold: it must be beaten, and is never chosen."""

    def __post_init__(self) -> None:
        if (self.scores is None) != (self.skipped is not None):
            raise DataError(
                f"{self.name}: expected either scores or why it was skipped, found neither or both"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two entrants compared."""

    first: str
    second: str
    difference: PairedDifference
    split: RightAndWrong
    """Who was right where the other was not; its `p_value` is McNemar's, told beside and deciding nothing."""
    adjusted_p: float | None
    """Two-sided, adjusted by Holm for all pairs; None where there were too few cases."""

    @property
    def better(self) -> str | None:
        """Return who is surely better; None where it cannot be told."""
        mean = self.difference.mean
        if self.adjusted_p is None or self.adjusted_p > SURE or not mean:
            return None
        return self.first if mean > 0 else self.second


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One entrant's place in the outcome."""

    name: str
    mean: float | None
    """Of the primary score over the cases it can be scored on; None where skipped or never scorable."""
    cost_usd: Decimal | None
    state: str
    """"passes", "baseline", "skipped: why" or "fails: why"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The outcome of a bakeoff for one role."""

    role: str
    winner: str | None
    """Who beat everybody that passed the gates; None is "no difference"."""
    take: str | None
    """Whom to put in the roster: the winner, or the cheapest that cannot be told from the best."""
    standings: tuple[Standing, ...]
    """The best first, as far as can be told; those without a score last."""
    pairs: tuple[Pair, ...]
    smallest_detectable: float | None
    """The gap that even the least precise decisive pair shows 8 times in 10, at the level asked of it."""
    verdict: str


def choose(role: str, entrants: Sequence[Entrant], *, blocks: IntArray | None = None, seed: int) -> Choice:
    """Compare all pairs that were asked, and say who should hold the role.

    A winner passes its gates and is surely better than every other that passes them, baselines included.
    """
    if len({entrant.name for entrant in entrants}) < len(entrants):
        raise DataError(f"{role}: expected every contestant once, found {[each.name for each in entrants]!r}")
    asked = [entrant for entrant in entrants if entrant.scores is not None]
    pairs = _pairs(asked, blocks, seed)
    passing = [entrant for entrant in asked if not entrant.failed_gates and _scorable(entrant)]
    ranked = sorted(passing, key=lambda each: (-_lead(each, passing, pairs), each.name))
    beaten = {entrant.name: _beaten_by(entrant, passing, pairs) for entrant in passing}
    best = next((each for each in ranked if not each.baseline), None)
    won = best is not None and len(beaten[best.name]) == len(passing) - 1 > 0
    level = [each for each in ranked if best is not None and _level(each.name, best.name, beaten)]
    above = [each.name for each in passing if best is not None and best.name in beaten[each.name]]
    cheapest = min((each for each in level if not each.baseline), key=_cost, default=None)
    effect = _effect(pairs, {entrant.name for entrant in passing})
    return Choice(
        role=role,
        winner=best.name if best is not None and won else None,
        take=cheapest.name if cheapest is not None else None,
        standings=_standings(entrants, ranked),
        pairs=pairs,
        smallest_detectable=effect,
        verdict=_verdict(
            role, entrants, _outcome(level, best if won else None, cheapest, effect), above, effect
        ),
    )


def _pairs(asked: Sequence[Entrant], blocks: IntArray | None, seed: int) -> tuple[Pair, ...]:
    compared: list[tuple[Entrant, Entrant, PairedDifference, RightAndWrong]] = []
    for first, second in combinations(asked, 2):
        if first.scores is not None and second.scores is not None:
            difference = paired_difference(first.scores, second.scores, blocks=blocks, seed=seed)
            split = right_and_wrong(first.scores, second.scores)
            compared.append((first, second, difference, split))
    known = [found.p_value for _, _, found, _ in compared if found.p_value is not None]
    adjusted = iter(holm(known))
    return tuple(
        Pair(
            first=first.name,
            second=second.name,
            difference=found,
            split=split,
            adjusted_p=None if found.p_value is None else next(adjusted),
        )
        for first, second, found, split in compared
    )


def _scorable(entrant: Entrant) -> bool:
    return entrant.scores is not None and bool(np.isfinite(entrant.scores).any())


def _lead(entrant: Entrant, others: Sequence[Entrant], pairs: Sequence[Pair]) -> float:
    """Return how far an entrant is ahead of the others, on average over pairs: never over other cases."""
    names = {each.name for each in others} - {entrant.name}
    leads = [
        (pair.difference if pair.first == entrant.name else pair.difference.reversed).mean
        for pair in pairs
        if entrant.name in (pair.first, pair.second) and names & {pair.first, pair.second}
    ]
    known = [lead for lead in leads if lead is not None]
    return sum(known) / len(known) if known else 0.0


def _beaten_by(entrant: Entrant, others: Sequence[Entrant], pairs: Sequence[Pair]) -> frozenset[str]:
    names = {each.name for each in others}
    ours = [pair for pair in pairs if pair.better == entrant.name]
    return frozenset(pair.second if pair.first == entrant.name else pair.first for pair in ours) & names


def _level(name: str, best: str, beaten: Mapping[str, frozenset[str]]) -> bool:
    return name not in beaten[best] and best not in beaten[name]


def _cost(entrant: Entrant) -> tuple[bool, Decimal]:
    return entrant.cost_usd is None, entrant.cost_usd or Decimal(0)


def _effect(pairs: Sequence[Pair], names: set[str]) -> float | None:
    """Return what the least precise pair of those that may win shows, at the first step of Holm."""
    looks = sum(pair.adjusted_p is not None for pair in pairs)
    errors = [pair.difference.error for pair in pairs if {pair.first, pair.second} <= names]
    known = [error for error in errors if error is not None]
    return smallest_detectable(max(known), level=SURE / looks) if known else None


def _standings(entrants: Sequence[Entrant], ranked: Sequence[Entrant]) -> tuple[Standing, ...]:
    place: Mapping[str, int] = {entrant.name: at for at, entrant in enumerate(ranked)}
    means = {entrant.name: _mean(entrant) for entrant in entrants}

    def order(entrant: Entrant) -> tuple[int, bool, float, str]:
        mean = means[entrant.name]
        return place.get(entrant.name, len(ranked)), mean is None, -(mean or 0.0), entrant.name

    return tuple(
        Standing(name=each.name, mean=means[each.name], cost_usd=each.cost_usd, state=_state(each))
        for each in sorted(entrants, key=order)
    )


def _mean(entrant: Entrant) -> float | None:
    if entrant.scores is None or not _scorable(entrant):
        return None
    return float(np.nanmean(case_means(entrant.scores)))


def _state(entrant: Entrant) -> str:
    if entrant.skipped is not None:
        return f"skipped: {entrant.skipped}"
    if entrant.failed_gates:
        return f"fails: {'; '.join(entrant.failed_gates)}"
    if not _scorable(entrant):
        return "fails: none of its answers could be scored"
    return "baseline" if entrant.baseline else "passes"


def _verdict(
    role: str, entrants: Sequence[Entrant], outcome: str, above: Sequence[str], effect: float | None
) -> str:
    told = f"{role}: {outcome}"
    told += f" Surely better than any of them: {', '.join(above)}." if above else ""
    told += f" A true gap below {effect:.3g} may go unseen." if effect else ""
    for entrant in entrants:
        state = _state(entrant)
        told += f" {entrant.name} {state}." if state.startswith(("skipped", "fails")) else ""
    return told


def _outcome(
    level: Sequence[Entrant], winner: Entrant | None, cheapest: Entrant | None, effect: float | None
) -> str:
    if winner is not None:
        return f"{winner.name} wins: better than every other that passes its gates."
    if cheapest is None:
        return "nobody can be chosen: no contestant passed its gates with a score."
    if len(level) == 1:
        return f"{cheapest.name} is the only one that passes its gates; there was nothing to compare it with."
    names = ", ".join(f"{each.name} (a baseline)" if each.baseline else each.name for each in level)
    cost = "of unknown cost" if cheapest.cost_usd is None else f"${cheapest.cost_usd} a decision"
    told = f"no difference between {names}" if effect is not None else f"too few cases to compare {names}"
    return f"{told}: take the cheaper, {cheapest.name} ({cost})."
