"""The conversation as its listeners see it: a question goes in, events come out."""

from collections.abc import AsyncIterator
from typing import Protocol

from fund.errors import DeskError
from graph.chat_events import (
    BlindDecision,
    Card,
    Chart,
    ChatEvent,
    DecisionRated,
    Failure,
    Progress,
    Source,
    Sources,
    Starter,
    StepFinished,
    StepStarted,
    Table,
    TextToken,
    Ticket,
)
from tools.control import Fate

__all__ = [
    "MAX_QUESTION_CHARACTERS",
    "BlindDecision",
    "Card",
    "Chart",
    "ChatEvent",
    "Conversation",
    "DecisionRated",
    "DeskError",
    "Failure",
    "Fate",
    "Progress",
    "Source",
    "Sources",
    "Starter",
    "StepFinished",
    "StepStarted",
    "Table",
    "TextToken",
    "Ticket",
]

MAX_QUESTION_CHARACTERS = 20_000
"""A longer question is refused before it reaches the conversation."""


class Conversation(Protocol):
    """Answers the owner's questions and carries out what the owner has confirmed."""

    def answer(
        self, thread_id: str, user: str, text: str, *, profile: str | None = None, brief: bool = False
    ) -> AsyncIterator[ChatEvent]:
        """Answer one question as a stream of events; closing the stream stops the work.

        `profile` is one of `profiles()`, `brief` asks for the short form of the answer.
        """
        ...

    def profiles(self) -> tuple[str, ...]:
        """Return who may answer, the usual one first; the offline rules are always among them."""
        ...

    def confirm(self, command_id: str, user: str) -> AsyncIterator[ChatEvent]:
        """Carry out a pending command, once; an unknown, used or expired id answers with a sentence."""
        ...

    def decline(self, command_id: str, user: str) -> AsyncIterator[ChatEvent]:
        """Withdraw a pending command; an unknown, used or expired id answers with a sentence."""
        ...

    async def open_tickets(self, thread_id: str, user: str | None = None) -> tuple[Ticket, ...]:
        """Return the commands of this thread that still wait for a click, and a user's of no thread."""
        ...

    async def fate(self, command_id: str) -> Fate | None:
        """Return how a ticket stands; None for one that is unknown."""
        ...

    def going_on(self, thread_id: str) -> AsyncIterator[ChatEvent] | None:
        """Watch what was begun in a thread and goes on in the background, None where nothing does."""
        ...

    def rate(self, row: str, rating: str, user: str) -> AsyncIterator[ChatEvent]:
        """Keep what a user says of a decision shown blind; what cannot be rated answers with a sentence."""
        ...

    async def open_decision(self, user: str) -> BlindDecision | None:
        """Return the decision that a user's blind sheet is at, None without one."""
        ...

    def greeting(self) -> str:
        """Say in one plain line which mode the desk is in and where its clock stands."""
        ...

    def starters(self) -> tuple[Starter, ...]:
        """Return the questions offered on an empty page."""
        ...

    async def forget(self, thread_id: str) -> None:
        """Delete what is remembered of a thread that its owner has deleted."""
        ...
