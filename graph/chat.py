"""The conversation: a question in, events out; the same desk whether rules or an LLM answer."""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from math import inf
from time import perf_counter
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from db.record_codec import to_plain
from fund.clock import Clock, SystemClock
from fund.errors import DeskError
from graph.answering import refused
from graph.chat_events import BlindDecision, ChatEvent, Failure, Starter, TextToken, Ticket
from graph.chat_graph import Turn, build_chat, chat_thread
from graph.desk_tools import DeskTools
from graph.examples.likeness import Likeness
from graph.intent import Intent
from graph.orders.confirmation import confirmation
from graph.orders.rating import RatingWord, read_rating
from graph.plans.control_plans import ticket_of
from graph.plans.plan import OwnersWord
from graph.provenance import with_sources
from graph.replies.bakeoff import end_reply
from graph.replies.brief import in_brief
from graph.replies.desk import advanced_reply, greeting_of, which_ticket_reply
from graph.replies.hearing import hearing_reply
from graph.replies.phrases import say
from graph.replies.rating import begun_reply, finished_reply, later_reply, rated_reply
from graph.streaming import Streamed
from tools.control import Confirmed, Fate

log = logging.getLogger("conclave.chat")
STEP_LIMIT = 10
STARTERS = (
    Starter(label="What do we hold?", message="What do we hold and why?"),
    Starter(label="How are we doing?", message="How are we doing?"),
    Starter(label="The last decision", message="What did you decide last session?"),
    Starter(label="The market", message="How is the market?"),
)
NEXT_SESSION = Starter(label="Run the next session", message="Run the next session")
MORE = (
    Starter(label="Limits", message="How much of our limits is used?"),
    Starter(label="Stress test", message="Stress test the book"),
    Starter(label="What can I ask?", message="What can you do?"),
)
OFFLINE = "Offline rules"
"""The profile that answers without an LLM."""
LLM_SILENT = "The LLM did not answer"
"""Begins an answer that the rules gave in the place of an LLM."""
Events = AsyncGenerator[ChatEvent, None]


class Assistant(Protocol):
    """Answers with an LLM over the same tools."""

    def answer(
        self, thread_id: str, user: str, text: str, *, brief: bool = False
    ) -> AsyncIterator[ChatEvent]:
        """Answer one question as a stream of events; raises when the LLM cannot be reached."""
        ...

    async def forget(self, thread_id: str) -> None:
        """Delete what is remembered of a thread."""
        ...


