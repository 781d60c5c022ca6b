"""Puts what was recorded into words, and lets an encoder read them; what was cut off goes on by itself."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from threading import Lock

from sqlalchemy import Connection, Engine

from agents.untrusted import clean
from db.embeddings import Encoder
from db.engine import in_transaction
from db.ledger import Ledger
from db.record_sources import RecordSources
from db.record_texts import RecordCounts, RecordText, RecordTexts
from desk.progress import ProgressSink, silent
from fund.market.history import History
from tools.record_words import (
    headline_text_id,
    text_of_event,
    text_of_trade,
    texts_of_cycle,
    texts_of_headline,
)

TEXT_CHARACTERS = 2_000
CYCLES, ROWS = 10, 500
"""How many decisions, and how many of anything shorter, are written in one transaction."""
ENCODED_AT_ONCE = 16
"""About a fifth of a second of one core."""
LABEL = "Reading the records"

Stop = Callable[[], bool]


def never() -> bool:
    """Go on to the end."""
    return False


class RecordIndexer:
    """Keeps the searchable texts of a desk level with what it recorded.

    What is missing is found in the records themselves, so that work cut off anywhere goes on there, and
    two desks on one database do nothing twice.
    """

    def __init__(self, engine: Engine, history: Callable[[], History]) -> None:
        self._engine = engine
        self._history = history
        self._writing = Lock()
        self._headlines = 0
        """How many were known when they were last written; those of the desk's future never are (INV-15)."""

    def write(self, stop: Stop = never) -> int:
        """Write what has no text yet and return how many texts were new; cut short where `stop` says so."""
        with self._writing:
            return self._written(stop)

    def write_unless_writing(self) -> int:
        """Do what `write` does, or nothing while somebody else is at it."""
        if not self._writing.acquire(blocking=False):
            return 0
        try:
            return self._written(never)
        finally:
            self._writing.release()

    def encode_some(self, encoder: Encoder) -> int:
        """Let the encoder read the newest of what nobody has read yet, and return how many those were."""
        return in_transaction(
            self._engine,
            lambda connection: _encoded(
                connection, encoder=encoder, batch=RecordTexts(connection).waiting(limit=ENCODED_AT_ONCE)
            ),
        )

    def encode_again(
        self, encoder: Encoder, progress: ProgressSink = silent, *, everything: bool = False
    ) -> int:
        """Let an encoder read what it has not read, or everything, and return how much that was."""
        counts = self.counts(encoder)
        left, done, after = counts.texts - (0 if everything else counts.encoded), 0, ""
        progress(LABEL, 0, left)
        while batch := self._next(None if everything else encoder, after):
            in_transaction(self._engine, partial(_encoded, encoder=encoder, batch=batch))
            done, after = done + len(batch), batch[-1].text_id
            progress(LABEL, min(done, left), left)
        progress(LABEL, left, left)
        return done

    def counts(self, encoder: Encoder) -> RecordCounts:
        """Return how far the texts are read."""
        return in_transaction(self._engine, lambda connection: RecordTexts(connection).counts(encoder))

    def _next(self, encoder: Encoder | None, after: str) -> tuple[RecordText, ...]:
        return in_transaction(
            self._engine,
            lambda connection: RecordTexts(connection).listed(
                after, limit=ENCODED_AT_ONCE, unread_by=encoder
            ),
        )

    def _written(self, stop: Stop) -> int:
        written = 0
        for batch in (self._cycles, _events, self._trades):
            while not stop() and (kept := in_transaction(self._engine, batch)) is not None:
                written += kept
        return written + (0 if stop() else self._news())

    def _cycles(self, connection: Connection) -> int | None:
        found = RecordSources(connection).cycles(limit=CYCLES)
        texts = [text for record in found for text in texts_of_cycle(record, self._named)]
        return _kept(connection, found, texts)

    def _trades(self, connection: Connection) -> int | None:
        found = RecordSources(connection).trades(limit=ROWS)
        return _kept(connection, found, [text_of_trade(trade, self._named) for trade in found])

    def _named(self, ticker: str) -> str:
        """Return a ticker with its company's name and sector, so that it is found by those too."""
        known = self._history().instruments.get(ticker)
        if known is None:
            return ticker
        return f"{ticker} ({', '.join(word for word in (known.name, known.sector) if word)})"

    def _news(self) -> int:
        """Write the headlines known on the desk's clock that are not there yet, late ones among them."""
        by = self._clock_stands_at()
        if by is None:
            return 0
        history = self._history()
        known = history.view(by).headlines(len(history.headlines))
        if len(known) == self._headlines:
            return 0

        def keep(connection: Connection) -> int:
            texts = RecordTexts(connection)
            there = texts.known_ids("news")
            missing = [headline for headline in known if headline_text_id(headline) not in there]
            return texts.keep(_plain(text for headline in missing for text in texts_of_headline(headline)))

        kept = in_transaction(self._engine, keep)
        self._headlines = len(known)
        return kept

    def _clock_stands_at(self) -> datetime | None:
        session = in_transaction(self._engine, _last_session)
        return None if session is None else self._history().calendar.decision_time(session)


def _last_session(connection: Connection) -> date | None:
    mark = Ledger(connection).last_mark()
    return mark.session if mark is not None else None


def _events(connection: Connection) -> int | None:
    found = RecordSources(connection).events(limit=ROWS)
    return _kept(connection, found, [text_of_event(event) for event in found])


def _kept(connection: Connection, found: tuple[object, ...], texts: list[RecordText]) -> int | None:
    """Write texts and return how many were new; None once nothing is left to be written."""
    return RecordTexts(connection).keep(_plain(texts)) if found else None


def _plain(texts: Iterable[RecordText]) -> list[RecordText]:
    """Return texts with the words of others made safe to show: one line, nothing invisible, not too long."""
    return [
        replace(each, text=clean(each.text, TEXT_CHARACTERS), origin=clean(each.origin, 80)) for each in texts
    ]


def _encoded(connection: Connection, *, encoder: Encoder, batch: tuple[RecordText, ...]) -> int:
    return RecordTexts(connection).encode(encoder, batch)
