"""The conversation as a contestant: one thread a case and trial, nothing confirmed, nothing left behind."""

from collections.abc import Sequence
from contextlib import aclosing

from evals.case import Case
from evals.chat_answers import answer_of
from evals.chat_calls import calls_overheard
from evals.chat_tools import RULES_PROPOSE
from evals.door_contestant import output_of
from evals.trial import Output
from graph.chat import LLM_SILENT, OFFLINE, DeskConversation
from graph.chat_events import ChatEvent, StepFinished, StepStarted, Ticket
from graph.overheard import results_overheard

OWNER = "owner"


class ChatContestant:
    """Puts the turns of a case to one profile of a conversation.

    An answer of the rules is cut off once they have proposed something: a short advance would otherwise be
    carried out by the owner's own words. Every ticket is withdrawn and every thread forgotten.
    """

    def __init__(self, conversation: DeskConversation, profile: str = OFFLINE, *, user: str = OWNER) -> None:
        self.name = profile
        self._conversation, self._user = conversation, user

    async def answer(self, case: Case, number: int) -> Output:
        """Answer the last turn of a case, after the others."""
        thread = f"evals/{self.name}/{case.case_id}#{number}"
        *earlier, last = case.given["turns"]
        try:
            with calls_overheard() as calls:
                for turn in earlier:
                    await self._heard(thread, turn)
                waiting = {ticket.command_id for ticket in await self._conversation.open_tickets(thread)}
                with results_overheard() as results:
                    events = await self._heard(thread, last)
            opened = await self._opened(thread, events, waiting)
            fates = [await self._conversation.fate(ticket.command_id) for ticket in opened]
            done = sum(fate != "pending" for fate in fates)
        finally:
            await self._swept(thread)
        answer = answer_of(events, opened, done, results, last)
        silent = self.name != OFFLINE and answer["text"].startswith(LLM_SILENT)
        return output_of(None if silent else answer, answer["text"] if silent else None, calls)

    async def _heard(self, thread: str, text: str) -> list[ChatEvent]:
        """Return the events of an answer, up to the rules' first proposal."""
        heard: list[ChatEvent] = []
        proposals: set[str] = set()
        async with aclosing(self._conversation.answer(thread, self._user, text, profile=self.name)) as events:
            async for event in events:
                heard.append(event)
                if isinstance(event, StepStarted) and event.name == RULES_PROPOSE:
                    proposals.add(event.step_id)
                if isinstance(event, StepFinished) and event.step_id in proposals and not event.failed:
                    break
        return heard

    async def _opened(self, thread: str, events: Sequence[ChatEvent], before: set[str]) -> list[Ticket]:
        """Return the tickets of a turn: those it has shown, and those that wait without having been."""
        shown = {event.command_id: event for event in events if isinstance(event, Ticket)}
        waiting = {ticket.command_id: ticket for ticket in await self._conversation.open_tickets(thread)}
        return [ticket for key, ticket in {**shown, **waiting}.items() if key not in before]

    async def _swept(self, thread: str) -> None:
        """Withdraw the tickets of a thread, and forget it."""
        for ticket in await self._conversation.open_tickets(thread):
            async with aclosing(self._conversation.decline(ticket.command_id, self._user)) as events:
                async for _ in events:
                    pass
        await self._conversation.forget(thread)
