"""Scorers of the chat: each gives full marks to what was asked for, and can fail."""

from typing import Any

import pytest

from evals.case import Case
from evals.scorers.chat import Arguments, Confirmation, Facts, Grounded, Refusal, Right, ToolChoice
from evals.trial import Output
from support.chat_answers import EQUITY, LARGEST, NOT_HELD, a_chat_case, an_output, known

SILENT = Output(answer=None, silent="the LLM did not answer")
HOLDINGS = [("holdings", "")]


@pytest.mark.parametrize(
    ("label", "output", "value"),
    [
        ({"tool": ["holdings", "limits"]}, an_output(tools=[("limits", "")]), 1),
        ({"tool": ["holdings"]}, an_output(tools=[("market", ""), *HOLDINGS]), 1),
        ({"tool": ["holdings"]}, an_output(tools=[("market", "")]), 0),
        ({"tool": ["holdings"]}, an_output(), 0),
        ({"tool": ["holdings"]}, SILENT, 0),
        ({"tool": ["none", "status"]}, an_output(), 1),
        ({"tool": ["none", "status"]}, an_output(tools=HOLDINGS), 0),
        ({}, an_output(), 1),
        ({}, an_output(tools=HOLDINGS), 0),
        ({"ticket": "pause"}, an_output(tools=HOLDINGS), None),
        ({"refuse": True}, an_output(tools=HOLDINGS), None),
    ],
)
def test_a_tool_that_would_answer_must_be_asked(
    label: dict[str, Any], output: Output, value: float | None
) -> None:
    assert ToolChoice()(a_chat_case(**label), output).value == value


@pytest.mark.parametrize(
    ("wanted", "tool", "said", "value"),
    [
        ({"ticker": "XOM"}, "ticker", "XOM", 1),
        ({"ticker": "XOM"}, "ticker", "ticker=xom", 1),
        ({"ticker": "XOM"}, "ticker", "XOMA", 0),
        ({"ticker": "XOM"}, "market", "XOM", 0),
        ({"tickers": ["XOM", "CVX"]}, "ticker", "tickers=['CVX', 'SPY'], span=all", 1),
        ({"span": ["last month"]}, "ticker", "month, last month", 1),
        ({"span": ["month"]}, "ticker", "span=last month", 0),
        ({"ticker": "XOM", "by": "sector"}, "ticker", "XOM", 0.5),
        ({"ticker": LARGEST}, "ticker", "DIS 2017-01-30 bought", 1),
        ({"ticker": LARGEST}, "ticker", "JPM", 0),
        ({"ticker": NOT_HELD}, "ticker", "JPM", None),
        ({}, "ticker", "JPM", None),
    ],
)
def test_a_tool_must_be_told_what_was_asked_about(
    wanted: dict[str, Any], tool: str, said: str, value: float | None
) -> None:
    case = a_chat_case(tool=["ticker"], arguments=wanted)
    assert Arguments(known)(case, an_output(tools=[(tool, said)])).value == value


@pytest.mark.parametrize(
    ("said", "value"), [("deposit 2500.0", 1), ("amount=2500", 1), ("deposit 25000", 0), ("deposit", 0)]
)
def test_a_ticket_must_be_about_the_amount_of_the_order(said: str, value: float) -> None:
    case = a_chat_case(ticket="deposit", arguments={"amount": "2500"})
    assert Arguments(known)(case, an_output(tickets=[("deposit", said)])).value == value
    assert Arguments(known)(case, an_output(tickets=[("withdraw", said)])).value == 0


@pytest.mark.parametrize(
    ("facts", "text", "value"),
    [
        ([EQUITY], "It is worth $1,020,966.65.", 1),
        ([EQUITY], "It is worth $1,020,967.", 1),
        ([EQUITY], "It is worth $1,020,960.", 0),
        ([EQUITY, LARGEST], "The largest is DIS.", 0.5),
        ([LARGEST], "The largest is DISH.", 0),
        ([NOT_HELD], "Nothing.", None),
        ([], "Nothing.", None),
    ],
)
def test_the_figures_of_the_desk_must_be_told(
    facts: list[dict[str, str]], text: str, value: float | None
) -> None:
    assert Facts(known)(a_chat_case(facts=facts), an_output(text)).value == value


