"""The desk's tools as an LLM calls them: the same answers, as data, with a visible step, and no power."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

import pytest
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph
from sqlalchemy import Engine

from db.commands import Commands
from db.discovery import Discoveries
from db.engine import in_transaction
from db.record_codec import to_json
from fund.clock import FixedClock
from graph.chat_events import Card, Chart, ChatEvent, StepFinished, StepStarted, Table, TextToken, Ticket
from graph.desk_tools import DeskTools
from graph.toolbox import UNTRUSTED, AssistantTurn, build_toolbox
from support.desk_records import NOW, OWNER, PlayedDesk, a_played_desk
from support.discoveries import a_run, some_picks
from support.forecaster_lives import FIRST, two_forecasters
from support.talk import THREAD

READERS = {
    "holdings": {},
    "portfolio_state": {"at": "2016-11-08"},
    "difference": {"first": "2016-11-02", "last": "2016-11-21"},
    "limits": {},
    "refused": {},
    "stress": {"scenario": "mar-2020", "market_percent": -10},
    "performance": {"span": "week"},
    "compare": {"tickers": ["AAPL"], "span": "month"},
    "drawdowns": {"span": "month"},
    "attribution": {"span": "month", "by": "role"},
    "trades": {"span": "month"},
    "why": {"ticker": "MSFT", "session": "2016-11-01"},
    "decision": {"session": "2016-11-01"},
    "ticker": {"ticker": "AAPL"},
    "forecast": {"ticker": "AAPL"},
    "top_forecasts": {},
    "outlook": {"tickers": ["AAPL", "XOM"]},
    "forecasters": {"retired": True},
    "compare_forecasters": {"first": "gbm", "second": "momentum"},
    "similar_trades": {"ticker": "AAPL"},
    "market": {},
    "volatility": {"tickers": ["AAPL"], "horizon_sessions": 5},
    "regime": {"states": 2, "horizon_sessions": 5},
    "search_records": {
        "text": "momentum",
        "ticker": "AAPL",
        "kind": "rationale",
        "role": "quant_researcher",
        "since": "2016-11-01",
        "until": "2016-12-01",
        "limit": 3,
    },
    "record": {"record_id": "decision-daily-2016-11-01"},
    "status": {},
    "breaker": {},
    "bakeoff": {},
    "concerns": {"span": "all"},
    "confidence": {"span": "all"},
    "outcomes_by": {"dimension": "regime", "span": "all"},
    "holding_periods": {"span": "all"},
    "clamps": {"span": "all", "horizon_sessions": 5},
    "candles": {"ticker": "XOM", "span": "month"},
    "correlations": {"sessions": 60},
    "pairs": {"tickers": ["KO", "PEP"]},
    "watchlist": {},
    "news_sentiment": {"ticker": "AAPL", "sessions": 20},
    "alerts": {"last": 5, "only": "dead"},
    "jobs": {"last": 3},
    "evaluations": {"nights": 3},
    "discovery": {},
    "suggestions": {"run_id": "run-1"},
    "picker_performance": {"horizon_sessions": 20},
    "shadows": {"horizon_sessions": 1},
    "shadow_decisions": {"session": "2016-11-01"},
    "records_schema": {},
    "query_records": {
        "sql": "SELECT ticker, count(*) AS fills FROM fills GROUP BY ticker",
        "question": "how many?",
    },
    "requested_closes": {},
}
PROPOSERS = {
    "pause_trading": {},
    "resume_trading": {},
    "kill_switch": {},
    "advance": {"sessions": 2},
    "deposit": {"amount": "5000"},
    "withdraw": {"amount": "99.95"},
    "close_position": {"tickers": ["AAPL"], "fraction": "0.5"},
    "keep_position": {"tickers": ["AAPL"]},
    "watch": {"tickers": ["AAPL"]},
    "unwatch": {"tickers": ["AAPL"]},
    "hear_committee": {"tickers": ["AAPL", "MSFT"]},
    "start_evaluation": {"about": ["validator"], "trials": 2},
    "stop_evaluation": {},
    "promote_forecaster": {"forecaster": "gbm 3", "horizon_sessions": 5, "why": "a try"},
    "roll_back_forecaster": {"horizon_sessions": 5, "why": "it drifts"},
}


@dataclass
class Called:
    """What a call of a tool brought about."""

    text: str
    turn: AssistantTurn
    events: list[ChatEvent] = field(default_factory=list)

    @property
    def answer(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


class Asked(TypedDict):
    answer: str


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:
    played = a_played_desk(engine, clock=FixedClock(NOW))
    played.remember()
    picks = some_picks("run-1", "metric", ("XOM",)) + some_picks("run-1", "ensemble", ("XOM",))
    in_transaction(engine, lambda connection: Discoveries(connection).record(a_run(), picks))
    in_transaction(engine, lambda connection: two_forecasters(connection, [FIRST]))
    return played


@pytest.fixture(scope="module")
def tools(desk: PlayedDesk) -> DeskTools:
    return desk.tools()


@pytest.fixture(scope="module")
def toolbox(tools: DeskTools) -> dict[str, BaseTool]:
    return {tool.name: tool for tool in build_toolbox(tools)}


async def called(tool: BaseTool, arguments: Mapping[str, object] | None = None) -> Called:
    """Call a tool as an agent's graph would, and gather what it writes to the stream."""

    async def node(_: Asked) -> Asked:
        return {"answer": await tool.ainvoke(dict(arguments or {}))}

    graph = StateGraph(Asked, context_schema=AssistantTurn)
    graph.add_node("call", node)
    graph.add_edge(START, "call")
    graph.add_edge("call", END)
    turn = AssistantTurn(user=OWNER, thread_id=THREAD)
    events: list[ChatEvent] = []
    answer = ""
    async for mode, payload in graph.compile().astream(
        {"answer": ""}, context=turn, stream_mode=["custom", "values"]
    ):
        if mode == "custom":
            events.append(payload)  # type: ignore[arg-type]
        else:
            answer = payload["answer"]  # type: ignore[index, call-overload]
    return Called(text=answer, turn=turn, events=events)


