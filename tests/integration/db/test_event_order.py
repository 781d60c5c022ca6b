"""Events have one order, seen by every reader alike, however many write and however often they are told."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from db.engine import transaction
from db.events import Events, RecordedEvent
from fund.errors import LedgerError
from support.records import NOON, an_event

names = st.lists(st.integers(0, 12).map(lambda number: f"e{number}"), max_size=8)
few = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(recorded: tuple[RecordedEvent, ...]) -> list[str]:
    return [each.event.event_id for each in recorded]


@given(st.lists(names, max_size=5))
@few
def test_of_any_deliveries_the_first_of_each_stays_in_its_place(
    connection: Connection, batches: list[list[str]]
) -> None:
    with connection.begin_nested() as savepoint:
        events, expected = Events(connection), list[str]()
        for batch in batches:
            fresh = [name for name in dict.fromkeys(batch) if name not in expected]
            assert events.append([an_event(name) for name in batch]) == len(fresh)
            expected += fresh
        assert told(events.since(0)) == expected
        assert told(events.latest(limit=3)) == expected[::-1][:3]
        savepoint.rollback()


def test_a_long_batch_keeps_its_order(connection: Connection) -> None:
    order = [f"e{(number * 37) % 2_500}" for number in range(2_500)]
    assert Events(connection).append([an_event(name) for name in order]) == 2_500
    assert told(Events(connection).since(0, limit=5_000)) == order
    assert len(Events(connection).since(0)) == 1_000, "a reader that asks for no limit gets a page"


@given(page=st.integers(1, 7))
@few
def test_reading_page_by_page_is_reading_once(connection: Connection, page: int) -> None:
    with connection.begin_nested() as savepoint:
        events = Events(connection)
        events.append([an_event(f"e{number}", kind="ab"[number % 2]) for number in range(15)])
        seen: list[RecordedEvent] = []
        while found := events.since(seen[-1].seq if seen else 0, limit=page):
            seen += found
        assert tuple(seen) == events.since(0)
        assert [each.seq for each in seen] == sorted({each.seq for each in seen})
        assert told(events.latest(kind="a")) == [
            name for name in told(tuple(seen))[::-1] if int(name[1:]) % 2 == 0
        ]
        savepoint.rollback()


@given(st.text(), st.dictionaries(st.text(), st.none() | st.integers(-9, 9) | st.text(), max_size=3))
@few
def test_any_words_and_data_come_back_but_for_what_no_database_holds(
    connection: Connection, words: str, data: dict[str, object]
) -> None:
    with connection.begin_nested() as savepoint:
        Events(connection).append([an_event(text=words, data=data)])
        (back,) = Events(connection).latest()
        clean = {key.replace("\x00", "\ufffd"): value for key, value in data.items()}
        assert back.event.text == words.replace("\x00", "\ufffd")
        assert set(back.event.data) == set(clean)
        assert {key: str(value).replace("\x00", "\ufffd") for key, value in clean.items()} == {
            key: str(value) for key, value in back.event.data.items()
        } or len(clean) < len(data)
        savepoint.rollback()


def test_a_lone_surrogate_is_replaced_where_nothing_can_hold_it(connection: Connection) -> None:
    Events(connection).append([an_event(text="a\ud800b", data={"\udfff": ["\ud800"]})])
    (back,) = Events(connection).latest()
    assert (back.event.text, back.event.data) == ("a\ufffdb", {"\ufffd": ["\ufffd"]})


def test_a_batch_with_one_bad_event_is_recorded_not_at_all(connection: Connection) -> None:
    with pytest.raises(LedgerError, match="timezone-aware"):
        Events(connection).append([an_event("good"), an_event("bad", at=NOON.replace(tzinfo=None))])
    assert Events(connection).latest() == ()


def test_a_reader_that_has_seen_an_event_has_seen_all_before_it(engine: Engine) -> None:
    numbered, may_commit = Signal(), Signal()

    def slow_writer() -> None:
        with transaction(engine) as connection:
            Events(connection).append([an_event("slow")])
            numbered.set()
            assert may_commit.wait(20)

    def quick_writer() -> None:
        with transaction(engine) as connection:
            Events(connection).append([an_event("quick")])

    with ThreadPoolExecutor(2) as pool, engine.connect() as reader:
        slow = pool.submit(slow_writer)
        assert numbered.wait(20)
        quick = pool.submit(quick_writer)
        waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not quick.done() and not reader.execute(waits).scalar_one():
            reader.rollback()
        seen = told(Events(reader).since(0))
        reader.rollback()
        may_commit.set()
        slow.result()
        quick.result()
        assert seen == [], "the later event was seen before the earlier one was there"
        assert told(Events(reader).since(0)) == ["slow", "quick"]
