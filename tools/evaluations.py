"""How the desk's nightly evaluations went: each night's scores, and what was changed before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import Engine

from db.engine import in_transaction
from db.eval_nights import EvalNight, EvalNights

MOST = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class NightChanges:
    """What was not as it was in the night before."""

    day: date
    changed: tuple[str, ...]
    """program, prompts, or the cases of a dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluations:
    """Nights, the newest first, and what changed between them."""

    nights: tuple[EvalNight, ...]
    changes: tuple[NightChanges, ...]
    """Of those nights alone before which something changed, the newest first."""


class EvaluationTools:
    """Questions about how well the desk decides."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def evaluations(self, nights: int = 7) -> Evaluations:
        """Say how the nightly evaluations of the desk went: scores beside the baseline, worst cases, cost.

        A score is a mean over frozen cases of the past with its 95 % interval; scores of two datasets are not
        comparable.

        Args:
            nights: how many of the last nights, 1 to 366.
        """
        count = max(1, min(nights, MOST))
        found = in_transaction(self._engine, lambda connection: EvalNights(connection).latest(count + 1))
        changes = tuple(_changes(later, earlier) for later, earlier in pairwise(found))
        return Evaluations(nights=found[:count], changes=tuple(each for each in changes if each.changed))


def _changes(later: EvalNight, earlier: EvalNight) -> NightChanges:
    """Return what changed; what a night of before did not say is no change."""
    told = (
        ("program", earlier.commit_id, later.commit_id),
        ("prompts", earlier.prompts, later.prompts),
    )
    changed = [name for name, was, now in told if was and now and was != now]
    was = _digests(earlier)
    cases = [
        f"cases of {name}" for name, digest in _digests(later).items() if was.get(name, digest) != digest
    ]
    return NightChanges(day=later.day, changed=(*changed, *cases))


def _digests(night: EvalNight) -> dict[str, str]:
    return {score.dataset: score.digest for score in night.scores}


def contestants_of(nights: Sequence[EvalNight]) -> tuple[tuple[str, str], ...]:
    """Return every dataset and contestant of some nights, in the order in which they are shown."""
    return tuple(sorted({(score.dataset, score.contestant) for night in nights for score in night.scores}))
