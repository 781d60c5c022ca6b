"""Answers out of the records: the first sentence answers, every line cites a record that can be asked for."""

from dataclasses import replace
from datetime import date

import pytest

from graph.chat_events import Table
from graph.replies.records import CITED, record_reply, search_reply
from support.books import TUESDAY
from support.record_texts import KNOWN
from support.talk import text_of
from tools.records import RecordHit, RecordsFound, WholeRecord


def a_hit(place: int = 1, **changes: object) -> RecordHit:
    hit = RecordHit(
        record_id=f"rationale-daily-2016-03-08/validator/T{place}",
        kind="rationale",
        ticker=f"T{place}",
        role="validator",
        session=TUESDAY,
        known_at=KNOWN,
        origin="offline rules, no LLM",
        text=f"Validator on T{place}: similar trades lost",
        found_by="both",
        score=0.03,
        likeness=0.61,
        alike=0,
    )
    return replace(hit, **changes)  # type: ignore[arg-type]


def found(*hits: RecordHit, **changes: object) -> RecordsFound:
    answer = RecordsFound(
        asked="what lost?",
        ticker=None,
        kind=None,
        role=None,
        since=None,
        until=None,
        hits=hits,
        by_meaning=True,
        waiting=0,
    )
    return replace(answer, **changes)  # type: ignore[arg-type]


def table_of(answer: RecordsFound) -> Table:
    (table,) = (event for event in search_reply(answer) if isinstance(event, Table))
    return table


def test_a_line_says_its_day_and_its_name_once() -> None:
    told = text_of(search_reply(found(a_hit(1, text="2016-03-08, T1 (Test One, Energy): bought"))))
    assert "- [1] 2016-03-08, validator: T1 (Test One, Energy): bought" in told


def test_the_first_sentence_says_how_many_and_the_lines_cite_them() -> None:
    told = text_of(search_reply(found(a_hit(1), a_hit(2, alike=3))))
    assert told.startswith(
        '2 records on "what lost?"; the best fit is a rationale of 2016-03-08 about T1 [1].'
    )
    assert "- [1] 2016-03-08, validator, T1: Validator on T1: similar trades lost" in told
    assert "- [2] 2016-03-08, validator, T2" in told
    assert "(and 3 more that say the same with other figures)" in told
    assert "show record `rationale-daily-2016-03-08/validator/T1`" in told


def test_the_table_has_every_record_with_its_id() -> None:
    hits = [a_hit(place) for place in range(1, CITED + 4)]
    answer = found(*hits)
    rows = table_of(answer).rows
    assert [(row[0], row[1]) for row in rows] == [(n, hit.record_id) for n, hit in enumerate(hits, start=1)]
    assert f"[{CITED}]" in text_of(search_reply(answer))
    assert f"[{CITED + 1}]" not in text_of(search_reply(answer))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, 'Nothing on record fits on "what lost?"; try other words or a wider filter.'),
        ({"asked": "", "kind": "news"}, "Nothing on record fits of kind news; try"),
        (
            {"ticker": "GE", "role": "validator", "since": date(2016, 1, 4), "until": date(2016, 2, 1)},
            "about GE by the validator from 2016-01-04 to 2016-02-01; try",
        ),
    ],
)
def test_nothing_found_is_said_with_the_filter(changes: dict[str, object], said: str) -> None:
    answer = found(**changes)
    assert said in text_of(search_reply(answer))
    assert not [event for event in search_reply(answer) if isinstance(event, Table)]


def test_the_newest_are_called_so() -> None:
    told = text_of(search_reply(found(a_hit(found_by="newest", role=None, kind="event"), asked="")))
    assert told.startswith("The newest 1 record; the first is an event of 2016-03-08 about T1 [1].")


def test_what_could_not_be_compared_by_meaning_is_said() -> None:
    assert "Only words were compared" in text_of(search_reply(found(a_hit(), by_meaning=False)))
    assert "1,200 records could be found by words only so far." in text_of(
        search_reply(found(a_hit(), waiting=1200))
    )
    assert "words only" not in text_of(search_reply(found(a_hit())))


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("rationale", "Source: cycle `c1`, said by a wire."),
        ("decision", "Source: cycle `c1`, said by a wire."),
        ("news", "Source: a headline of a wire, `c1`."),
        ("event", "Source: event `c1` (a wire)."),
        ("lesson", "Source: the closed trade `c1`."),
    ],
)
def test_a_record_is_told_whole_with_its_source(kind: str, source: str) -> None:
    record = WholeRecord(
        record_id="x-1",
        kind=kind,  # type: ignore[arg-type]
        ticker=None,
        role=None,
        session=TUESDAY,
        at=KNOWN,
        known_at=KNOWN,
        origin="a wire",
        text="Oil *fell*",
        source_id="c1",
        cycle_id="c1" if kind != "news" else None,
    )
    told = text_of(record_reply(record))
    assert told.startswith("Record `x-1` is ")
    assert "> Oil \\*fell\\*" in told
    assert source in told
    assert "It was known from 2016-03-08 21:30 UTC on." in told
    assert ("ask: decision of 2016-03-08" in told) == (kind != "news")