def test_the_box_holds_the_readers_and_the_proposers_and_nothing_else(toolbox: dict[str, BaseTool]) -> None:
    assert toolbox.keys() == READERS.keys() | PROPOSERS.keys()


@pytest.mark.parametrize("name", READERS)
async def test_a_reader_is_a_step_that_shows_tables_and_returns_data(
    toolbox: dict[str, BaseTool], name: str
) -> None:
    found = await called(toolbox[name], READERS[name])
    started, finished, *shown = found.events
    assert isinstance(started, StepStarted)
    assert isinstance(finished, StepFinished)
    assert (started.name, started.kind, finished.step_id) == (name, "tool", started.step_id)
    assert not finished.failed
    assert all(isinstance(event, Table | Chart | Card) for event in shown)
    assert found.answer.keys() == {"note", "result"}
    assert found.answer["note"] == UNTRUSTED
    assert found.turn.returned == [found.text]


async def test_a_step_shows_what_was_asked(toolbox: dict[str, BaseTool]) -> None:
    found = await called(toolbox["why"], {"ticker": "MSFT", "aspect": "bought"})
    assert isinstance(found.events[0], StepStarted)
    assert found.events[0].input == "ticker=MSFT, aspect=bought"
    bare = await called(toolbox["holdings"])
    assert isinstance(bare.events[0], StepStarted)
    assert bare.events[0].input == ""


async def test_an_llm_reads_the_same_result_as_the_tool_gives(
    toolbox: dict[str, BaseTool], tools: DeskTools
) -> None:
    for name, result in (
        ("holdings", tools.portfolio.holdings()),
        ("limits", tools.portfolio.limits()),
        ("trades", tools.performance.trades("month")),
        ("forecast", tools.forecast("AAPL")),
        ("top_forecasts", tools.top_forecasts()),
    ):
        found = await called(toolbox[name], READERS[name])
        assert found.answer["result"] == json.loads(to_json(result)), name


