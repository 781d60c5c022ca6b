"""Decisions rated blind by people: what a conversation asks of whoever keeps the sheets."""

from dataclasses import dataclass
from typing import Protocol

from graph.chat_events import BlindDecision, DecisionRated


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedContestant:
    """How often each word was said of one contestant's decisions, by all who have rated the whole sheet."""

    contestant: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingStanding:
    """Where a rater stands with a sheet; who decided is told only once every decision is rated."""

    experiment: str
    seed: int
    """Of the draw: the same seed draws the same decisions again."""
    rated: int
    of: int
    following: BlindDecision | None
    """The first decision that is not rated yet; None once all are."""
    just: DecisionRated | None = None
    """What has just been said."""
    raters: tuple[str, ...] = ()
    """Who has rated the whole sheet; told at the end, as all that follows."""
    contestants: tuple[RatedContestant, ...] = ()
    agreement: tuple[str, ...] = ()
    """How far each two raters agree, with n and interval; empty for a single one."""


class Ratings(Protocol):
    """Keeps sheets under their raters' names; every method may block."""

    def begin(self, rater: str, seed: int | None = None) -> RatingStanding:
        """Go on with the rater's sheet, or begin one: another rater's before a new draw.

        Raises `QueryRefusedError` where there are no decisions to draw from.
        """
        ...

    def rate(self, rater: str, row: str, rating: str) -> RatingStanding:
        """Keep what a rater says of a decision, once.

        Raises `QueryRefusedError` for a decision that is not of the rater's sheet or is rated already, and
        for a word that is none.
        """
        ...

    def open_decision(self, rater: str) -> BlindDecision | None:
        """Return the decision that a rater's unfinished sheet is at, None without one."""
        ...

    def finished(self, rater: str) -> RatingStanding:
        """Return what came of the last sheet that a rater has finished; `QueryRefusedError` without one."""
        ...
