"""An LLM of the chat as a contestant: what it asks, opens and costs, and that nothing of it stays."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Engine, select

from agents.scripted import Line, ScriptedChatModel
from db.engine import transaction
from db.tables import commands
from evals.chat_calls import OverheardCalls
from evals.chat_contestant import ChatContestant
from evals.chat_entry import chat_entry
from evals.chat_rivals import HOLDINGS
from evals.desk_facts import DeskFacts
from evals.runner import run
from evals.scorers.chat import Grounded, Right
from fund.errors import LLMUnavailableError
from graph.assistant import LLMAssistant
from graph.chat import OFFLINE, DeskConversation
from support.call_log import InMemoryCallLog
from support.chat_answers import EQUITY, a_chat_case
from support.desk_records import PlayedDesk, a_played_desk
from support.eval_runs import a_dataset
from support.llms import a_meter

PROFILE = "scripted"


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, sessions=6)


@dataclass(frozen=True)
class Table:
    """Where an LLM of a script sits, and what it leaves behind."""

    conversation: DeskConversation
    contestant: ChatContestant
    saver: InMemorySaver
    log: InMemoryCallLog


def a_table(desk: PlayedDesk, *script: Line | str) -> Table:
    llm, saver, log = ScriptedChatModel(script=list(script)), InMemorySaver(), InMemoryCallLog()
    meter = a_meter(llm, log=OverheardCalls(log))
    assistant = LLMAssistant(lambda: llm, desk.tools(), saver, meter)
    conversation = DeskConversation(desk.tools(), saver, assistants={PROFILE: assistant})
    return Table(conversation, ChatContestant(conversation, PROFILE), saver, log)


def calling(tool: str, arguments: Mapping[str, object] | None = None) -> Line:
    return Line(tool_calls=((tool, arguments or {}),))


def statuses(engine: Engine) -> set[str]:
    with transaction(engine) as connection:
        return set(connection.execute(select(commands.c.status)).scalars())


WORTH = a_chat_case("What is the fund worth?", tool=["holdings"], facts=[EQUITY])


async def test_what_an_llm_says_is_scored_against_the_desk_and_its_calls_are_counted(
    desk: PlayedDesk,
) -> None:
    equity = DeskFacts(desk.tools())(EQUITY)
    table = a_table(desk, calling("holdings"), f"The fund is worth ${equity:,.2f}.")
    output = await table.contestant.answer(WORTH, 0)
    assert Right(DeskFacts(desk.tools()))(WORTH, output).why == "all holds"
    assert Grounded()(WORTH, output).value == 1
    assert output.call_ids == tuple(call.call_id for call in table.log.calls)
    assert len(output.call_ids) == 2
    assert output.cost_usd == sum(call.cost_usd for call in table.log.calls) > 0
    assert output.input_tokens > output.output_tokens > 0
    assert dict(table.saver.storage) == {}


async def test_a_ticket_of_an_llm_is_counted_and_withdrawn(desk: PlayedDesk, engine: Engine) -> None:
    case = a_chat_case("Bring in 5000.", ticket="deposit", arguments={"amount": "5000"})
    table = a_table(desk, calling("deposit", {"amount": "5000"}), "Press Confirm on the ticket.")
    output = await table.contestant.answer(case, 0)
    assert Right(DeskFacts(desk.tools()))(case, output).why == "all holds"
    assert statuses(engine) == {"declined"}


async def test_a_ticket_of_an_earlier_turn_is_not_the_last_ones_and_is_withdrawn_too(
    desk: PlayedDesk, engine: Engine
) -> None:
    table = a_table(desk, calling("pause_trading"), "Press Confirm.", "Nothing was done.")
    output = await table.contestant.answer(a_chat_case("Pause.", "No, leave it."), 0)
    assert output.answer is not None
    assert output.answer["tickets"] == []
    assert statuses(engine) == {"declined"}


async def test_the_rules_are_no_stand_in_for_an_llm_that_did_not_answer(desk: PlayedDesk) -> None:
    table = a_table(desk, Line(error=LLMUnavailableError("it is down")))
    output = await table.contestant.answer(WORTH, 0)
    assert output.answer is None
    assert output.silent is not None
    assert "it is down" in output.silent
    assert Right(DeskFacts(desk.tools()))(WORTH, output).value == 0


async def test_trials_beside_each_other_keep_their_own_words_and_calls(desk: PlayedDesk) -> None:
    table = a_table(desk, *["I cannot say."] * 12)
    cases = (a_chat_case(HOLDINGS, refuse=True), replace(WORTH, case_id="c2"))
    entry = chat_entry(table.conversation, desk.tools(), trials=3, dataset=a_dataset(*cases))
    trials = await run([entry])
    by_name = {name: [t for t in trials if t.contestant == name] for name in (PROFILE, OFFLINE)}
    assert [len(trial.output.call_ids) for trial in by_name[PROFILE]] == [1] * 6
    assert [trial.output.call_ids for trial in by_name[OFFLINE]] == [()] * 6
    assert len({call for trial in by_name[PROFILE] for call in trial.output.call_ids}) == 6
