"""What a run shows, sent to every page that watches it; one that opens later is shown what there is."""

import asyncio
from collections.abc import Mapping
from typing import Any

from chainlit.emitter import BaseChainlitEmitter
from chainlit.session import BaseSession
from chainlit.types import ThreadDict

from desk.chat.pump import Pump, Sent


class Pages(BaseChainlitEmitter):
    """Stands where Chainlit expects one browser, and is any number of them, none included.

    Every page gets everything in order: first each message and step as it stands, then what follows.
    """

    def __init__(self, session: BaseSession) -> None:
        super().__init__(session)
        self._steps: dict[str, dict[str, Any]] = {}
        self._attached: dict[str, dict[str, Any]] = {"element": {}, "action": {}}
        self._pumps: dict[str, Pump] = {}
        self._closed = False

    def open(self, session: BaseSession) -> None:
        """Let a page watch; one that already does is shown everything again, which changes nothing on it."""
        self._watched_by(session, self._steps_and_attached())

    def open_on(self, thread: ThreadDict, session: BaseSession, *, after: float) -> None:
        """Let a page watch that is about to draw its stored thread: lay what the run shows over that.

        A page draws a thread at once, but each event for itself, which takes it seconds when there are
        hundreds. What follows is sent so many seconds later, when the thread has been drawn.
        """
        thread["steps"][:] = _laid_over(thread["steps"], self._steps)
        thread["elements"] = _laid_over(thread.get("elements") or [], self._attached["element"])
        self._watched_by(session, self._buttons(), after=after)

    def _watched_by(self, session: BaseSession, first: list[Sent], *, after: float = 0.0) -> None:
        pump = self._pumps.get(session.id)
        if pump is None:
            pump = self._pumps[session.id] = Pump(session, after=after)
        for event, data in first:
            pump.put(event, data)
        if self._closed:
            pump.end()

    def _steps_and_attached(self) -> list[Sent]:
        steps: list[Sent] = [("new_message", dict(step)) for step in self._steps.values()]
        elements: list[Sent] = [("element", dict(each)) for each in self._attached["element"].values()]
        return [*steps, *elements, *self._buttons()]

    def _buttons(self) -> list[Sent]:
        """Return what shows each button once: a page keeps two of the same."""
        return [
            (event, dict(each))
            for each in self._attached["action"].values()
            for event in ("remove_action", "action")
        ]

    def shows(self, step_id: str) -> bool:
        """Tell whether a message or step is among what the run shows."""
        return step_id in self._steps

    async def close(self) -> None:
        """End every page's watching once it has been sent all."""
        self._closed = True
        for pump in self._pumps.values():
            pump.end()
        await asyncio.gather(*(pump.ended() for pump in self._pumps.values()))

    async def emit(self, event: str, data: Any) -> None:
        """Keep what an event changes, and pass it on to every page."""
        self._keep(event, data)
        for pump in self._pumps.values():
            pump.put(event, data)

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


def _laid_over(stored: list[Any], shown: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """Return what is stored as it now is, and behind it what is not stored yet."""
    laid = {each["id"]: each for each in stored}
    return list(
        (laid | {each_id: {**laid.get(each_id, {}), **each} for each_id, each in shown.items()}).values()
    )
