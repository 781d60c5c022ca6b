"""Records are kept searchable in the background: woken, between sessions, through failures, to the end."""

from collections.abc import Callable, Iterator, Sequence
from threading import Event

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from db.embeddings import Vectors
from db.engine import transaction
from db.events import Events
from desk.index_keeper import IndexKeeper
from desk.indexing import RecordIndexer
from support.database import DatabaseServer, own_database
from support.record_texts import WordEncoder
from support.records import an_event

PATIENCE_SECONDS = 30.0


class Watched(WordEncoder):
    """An encoder that is loaded when told, and says when it has read something."""

    def __init__(self) -> None:
        super().__init__()
        self.is_loaded = False
        self.has_read = Event()

    def load(self) -> None:
        self.is_loaded = True

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = super().encode(texts)
        self.has_read.set()
        return vectors


class Unreachable(RecordIndexer):
    """An indexer whose database is away the first time."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.tried = Event()
        self.tries = 0

    def write(self, stop: Callable[[], bool] = lambda: False) -> int:
        self.tries += 1
        self.tried.set()
        if self.tries == 1:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return super().write(stop)


def happened(engine: Engine, name: str) -> None:
    with transaction(engine) as connection:
        Events(connection).append([an_event(name, text=f"the event {name}")])


def keeping(
    indexer: RecordIndexer, encoder: Watched, busy: Callable[[], bool] = lambda: False
) -> IndexKeeper:
    return IndexKeeper(indexer, encoder, busy, first_after_seconds=0)  # type: ignore[arg-type]


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    """Records of each test's own."""
    with own_database(database_server) as made:
        yield made


@pytest.fixture
def indexer(engine: Engine) -> RecordIndexer:
    return RecordIndexer(engine, lambda: pytest.fail("no session was played, so no history is looked at"))


def test_what_is_missing_at_the_start_and_what_comes_later_is_read(
    engine: Engine, indexer: RecordIndexer
) -> None:
    happened(engine, "before")
    encoder = Watched()
    keeper = keeping(indexer, encoder)
    keeper.start()
    assert encoder.has_read.wait(PATIENCE_SECONDS)
    encoder.has_read.clear()
    happened(engine, "after")
    keeper.wake()
    assert encoder.has_read.wait(PATIENCE_SECONDS)
    keeper.close()
    assert [text.rpartition(" ")[2] for text in encoder.read] == ["before", "after"]
    assert keeper.health().ok
    assert "2 of 2 records can be found by meaning" in keeper.health().detail


def test_nothing_is_read_while_a_session_is_being_played(engine: Engine, indexer: RecordIndexer) -> None:
    happened(engine, "meanwhile")
    encoder, asked, playing = Watched(), Event(), Event()
    playing.set()

    def busy() -> bool:
        asked.set()
        return playing.is_set()

    keeper = keeping(indexer, encoder, busy)
    keeper.start()
    assert asked.wait(PATIENCE_SECONDS)
    assert encoder.read == []
    assert "all by their words" in keeper.health().detail
    playing.clear()
    assert encoder.has_read.wait(PATIENCE_SECONDS)
    keeper.close()


def test_a_desk_that_ends_does_not_wait_for_a_session_to_be_read(
    engine: Engine, indexer: RecordIndexer
) -> None:
    happened(engine, "last")
    encoder, asked = Watched(), Event()

    def busy() -> bool:
        asked.set()
        return True

    keeper = keeping(indexer, encoder, busy)
    keeper.start()
    assert asked.wait(PATIENCE_SECONDS)
    keeper.close()
    keeper.close()
    assert encoder.read == []


def test_a_failure_shows_in_the_health_and_is_tried_again(engine: Engine) -> None:
    indexer = Unreachable(engine, lambda: pytest.fail("no session was played"))
    encoder = Watched()
    keeper = keeping(indexer, encoder)
    happened(engine, "lost")
    keeper.start()
    assert indexer.tried.wait(PATIENCE_SECONDS)
    while not keeper.health().detail.startswith("OperationalError"):
        assert indexer.tries == 1
    assert not keeper.health().ok
    keeper.wake()
    assert encoder.has_read.wait(PATIENCE_SECONDS)
    keeper.close()
    assert keeper.health().ok


def test_texts_of_another_encoder_are_pointed_out(engine: Engine, indexer: RecordIndexer) -> None:
    happened(engine, "foreign")
    indexer.write()
    indexer.encode_again(WordEncoder("words-2"))
    health = keeping(indexer, Watched()).health()
    assert "were read by another encoder, `desk reembed` reads them anew" in health.detail
    assert "the encoder is not loaded yet" in health.detail


def test_one_that_was_never_started_can_be_closed(engine: Engine, indexer: RecordIndexer) -> None:
    keeping(indexer, Watched()).close()


def test_without_an_encoder_texts_are_written_all_the_same(engine: Engine, indexer: RecordIndexer) -> None:
    happened(engine, "plain")
    written = Event()
    keeper = IndexKeeper(indexer, None, busy=lambda: pytest.fail("nothing is read, so nobody waits"))
    indexer_write = indexer.write

    def write(stop: Callable[[], bool]) -> int:
        kept = indexer_write(stop)
        written.set()
        return kept

    indexer.write = write  # type: ignore[method-assign]
    keeper.start()
    assert written.wait(PATIENCE_SECONDS)
    keeper.close()
    assert keeper.health().detail == "by words alone: DESK_SEARCH_BY_MEANING is false"
    assert indexer.counts(WordEncoder()).texts == 1


def test_an_encoder_is_not_loaded_by_a_desk_that_ends_at_once(engine: Engine, indexer: RecordIndexer) -> None:
    happened(engine, "short")
    encoder = Watched()
    keeper = IndexKeeper(indexer, encoder, lambda: False)  # type: ignore[arg-type]
    keeper.start()
    keeper.close()
    assert not encoder.is_loaded
