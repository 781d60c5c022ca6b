"""Texts on record: written once, given a vector later, and missing ones found without a note."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from db.embeddings import DIMENSIONS, Vectors
from db.record_texts import RecordCounts, RecordTexts
from support.record_texts import KNOWN, WordEncoder, a_text


def test_a_text_is_kept_once_and_the_first_telling_stays(connection: Connection) -> None:
    texts = RecordTexts(connection)
    assert texts.keep([a_text("r1", "first"), a_text("r2")]) == 2
    assert texts.keep([a_text("r1", "second"), a_text("r3")]) == 1
    assert texts.keep([]) == 0
    assert texts.get("r1") == a_text("r1", "first")
    assert texts.get("r9") is None


def test_what_no_database_can_hold_is_replaced(connection: Connection) -> None:
    texts = RecordTexts(connection)
    texts.keep([a_text("r1", "oil\x00fell \ud800")])
    kept = texts.get("r1")
    assert kept is not None
    assert kept.text == "oil\ufffdfell \ufffd"


def test_the_newest_wait_first_and_what_has_a_vector_waits_no_more(connection: Connection) -> None:
    texts, encoder = RecordTexts(connection), WordEncoder()
    records = [a_text(f"r{n}", f"text {n}", known_at=KNOWN + timedelta(days=n)) for n in range(3)]
    texts.keep(records)
    assert [each.text_id for each in texts.waiting(limit=2)] == ["r2", "r1"]
    assert texts.encode(encoder, texts.waiting(limit=2)) == 2
    assert [each.text_id for each in texts.waiting(limit=2)] == ["r0"]
    assert texts.encode(encoder, []) == 0
    assert texts.counts(encoder) == RecordCounts(texts=3, encoded=2, of_others=0)


def test_another_encoder_reads_everything_again(connection: Connection) -> None:
    texts, new = RecordTexts(connection), WordEncoder("words-2")
    texts.keep([a_text("r1"), a_text("r2"), a_text("r3")])
    texts.encode(WordEncoder(), [a_text("r1"), a_text("r2")])
    assert texts.counts(new) == RecordCounts(texts=3, encoded=0, of_others=2)
    texts.encode(new, [a_text("r2")])
    assert [each.text_id for each in texts.listed(limit=2)] == ["r1", "r2"]
    assert [each.text_id for each in texts.listed("r1", limit=2)] == ["r2", "r3"]
    assert [each.text_id for each in texts.listed(limit=2, unread_by=new)] == ["r1", "r3"]
    texts.encode(new, texts.listed(limit=9, unread_by=new))
    assert texts.listed(limit=9, unread_by=new) == ()
    assert texts.counts(new) == RecordCounts(texts=3, encoded=3, of_others=0)


def test_an_encoder_that_answers_short_is_refused(connection: Connection) -> None:
    class Short(WordEncoder):
        def encode(self, texts: Sequence[str]) -> Vectors:
            return np.ones((len(texts), DIMENSIONS - 1), dtype=np.float32)

    texts = RecordTexts(connection)
    texts.keep([a_text("r1")])
    with pytest.raises(ValueError, match=r"expected 1 vectors of 384 from 'words-1', found shape \(1, 383\)"):
        texts.encode(Short(), [a_text("r1")])


def test_the_ids_of_a_kind_are_listed(connection: Connection) -> None:
    texts = RecordTexts(connection)
    texts.keep([a_text("n1", kind="news"), a_text("n2", kind="news"), a_text("r1")])
    assert texts.known_ids("news") == {"n1", "n2"}
    assert texts.waiting_count() == 3


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'rumour'",
        "known_at = at - interval '1 second'",
        "embedder = 'words-1'",
    ],
)
def test_the_database_refuses_what_cannot_be(connection: Connection, change: str) -> None:
    RecordTexts(connection).keep([a_text("r1")])
    with pytest.raises(IntegrityError):
        connection.execute(text(f"UPDATE desk.record_texts SET {change}"))