async def test_a_chart_is_shown_and_not_read_out_to_the_llm(toolbox: dict[str, BaseTool]) -> None:
    found = await called(toolbox["performance"], {"span": "week"})
    assert [type(event) for event in found.events[2:]] == [Table, Chart, Table, Table]
    assert "scatter" not in found.text
    assert found.answer["result"]["sessions"] == 2


async def test_the_words_of_a_reply_are_left_to_the_llm(toolbox: dict[str, BaseTool]) -> None:
    found = await called(toolbox["holdings"])
    assert not any(isinstance(event, TextToken) for event in found.events)


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("why", {"ticker": "APPL"}, "did you mean"),
        ("performance", {"span": "decade"}, "a span is one of"),
        ("trades", {"span": "2030-01-01..2030-02-01"}, "there is no session"),
        ("forecast", {"ticker": "x" * 5000}, "No company"),
        ("resume_trading", {}, "nothing to resume"),
        ("advance", {"sessions": 9999}, "the desk can advance by 1 to"),
        ("advance", {"sessions": -1}, "the desk can advance by 1 to"),
        ("close_position", {"tickers": ["AAPL"], "fraction": "half"}, "a fraction such as 0.5 for half"),
        ("close_position", {"tickers": ["NOPE"]}, "No company or fund"),
        ("keep_position", {"tickers": ["AAPL"]}, "no close that you have asked for is waiting"),
        ("unwatch", {"tickers": ["AAPL"]}, "the watchlist is empty"),
        ("start_evaluation", {"about": []}, "offers no evaluations"),
        ("stop_evaluation", {}, "no bakeoff is under way"),
    ],
)
async def test_a_refusal_is_an_answer_and_a_failed_step(
    toolbox: dict[str, BaseTool], name: str, arguments: Mapping[str, object], words: str
) -> None:
    found = await called(toolbox[name], arguments)
    _, finished = found.events
    assert isinstance(finished, StepFinished)
    assert finished.failed
    assert words in found.answer["refused"]
    assert found.turn.returned == []


@pytest.mark.parametrize("name", ["pause_trading", "advance", "watch", "hear_committee"])
async def test_a_proposal_is_a_ticket_for_the_one_who_asks_and_nothing_more(
    engine: Engine, desk: PlayedDesk, toolbox: dict[str, BaseTool], name: str
) -> None:
    before = len(desk.records)
    found = await called(toolbox[name], PROPOSERS[name])
    tickets = [event for event in found.events if isinstance(event, Ticket)]
    assert len(tickets) == 1
    assert found.answer["result"].startswith("Proposed, not done:")
    assert tickets[0].description in found.answer["result"]
    with engine.connect() as connection:
        command = Commands(connection).get(tickets[0].command_id)
    assert command is not None
    assert (command.user_id, command.thread_id, command.status) == (OWNER, THREAD, "pending")
    assert len(desk.records) == before
    assert desk.tools().control.trading().state == "closed"


async def test_an_id_of_a_ticket_is_not_among_what_the_llm_reads(toolbox: dict[str, BaseTool]) -> None:
    found = await called(toolbox["pause_trading"])
    ticket = next(event for event in found.events if isinstance(event, Ticket))
    assert ticket.command_id not in found.text


@pytest.mark.parametrize("name", [*READERS, *PROPOSERS])
def test_no_argument_names_a_person_a_thread_or_a_confirmation(
    toolbox: dict[str, BaseTool], name: str
) -> None:
    arguments = set(toolbox[name].args)
    assert arguments == set(READERS.get(name, {}) or PROPOSERS.get(name, {})) | (
        {"aspect"} if name == "why" else set()
    )
    assert toolbox[name].description


def test_a_date_is_described_as_one_to_the_llm(toolbox: dict[str, BaseTool]) -> None:
    session = toolbox["why"].args["session"]
    assert {"format": "date", "type": "string"} in session["anyOf"]
    assert toolbox["why"].args["aspect"]["enum"] == ["any", "bought", "sold", "skipped"]
