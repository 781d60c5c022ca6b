"""Memory: exact, in order, never from the future, never across embedders."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from db.memory import Memory, MemoryStore
from fund.errors import QueryRefusedError
from support.books import TUESDAY, at_close
from support.records import a_memory

CLOSE = at_close(TUESDAY)
LATER = CLOSE + timedelta(days=3650)
HOUR = timedelta(hours=1)

components = st.integers(-3, 3)
vectors = st.tuples(components, components, components).filter(any)


def ids(found: object) -> list[str]:
    return [each.memory.memory_id for each in found]  # type: ignore[attr-defined]


def test_the_nearest_comes_first_with_its_distance(connection: Connection) -> None:
    store = MemoryStore(connection)
    memories = [a_memory(name) for name in ("opposite", "same", "across")]
    assert store.remember("e1", memories, [[-2, 0], [3, 0], [0, 5]]) == 3
    found = store.recall("e1", [1, 0], as_of=LATER, kind="trade")
    assert ids(found) == ["same", "across", "opposite"]
    assert [each.distance for each in found] == pytest.approx([0, 1, 2])
    assert found[0].memory == memories[1]


def test_equally_near_memories_come_by_id(connection: Connection) -> None:
    store = MemoryStore(connection)
    store.remember("e1", [a_memory(name) for name in "cab"], [[1, 1]] * 3)
    assert ids(store.recall("e1", [1, 1], as_of=LATER, kind="trade")) == ["a", "b", "c"]


def test_a_memory_is_recalled_from_the_moment_it_was_known(connection: Connection) -> None:
    store = MemoryStore(connection)
    store.remember("e1", [a_memory(known_at=CLOSE)], [[1, 0]])
    before = CLOSE - timedelta(microseconds=1)
    assert store.recall("e1", [1, 0], as_of=before, kind="trade") == ()
    assert ids(store.recall("e1", [1, 0], as_of=CLOSE, kind="trade")) == ["m1"]
    assert (store.count("trade", as_of=before), store.count("trade", as_of=CLOSE)) == (0, 1)


def test_a_ticker_and_a_kind_narrow_the_search(connection: Connection) -> None:
    store = MemoryStore(connection)
    batch = [
        a_memory("apple"),
        a_memory("exxon", ticker="XOM"),
        a_memory("market", kind="conditions", ticker=None, outcome=None),
    ]
    store.remember("e1", batch, [[1, 0]] * 3)
    assert ids(store.recall("e1", [1, 0], as_of=LATER, kind="trade", ticker="XOM")) == ["exxon"]
    assert ids(store.recall("e1", [1, 0], as_of=LATER, kind="trade")) == ["apple", "exxon"]
    assert store.recall("e1", [1, 0], as_of=LATER, kind="conditions")[0].memory == batch[2]


def test_a_memory_delivered_twice_is_one(connection: Connection) -> None:
    store = MemoryStore(connection)
    batch = [a_memory("m1"), a_memory("m2")]
    assert store.remember("e1", batch[:1], [[1, 0]]) == 1
    assert store.remember("e1", batch, [[1, 0], [0, 1]]) == 1
    assert store.remember("e1", [], []) == 0
    assert len(store.recall("e1", [1, 0], as_of=LATER, kind="trade")) == 2


def test_nothing_remembered_is_an_empty_answer(connection: Connection) -> None:
    store = MemoryStore(connection)
    assert store.recall("e1", [1, 0], as_of=LATER, kind="decision") == ()
    assert store.recall_many("e1", [[1, 0], [0, 1]], as_of=LATER, kind="decision") == ((), ())
    assert store.recall_many("e1", [], as_of=LATER, kind="decision") == ()


@pytest.mark.parametrize(("embedder", "vector"), [("e2", [1, 0]), ("e1", [1, 0, 0])])
def test_vectors_of_another_space_are_refused(
    connection: Connection, embedder: str, vector: list[int]
) -> None:
    store = MemoryStore(connection)
    store.remember("e1", [a_memory()], [[1, 0]])
    with pytest.raises(QueryRefusedError, match="embedded by 'e1' in 2 dimensions"):
        store.recall(embedder, vector, as_of=LATER, kind="trade")
    with pytest.raises(QueryRefusedError, match="embed them all again"):
        store.remember(embedder, [a_memory("m2")], [vector])


def test_a_kind_that_was_forgotten_can_be_embedded_anew(connection: Connection) -> None:
    store = MemoryStore(connection)
    store.remember("e1", [a_memory()], [[1, 0]])
    assert store.forget("trade") == 1
    assert store.remember("e2", [a_memory()], [[1, 0, 0]]) == 1
    assert ids(store.recall("e2", [1, 0, 0], as_of=LATER, kind="trade")) == ["m1"]


@pytest.mark.parametrize("vector", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0], [[1.0]], []])
def test_a_vector_without_a_direction_is_refused(connection: Connection, vector: list[float]) -> None:
    with pytest.raises(QueryRefusedError, match="vector"):
        MemoryStore(connection).recall("e1", vector, as_of=LATER, kind="trade")
    with pytest.raises(QueryRefusedError, match="vector"):
        MemoryStore(connection).remember("e1", [a_memory()], [vector])


def test_text_that_no_database_can_hold_is_made_storable(connection: Connection) -> None:
    store = MemoryStore(connection)
    store.remember("e1", [a_memory(text="a\x00b\ud800c", outcome={"k": "\x00"})], [[1, 0]])
    found = store.recall("e1", [1, 0], as_of=LATER, kind="trade")[0].memory
    assert (found.text, found.outcome) == ("a\ufffdb\ufffdc", {"k": "\ufffd"})


def dated(entries: list[tuple[tuple[int, int, int], int]]) -> list[Memory]:
    return [
        a_memory(f"m{number:03}", known_at=CLOSE + hours * HOUR) for number, (_, hours) in enumerate(entries)
    ]


def expected(
    entries: list[tuple[tuple[int, int, int], int]], asked: tuple[int, int, int], as_of: datetime
) -> list[tuple[float, str]]:
    """The answer by brute force: cosine distance over what was known, ties by id."""
    wanted = np.array(asked, dtype=float)
    rows = []
    for number, (vector, hours) in enumerate(entries):
        if CLOSE + hours * HOUR <= as_of:
            given_vector = np.array(vector, dtype=float)
            cosine = given_vector @ wanted / np.linalg.norm(given_vector) / np.linalg.norm(wanted)
            rows.append((1 - cosine, f"m{number:03}"))
    return sorted((round(distance, 9), name) for distance, name in rows)


@given(
    entries=st.lists(st.tuples(vectors, st.integers(-5, 5)), min_size=1, max_size=12),
    future=st.lists(st.tuples(vectors, st.integers(1, 50)), max_size=6),
    asked=vectors,
    hours=st.integers(-6, 6),
)
def test_recall_is_exact_and_no_future_changes_it(
    engine: Engine,
    entries: list[tuple[tuple[int, int, int], int]],
    future: list[tuple[tuple[int, int, int], int]],
    asked: tuple[int, int, int],
    hours: int,
) -> None:
    as_of = CLOSE + hours * HOUR
    with engine.connect() as connection:
        store = MemoryStore(connection)
        store.remember("e1", dated(entries), [vector for vector, _ in entries])
        found = store.recall("e1", asked, as_of=as_of, kind="trade", limit=4)
        want = expected(entries, asked, as_of)
        assert [round(each.distance, 6) for each in found] == pytest.approx(
            [d for d, _ in want[:4]], abs=1e-6
        )
        assert all(each.memory.known_at <= as_of for each in found)
        later = [
            a_memory(f"future{number}", known_at=as_of + wait * HOUR)
            for number, (_, wait) in enumerate(future)
        ]
        store.remember("e1", later, [vector for vector, _ in future])
        assert store.recall("e1", asked, as_of=as_of, kind="trade", limit=4) == found
        connection.rollback()


@given(asked=st.lists(vectors, min_size=1, max_size=5), entries=st.lists(vectors, min_size=1, max_size=8))
def test_many_questions_at_once_get_the_answers_of_each(
    engine: Engine, asked: list[tuple[int, int, int]], entries: list[tuple[int, int, int]]
) -> None:
    with engine.connect() as connection:
        store = MemoryStore(connection)
        store.remember("e1", dated([(vector, 0) for vector in entries]), entries)
        together = store.recall_many("e1", asked, as_of=CLOSE, kind="trade", limit=3)
        alone = tuple(store.recall("e1", each, as_of=CLOSE, kind="trade", limit=3) for each in asked)
        assert together == alone
        connection.rollback()
