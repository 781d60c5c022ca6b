"""The circuit breaker: what stops trading at a close, and what may only ever be tightened by a machine.

Closed lets everything pass; reducing asks the strategy but lets nothing grow; open does not ask it. A
kill switch is open and latched. Nothing here loosens: that takes a person (`fund.risk.resumption`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Literal, TypeVar

from fund.errors import ConfigError
from fund.portfolio.session_mark import SessionMark

State = Literal["closed", "reducing", "open"]
Cause = Literal[
    "none",
    "owner",
    "kill_switch",
    "daily_loss",
    "drawdown",
    "reject_streak",
    "ledger",
    "stale_data",
    "llm_budget",
]
STRICTNESS: Mapping[State, int] = {"closed": 0, "reducing": 1, "open": 2}
CAUSES: Mapping[Cause, str] = {
    "none": "nothing",
    "owner": "the owner's pause",
    "kill_switch": "the kill switch",
    "daily_loss": "the daily loss",
    "drawdown": "the drawdown",
    "reject_streak": "orders that came to nothing",
    "ledger": "books that do not add up",
    "stale_data": "stale data",
    "llm_budget": "the LLM budget",
}
"""Each cause in words."""
BY_ITSELF: frozenset[Cause] = frozenset(
    {"daily_loss", "drawdown", "reject_streak", "stale_data", "llm_budget"}
)
"""Causes after which the desk may propose to resume; a person's own stop and wrong books are a person's."""
LARGEST_SHARPE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerLevels:
    """What trips the breaker, and what is asked for before a resume is proposed; set in the mandate only.

    Fractions are of equity, but `stale_fraction`, which is of the names held.
    """

    daily_loss: Decimal
    """A session that loses this much or more opens."""
    drawdown: Decimal
    """This far below the peak opens."""
    reduce_drawdown: Decimal
    """This far below the peak lets positions only shrink; at `drawdown`, there is no such stage."""
    rejects_in_a_row: int
    """So many orders in a row that came to nothing open."""
    stale_fraction: Decimal
    """More than this share of the names held without a price of the session opens."""
    resume_drawdown: Decimal
    resume_winning_sessions: int
    """Winning sessions, not trades: while the breaker is open no trade closes, so none could ever be won."""
    resume_sharpe: Decimal
    """Yearly, over `resume_sharpe_sessions` sessions."""
    resume_sharpe_sessions: int

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name == "resume_sharpe":
                if not (value.is_finite() and abs(value) <= LARGEST_SHARPE):
                    raise ConfigError(
                        f"breaker.{item.name} must be between -{LARGEST_SHARPE} and {LARGEST_SHARPE}, "
                        f"was {value}"
                    )
            elif isinstance(value, Decimal):
                if not (value.is_finite() and 0 < value <= 1):
                    raise ConfigError(f"breaker.{item.name} must be above 0 and at most 1, was {value}")
            elif not _FEWEST.get(item.name, 1) <= value <= 10_000:
                raise ConfigError(
                    f"breaker.{item.name} must be between {_FEWEST.get(item.name, 1)} and 10000, was {value}"
                )
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        if self.reduce_drawdown > self.drawdown:
            raise ConfigError(
                f"breaker.reduce_drawdown ({self.reduce_drawdown}) cannot be above breaker.drawdown "
                f"({self.drawdown}): positions would stop growing after trading has stopped"
            )
        if self.resume_drawdown > self.reduce_drawdown:
            raise ConfigError(
                f"breaker.resume_drawdown ({self.resume_drawdown}) cannot be above breaker.reduce_drawdown "
                f"({self.reduce_drawdown}): what is resumed there would be stopped again at once"
            )


_FEWEST = {"resume_sharpe_sessions": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """How the breaker stands; every change makes a new version."""

    state: State = "closed"
    cause: Cause = "none"
    latched: bool = False
    """A kill switch: only a person's resume ends it, and the desk never proposes one."""
    version: int = 0
    session: date | None = None
    """The last session that had been played when it changed; None before the first."""
    drawdown_from: date | None = None
    """The close from which the peak counts: that of a resume approved in spite of the drawdown."""

    @property
    def label(self) -> str:
        """Return state and version, as records keep them: closed@3."""
        return f"{self.state}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A tightening: to which state, by what, in a sentence, with the figure and the level it passed."""

    state: State
    cause: Cause
    reason: str
    value: float | None = None
    level: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What is known at a close, as far as it can stop trading."""

    marks: Sequence[SessionMark]
    """Closes, oldest first; the last is this one, and those since `BreakerState.drawdown_from` are there."""
    rejects_in_a_row: int = 0
    """The last orders of the present state that ended without any fill."""
    benchmark_priced: bool = True
    books_differ: str = ""
    """The first finding of a replay of the journal; empty when the books add up."""
    budget_refused: str = ""
    """Why the cycle was held for want of LLM budget; empty when it was not, or when the budget is 0."""


S = TypeVar("S", bound=BreakerState)


def assess(standing: BreakerState, levels: BreakerLevels, facts: SessionFacts) -> Trip | None:
    """Return what tightens the breaker at a close, None where nothing does.

    Never loosens: a trip's state is stricter than the present one. Wrong books are told even where
    trading has stopped for another reason, but for a kill switch. Deposits and withdrawals change no
    unit value, so they neither make nor hide a loss (INV-12); a unit value that is no number stops
    trading like any other wrong book.
    """
    found = list(_trips(standing, levels, facts))
    strictest = max(found, key=lambda trip: STRICTNESS[trip.state], default=None)
    return strictest if strictest is not None and tightens(standing, strictest) else None


def tightens(standing: BreakerState, trip: Trip) -> bool:
    """Say whether a trip changes anything: it is stricter, or tells of wrong books where nothing did."""
    news = trip.cause == "ledger" != standing.cause and not standing.latched and trip.state == "open"
    return news or STRICTNESS[trip.state] > STRICTNESS[standing.state]


def tripped(standing: S, trip: Trip, session: date | None) -> S:
    """Return the state after a trip at the close of a session."""
    return replace(
        standing, state=trip.state, cause=trip.cause, version=standing.version + 1, session=session
    )


def drawdown_of(marks: Sequence[SessionMark], since: date | None) -> tuple[float, int]:
    """Return how far the last close is below the peak, as a fraction >= 0, and the closes it is taken over.

    The peak counts from the close `since`, or from the start.
    """
    counted = [mark.unit_value for mark in marks if since is None or mark.session >= since]
    peak = max([*counted, marks[-1].peak]) if since is None else max(counted)
    return 1.0 - marks[-1].unit_value / peak, len(counted)


def session_return(marks: Sequence[SessionMark]) -> float:
    """Return what the last session brought, as a fraction; a book begins at a unit value of 1."""
    before = marks[-2].unit_value if len(marks) > 1 else 1.0
    return marks[-1].unit_value / before - 1.0


def _trips(standing: BreakerState, levels: BreakerLevels, facts: SessionFacts) -> Iterator[Trip]:
    """Yield everything that asks for a stricter state, the gravest first."""
    if facts.books_differ:
        yield Trip(state="open", cause="ledger", reason=f"the books do not add up: {facts.books_differ}")
    if facts.marks:
        if any(not (isfinite(m.unit_value) and m.unit_value > 0) for m in facts.marks):
            reason = f"the value of the book at {facts.marks[-1].session.isoformat()} is no number above 0"
            yield Trip(state="open", cause="ledger", reason=reason)
            return
        yield from _losses(standing, levels, facts)
        yield from _staleness(levels, facts)
    if facts.rejects_in_a_row >= levels.rejects_in_a_row:
        yield Trip(
            state="open",
            cause="reject_streak",
            reason=f"the last {facts.rejects_in_a_row} orders came to nothing, the mandate stops at "
            f"{levels.rejects_in_a_row}",
            value=float(facts.rejects_in_a_row),
            level=float(levels.rejects_in_a_row),
        )
    if facts.budget_refused:
        yield Trip(state="open", cause="llm_budget", reason=facts.budget_refused)


def _losses(standing: BreakerState, levels: BreakerLevels, facts: SessionFacts) -> Iterator[Trip]:
    day = facts.marks[-1].session.isoformat()
    fall, _ = drawdown_of(facts.marks, standing.drawdown_from)
    loss = -session_return(facts.marks)
    if fall >= levels.drawdown:
        words = (
            f"the book stood {fall:.2%} below its peak at {day}, the mandate stops at {levels.drawdown:.2%}"
        )
        yield Trip(state="open", cause="drawdown", reason=words, value=fall, level=float(levels.drawdown))
    if loss >= levels.daily_loss:
        words = (
            f"the book lost {loss:.2%} in the session of {day}, the mandate stops at {levels.daily_loss:.2%}"
        )
        yield Trip(state="open", cause="daily_loss", reason=words, value=loss, level=float(levels.daily_loss))
    if levels.reduce_drawdown <= fall < levels.drawdown:
        level = levels.reduce_drawdown
        words = f"the book stood {fall:.2%} below its peak at {day}, from {level:.2%} on it may only shrink"
        yield Trip(state="reducing", cause="drawdown", reason=words, value=fall, level=float(level))


def _staleness(levels: BreakerLevels, facts: SessionFacts) -> Iterator[Trip]:
    last = facts.marks[-1]
    if not facts.benchmark_priced:
        reason = f"the benchmark has no bar of {last.session.isoformat()}"
        yield Trip(state="open", cause="stale_data", reason=reason)
    if (share := stale_share(last)) is not None and share > levels.stale_fraction:
        stale = sum(position.stale for position in last.positions)
        reason = (
            f"{stale} of {len(last.positions)} names held had no price of {last.session.isoformat()}, "
            f"the mandate stops above {levels.stale_fraction:.2%}"
        )
        level = float(levels.stale_fraction)
        yield Trip(state="open", cause="stale_data", reason=reason, value=share, level=level)


def stale_share(mark: SessionMark) -> float | None:
    """Return the share of the names held that have no price of the session; None where nothing is held."""
    if not mark.positions:
        return None
    return sum(position.stale for position in mark.positions) / len(mark.positions)
