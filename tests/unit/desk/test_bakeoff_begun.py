"""One bakeoff at a time, whoever begins it when: threads at once, failures, an end, a start after one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from threading import Event as Flag
from typing import Any

import pytest

from db.commands import Command
from db.events import Event
from desk import bakeoff_room
from desk.bakeoff_room import BakeoffRoom
from desk.settings import Settings
from fund.clock import FixedClock
from fund.errors import DataError, QueryRefusedError, TradingHaltedError
from support.bakeoffs import a_bakeoff
from support.desk_records import NOW
from support.mandates import a_mandate

WAIT = 20
"""Seconds after which a test that hangs fails."""


class Record:
    """Commands and events in memory, in place of the database."""

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self.results: list[tuple[str, Mapping[str, Any]]] = []
        self.events: list[Event] = []

    def confirmed(self, command_id: str, result: Mapping[str, Any] | None = None) -> str:
        self.commands[command_id] = Command(
            command_id=command_id,
            action="evaluate",
            args={"datasets": ["risk_management"], "trials": 1, "most_usd": "0.00"},
            args_hash="",
            user_id="owner",
            thread_id=f"thread of {command_id}",
            created_at=NOW,
            expires_at=NOW + timedelta(minutes=5),
            status="executed",
            result=result,
        )
        return command_id

    def get(self, command_id: str) -> Command | None:
        return self.commands.get(command_id)

    def executed(self, action: str, *, limit: int) -> Sequence[Command]:
        return tuple(self.commands.values())[:limit]

    def note_result(self, command_id: str, result: Mapping[str, Any]) -> None:
        self.results.append((command_id, result))

    def append(self, new: Sequence[Event]) -> None:
        self.events += new


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    made = Record()
    monkeypatch.setattr(bakeoff_room, "in_transaction", lambda _, work: work(made))
    for name in ("Commands", "Events"):
        monkeypatch.setattr(bakeoff_room, name, lambda connection: connection)
    return made


@pytest.fixture
def room(record: Record, tmp_path: Path) -> Iterator[BakeoffRoom]:
    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    with closing(BakeoffRoom(settings, a_mandate(), None, FixedClock(NOW))) as made:  # type: ignore[arg-type]
        yield made


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch, room: BakeoffRoom) -> Iterator[Flag]:
    """Hold every bakeoff until this is set; it then ends well."""
    flag = Flag()

    def run(self: BakeoffRoom, going: object) -> object:
        assert flag.wait(WAIT)
        return a_bakeoff()

    monkeypatch.setattr(BakeoffRoom, "_run", run)
    yield flag
    flag.set()


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all jobs on threads that start together, and return what each gave or raised."""
    together = Barrier(len(jobs))

    def one(job: Callable[[], Any]) -> Any:
        together.wait(WAIT)
        try:
            return job()
        except QueryRefusedError as refused:
            return refused

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(one, jobs))


def test_of_many_that_are_begun_at_once_one_is_and_the_others_are_told(
    room: BakeoffRoom, record: Record, go: Flag
) -> None:
    ids = [record.confirmed(f"cmd-{n}") for n in range(8)]
    found = at_once([lambda each=each: room.begin(each) for each in ids])
    refused = [each for each, came in zip(ids, found, strict=True) if isinstance(came, QueryRefusedError)]
    (begun,) = set(ids) - set(refused)
    assert sorted(each for each, _ in record.results) == refused
    assert all("refused" in result for _, result in record.results)
    assert room.watches(f"thread of {begun}") == begun
    assert {room.watches(f"thread of {each}") for each in refused} == {None}
    go.set()
    assert found[ids.index(begun)].result(WAIT).result == a_bakeoff()
    assert (room.under_way(), [each.event_id for each in record.events]) == ("", [f"bakeoff-{begun}"])


def test_one_that_is_begun_from_many_pages_runs_once(room: BakeoffRoom, record: Record, go: Flag) -> None:
    record.confirmed("cmd-1")
    found = at_once([lambda: room.begin("cmd-1")] * 8)
    assert len(set(map(id, found))) == 1
    go.set()
    found[0].result(WAIT)
    assert len(record.results) == len(record.events) == 1


@pytest.mark.parametrize(
    "result", [{"experiment": "x"}, {"cancelled": "by ann"}, {"failed": "x"}, {"refused": "x"}, {}]
)
def test_what_has_ended_in_any_way_is_not_begun_anew(
    room: BakeoffRoom, record: Record, go: Flag, result: Mapping[str, Any]
) -> None:
    record.confirmed("cmd-1", result)
    with pytest.raises(QueryRefusedError, match="this bakeoff has ended already"):
        room.begin("cmd-1")
    room.go_on()
    assert (room.under_way(), record.results) == ("", [])


@pytest.mark.parametrize(
    ("error", "said"),
    [(DataError("line 3 is none"), "line 3 is none"), (ValueError("key sk-1"), "ValueError")],
)
def test_a_failure_is_kept_without_what_a_stranger_said_and_the_room_is_free(
    room: BakeoffRoom, record: Record, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def run(self: BakeoffRoom, going: object) -> object:
        raise error

    monkeypatch.setattr(BakeoffRoom, "_run", run)
    with pytest.raises(type(error)):
        room.begin(record.confirmed("cmd-1")).result(WAIT)
    assert record.results == [("cmd-1", {"failed": said})]
    (event,) = record.events
    assert (event.severity, event.text) == ("warning", f"the bakeoff failed: {said}")
    assert room.going() is None


def test_one_that_the_desk_cut_off_is_left_unsettled_and_goes_on_while_older_ones_do_not(
    room: BakeoffRoom, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[Exception | None] = [TradingHaltedError("the desk is ending"), None]

    def run(self: BakeoffRoom, going: object) -> object:
        if (end := ends.pop(0)) is not None:
            raise end
        return a_bakeoff()

    monkeypatch.setattr(BakeoffRoom, "_run", run)
    with pytest.raises(TradingHaltedError):
        room.begin(record.confirmed("cmd-new")).result(WAIT)
    assert (record.results, record.events) == ([], [])
    record.confirmed("cmd-done", {"asked": 3})
    record.confirmed("cmd-old")
    record.confirmed("cmd-older")
    room.go_on()
    room.close()
    assert [each for each, _ in record.results] == ["cmd-old", "cmd-older", "cmd-new"]
    assert [sorted(result) for _, result in record.results][:2] == [["refused"], ["refused"]]
    with pytest.raises(TradingHaltedError, match="begins when it is started again"):
        room.begin(record.confirmed("cmd-late"))


def test_the_last_that_asked_somebody_tells_how_long_one_takes(
    room: BakeoffRoom, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bakeoff_room, "planned_lines", lambda *_: ("whom",))
    assert room.told(record, {}) == ("whom",)  # type: ignore[arg-type]
    for name, result in {
        "running": None,
        "cancelled": {"cancelled": "by ann"},
        "on-file": {"asked": 0, "seconds": 0.2},
        "long": {"asked": 12_345, "seconds": 4_321.4},
        "older": {"asked": 1, "seconds": 1.0},
    }.items():
        record.confirmed(name, result)
    told = ("whom", "The last one took 4,321 s for 12,345 answers.")
    assert room.told(record, {}) == told  # type: ignore[arg-type]
