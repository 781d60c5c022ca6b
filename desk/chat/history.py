"""Chainlit's view of the chat's history: its data layer over our own tables."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from uuid import uuid4

from chainlit.data.base import BaseDataLayer
from chainlit.data.utils import queue_until_user_message
from chainlit.element import Element, ElementDict
from chainlit.step import StepDict
from chainlit.types import (
    Feedback,
    PageInfo,
    PaginatedResponse,
    Pagination,
    ThreadDict,
    ThreadFilter,
)
from chainlit.user import PersistedUser, User
from sqlalchemy.exc import SQLAlchemyError

from desk.chat.asker import asker, note_asker
from desk.chat.rows import element_dict, element_row, step_row, thread_dict, user_of
from desk.chat.store import ChatStore
from desk.chat.trace import QUESTION_CHARACTERS, Trace
from fund.clock import Clock, SystemClock
from fund.errors import DeskError, QueryRefusedError

log = logging.getLogger(__name__)


_MAX_PAGE = 100
_MOST_OWNERS = 5_000
SETTINGS = "chat_settings"
_Method = TypeVar("_Method", bound=Callable[..., Any])
_queued: Callable[[_Method], _Method] = queue_until_user_message()  # type: ignore[no-untyped-call]


class ChatHistory(BaseDataLayer):
    """Keeps every user, thread, step, element and opinion; writes happen in the order they were asked for.

    Whatever is asked on behalf of a user reads and writes that user's threads only.

    Chainlit writes steps in tasks that nobody awaits: a failing one is logged here and counted in
    `failed_writes`, and `drain` waits for those still under way.
    """

    def __init__(
        self, store: ChatStore, *, on_delete: Callable[[str], Any], clock: Clock | None = None
    ) -> None:
        self._store = store
        self._on_delete = on_delete
        self._clock = clock or SystemClock()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._owners: dict[str, str] = {}
        self.failed_writes = 0

    async def get_user(self, identifier: str) -> PersistedUser | None:
        """Return the user of this name, if there is one; Chainlit asks it of every login it accepts."""
        note_asker(identifier)
        row = await asyncio.to_thread(self._store.user, identifier)
        return None if row is None else user_of(row)

    async def create_user(self, user: User) -> PersistedUser | None:
        """Return the user of this name, made now if there was none."""
        note_asker(user.identifier)
        row = await asyncio.to_thread(
            self._store.ensure_user,
            user.identifier,
            new_id=str(uuid4()),
            now=self._clock.now(),
            metadata=user.metadata,
        )
        return user_of(row)

    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Keep what the owner thinks of an answer."""
        feedback_id = feedback.id or str(uuid4())
        row = {
            "id": feedback_id,
            "step_id": feedback.forId,
            "value": feedback.value,
            "comment": feedback.comment,
            "given_at": self._clock.now(),
        }
        async with self._write("feedback", feedback_id):
            await asyncio.to_thread(self._store.save_feedback, row, owner=asker())
        return feedback_id

    async def delete_feedback(self, feedback_id: str) -> bool:
        """Delete an opinion; tell whether there was one."""
        async with self._write("feedback", feedback_id):
            return await asyncio.to_thread(self._store.delete_feedback, feedback_id, owner=asker())

    @_queued
    async def create_element(self, element: Element) -> None:
        """Keep an element with its bytes; one that only points elsewhere is not kept."""
        await self.keep_element(element)

    async def keep_element(self, element: Element) -> None:
        """Keep an element with its bytes at once, so that the page can fetch it by its address."""
        if not element.content:
            return
        row = element_row(element)
        async with self._write("element", element.id):
            await self._of_asker(element.thread_id)
            await asyncio.to_thread(self._store.save_element, row, now=self._clock.now())

    async def get_element(self, thread_id: str, element_id: str) -> ElementDict | None:
        """Return an element of this thread, if the thread is the asker's."""
        thread = await self._readable(thread_id)
        found = [row for row in thread["elements"] if row["id"] == element_id] if thread else []
        return element_dict(found[0]) if found else None

    async def content_for(self, element_id: str, *, owner: str) -> Mapping[str, Any] | None:
        """Return an element's row with its bytes, if it lies in a thread of this owner."""
        return await asyncio.to_thread(self._store.element, element_id, owner=owner)

    async def begin_run(self, trace: Trace, *, thread_id: str, user: str) -> None:
        """Keep that an answer is being given."""
        async with self._write("run", trace.run_id):
            row = {
                "id": trace.run_id,
                "thread_id": thread_id,
                "step_id": trace.step_id,
                "user_name": user,
                "question": trace.question[:QUESTION_CHARACTERS],
                "profile": trace.profile,
            }
            await asyncio.to_thread(self._store.begin_run, row, now=self._clock.now())

    async def end_run(self, trace: Trace, outcome: str) -> None:
        """Keep how an answer ended and what it took; a failure is logged, the answer is given already."""
        with suppress(SQLAlchemyError, DeskError):
            async with self._write("run", trace.run_id):
                await asyncio.to_thread(
                    self._store.end_run,
                    trace.run_id,
                    now=self._clock.now(),
                    outcome=outcome,
                    tools=trace.tools,
                    tokens=trace.tokens,
                )

    async def settings_of(self, identifier: str) -> Mapping[str, Any]:
        """Return how this user last wanted answers; empty for one who has not said."""
        row = await asyncio.to_thread(self._store.user, identifier)
        kept = row["metadata"].get(SETTINGS) if row else None
        return kept if isinstance(kept, dict) else {}

    async def keep_settings(self, identifier: str, values: Mapping[str, object]) -> None:
        """Keep how a user wants answers, for this and every later conversation."""
        async with self._write("user", identifier):
            await asyncio.to_thread(self._store.touch_user, identifier, {SETTINGS: dict(values)})

    async def cut_off(self, thread_id: str, alive: Collection[str]) -> tuple[Mapping[str, Any], ...]:
        """Close the answers of a thread that began and never ended, but those alive; return them."""
        async with self._write("run", thread_id):
            return await asyncio.to_thread(
                self._store.cut_off, thread_id, alive=tuple(alive), now=self._clock.now()
            )

    async def opinions(self, *, most: int = 200) -> tuple[Mapping[str, Any], ...]:
        """Return what users thought of answers, newest first, each with the trace of its answer."""
        return await asyncio.to_thread(self._store.opinions, most=most)

    @_queued
    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:
        """Delete an element with its bytes."""
        async with self._write("element", element_id):
            await asyncio.to_thread(self._store.delete_element, element_id, owner=asker())

    @_queued
    async def create_step(self, step_dict: StepDict) -> None:
        """Keep a step."""
        await self._save_step(step_dict)

    @_queued
    async def update_step(self, step_dict: StepDict) -> None:
        """Keep a step as it now is."""
        await self._save_step(step_dict)

    @_queued
    async def delete_step(self, step_id: str) -> None:
        """Delete a step with its elements."""
        async with self._write("step", step_id):
            await asyncio.to_thread(self._store.delete_step, step_id, owner=asker())

    async def get_thread_author(self, thread_id: str) -> str:
        """Return the name of the thread's owner, or nothing when there is none."""
        return await asyncio.to_thread(self._store.thread_owner, thread_id) or ""

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a thread, and first what the conversation remembers of it."""
        async with self._write("thread", thread_id):
            await self._of_asker(thread_id)
            await self._on_delete(thread_id)
            await asyncio.to_thread(self._store.delete_thread, thread_id)

    async def list_threads(
        self, pagination: Pagination, filters: ThreadFilter
    ) -> PaginatedResponse[ThreadDict]:
        """Return one page of a user's threads, newest first; without a user there are none."""
        if not filters.userId:
            return PaginatedResponse(pageInfo=PageInfo(False, None, None), data=[])
        page = await asyncio.to_thread(
            self._store.threads_of,
            filters.userId,
            first=max(1, min(pagination.first, _MAX_PAGE)),
            after=pagination.cursor,
            search=filters.search,
            feedback=filters.feedback,
        )
        ids = [str(row["id"]) for row in page.rows]
        info = PageInfo(page.has_more, ids[0] if ids else None, ids[-1] if ids else None)
        return PaginatedResponse(pageInfo=info, data=[thread_dict(row) for row in page.rows])

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """Return the thread with its steps and elements, all written so far.

        Anybody but its owner is told whose it is, by which Chainlit refuses them, and nothing else.
        """
        await self.drain()
        row = await self._readable(thread_id)
        return None if row is None else thread_dict(row)

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Make the thread or change what is given; tags belong to chat profiles, which are not used."""
        async with self._write("thread", thread_id):
            await self._of_asker(thread_id)
            await asyncio.to_thread(
                self._store.touch_thread,
                thread_id,
                now=self._clock.now(),
                name=name,
                user_id=user_id,
                metadata=metadata,
            )

    async def build_debug_url(self) -> str:
        """Return nothing: there is no debugging page."""
        return ""

    async def get_favorite_steps(self, user_id: str) -> list[StepDict]:
        """Return nothing: favourites are switched off."""
        return []

    async def close(self) -> None:
        """Wait for the writes under way; the engine belongs to the desk."""
        await self.drain()

    async def drain(self) -> None:
        """Wait until every write asked for so far has ended."""
        await asyncio.sleep(0)
        while self._waiting:
            async with self._turn:
                pass

    async def _save_step(self, step_dict: StepDict) -> None:
        with suppress(SQLAlchemyError, DeskError):
            async with self._write("step", step_dict["id"]):
                await self._of_asker(step_dict["threadId"])
                row = step_row(step_dict)
                await asyncio.to_thread(self._store.save_step, row, now=self._clock.now())

    async def _readable(self, thread_id: str) -> Mapping[str, Any] | None:
        row = await asyncio.to_thread(self._store.thread, thread_id)
        if row is None or asker() in (None, row["owner"]):
            return row
        return {**row, "name": None, "metadata": {}, "steps": [], "elements": []}

    async def _of_asker(self, thread_id: str) -> None:
        """Refuse to write into a thread of somebody else; one that is nobody's yet may become theirs."""
        asking = asker()
        if asking is None or self._owners.get(thread_id) == asking:
            return
        owner = await asyncio.to_thread(self._store.thread_owner, thread_id)
        if owner is None:
            return
        if owner != asking:
            raise QueryRefusedError("expected a conversation of yours, found another user's; open your own")
        if len(self._owners) >= _MOST_OWNERS:
            self._owners.clear()
        self._owners[thread_id] = owner

    @asynccontextmanager
    async def _write(self, kind: str, row_id: str) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            async with self._turn:
                yield
        except Exception:
            self.failed_writes += 1
            log.exception("the chat's history could not write %s %r", kind, row_id)
            raise
        finally:
            self._waiting -= 1
