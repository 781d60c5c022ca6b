"""Records found by meaning, by words, by both; exactly or by the graph; never from the future."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from db.record_search import EVERYTHING, FoundRecord, RecordFilter, RecordSearch
from db.record_texts import RecordText, RecordTexts
from support.books import MONDAY, TUESDAY
from support.record_texts import KNOWN, LATER, WordEncoder, a_text

ALWAYS_BY_GRAPH, ALWAYS_EXACT = 0, 10**9


def kept(connection: Connection, *records: RecordText, encoded: bool = True) -> RecordTexts:
    texts = RecordTexts(connection)
    texts.keep(records)
    if encoded:
        texts.encode(WordEncoder(), records)
    return texts


def found(
    connection: Connection,
    asked: str,
    *,
    as_of: datetime = LATER,
    narrowed: RecordFilter = EVERYTHING,
    meaning: bool = True,
    exact_up_to: int = ALWAYS_EXACT,
    limit: int = 10,
) -> tuple[FoundRecord, ...]:
    vector = WordEncoder().ask(asked) if meaning else None
    search = RecordSearch(connection, exact_up_to=exact_up_to)
    return search.search(asked, vector, as_of=as_of, narrowed=narrowed, limit=limit)


def ids(answer: Iterable[FoundRecord]) -> list[str]:
    return [each.record.text_id for each in answer]


@pytest.mark.parametrize("exact_up_to", [ALWAYS_BY_GRAPH, ALWAYS_EXACT])
def test_a_record_is_found_by_meaning_by_words_and_by_both(connection: Connection, exact_up_to: int) -> None:
    kept(
        connection,
        a_text("meant", "oil fell"),
        a_text("both", "shares dropped sharply after guidance"),
        a_text("other", "a dividend was paid"),
    )
    answer = found(connection, "shares losses", exact_up_to=exact_up_to)
    assert {each.record.text_id: each.found_by for each in answer} == {"both": "both", "meant": "meaning"}
    assert ids(answer)[0] == "both"
    assert answer[0].likeness is not None
    assert answer[0].likeness > 0.2
    assert [each.score for each in answer] == sorted((each.score for each in answer), reverse=True)


def test_without_vectors_the_words_find_it_and_say_so(connection: Connection) -> None:
    kept(connection, a_text("r1", "oil fell"), a_text("r2", "oil rose"), encoded=False)
    for meaning in (True, False):
        answer = found(connection, "which oil fell?", meaning=meaning)
        assert [(each.record.text_id, each.found_by, each.likeness) for each in answer] == [
            ("r1", "words", None),
            ("r2", "words", None),
        ]


def test_words_are_found_in_every_form_and_all_of_them_come_before_some(connection: Connection) -> None:
    kept(
        connection,
        a_text("some", "selling oil, selling gas, selling coal"),
        a_text("all", "the bank was sold after its losses"),
        encoded=False,
    )
    assert ids(found(connection, "losses banks sell sold", meaning=False)) == ["all", "some"]
    assert ids(found(connection, '"bank was sold"', meaning=False)) == ["all"]
    assert ids(found(connection, "selling -coal", meaning=False)) == []
    assert ids(found(connection, "the of and", meaning=False)) == []


def test_what_has_nothing_to_do_with_the_question_is_not_found(connection: Connection) -> None:
    kept(connection, a_text("r1", "oil fell"))
    assert found(connection, "wedding cake") == ()


def test_an_empty_question_lists_the_newest(connection: Connection) -> None:
    day = timedelta(days=1)
    kept(connection, *(a_text(f"r{n}", known_at=KNOWN + n * day) for n in range(4)))
    answer = found(connection, "  ", limit=2, as_of=KNOWN + 2 * day)
    assert ids(answer) == ["r2", "r1"]
    assert {each.found_by for each in answer} == {"newest"}


@pytest.mark.parametrize("exact_up_to", [ALWAYS_BY_GRAPH, ALWAYS_EXACT])
@pytest.mark.parametrize("asked", ["oil", " "])
def test_a_filter_keeps_what_it_names(connection: Connection, asked: str, exact_up_to: int) -> None:
    kept(
        connection,
        a_text("said", "oil"),
        a_text("macro", "oil", role="macro_researcher", ticker=None),
        a_text("news", "oil", kind="news", role=None, ticker="XOM"),
        a_text("monday", "oil", kind="decision", role=None, session=MONDAY),
    )
    for narrowed, expected in (
        (RecordFilter(), {"said", "macro", "news", "monday"}),
        (RecordFilter(ticker="XOM"), {"news"}),
        (RecordFilter(kind="rationale"), {"said", "macro"}),
        (RecordFilter(role="macro_researcher"), {"macro"}),
        (RecordFilter(kind="news", role="validator"), set()),
        (RecordFilter(until=MONDAY), {"monday"}),
        (RecordFilter(since=TUESDAY), {"said", "macro", "news"}),
        (RecordFilter(since=TUESDAY, until=MONDAY), set()),
    ):
        assert set(ids(found(connection, asked, narrowed=narrowed, exact_up_to=exact_up_to))) == expected


moments = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


@given(moments, st.integers(-4, 4), st.sampled_from([ALWAYS_BY_GRAPH, ALWAYS_EXACT]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_nothing_is_found_before_it_was_known(
    engine: Engine, offsets: Sequence[int], asked: int, exact_up_to: int, encoded: bool
) -> None:
    hour = timedelta(hours=1)
    records = [
        a_text(f"r{n}", "oil fell", known_at=KNOWN + offset * hour) for n, offset in enumerate(offsets)
    ]
    known = {f"r{n}" for n, offset in enumerate(offsets) if offset <= asked}
    with engine.connect() as connection:
        kept(connection, *records, encoded=encoded)
        for question in ("oil losses", "oil", ""):
            answer = found(
                connection, question, as_of=KNOWN + asked * hour, exact_up_to=exact_up_to, limit=20
            )
            assert set(ids(answer)) == known
        connection.rollback()


def test_the_graph_finds_what_a_comparison_with_all_does(connection: Connection) -> None:
    random = np.random.default_rng(7)
    words = ["oil", "bank", "gas", "chip", "drug", "car", "air", "steel", "fell", "rose", "split", "fine"]
    records = [a_text(f"r{n}", " ".join(random.choice(words, 4))) for n in range(300)]
    kept(connection, *records)
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    vector = WordEncoder().ask("bank fell")
    exact, graph = (
        RecordSearch(connection, exact_up_to=up_to).nearest(
            vector, as_of=LATER, narrowed=RecordFilter(kind="rationale"), limit=10
        )
        for up_to in (ALWAYS_EXACT, ALWAYS_BY_GRAPH)
    )
    assert [like for _, like in graph] == pytest.approx([like for _, like in exact])


def test_where_the_graph_finds_too_few_all_are_compared(connection: Connection) -> None:
    kept(connection, *(a_text(f"r{n}", "oil fell") for n in range(3)), a_text("x", "oil", ticker="XOM"))
    connection.execute(text("SET LOCAL hnsw.max_scan_tuples = 1"))
    narrowed = RecordFilter(ticker="XOM")
    assert ids(found(connection, "oil", narrowed=narrowed, exact_up_to=ALWAYS_BY_GRAPH)) == ["x"]


def test_vectors_of_another_encoder_are_never_compared(connection: Connection) -> None:
    texts = kept(connection, a_text("r1", "oil fell"))
    texts.encode(WordEncoder("words-2"), [a_text("r1", "oil fell")])
    assert found(connection, "losses") == ()
    theirs = WordEncoder("words-2").ask("losses")
    assert ids(RecordSearch(connection).search("losses", theirs, as_of=LATER, narrowed=EVERYTHING)) == ["r1"]