class DeskConversation:
    """Answers the owner, opens tickets for control actions and carries out what was confirmed."""

    def __init__(
        self,
        tools: DeskTools,
        checkpointer: BaseCheckpointSaver[Any],
        *,
        assistants: Mapping[str, Assistant] | None = None,
        likeness: Likeness | None = None,
        clock: Clock | None = None,
        new_log_id: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        """`assistants` are the LLMs that may answer, by the name of their profile, the usual one first."""
        self._tools = tools
        self._checkpointer = checkpointer
        self._assistants = dict(assistants or {})
        self._clock = clock or SystemClock()
        self._new_log_id = new_log_id
        self._under_way, self._last_ended = 0, -inf
        self._chat = build_chat(tools, checkpointer, likeness or Likeness())

    @property
    def idle_seconds(self) -> float:
        """Return how long nobody has waited for an answer: 0 while somebody does, inf before the first."""
        return 0.0 if self._under_way else perf_counter() - self._last_ended

    def answer(
        self, thread_id: str, user: str, text: str, *, profile: str | None = None, brief: bool = False
    ) -> Events:
        """Answer one question as a stream of events; closing the stream stops the work.

        A typed `confirm <id>` is the owner's own word and never passes through an LLM; a bare yes may
        answer something an LLM has asked, and confirms nothing. No LLM sees what is rated blind.

        Args:
            thread_id: The thread the question belongs to.
            user: Who asks.
            text: The question.
            profile: One of `profiles()`; left out, the first of them.
            brief: Whether a short answer is wanted.
        """
        if (word := read_rating(text)) is not None:
            return self._told(self._rated(word, user))
        assistant = self._assistant(profile)
        typed = confirmation(text)
        if typed is not None and (typed.command_id is not None or assistant is None):
            return self._told(self._typed(typed, thread_id, user))
        if assistant is not None:
            return self._told(self._assisted(assistant, thread_id, user, text, brief))
        offline = self._offline(thread_id, user, text)
        return self._told(in_brief(offline) if brief else offline)

    def profiles(self) -> tuple[str, ...]:
        """Return who may answer, the usual one first; the offline rules are always among them."""
        return (*self._assistants, OFFLINE)

    def confirm(self, command_id: str, user: str) -> Events:
        """Carry out a pending command, once; an unknown, used or expired id answers with a sentence."""
        return self._told(self._confirmed(command_id, user))

    def decline(self, command_id: str, user: str) -> Events:
        """Withdraw a pending command; an unknown, used or expired id answers with a sentence."""
        return self._told(self._declined(command_id, user))

    def rate(self, row: str, rating: str, user: str) -> Events:
        """Keep what a user says of a decision shown blind, and put up the next."""
        return self._told(self._rated(RatingWord(what="rate", row=row, rating=rating), user))

    async def open_decision(self, user: str) -> BlindDecision | None:
        """Return the decision that a user's blind sheet is at, None without one."""
        return await asyncio.to_thread(self._tools.ratings.open_decision, user)

    async def open_tickets(self, thread_id: str, user: str | None = None) -> tuple[Ticket, ...]:
        """Return the commands of this thread that still wait for a click, and a user's of no thread."""
        pending = await asyncio.to_thread(self._tools.control.open_commands, thread_id, user)
        return tuple(ticket_of(each) for each in pending)

    async def fate(self, command_id: str) -> Fate | None:
        """Return how a ticket stands; None for one that is unknown."""
        return await asyncio.to_thread(self._tools.control.fate, command_id)

    def going_on(self, thread_id: str) -> Events | None:
        """Watch the bakeoff that was asked for in a thread and is under way, None without one."""
        command_id = self._tools.desk.bakeoff_of(thread_id)
        return None if command_id is None else self._told(self._watched(command_id))

    def greeting(self) -> str:
        """Say in one plain line which mode the desk is in and where its clock stands."""
        return greeting_of(self._tools.desk.status(), offline=not self._assistants)

    def starters(self) -> tuple[Starter, ...]:
        """Return the questions offered on an empty page; only a replay can be run on."""
        replay = self._tools.desk.status().mode == "replay"
        return (*STARTERS[:3], NEXT_SESSION, *MORE) if replay else (*STARTERS, *MORE)

    async def forget(self, thread_id: str) -> None:
        """Delete what is remembered of a thread that its owner has deleted."""
        await self._checkpointer.adelete_thread(chat_thread(thread_id))
        for assistant in self._assistants.values():
            await assistant.forget(thread_id)

    def _assistant(self, profile: str | None) -> Assistant | None:
        """Return the LLM of a profile, None for the rules; a profile that has gone means the usual one."""
        if profile == OFFLINE:
            return None
        usual = next(iter(self._assistants.values()), None)
        return self._assistants.get(profile, usual) if profile is not None else usual

    def _told(self, events: Events) -> Events:
        return with_sources(self._guarded(events), self._clock, self._tools.as_of)

    async def _guarded(self, events: Events) -> Events:
        """Turn what the desk knows into sentences, and anything else into a log id."""
        self._under_way += 1
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        except DeskError as error:
            for event in refused(error):
                yield event
        except Exception:  # noqa: BLE001 - the chat turn is one of the house's three edges
            yield self._failed("an answer failed")
        finally:
            self._under_way, self._last_ended = self._under_way - 1, perf_counter()

    def _failed(self, what: str) -> Failure:
        log_id = self._new_log_id()
        log.exception("%s [%s]", what, log_id)
        return Failure(text="Something went wrong inside the desk, and the answer ends here.", log_id=log_id)

    def _typed(self, intent: Intent, thread_id: str, user: str) -> Events:
        if intent.command_id is None:
            return self._bare_word(thread_id, "confirm" if intent.name == "confirm" else "decline")
        act = self._confirmed if intent.name == "confirm" else self._declined
        return act(intent.command_id, user)

    async def _bare_word(self, thread_id: str, verb: str) -> Events:
        pending = await asyncio.to_thread(self._tools.control.open_commands, thread_id)
        for event in which_ticket_reply(pending, verb):
            yield event

    async def _offline(self, thread_id: str, user: str, text: str) -> Events:
        config: RunnableConfig = {
            "configurable": {"thread_id": chat_thread(thread_id)},
            "recursion_limit": STEP_LIMIT,
        }
        stream = self._chat.astream(
            {"question": text},
            config,
            context=Turn(user=user, thread_id=thread_id),
            stream_mode="custom",
            durability="async",
        )
        words: list[OwnersWord] = []
        async for event in stream:
            if isinstance(event, OwnersWord):
                words.append(event)
            else:
                yield event  # type: ignore[misc]
        for word in words:
            async with aclosing(self._confirmed(word.command_id, user)) as events:
                async for done in events:
                    yield done

    async def _assisted(
        self, assistant: Assistant, thread_id: str, user: str, text: str, brief: bool
    ) -> Events:
        """Let the LLM answer; if it fails before a word was said, the rules answer instead."""
        spoken = False
        try:
            async for event in assistant.answer(thread_id, user, text, brief=brief):
                spoken = spoken or isinstance(event, TextToken | Ticket)
                yield event
            return
        except DeskError as error:
            problem = str(error)
        except Exception:  # noqa: BLE001 - providers fail in ways of their own; part of the chat turn's edge
            failure = self._failed("the LLM failed")
            problem = f"log id {failure.log_id}"
        if spoken:
            for event in say(f"\n\nThe LLM broke off here ({problem}); ask again."):
                yield event
            return
        for event in say(f"{LLM_SILENT} ({problem}), so the desk's offline rules do. "):
            yield event
        async for event in self._offline(thread_id, user, text):
            yield event

    async def _confirmed(self, command_id: str, user: str) -> Events:
        command = await asyncio.to_thread(self._tools.control.confirm, command_id, user)
        carried_out = {"advance": self._advanced, "cycle": self._heard, "evaluate": self._evaluated}.get(
            command.action
        )
        if carried_out is None:
            for said in say(command.sentence):
                yield said
            return
        async with aclosing(carried_out(command)) as events:
            async for event in events:
                yield event

    async def _advanced(self, command: Confirmed) -> Events:
        """Play on, passing each step along as it happens; closing the stream cancels the rest."""
        sessions = command.sessions or 1
        work = Streamed(lambda on_event: self._tools.desk.advance(sessions, on_event))
        async with aclosing(work.events()) as events:
            async for event in events:
                yield event
        await asyncio.to_thread(self._tools.control.note_result, command.command_id, to_plain(work.result))
        for said in advanced_reply(work.result, sessions):
            yield said

    async def _heard(self, command: Confirmed) -> Events:
        """Let the committee speak, passing each step along; closing the stream ends the hearing."""
        hearing_id, tickers = f"hearing-{command.command_id}", command.tickers
        work = Streamed(lambda on_event: self._tools.desk.hear(hearing_id, tickers, on_event))
        async with aclosing(work.events()) as events:
            async for event in events:
                yield event
        await asyncio.to_thread(self._tools.control.note_result, command.command_id, to_plain(work.result))
        for said in hearing_reply(work.result):
            yield said

    def _evaluated(self, command: Confirmed) -> Events:
        """Run the bakeoff; its own room keeps what came of it."""
        return self._watched(command.command_id)

    async def _watched(self, command_id: str) -> Events:
        """Pass on how far a bakeoff is, and say what came of it; closing the stream cancels it."""
        work = Streamed(lambda on_event: self._tools.desk.evaluate(command_id, on_event))
        self._under_way -= 1  # It may take hours, in which nobody waits for a word.
        try:
            async with aclosing(work.events()) as events:
                async for event in events:
                    yield event
        finally:
            self._under_way += 1
        for said in end_reply(work.result):
            yield said

    async def _rated(self, word: RatingWord, user: str) -> Events:
        ratings = self._tools.ratings
        if word.what == "later":
            told = later_reply()
        elif word.what == "begin":
            told = begun_reply(await asyncio.to_thread(ratings.begin, user, word.seed))
        elif word.what == "rate":
            told = rated_reply(await asyncio.to_thread(ratings.rate, user, word.row, word.rating))
        else:
            told = finished_reply(await asyncio.to_thread(ratings.finished, user))
        for event in told:
            yield event

    async def _declined(self, command_id: str, user: str) -> Events:
        sentence = await asyncio.to_thread(self._tools.control.decline, command_id, user)
        for event in say(sentence):
            yield event
