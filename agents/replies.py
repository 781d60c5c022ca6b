"""What goes into the door and what comes out: a role's request, its reply, and its silence."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from agents.answers import Answer
from agents.calls import RecordedCall

AnswerT = TypeVar("AnswerT", bound=Answer)

SilenceCause = Literal["unavailable", "deadline", "budget", "answer"]
"""Unavailable: nobody on the roster answered. Deadline: the cycle ran out of time. Budget: the next
call could cost more than is left today. Answer: two answers in a row did not fit the schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRequest(Generic[AnswerT]):
    """One question to one role: the same request gives the same call keys, so it can be resumed."""

    cycle_id: str
    role: str
    system: str
    brief: str
    answer_type: type[AnswerT]
    allowed_tickers: frozenset[str] | None = None
    """Tickers an answer may speak of; others are dropped with a note. None allows all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Why a role said nothing; silence means hold."""

    cause: SilenceCause
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleReply(Generic[AnswerT]):
    """A role's answer, or its silence with the cause; never an exception."""

    answer: AnswerT | None
    silence: Silence | None
    """None exactly when there is an answer."""
    label: str
    """How to call the speaker wherever its words are shown."""
    notes: tuple[str, ...] = ()
    """What was corrected or went wrong on the way, in words."""
    calls: tuple[RecordedCall, ...] = ()
    """Every call made or replayed for this reply, in order; raw answers included."""
