"""What a page is sent of a run: all and in order, or what counts in the end when it is behind."""

import asyncio
from typing import Any

import pytest
from chainlit.session import BaseSession
from chainlit.types import ThreadDict

from desk.chat import pump
from desk.chat.pages import Pages
from desk.chat.pump import LEFT_OUT, Pump

Sent = list[tuple[str, dict[str, Any]]]


class Tab:
    """Stands for a page's session: keeps what it was sent, and the steps as the page would have them."""

    id = "tab"

    def __init__(self) -> None:
        self.sent: Sent = []
        self.steps: dict[str, dict[str, Any]] = {}

    async def emit(self, event: str, data: dict[str, Any]) -> None:
        self.sent.append((event, data))
        match event:
            case "new_message" | "stream_start":
                self.steps[data["id"]] = dict(data)
            case "update_message":
                self.steps[data["id"]].update(data)
            case "stream_token":
                self.steps[data["id"]]["output"] += data["token"]
            case "delete_message":
                self.steps.pop(data["id"], None)


def step(step_id: str, parent: str | None = None, **rest: object) -> dict[str, Any]:
    return {"id": step_id, "parentId": parent, "output": "", **rest}


def session_of(name: str) -> Sent:
    """What a session of a fast run brings: it begins, a role speaks with its brief, it ends, it is folded."""
    role = f"{name} role"
    return [
        ("new_message", step(name, "run", name=f"{name} working")),
        ("new_message", step(role, name, name="working")),
        ("element", {"id": f"{role} brief", "forId": role}),
        ("update_message", step(role, name, name="done", output="Neutral.")),
        ("update_message", step(name, "run", name=f"{name} done")),
        ("update_message", step(name, "run", name=f"{name} done", autoCollapse=True)),
    ]


def shown(*events: tuple[str, dict[str, Any]]) -> Tab:
    """Put events all at once and return the page they reach."""

    async def played() -> Tab:
        tab = Tab()
        stream = Pump(tab)  # type: ignore[arg-type]
        for event, data in events:
            stream.put(event, data)
        stream.end()
        await stream.ended()
        return tab

    return asyncio.run(played())


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every page one that is behind as soon as anything waits for it."""
    monkeypatch.setattr(pump, "ROOM", 1)


def test_a_page_that_keeps_up_is_sent_every_event_as_it_came() -> None:
    events = [("stream_start", step("a")), *(("stream_token", {"id": "a", "token": word}) for word in "xyz")]
    assert shown(*events).sent == events


@pytest.mark.usefixtures("behind")
def test_a_page_that_is_behind_is_sent_how_each_step_stands_in_the_end() -> None:
    page = shown(
        ("new_message", step("bar", name="0 of 3")),
        *(("update_message", step("bar", name=f"{done} of 3")) for done in (1, 2, 3)),
        ("stream_start", step("text")),
        *(("stream_token", {"id": "text", "token": word}) for word in ("We ", "hold ", "cash.")),
    )
    assert [(event, data["id"]) for event, data in page.sent] == [
        ("new_message", "bar"),
        ("stream_start", "text"),
    ]
    assert page.steps["bar"]["name"] == "3 of 3"
    assert page.steps["text"]["output"] == "We hold cash."


@pytest.mark.usefixtures("behind")
def test_words_that_wait_become_one_and_the_finished_message_replaces_them() -> None:
    words = [("stream_token", {"id": "a", "token": word}) for word in ("x", "y")]
    assert shown(("task_start", {}), *words).sent[1:] == [("stream_token", {"id": "a", "token": "xy"})]
    whole = ("new_message", step("a", output="xyz"))
    assert shown(("task_start", {}), *words, whole).sent[1:] == [whole]


@pytest.mark.usefixtures("behind")
def test_what_is_not_about_a_step_is_never_left_out_and_stays_in_order() -> None:
    events = [(event, {"id": "b"}) for event in ("action", "remove_action", "action", "task_end", "element")]
    assert shown(("task_start", {}), *events).sent[1:] == events


@pytest.mark.usefixtures("behind")
def test_of_a_folded_session_that_a_page_was_too_slow_for_it_shows_the_line_and_says_so() -> None:
    page = shown(*session_of("Mon"), *session_of("Tue")[:-1])
    assert page.steps["Mon"]["name"] == "Mon done"
    assert page.steps["Mon"]["output"] == LEFT_OUT
    assert "Mon role" not in page.steps
    assert page.steps["Tue role"]["output"] == "Neutral."
    assert [data["id"] for event, data in page.sent if event == "element"] == ["Tue role brief"]


def test_of_a_folded_session_that_a_page_could_follow_nothing_is_left_out() -> None:
    page = shown(*session_of("Mon"))
    assert (page.steps["Mon"]["output"], page.steps["Mon role"]["output"]) == ("", "Neutral.")


def test_a_page_that_lasts_is_held_to_a_pace_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "BURST", 2)
    monkeypatch.setattr(pump, "EVENTS_PER_SECOND", 0.001)

    async def played() -> tuple[int, Tab]:
        tab = Tab()
        stream = Pump(tab)  # type: ignore[arg-type]
        for number in range(20):
            stream.put("new_message", step(str(number)))
        for _ in range(100):
            await asyncio.sleep(0)
        at_once = len(tab.sent)
        stream.end()
        await stream.ended()
        return at_once, tab

    at_once, tab = asyncio.run(played())
    assert at_once == 2
    assert list(tab.steps) == [str(number) for number in range(20)]


def test_a_page_that_comes_back_draws_the_run_with_its_thread_and_is_sent_what_follows() -> None:
    async def played() -> tuple[ThreadDict, Tab]:
        pages, tab = Pages(BaseSession.__new__(BaseSession)), Tab()
        await pages.send_step(step("run"))
        await pages.send_step(step("role", "run", name="working"))
        await pages.emit("element", {"id": "brief", "forId": "role"})
        await pages.emit("action", {"id": "stop"})
        stored = [step("question"), step("run", stored=True)]
        thread: Any = {"id": "thread", "steps": stored, "elements": None}
        pages.open_on(thread, tab, after=0.0)  # type: ignore[arg-type]
        await pages.update_step(step("role", "run", name="done"))
        await pages.close()
        return thread, tab

    thread, tab = asyncio.run(played())
    assert [each["id"] for each in thread["steps"]] == ["question", "run", "role"]
    assert thread["steps"][1]["stored"]  # type: ignore[typeddict-item]
    assert [each["id"] for each in thread["elements"] or ()] == ["brief"]
    assert [event for event, _ in tab.sent] == ["remove_action", "action", "update_message"]


def test_a_page_that_comes_when_all_has_been_said_is_shown_it_and_is_done_with() -> None:
    async def played() -> Tab:
        pages, tab = Pages(BaseSession.__new__(BaseSession)), Tab()
        await pages.send_step(step("run"))
        await pages.close()
        pages.open(tab)  # type: ignore[arg-type]
        await pages.close()
        return tab

    assert list(asyncio.run(played()).steps) == ["run"]
