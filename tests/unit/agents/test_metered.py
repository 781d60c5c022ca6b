"""The assistant's calls: paid from the desk's budget, within their deadline, and kept."""

import asyncio
import json
from decimal import Decimal

import pytest
from langchain.agents import create_agent
from langchain_core.tools import tool

from agents.metered import ASSISTANT
from agents.scripted import Line, ScriptedChatModel
from fund.errors import BudgetError, LLMUnavailableError
from support.call_log import InMemoryCallLog
from support.llms import KEY, NOW, a_meter, a_script, broken


@tool
def holdings() -> str:
    """Return what is held."""
    return "AAPL 100 shares"


def ask(llm: ScriptedChatModel, log: InMemoryCallLog, **limits: object) -> str:
    agent = create_agent(llm, [holdings], middleware=[a_meter(llm, log=log, **limits)])

    async def turn() -> str:
        state = await agent.ainvoke({"messages": [("user", "what do we hold?")]})
        return str(state["messages"][-1].text)

    return asyncio.run(turn())


def test_every_call_of_a_turn_is_on_record_with_its_tokens_and_cost() -> None:
    log = InMemoryCallLog()
    said = ask(a_script(Line(tool_calls=(("holdings", {}),)), "We hold AAPL."), log)
    assert said == "We hold AAPL."
    assert [call.role for call in log.calls] == [ASSISTANT, ASSISTANT]
    assert [call.status for call in log.calls] == ["answered", "answered"]
    assert json.loads(log.calls[0].answer) == {}
    assert log.calls[1].answer == "We hold AAPL."
    assert all(call.input_tokens > 0 and call.cost_usd > 0 for call in log.calls)
    assert log.calls[0].call_id != log.calls[1].call_id
    assert log.spent(NOW.date()) == sum((call.cost_usd for call in log.calls), Decimal(0))


def test_what_is_sent_counts_with_instructions_messages_and_tools() -> None:
    log = InMemoryCallLog()
    ask(a_script("Nothing."), log)
    assert log.calls[0].prompt_characters > len("what do we hold?") + len("Return what is held.")


def test_a_call_that_could_cost_more_than_is_left_is_not_made() -> None:
    log, llm = InMemoryCallLog(), a_script("never said")
    with pytest.raises(BudgetError, match=r"more than is left of today's 0\.001 USD"):
        ask(llm, log, budget_usd=Decimal("0.001"))
    assert llm.heard == ()
    assert log.calls == ()


def test_the_same_question_asked_again_is_a_new_call() -> None:
    log = InMemoryCallLog()
    ask(a_script("Once."), log)
    ask(a_script("Twice."), log)
    assert [call.answer for call in log.calls] == ["Once.", "Twice."]


def test_a_provider_that_fails_is_recorded_and_named() -> None:
    log = InMemoryCallLog()
    with pytest.raises(LLMUnavailableError, match="anthropic"):
        ask(a_script(Line(error=broken(529).error)), log)
    assert [(call.status, call.cost_usd) for call in log.calls] == [("failed", Decimal(0))]
    assert "overloaded" in log.calls[0].error


def test_a_call_that_ends_without_an_answer_in_time_costs_what_was_set_aside() -> None:
    log = InMemoryCallLog()
    with pytest.raises(LLMUnavailableError, match="no answer in time"):
        ask(a_script(Line(error=TimeoutError())), log)
    assert log.calls[0].cost_usd > 0


def test_a_key_that_an_llm_repeats_is_masked_on_record() -> None:
    log = InMemoryCallLog()
    ask(a_script(f"Your key is {KEY}."), log)
    assert KEY not in log.calls[0].answer
