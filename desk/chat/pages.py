"""What a run shows, sent to every page that watches it; one that opens later is shown what there is."""

import asyncio
from collections.abc import Mapping
from typing import Any

from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import BaseSession

Sent = tuple[str, Any]


class Pages(BaseChainlitEmitter):
    """Stands where Chainlit expects one browser, and is any number of them, none included.

    Every page gets everything in order: first each message and step as it stands, then what follows.
    """

    def __init__(self, session: BaseSession) -> None:
        super().__init__(session)
        self._steps: dict[str, dict[str, Any]] = {}
        self._attached: dict[str, dict[str, Any]] = {"element": {}, "action": {}}
        self._queues: dict[str, asyncio.Queue[Sent | None]] = {}
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def open(self, session: BaseSession) -> None:
        """Let a page watch; one that already does is shown everything again, which changes nothing on it."""
        queue = self._queues.get(session.id)
        if queue is None:
            queue = self._queues[session.id] = asyncio.Queue()
            self._pumps[session.id] = asyncio.create_task(_pump(session, queue))
        for sent in self.so_far():
            queue.put_nowait(sent)
        if self._closed:
            queue.put_nowait(None)

    def so_far(self) -> list[Sent]:
        """Return what brings an empty page to where the run is."""
        shown: list[Sent] = [("new_message", dict(step)) for step in self._steps.values()]
        for event, kept in self._attached.items():
            shown += [(event, dict(each)) for each in kept.values()]
        return shown

    def shows(self, step_id: str) -> bool:
        """Tell whether a message or step is among what the run shows."""
        return step_id in self._steps

    async def close(self) -> None:
        """End every page's watching once it has been sent all."""
        self._closed = True
        for queue in self._queues.values():
            queue.put_nowait(None)
        await asyncio.gather(*self._pumps.values(), return_exceptions=True)

    async def emit(self, event: str, data: Any) -> None:
        """Keep what an event changes, and pass it on to every page."""
        self._keep(event, data)
        for queue in self._queues.values():
            queue.put_nowait((event, data))

    async def send_step(self, step_dict: Any) -> None:
        """Show a step."""
        await self.emit("new_message", step_dict)

    async def update_step(self, step_dict: Any) -> None:
        """Show a step as it now is."""
        await self.emit("update_message", step_dict)

    async def delete_step(self, step_dict: Any) -> None:
        """Take a step away."""
        await self.emit("delete_message", step_dict)

    async def stream_start(self, step_dict: Any) -> None:
        """Begin a message that comes word by word."""
        await self.emit("stream_start", step_dict)

    async def send_token(
        self,
        id: str,  # noqa: A002 - Chainlit's own name
        token: str,
        is_sequence: bool = False,
        is_input: bool = False,
    ) -> None:
        """Add a word to a message."""
        told = {"id": id, "token": token, "isSequence": is_sequence, "isInput": is_input}
        await self.emit("stream_token", told)

    async def send_element(self, element_dict: Any) -> None:
        """Show an element."""
        await self.emit("element", element_dict)

    def seed(self, step: Mapping[str, Any]) -> None:
        """Keep what the first page has been sent already, for the pages that come later."""
        self._keep("new_message", step)

    def _keep(self, event: str, data: Mapping[str, Any]) -> None:
        match event:
            case "new_message" | "update_message" | "stream_start":
                self._steps[data["id"]] = {**self._steps.get(data["id"], {}), **data}
            case "stream_token":
                step = self._steps[data["id"]]
                step["output"] = f"{step['output']}{data['token']}"
            case "delete_message":
                self._steps.pop(data["id"], None)
            case "element" | "action":
                self._attached[event][data["id"]] = dict(data)
            case "remove_element" | "remove_action":
                self._attached[event.removeprefix("remove_")].pop(data["id"], None)


async def _pump(session: BaseSession, queue: "asyncio.Queue[Sent | None]") -> None:
    """Send a page what waits for it; a page that reconnected is reached where it now is."""
    while (sent := await queue.get()) is not None:
        await session.emit(*sent)  # type: ignore[attr-defined]
