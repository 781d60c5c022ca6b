"""Several pickers heard as one: their lists merged by weight, each name once, with what each said of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from fund.discovery.candidate import Candidate

ENSEMBLE: Final = "ensemble"
PRIOR_SESSIONS = 60.0
"""Independent sessions of record at which half of a picker's measured edge is believed."""
STEEPNESS = 5.0
"""How much a shrunk edge of one standard deviation counts."""
MOST_SAID = 0.7
"""No record moves a weight by more than the factor e to this, about two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerRecord:
    """What a picker's names earned so far in excess of the universe's own mean."""

    picker: str
    sessions: int
    """Independent ones: no two of them a horizon or less apart."""
    mean: float
    """Mean over sessions of the mean excess return of its names, as a fraction."""
    deviation: float
    """Standard deviation of the sessions' means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One name of the merged list."""

    ticker: str
    score: float
    """From 0 to 1: the weighted mean of its places in the lists."""
    rank: int
    """From 1."""
    said: tuple[Candidate, ...]
    """What each picker that gave it said, the pickers in the order of their names."""


def ensemble_weights(pickers: Iterable[str], records: Iterable[PickerRecord]) -> dict[str, float]:
    """Return each picker's weight; they sum to 1 and are equal where nothing is measured.

    A picker p with n independent sessions, mean excess m and deviation s between sessions has the shrunk edge
    e = (m / s) n / (n + 60); its weight is proportional to exp(5 e), where 5 e is held between -0.7 and 0.7.
    So without a record, or with one that is noise, all weigh the same, and the best record there is weighs
    about four times as much as the worst.
    """
    known = {record.picker: record for record in records}
    raw = {name: math.exp(_said_for(known.get(name))) for name in sorted(set(pickers))}
    total = sum(raw.values())
    return {name: value / total for name, value in raw.items()}


def _said_for(record: PickerRecord | None) -> float:
    if record is None or record.sessions < 2 or not record.deviation > 0:
        return 0.0
    edge = record.mean / record.deviation * record.sessions / (record.sessions + PRIOR_SESSIONS)
    return min(max(STEEPNESS * edge, -MOST_SAID), MOST_SAID)


def merged(
    picks: Mapping[str, Sequence[Candidate]], weights: Mapping[str, float], count: int
) -> tuple[Suggestion, ...]:
    """Return up to `count` names of several lists, each name once, the best first, ties by ticker.

    A name's score is the mean over the pickers that gave a list, by their weights, of (k - i) / k, where i is
    its place in the list of k from 0, and 0 where the list does not have it: places, because scores of
    different pickers do not compare. A list names each ticker once.
    """
    spoke = {name: tuple(each) for name, each in sorted(picks.items()) if each and weights.get(name, 0.0) > 0}
    total = sum(weights[name] for name in spoke)
    scores: dict[str, float] = {}
    said: dict[str, list[Candidate]] = {}
    for name, listed in spoke.items():
        for place, candidate in enumerate(listed):
            part = weights[name] / total * (len(listed) - place) / len(listed)
            scores[candidate.ticker] = scores.get(candidate.ticker, 0.0) + part
            said.setdefault(candidate.ticker, []).append(candidate)
    ordered = sorted(scores, key=lambda ticker: (-scores[ticker], ticker))[: max(count, 0)]
    return tuple(
        Suggestion(ticker=ticker, score=scores[ticker], rank=rank, said=tuple(said[ticker]))
        for rank, ticker in enumerate(ordered, start=1)
    )


def overlap(picks: Mapping[str, Sequence[Candidate]]) -> float | None:
    """Return how alike the lists are: the mean over pairs of the share of names in both of those in either.

    None where fewer than two pickers gave a list. Source: Jaccard (1912), "The Distribution of the Flora in
    the Alpine Zone", New Phytologist 11.
    """
    lists = [{each.ticker for each in listed} for _, listed in sorted(picks.items()) if listed]
    shares = [len(one & other) / len(one | other) for one, other in combinations(lists, 2)]
    return sum(shares) / len(shares) if shares else None
