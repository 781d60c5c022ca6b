"""Which forecasters are to be trained anew, and which are left alone: from records alone.

Drift and decay are called by how a forecaster is faring, age by the calendar. Whatever calls, a training is
followed by a rest, and a month has only so many: a record that has worn off stays in the record of what is
trained next, and would call for it again every evening.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fund.errors import DataError

Cause = Literal["drift", "decay", "age"]
CAUSES: tuple[Cause, ...] = ("drift", "decay", "age")
"""The gravest first."""
Status = Literal["begun", "made", "failed", "stopped"]
MONTH_SESSIONS = 21
AGAIN_SESSIONS = 5
"""How long what failed is left alone."""
MOST_BEGUN = 2
"""How often one is begun after a session where the process died in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How often one cause may call."""

    rest_sessions: int
    """Sessions a forecaster is left alone after any training of it; for age, how old it may grow."""
    per_month: int
    """The most trainings in a month of 21 sessions; 0 never."""

    def __post_init__(self) -> None:
        if self.rest_sessions < 1 or self.per_month < 0:
            raise DataError(
                f"expected a rest of at least 1 session and 0 or more trainings a month, found "
                f"{self.rest_sessions!r} and {self.per_month!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Faring:
    """How one champion or challenger was faring when it was last looked at."""

    version: str
    name: str
    horizon_sessions: int
    place: int
    """0 leads its horizon, 1 is heard, 2 is silent: who is heard more is trained first."""
    causes: Mapping[Cause, str]
    """What calls for a training but age, each in a sentence with its figures."""
    rested_sessions: int
    """Sessions since the newest training of its name and horizon, by whoever ordered it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One step on record of a training that was called for."""

    name: str
    horizon_sessions: int
    cause: Cause
    status: Status
    ago_sessions: int
    """0 for one after this very session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One forecaster to train anew, and why."""

    name: str
    horizon_sessions: int
    cause: Cause
    because_of: str
    """The version that was faring so."""
    why: str


def called(
    faring: Sequence[Faring], attempts: Sequence[Attempt], allowances: Mapping[Cause, Allowance]
) -> tuple[Call, ...]:
    """Return whom to train anew, each name and horizon once, within what each cause is allowed.

    The graver cause comes first, then who is heard more, then who has rested longest.
    """
    left = {cause: _left(cause, attempts, allowances[cause]) for cause in CAUSES}
    found: dict[tuple[str, int], Call] = {}
    ordered = sorted(faring, key=lambda each: (each.place, -each.rested_sessions, each.version))
    for cause in CAUSES:
        for each in ordered:
            key = (each.name, each.horizon_sessions)
            why = _why(each, cause, allowances[cause])
            if why is None or key in found or not left[cause] or _failed_lately(each, attempts):
                continue
            left[cause] -= 1
            found[key] = Call(
                name=each.name,
                horizon_sessions=each.horizon_sessions,
                cause=cause,
                because_of=each.version,
                why=why,
            )
    return tuple(found.values())


def died_in_it(call: Call, attempts: Sequence[Attempt]) -> bool:
    """Tell whether a process has ended without a word in this training as often as it may."""
    mine = [each for each in attempts if _same(call, each) and each.ago_sessions == 0]
    begun = sum(each.status == "begun" for each in mine)
    return begun - sum(each.status != "begun" for each in mine) >= MOST_BEGUN


def _why(faring: Faring, cause: Cause, allowed: Allowance) -> str | None:
    if cause == "age":
        old = faring.rested_sessions > allowed.rest_sessions
        told = (
            f"it was last trained {faring.rested_sessions} sessions ago, {allowed.rest_sessions} is the most"
        )
        return told if old else None
    return faring.causes.get(cause) if faring.rested_sessions >= allowed.rest_sessions else None


def _left(cause: Cause, attempts: Sequence[Attempt], allowed: Allowance) -> int:
    """Return how many may still be called; of what failed, only this evening's counts."""
    used = sum(
        each.cause == cause
        and (
            (each.status == "made" and each.ago_sessions < MONTH_SESSIONS)
            or (each.status == "failed" and each.ago_sessions == 0)
        )
        for each in attempts
    )
    return max(allowed.per_month - used, 0)


def _failed_lately(faring: Faring, attempts: Sequence[Attempt]) -> bool:
    return any(
        _same(faring, each) and each.status == "failed" and each.ago_sessions < AGAIN_SESSIONS
        for each in attempts
    )


def _same(one: Faring | Call, attempt: Attempt) -> bool:
    return (one.name, one.horizon_sessions) == (attempt.name, attempt.horizon_sessions)
