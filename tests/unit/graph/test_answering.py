"""One tool call becomes one visible step and its words; what goes wrong is a sentence."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DeskError, LedgerError, NoDataError, QueryRefusedError
from graph.answering import OUTPUT_CHARACTERS, carried_out, refused, shown
from graph.chat_events import ChatEvent, StepFinished, StepStarted, TextToken, Ticket
from graph.intent import AT_ONCE
from graph.plans.control_plans import control_reply, ticket_of
from graph.plans.plan import OwnersWord, Plan, Said
from graph.replies.phrases import say
from support.talk import text_of
from support.tool_results import a_holding, a_pending, a_portfolio


def a_plan(call: Callable[[], str]) -> Plan[str]:
    return Plan(tool="portfolio.holdings", input="week", call=call, told=say)


async def events_of(plan: Plan[str]) -> list[Said]:
    return [event async for event in carried_out(plan)]


def words_of(events: Iterator[ChatEvent]) -> str:
    return text_of(events)


async def test_a_call_is_a_step_that_begins_ends_and_is_then_told() -> None:
    events = await events_of(a_plan(lambda: "three names and some cash"))
    started, finished, *words = events
    assert isinstance(started, StepStarted)
    assert isinstance(finished, StepFinished)
    assert (started.name, started.kind, started.input) == ("portfolio.holdings", "tool", "week")
    assert started.parent_id is None
    assert (finished.step_id, finished.failed) == (started.step_id, False)
    assert finished.output == '"three names and some cash"'
    assert finished.seconds >= 0
    assert "".join(w.text for w in words if isinstance(w, TextToken)) == "three names and some cash"


async def test_two_calls_are_two_steps() -> None:
    steps = [(await events_of(a_plan(lambda: "x")))[0] for _ in range(2)]
    assert len({step.step_id for step in steps if isinstance(step, StepStarted)}) == 2


@pytest.mark.parametrize("error", [QueryRefusedError, LedgerError, NoDataError, DeskError])
async def test_what_the_desk_knows_went_wrong_fails_the_step_and_is_said(error: type[DeskError]) -> None:
    def refuses() -> str:
        raise error("no company is called 'XYZ'; did you mean XOM?")

    _, finished, *words = await events_of(a_plan(refuses))
    assert isinstance(finished, StepFinished)
    assert finished.failed
    assert finished.output == "no company is called 'XYZ'; did you mean XOM?"
    assert "".join(w.text for w in words if isinstance(w, TextToken)) == (
        "No company is called 'XYZ'; did you mean XOM?"
    )


async def test_a_mistake_of_ours_is_not_hidden_in_a_sentence() -> None:
    def breaks() -> str:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        await events_of(a_plan(breaks))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nothing is held", "Nothing is held."),
        ("which one?", "Which one?"),
        ("stop!", "Stop!"),
        ("Done.", "Done."),
        ("  spaced  ", "Spaced."),
        ("", "QueryRefusedError."),
        ("see <b>this</b> [x](y)", "See \\<b\\>this\\</b\\> \\[x\\](y)."),
    ],
)
def test_a_refusal_is_a_whole_harmless_sentence(text: str, sentence: str) -> None:
    assert words_of(refused(QueryRefusedError(text))) == sentence


@given(st.text(max_size=3000))
def test_a_refusal_whatever_it_says_ends_and_is_short(text: str) -> None:
    sentence = words_of(refused(QueryRefusedError(text)))
    assert len(sentence) <= 2000
    assert "\n" not in sentence


def test_a_result_is_shown_as_its_json() -> None:
    assert shown({"a": Decimal("1.50"), "day": date(2016, 3, 7)}) == '{"a":"1.50","day":"2016-03-07"}'


def test_of_several_results_the_first_is_shown() -> None:
    assert shown(("report", "chart")) == '"report"'
    assert shown(()) == "[]"


@pytest.mark.parametrize(
    ("characters", "cut"), [(OUTPUT_CHARACTERS - 2, False), (OUTPUT_CHARACTERS - 1, True), (50_000, True)]
)
def test_a_long_result_is_shown_by_its_beginning(characters: int, cut: bool) -> None:
    text = shown("x" * characters)
    assert len(text) == min(characters + 2, OUTPUT_CHARACTERS)
    assert text.endswith("…") is cut


def test_a_whole_book_can_be_shown() -> None:
    text = shown(a_portfolio(*(a_holding(f"T{n}", 1000) for n in range(40))))
    assert len(text) == OUTPUT_CHARACTERS
    assert text.startswith('{"cash":"60000","coming":"0","equity":"100000"')


@pytest.mark.parametrize("action", ["pause", "resume", "advance"])
def test_a_ticket_is_bound_to_its_command_and_says_what_it_does(action: str) -> None:
    pending = a_pending(action, 3 if action == "advance" else None)
    ticket = ticket_of(pending)
    assert ticket == Ticket(
        command_id=pending.command_id,
        description=pending.sentence,
        expires_at=pending.expires_at,
    )


@pytest.mark.parametrize(
    ("action", "sessions", "at_once"),
    [
        ("advance", 1, True),
        ("advance", AT_ONCE, True),
        ("advance", AT_ONCE + 1, False),
        ("advance", None, False),
        ("pause", None, False),
        ("resume", None, False),
        ("pause", 1, False),
    ],
)
def test_only_a_short_advance_begins_on_the_owners_own_word(
    action: str, sessions: int | None, at_once: bool
) -> None:
    said = list(control_reply(a_pending(action, sessions)))
    assert any(isinstance(each, OwnersWord) for each in said) is at_once
    assert any(isinstance(each, Ticket) for each in said) is not at_once
    if at_once:
        assert said == [OwnersWord(command_id="cmd-000001")]


def test_what_needs_a_click_is_a_ticket_and_no_words_beside_it() -> None:
    pending = a_pending("pause")
    assert list(control_reply(pending)) == [ticket_of(pending)]
