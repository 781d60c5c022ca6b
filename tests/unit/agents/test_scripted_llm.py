"""The scripted LLM: a chat LLM like any other to agents, tools, structured output and streams."""

import asyncio

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from agents.scripted import Line, ScriptedChatModel
from fund.errors import LLMUnavailableError


class Weather(BaseModel):
    """What the weather is."""

    city: str
    degrees: int


@tool
def weigh(ticker: str) -> str:
    """Return the weight of a ticker."""
    return f"{ticker} weighs 5 %"


def a_chat(*lines: Line | str) -> ScriptedChatModel:
    return ScriptedChatModel(script=list(lines))


def test_lines_are_spoken_in_order_and_then_the_script_is_out() -> None:
    chat = a_chat("one", "two")
    assert [chat.invoke("?").text, chat.invoke("?").text] == ["one", "two"]
    with pytest.raises(LLMUnavailableError, match="2 lines, found call 3"):
        chat.invoke("?")


def test_a_function_answers_from_what_it_was_asked() -> None:
    chat = ScriptedChatModel(script=lambda messages: f"you said {messages[-1].text}")
    assert chat.invoke("hello").text == "you said hello"


def test_every_call_is_heard_with_its_tools() -> None:
    chat = a_chat("fine")
    chat.bind_tools([weigh]).invoke([HumanMessage("how heavy?")])
    (heard,) = chat.heard
    assert heard.tools == ("weigh",)
    assert heard.messages[-1].text == "how heavy?"


def test_structured_output_works_as_with_any_provider() -> None:
    chat = a_chat(Line(tool_calls=(("Weather", {"city": "Oslo", "degrees": -3}),)))
    answer = chat.with_structured_output(Weather).invoke("how is it?")
    assert answer == Weather(city="Oslo", degrees=-3)


def test_an_agent_calls_its_tool_and_answers() -> None:
    chat = a_chat(Line(tool_calls=(("weigh", {"ticker": "AAPL"}),)), "AAPL is 5 % of the book.")
    agent = create_agent(chat, tools=[weigh])
    said = agent.invoke({"messages": [HumanMessage("how heavy is AAPL?")]})["messages"]
    assert [m.text for m in said if isinstance(m, ToolMessage)] == ["AAPL weighs 5 %"]
    assert said[-1].text == "AAPL is 5 % of the book."


def test_an_agent_streams_tokens_and_tool_calls() -> None:
    async def tokens() -> list[str]:
        chat = a_chat(Line(text="Let me look.", tool_calls=(("weigh", {"ticker": "T"}),)), "It is 5 %.")
        agent = create_agent(chat, tools=[weigh])
        asked = {"messages": [HumanMessage("?")]}
        chunks = [m async for m, _ in agent.astream(asked, stream_mode="messages")]
        return [m.text for m in chunks if isinstance(m, AIMessageChunk) and m.text]

    assert asyncio.run(tokens()) == ["Let ", "me ", "look.", "It ", "is ", "5 ", "%."]


def test_streamed_chunks_add_up_to_the_line() -> None:
    line = Line(text="a b  c", tool_calls=(("weigh", {"ticker": "T"}), ("weigh", {"ticker": "F"})))
    whole: AIMessageChunk | None = None
    for chunk in a_chat(line).stream("?"):
        assert isinstance(chunk, AIMessageChunk)
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    assert whole.text == "a b  c"
    assert [call["args"] for call in whole.tool_calls] == [{"ticker": "T"}, {"ticker": "F"}]
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] > 0


def test_a_line_may_wait_for_its_event() -> None:
    async def order() -> list[str]:
        gate, heard = asyncio.Event(), []
        asked = asyncio.create_task(a_chat(Line(text="late", after=gate)).ainvoke("?"))
        for _ in range(20):
            await asyncio.sleep(0)
        heard.append("done" if asked.done() else "waiting")
        gate.set()
        heard.append(str((await asked).text))
        return heard

    assert asyncio.run(order()) == ["waiting", "late"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_line_may_be_an_error(streamed: bool) -> None:
    chat = a_chat(Line(error=ConnectionResetError("gone")))
    with pytest.raises(ConnectionResetError, match="gone"):
        list(chat.stream("?")) if streamed else chat.invoke("?")


def test_usage_is_counted_for_costs() -> None:
    usage = a_chat("x" * 40).invoke("y" * 80).usage_metadata
    assert usage is not None
    assert (usage["input_tokens"], usage["output_tokens"]) == (20, 10)