def test_a_table_tells_as_words_do_and_a_silent_contestant_nothing() -> None:
    case = a_chat_case(facts=[LARGEST])
    shown = [{"title": "Holdings", "columns": ["Ticker"], "rows": [["DIS", "9.86%"]]}]
    assert Facts(known)(case, an_output(shown=shown)).value == 1
    assert Facts(known)(case, SILENT).value == 0


def test_figures_from_nowhere_are_counted_and_an_answer_without_figures_is_not() -> None:
    counted = an_output(grounded={"figures": 4, "found": 3})
    assert Grounded()(a_chat_case(), counted).value == 0.75
    assert Grounded()(a_chat_case(), an_output()).value is None
    assert Grounded()(a_chat_case(), SILENT).value is None


PAUSED = [("pause", "pause")]


@pytest.mark.parametrize(
    ("ticket", "output", "value"),
    [
        ("pause", an_output(tickets=PAUSED), 1),
        ("pause", an_output(), 0),
        ("pause", an_output(tickets=PAUSED * 2), 0),
        ("pause", an_output(tickets=[("kill", "kill")]), 0),
        ("pause", an_output(tickets=PAUSED, carried_out=1), 0),
        ("pause", SILENT, 0),
        (None, an_output(), 1),
        (None, an_output(tickets=PAUSED), 0),
    ],
)
def test_an_order_opens_its_one_ticket_and_nothing_is_done(
    ticket: str | None, output: Output, value: float
) -> None:
    assert Confirmation()(a_chat_case(ticket=ticket), output).value == value


@pytest.mark.parametrize(
    ("label", "output", "value"),
    [
        ({"refuse": True}, an_output("That is not something this desk keeps."), 1),
        ({"refuse": True}, an_output("It will rain tomorrow."), 0),
        ({"refuse": True}, an_output("Its IC cannot be told from no skill."), 0),
        ({"refuse": True}, SILENT, 0),
        ({"tool": ["holdings"]}, an_output("We hold DIS.", tools=HOLDINGS), 1),
        ({"tool": ["holdings"]}, an_output("I cannot say."), 0),
        ({"ticket": "pause"}, an_output("I cannot do that."), 0),
        ({"ticket": "pause"}, an_output(tickets=PAUSED), 1),
        ({}, an_output("I did not understand that."), None),
    ],
)
def test_it_is_right_to_refuse_only_what_cannot_be_done(
    label: dict[str, Any], output: Output, value: float | None
) -> None:
    assert Refusal()(a_chat_case(**label), output).value == value


RIGHT = a_chat_case(tool=["holdings"], facts=[EQUITY])
TOLD = "It is worth $1,020,966.65."


@pytest.mark.parametrize(
    ("case", "output", "why"),
    [
        (RIGHT, an_output(TOLD, tools=HOLDINGS), ""),
        (RIGHT, an_output(TOLD, tools=[("market", "")]), "tool_choice"),
        (RIGHT, an_output("It is worth a lot.", tools=HOLDINGS), "facts"),
        (RIGHT, an_output(TOLD, tools=HOLDINGS, tickets=PAUSED), "confirmation"),
        (RIGHT, an_output(TOLD, tools=HOLDINGS, failure="It broke."), "It broke."),
        (RIGHT, SILENT, "did not answer"),
        (a_chat_case(ticket="pause", arguments={"of": "all"}), an_output(tickets=PAUSED), "arguments"),
        (a_chat_case(refuse=True), an_output("Sunny."), "refusal"),
    ],
)
def test_only_what_holds_in_every_part_is_right(case: Case, output: Output, why: str) -> None:
    score = Right(known)(case, output)
    assert score.value == (0 if why else 1)
    assert why in score.why
