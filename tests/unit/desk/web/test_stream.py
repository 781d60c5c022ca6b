"""The stream: one event for each change, an end for who may look no longer, one reading for all."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from desk.web import stream as of
from desk.web.places import Places
from desk.web.stream import Streams
from fund.errors import ConfigError


class Pulses:
    """A desk whose pulse is a list: the last one goes on; an error is raised in its turn."""

    def __init__(self, *pulses: object) -> None:
        self.pulses = list(pulses)
        self.read = 0

    def pulse(self) -> dict[str, Any]:
        self.read += 1
        pulse = self.pulses.pop(0) if len(self.pulses) > 1 else self.pulses[0]
        if isinstance(pulse, Exception):
            raise pulse
        return {"session": pulse}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of, "TICK_SECONDS", 0.0)


def streams(pulses: Pulses, per_user: int = 2) -> Streams:
    return Streams(pulses, Places(per_user))  # type: ignore[arg-type]


async def welcome() -> bool:
    return True


def told(event: str) -> tuple[str, Any]:
    fields = dict(line.split(": ", 1) for line in event.strip().splitlines())
    return fields["event"], json.loads(fields["data"])


async def some(events: AsyncIterator[str], count: int) -> list[str]:
    found = []
    async for event in events:
        found.append(event)
        if len(found) == count:
            break
    return found


async def test_the_first_event_says_how_it_stands_and_the_next_comes_with_a_change() -> None:
    events = streams(Pulses("one", "one", "one", "two")).listen("vera", welcome)
    found = [told(event) for event in await some(events, 2)]
    assert found == [("pulse", {"session": "one"}), ("pulse", {"session": "two"})]


async def test_a_quiet_stream_beats_so_that_no_proxy_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of, "HEARTBEAT_TICKS", 3)
    found = await some(streams(Pulses("one")).listen("vera", welcome), 3)
    assert found[1:] == [": still here\n\n"] * 2


async def test_who_may_look_no_longer_is_told_and_let_go() -> None:
    answers = [True, False]

    async def still() -> bool:
        return answers.pop(0)

    found = [event async for event in streams(Pulses("one")).listen("vera", still)]
    assert [told(event)[0] for event in found] == ["pulse", "closed"]


async def test_a_server_that_ends_is_not_kept_waiting() -> None:
    made = streams(Pulses("one"))
    made._places.ending = lambda: True
    assert [event async for event in made.listen("vera", welcome)] == []


async def test_a_desk_that_cannot_be_read_for_a_while_ends_nothing() -> None:
    away = Pulses("one", ConfigError("the database is away"), "two")
    found = [told(event)[1] for event in await some(streams(away).listen("vera", welcome), 2)]
    assert found == [{"session": "one"}, {"session": "two"}]


async def test_a_user_has_so_many_at_once_and_gets_the_place_back() -> None:
    made = streams(Pulses("one"), per_user=1)
    events = made.listen("vera", welcome)
    await anext(events)
    assert (made.has_room("vera"), made.has_room("bert")) == (False, True)
    await events.aclose()  # type: ignore[attr-defined]
    assert made.has_room("vera")


async def test_many_listeners_are_served_by_one_reading_a_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of, "TICK_SECONDS", 60.0)
    pulses = Pulses("one")
    made = streams(pulses)
    for user in ("a", "b", "c"):
        await anext(made.listen(user, welcome))
    assert pulses.read == 1
