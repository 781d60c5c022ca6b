"""Events of a turn as scorers read them, and where its figures come from."""

from datetime import UTC, datetime

import pytest

from evals.chat_answers import answer_of, grounded, silence
from evals.chat_tools import proposed_by, tool_named
from graph.chat_events import Card, ChatEvent, Failure, StepFinished, StepStarted, Table, TextToken, Ticket

TICKET = Ticket(
    command_id="cmd-1", description="Pause trading.", expires_at=datetime(2026, 11, 20, tzinfo=UTC)
)


def step(name: str, asked: str = "", *, failed: bool = False, parent: str | None = None) -> list[ChatEvent]:
    begun = StepStarted(step_id=f"{name} {asked}", parent_id=parent, name=name, kind="tool", input=asked)
    return [begun, StepFinished(step_id=begun.step_id, output="", seconds=0.0, failed=failed)]


def test_an_answer_has_its_words_its_tools_and_what_it_shows() -> None:
    table = Table(title="Holdings", columns=("Ticker", "Weight"), rows=(("DIS", 0.1), ("JPM", None)))
    card = Card(kind="decision", title="Decision", content={}, text="Bought PSA.")
    events = [
        *step("portfolio.holdings"),
        TextToken(text="We hold "),
        TextToken(text="2 names."),
        table,
        card,
    ]
    answer = answer_of(events, [], 0, [], "what do we hold")
    assert answer["text"] == "We hold 2 names."
    assert answer["tools"] == [{"tool": "holdings", "arguments": "", "told": True}]
    assert [each["rows"] for each in answer["shown"]] == [[["DIS", "0.1"], ["JPM", ""]], [["Bought PSA."]]]
    assert (answer["ticket"], answer["tickets"], answer["failure"]) == (None, [], None)


def test_a_tool_that_refused_was_asked_and_told_nothing_and_a_step_inside_another_is_none() -> None:
    events = [*step("decisions.why", "XOM", failed=True), *step("market", parent="cycle")]
    tools = answer_of(events, [], 0, [], "")["tools"]
    assert tools == [{"tool": "why", "arguments": "XOM", "told": False}]


@pytest.mark.parametrize(("tool", "asked"), [("control.propose", "pause"), ("pause_trading", "")])
def test_a_ticket_is_of_the_kind_that_was_proposed(tool: str, asked: str) -> None:
    refused = step("control.propose", "kill", failed=True)
    answer = answer_of([*refused, *step(tool, asked), TICKET], [TICKET], 0, [], "pause")
    assert answer["ticket"] == "Pause trading."
    assert [each["action"] for each in answer["tickets"]] == ["pause"]
    assert answer["tools"] == []


def test_a_ticket_that_no_tool_proposed_is_of_no_kind() -> None:
    assert answer_of([], [TICKET], 0, [], "")["tickets"][0]["action"] == ""


def test_a_failure_is_kept_in_its_words() -> None:
    assert answer_of([Failure(text="It broke.", log_id="1")], [], 0, [], "")["failure"] == "It broke."


def test_figures_are_looked_for_in_the_results_and_in_the_question() -> None:
    results = ['{"equity": "1020966.65"}']
    assert grounded("It is worth $1,020,966.65.", results, "") == {"figures": 1, "found": 1}
    assert grounded("It is worth $1,030,000.00.", results, "") == {"figures": 1, "found": 0}
    assert grounded("You asked about $5,000.00.", [], "is $5,000.00 much?") == {"figures": 1, "found": 1}
    assert grounded("Nothing.", results, "") == {"figures": 0, "found": 0}


def test_silence_says_nothing_and_opens_nothing() -> None:
    assert (silence()["text"], silence()["tools"], silence()["tickets"]) == ("", [], [])


def test_the_rules_and_an_llm_are_read_alike() -> None:
    assert tool_named("portfolio.holdings") == tool_named("holdings") == "holdings"
    assert proposed_by("control.propose", "advance 20") == proposed_by("advance", "sessions=20") == "advance"
    assert proposed_by("holdings", "") is None
