"""What one page still has to be sent: in order, no faster than it draws, and nothing that is outdated."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from chainlit.session import BaseSession

Sent = tuple[str, Any]

EVENTS_PER_SECOND = 30.0
"""A page draws every message again at each event, which takes Chromium 20 to 30 ms on two cores."""
BURST = 60
"""So many events are sent at once, enough for an answer; only what lasts is held to the pace."""
ROOM = 30
"""A page for which so much waits is behind: of each step it is then sent only how it stands in the end."""
LEFT_OUT = "Played faster than a page can draw. Open this conversation again to see what each role said."

_STEP = ("new_message", "stream_start", "update_message", "stream_token")
_BEGINS = ("new_message", "stream_start")


class Pump:
    """Sends a page what happens in a run; to one that is behind, only how things stand in the end."""

    def __init__(self, session: BaseSession, *, after: float = 0.0) -> None:
        self._session = session
        self._waiting: dict[object, Sent] = {}
        self._newest: dict[str, object] = {}
        """By a step's id, what last was taken in about it."""
        self._news = asyncio.Event()
        self._ending = asyncio.Event()
        self._sending = asyncio.create_task(self._send(after))

    def put(self, event: str, data: Any) -> None:
        """Take an event in, behind all that waits.

        For a page that is behind, an event about a step becomes one with the newest about the same step.
        """
        behind = len(self._waiting) >= ROOM
        if behind and event == "update_message" and data.get("autoCollapse"):
            data = self._without_details(data)
        key = object()
        if event in _STEP:
            newest = self._newest.get(data["id"])
            if behind and newest in self._waiting:
                key, (event, data) = newest, _merged(self._waiting[newest], (event, data))
            self._newest[data["id"]] = key
        self._waiting[key] = (event, data)
        self._news.set()

    def end(self) -> None:
        """Send what waits, now at any pace, and nothing after it."""
        self._ending.set()
        self._news.set()

    async def ended(self) -> None:
        """Wait until all has been sent; a page that could not be reached is passed over."""
        await asyncio.gather(self._sending, return_exceptions=True)

    def _without_details(self, folded: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a session that is folded away, which says so when what it holds never reached the page."""
        unseen: set[str] = set()
        for key, (event, data) in tuple(self._waiting.items()):
            if event in _BEGINS and data.get("parentId") in unseen | {folded["id"]}:
                unseen.add(data["id"])
            if data.get("forId" if event == "element" else "id") in unseen:
                del self._waiting[key]
        if not unseen:
            return folded
        return {**folded, "output": f"{folded.get('output') or ''}\n\n{LEFT_OUT}".strip()}

    async def _send(self, after: float) -> None:
        await asyncio.sleep(after)
        pace = _Pace()
        while True:
            if self._waiting:
                if (seconds := pace.turn()) and not self._ending.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._ending.wait(), seconds)
                # A page that reconnected is reached where it now is.
                await self._session.emit(*self._waiting.pop(next(iter(self._waiting))))  # type: ignore[attr-defined]
            elif self._ending.is_set():
                return
            else:
                self._news.clear()
                await self._news.wait()


class _Pace:
    """Turns given out: a number at once, and then so many a second."""

    def __init__(self) -> None:
        self._left, self._counted_at = float(BURST), 0.0

    def turn(self) -> float:
        """Take the next turn; return the seconds until it comes."""
        now = asyncio.get_running_loop().time()
        self._left = min(BURST, self._left + (now - self._counted_at) * EVENTS_PER_SECOND) - 1
        self._counted_at = now
        return max(0.0, -self._left / EVENTS_PER_SECOND)


def _merged(earlier: Sent, later: Sent) -> Sent:
    """Return the one event that leaves a page where two about the same step would."""
    (began, before), (event, data) = earlier, later
    if event == "stream_token":
        text = "token" if began == "stream_token" else "output"
        return began, {**before, text: f"{before.get(text) or ''}{data['token']}"}
    if began == "stream_token":
        return later
    return min(began, event, key=_STEP.index), {**before, **data}
