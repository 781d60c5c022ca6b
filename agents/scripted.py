"""A chat LLM that says what it was told to, in order: for tests and evals of whole conversations."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

from fund.errors import LLMUnavailableError

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One turn of the script: text, tool calls, or an error to raise; after an event, if one is given."""

    text: str = ""
    tool_calls: tuple[tuple[str, Mapping[str, object]], ...] = ()
    """(tool name, arguments) pairs."""
    error: Exception | None = None
    after: asyncio.Event | None = None
    """The line is spoken once this is set (asynchronous calls only)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the LLM was sent in one call."""

    messages: tuple[BaseMessage, ...]
    tools: tuple[str, ...] = field(default=())


class ScriptedChatModel(BaseChatModel):
    """Speaks its lines one a call; a plain string is a line of text.

    A function in place of the script answers from the messages instead. Raises
    `LLMUnavailableError` when the script has run out.
    """

    script: Sequence[Line | str] | Callable[[Sequence[BaseMessage]], Line | str] = Field(repr=False)
    _heard: list[Heard] = PrivateAttr(default_factory=list)

    @property
    def heard(self) -> tuple[Heard, ...]:
        """Return what every call sent, oldest first."""
        return tuple(self._heard)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools; the script decides whether they are called."""
        described = [convert_to_openai_tool(tool) for tool in tools]
        bound: Runnable[LanguageModelInput, AIMessage] = self.bind(
            tools=described, tool_choice=tool_choice, **kwargs
        )
        return bound

    def _next_line(self, messages: Sequence[BaseMessage], tools: Sequence[Mapping[str, Any]]) -> Line:
        turn = len(self._heard)
        self._heard.append(Heard(tuple(messages), tuple(str(t["function"]["name"]) for t in tools)))
        if callable(self.script):
            line = self.script(messages)
        elif turn < len(self.script):
            line = self.script[turn]
        else:
            raise LLMUnavailableError(f"the script has {len(self.script)} lines, found call {turn + 1}")
        return line if isinstance(line, Line) else Line(text=line)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        line = self._next_line(messages, kwargs.get("tools") or ())
        return _spoken(line, messages, len(self._heard))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        line = self._next_line(messages, kwargs.get("tools") or ())
        if line.after is not None:
            await line.after.wait()
        return _spoken(line, messages, len(self._heard))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        line = self._next_line(messages, kwargs.get("tools") or ())
        for chunk in _chunks(line, messages, len(self._heard)):
            if run_manager is not None:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        line = self._next_line(messages, kwargs.get("tools") or ())
        if line.after is not None:
            await line.after.wait()
        for chunk in _chunks(line, messages, len(self._heard)):
            if run_manager is not None:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


def _spoken(line: Line, messages: Sequence[BaseMessage], turn: int) -> ChatResult:
    if line.error is not None:
        raise line.error
    calls = [
        tool_call(name=name, args=dict(args), id=f"call-{turn}-{n}")
        for n, (name, args) in enumerate(line.tool_calls)
    ]
    message = AIMessage(content=line.text, tool_calls=calls, usage_metadata=_usage(line, messages))
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunks(line: Line, messages: Sequence[BaseMessage], turn: int) -> Iterator[ChatGenerationChunk]:
    """Yield the text word by word, then each tool call, then the usage."""
    if line.error is not None:
        raise line.error
    words = line.text.split(" ")
    for n, word in enumerate(words if line.text else ()):
        text = word if n == len(words) - 1 else f"{word} "
        yield ChatGenerationChunk(message=AIMessageChunk(content=text))
    for n, (name, args) in enumerate(line.tool_calls):
        call = tool_call_chunk(name=name, args=json.dumps(dict(args)), id=f"call-{turn}-{n}", index=n)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[call]))
    last = AIMessageChunk(content="", usage_metadata=_usage(line, messages), chunk_position="last")
    yield ChatGenerationChunk(message=last)


def _usage(line: Line, messages: Sequence[BaseMessage]) -> UsageMetadata:
    asked = sum(len(str(message.text)) for message in messages) // CHARACTERS_PER_TOKEN
    said = (len(line.text) + sum(len(str(args)) for _, args in line.tool_calls)) // CHARACTERS_PER_TOKEN
    return UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)
