"""Keeps the records searchable in the background: on a thread of its own, while nobody waits for the desk."""

import logging
from collections.abc import Callable

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from db.embeddings import SentenceEncoder
from desk.background import Background
from desk.indexing import RecordIndexer
from desk.web.face import HealthItem
from fund.errors import DeskError

log = logging.getLogger("conclave.records")

PATIENCE_SECONDS = 0.5
"""How long to wait before looking again whether the desk is still at work."""
AGAIN_SECONDS = 60.0
"""How long to wait after a failure, unless something happens before."""
FIRST_AFTER_SECONDS = 10.0
"""How long nothing is encoded after a start."""
NAME = "record search"
FAILURES = (DeskError, SQLAlchemyError, psycopg.Error, OSError, ImportError, ValueError, RuntimeError)
"""Of the database, of the records, of the encoder's library: none of them ends the keeping."""


class IndexKeeper:
    """Writes and encodes what is recorded, whenever it is woken, until it is closed."""

    def __init__(
        self,
        indexer: RecordIndexer,
        encoder: SentenceEncoder | None,
        busy: Callable[[], bool],
        *,
        first_after_seconds: float = FIRST_AFTER_SECONDS,
    ) -> None:
        """Without an encoder texts are written only; `busy` says whether the desk is at work."""
        self._indexer = indexer
        self._encoder = encoder
        self._busy = busy
        self._first_after_seconds = first_after_seconds
        self._background = Background(
            "record index", self._work, FAILURES, every_seconds=None, again_seconds=AGAIN_SECONDS
        )
        self._closing = self._background.closing

    def start(self) -> None:
        """Begin with what is missing."""
        self._background.start()

    def wake(self) -> None:
        """Say that something was recorded."""
        self._background.wake()

    def close(self) -> None:
        """End after the texts in hand."""
        self._background.close()

    def health(self) -> HealthItem:
        """Say how much can be found by meaning, and what is in the way of the rest."""
        if self._background.failed:
            return HealthItem(name=NAME, ok=False, detail=self._background.failed)
        if self._encoder is None:
            return HealthItem(name=NAME, ok=True, detail="by words alone: DESK_SEARCH_BY_MEANING is false")
        counts = self._indexer.counts(self._encoder)
        said = f"{counts.encoded:,} of {counts.texts:,} records can be found by meaning, all by their words"
        if not self._encoder.is_loaded:
            said += "; the encoder is not loaded yet"
        if counts.of_others:
            said += f"; {counts.of_others:,} were read by another encoder, `desk reembed` reads them anew"
        return HealthItem(name=NAME, ok=True, detail=said)

    def _work(self) -> None:
        written, encoded = self._indexer.write(self._closing.is_set), 0
        encoder = self._encoder
        if encoder is not None and self._is_ready(encoder):
            while self._may_go_on() and (some := self._indexer.encode_some(encoder)):
                encoded += some
        if written or encoded:
            log.info("records indexed: %d written, %d read by the encoder", written, encoded)

    def _is_ready(self, encoder: SentenceEncoder) -> bool:
        """Load the encoder once the start is over: the first questions should have the processor."""
        if not encoder.is_loaded and not self._closing.wait(self._first_after_seconds) and self._may_go_on():
            encoder.load()
        return encoder.is_loaded

    def _may_go_on(self) -> bool:
        """Wait until the desk is not at work; False once it ends."""
        while self._busy() and not self._closing.is_set():
            self._closing.wait(PATIENCE_SECONDS)
        return not self._closing.is_set()
