"""One session of the chat page without a server: whatever would be sent to the browser is noted."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

import support.chat_client  # noqa: F401 - it prepares Chainlit, which the next lines import

# isort: split
from chainlit import data as chainlit_data
from chainlit.context import ChainlitContext, context_var, local_steps
from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import HTTPSession
from chainlit.step import StepDict

from desk.chat import rows as chat_rows
from desk.chat import tickets as chat_tickets
from desk.chat import turn as chat_turn
from desk.chat.conversation import ChatEvent
from desk.chat.seat import ChatSeat, connect
from desk.owner import OwnerGate
from support.fake_desk import FakeConversation

__all__ = ["Page", "chat_rows", "chat_tickets", "chat_turn", "opened"]

THREAD = "thread-1"
RUN = "run-1"


@dataclass
class KeptElements:
    """A history that keeps elements and changed steps in a list each."""

    kept: list[Any] = field(default_factory=list)
    steps: list[StepDict] = field(default_factory=list)

    async def keep_element(self, element: Any) -> None:
        self.kept.append(element)

    async def update_step(self, step: StepDict) -> None:
        self.steps.append(step)


class Page(BaseChainlitEmitter):
    """What the browser would have been sent."""

    def __init__(self, session: HTTPSession, history: KeptElements) -> None:
        super().__init__(session)
        self.history = history
        self.order: list[str] = []
        self.steps: dict[str, StepDict] = {}
        self.streams: dict[str, list[str]] = {}
        self.elements: list[dict[str, Any]] = []
        self.actions: list[dict[str, Any]] = []

    @property
    def messages(self) -> list[str]:
        """The texts, in the order they ended."""
        return [str(step["output"]) for step in self.steps.values() if step["type"] == "assistant_message"]

    def step(self, name: str) -> StepDict:
        """The one step whose name starts like this."""
        (found,) = [step for step in self.steps.values() if step["name"].startswith(name)]
        return found

    async def show(self, events: Iterable[ChatEvent], *, interrupted: bool = False) -> None:
        """Show events as one answer, to its end or to where the owner stopped it."""
        turn = chat_turn.Turn(RUN)
        for event in events:
            await turn.show(event)
        await turn.close(interrupted=interrupted)

    async def send_step(self, step_dict: StepDict) -> None:
        self.order.append(f"step {step_dict['name']}")
        self.steps[step_dict["id"]] = step_dict

    async def update_step(self, step_dict: StepDict) -> None:
        self.steps[step_dict["id"]] = step_dict

    async def stream_start(self, step_dict: StepDict) -> None:
        self.streams[step_dict["id"]] = [str(step_dict["output"])]

    async def send_token(
        self,
        id: str,  # noqa: A002 - Chainlit's own name
        token: str,
        is_sequence: bool = False,
        is_input: bool = False,
    ) -> None:
        self.streams[id].append(token)

    async def send_element(self, element_dict: Any) -> None:
        self.order.append(f"element {element_dict['name']}")
        kept = [element.id for element in self.history.kept]
        assert element_dict["id"] in kept, "shown before its bytes could be fetched"
        self.elements.append(element_dict)

    async def emit(self, event: str, data: Any) -> None:
        if event == "action":
            self.actions.append(data)


@asynccontextmanager
async def opened(gate: OwnerGate, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Page]:
    """Open a page on a thread whose steps are written nowhere and whose elements are kept in a list."""
    monkeypatch.setattr(chainlit_data, "_data_layer", None)
    monkeypatch.setattr(chainlit_data, "_data_layer_initialized", True)
    history = KeptElements()
    connect(ChatSeat(conversation=FakeConversation(), gate=gate, history=history))  # type: ignore[arg-type]
    session = HTTPSession(
        id=str(uuid4()), client_type="webapp", thread_id=THREAD, user=None, token=None, user_env=None
    )
    page = Page(session, history)
    context = context_var.set(ChainlitContext(session, page))
    steps = local_steps.set(None)
    yield page
    local_steps.reset(steps)
    context_var.reset(context)
