"""A thread that is opened while an answer ends is shown as it is kept, its cards and charts included."""

from types import SimpleNamespace

import pytest

from desk.chat import resume


class _Kept:
    """A history in which the last answer was written after chainlit had read the thread."""

    def __init__(self, now: dict | None) -> None:
        self._now = now
        self.drained = False

    async def cut_off(self, thread_id: str, alive: list[str]) -> list[dict]:
        return []

    async def drain(self) -> None:
        self.drained = True

    async def get_thread(self, thread_id: str) -> dict | None:
        assert self.drained, "what is on its way is written before the thread is read again"
        return self._now


def _connected(monkeypatch: pytest.MonkeyPatch, now: dict | None) -> None:
    async def settled(thread: dict) -> None:
        thread["settled"] = True

    desk = SimpleNamespace(
        history=_Kept(now),
        runs=SimpleNamespace(of=lambda thread_id: ()),
        tickets=SimpleNamespace(settle_stored=settled),
    )
    monkeypatch.setattr(resume, "connected", lambda: desk)


async def test_what_was_written_since_the_thread_was_read_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    card = {"id": "card-1", "type": "custom", "forId": "step-2"}
    now = {"steps": [{"id": "step-1"}, {"id": "step-2"}], "elements": [card]}
    _connected(monkeypatch, now)
    steps = [{"id": "step-1"}]
    thread = {"id": "thread-1", "steps": steps, "elements": []}
    await resume._close_what_was_cut_off(thread)
    assert thread["steps"] is steps, "chainlit keeps the list that it was given"
    assert [step["id"] for step in thread["steps"]] == ["step-1", "step-2"]
    assert thread["elements"] == [card]
    assert thread["settled"]


async def test_a_thread_that_is_gone_keeps_what_was_read_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _connected(monkeypatch, None)
    thread = {"id": "thread-1", "steps": [{"id": "step-1"}], "elements": [{"id": "card-1"}]}
    await resume._close_what_was_cut_off(thread)
    assert thread["steps"] == [{"id": "step-1"}]
    assert thread["elements"] == [{"id": "card-1"}]
