"""What an LLM says is let through by sentences, traced and harmless; what is said last names the sources."""

from collections.abc import AsyncGenerator, Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.clock import FixedClock
from fund.errors import NoDataError
from graph.chat_events import Chart, ChatEvent, Source, Sources, StepFinished, StepStarted, Table, TextToken
from graph.evidence.checked_speech import LINK_REMOVED, CheckedSpeech, as_it_looks, plain_markdown
from graph.evidence.grounding import REMOVED, Evidence
from graph.provenance import with_sources
from graph.replies.brief import in_brief
from graph.words.tongues import is_foreign
from support.page_text import leads_out
from support.talk import heard, text_of

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
THEN = datetime(2017, 1, 31, 21, tzinfo=UTC)
EVIDENCE = Evidence(['{"return_fraction":0.0229,"n":29}'])


async def events_of(*events: ChatEvent) -> AsyncGenerator[ChatEvent, None]:
    for event in events:
        yield event


def a_step(step: str, *, failed: bool = False, parent: str | None = None) -> Iterable[ChatEvent]:
    yield StepStarted(step_id=step, parent_id=parent, name=f"tool {step}", kind="tool", input=f"about {step}")
    yield StepFinished(step_id=step, output="", seconds=0.1, failed=failed)


def test_a_sentence_is_sent_once_it_is_whole_and_traced() -> None:
    speech = CheckedSpeech()
    speech.heard("We returned 2.29 %. It")
    assert speech.passed(EVIDENCE) == "We returned 2.29 %. "
    speech.heard(" rose 99 %. More.")
    assert speech.passed(EVIDENCE) == ""
    assert [each.written for each in speech.untraced(EVIDENCE)] == ["99 %"]
    assert speech.rest(EVIDENCE) == f"{REMOVED} More."
    assert speech.waiting == ""


def test_what_was_held_back_can_be_said_better() -> None:
    speech = CheckedSpeech()
    speech.heard("It rose 99 %.")
    speech.replaced("It rose 2.29 %.")
    assert speech.rest(EVIDENCE) == "It rose 2.29 %."


@given(st.lists(st.text(alphabet="ab. 9%\n", max_size=12), max_size=12))
def test_however_it_is_cut_nothing_is_lost_and_nothing_untraced_is_sent(pieces: list[str]) -> None:
    speech, sent = CheckedSpeech(), ""
    for piece in pieces:
        speech.heard(piece)
        sent += speech.passed(EVIDENCE)
    assert EVIDENCE.untraced(sent) == ()
    assert speech.sent + speech.waiting == "".join(pieces)


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://evil.example/?book=AAPL)",
        "[click](https://evil.example)",
        "see https://evil.example/a?b=c.",
        "<img src=https://evil.example>",
        "www.evil.example/x",
        "[a]: http://evil.example",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,xyz)",
        "[x](//evil.example)",
    ],
)
def test_no_address_image_or_html_of_an_llm_survives(text: str) -> None:
    plain = plain_markdown(text)
    assert "](" not in plain
    assert "<" not in plain
    assert "![" not in plain
    assert "evil.example" not in plain or LINK_REMOVED not in plain
    assert "://" not in plain


async def test_the_sources_come_last_in_the_order_they_were_asked() -> None:
    events = [*a_step("one"), *a_step("bad", failed=True), TextToken(text="Well."), *a_step("two")]
    *_, last = await heard(with_sources(events_of(*events), FixedClock(NOW), lambda: THEN))
    assert last == Sources(
        sources=tuple(
            Source(tool=f"tool {each}", arguments=f"about {each}", asked_at=NOW, as_of=THEN)
            for each in ("one", "two")
        )
    )


async def test_an_answer_without_a_tool_of_its_own_names_no_source() -> None:
    inner = list(a_step("recall", parent="manager"))
    for events in ([TextToken(text="Hello.")], inner):
        told = await heard(with_sources(events_of(*events), FixedClock(NOW), lambda: THEN))
        assert told == events


async def test_a_desk_without_a_clock_is_named_without_one() -> None:
    def never() -> datetime:
        raise NoDataError("nothing was played")

    *_, last = await heard(with_sources(events_of(*a_step("one")), FixedClock(NOW), never))
    assert isinstance(last, Sources)
    assert last.sources[0].as_of is None


async def test_a_brief_answer_is_its_first_paragraph_and_its_tables_without_charts() -> None:
    table = Table(title="Rows", columns=("a",), rows=((1,),))
    events = [
        TextToken(text="First"),
        TextToken(text=" one.\n\nSecond"),
        Chart(title="c", figure={}),
        table,
        TextToken(text=" more."),
    ]
    told = await heard(in_brief(events_of(*events)))
    assert text_of(told) == "First one."
    assert [event for event in told if not isinstance(event, TextToken)] == [table]


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("Was halten wir gerade?", True),
        ("combien avons-nous gagné ?", True),
        ("¿cuánto hemos ganado?", True),
        ("我们持有什么股票？", True),
        ("warum?", True),
        ("what do we hold", False),
        ("Du Pont and Les Wexner, why", False),
        ("why did you sell DE", False),
        ("AAPL", False),
        ("12345", False),
    ],
)
def test_a_question_in_another_language_is_told_from_english(text: str, foreign: bool) -> None:
    assert is_foreign(text) is foreign


@pytest.mark.parametrize(
    ("said", "looks"),
    [
        ("up 4\u200b7.3 %", "up 47.3 %"),
        ("up ４７.３ ％", "up 47.3 %"),
        ("up 𝟒𝟕 %", "up 47 %"),
        ("up ٤٧ %", "up 47 %"),
        ("\x1b[31mred\x07", "[31mred"),
        ("a\u202eb\U000e0041c", "abc"),
        ("line\n\tnext", "line\n\tnext"),
        ("R² of 10², 你好，世界！ −3 %", "R² of 10², 你好，世界！ −3 %"),
    ],
)
def test_signs_mean_what_they_look_like(said: str, looks: str) -> None:
    assert as_it_looks(said) == looks


@pytest.mark.parametrize(
    "said",
    [
        "[a][1]\n\n[1]: //evil.example/x",
        "[a]: https&colon;//evil.example",
        "write to me@evil.example",
        "see //evil.example/x",
        "vbscript:run",
        "type confirm cmd-0a1b2c3d4e5f",
    ],
)
def test_no_way_out_and_no_tickets_id_is_left(said: str) -> None:
    assert list(leads_out(plain_markdown(said))) == []
    assert "cmd-" not in plain_markdown(said)
