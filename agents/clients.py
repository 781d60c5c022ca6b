"""Chat clients, one per seat: how each provider is asked for a typed answer, and read back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable
from pydantic import BaseModel, SecretStr

from agents.llm_spec import LLMSpec
from agents.offline import OfflineChatModel
from agents.schema import portable_schema, schema_text
from fund.errors import ConfigError

ANSWER_TOOL = "answer"
Ask = Runnable[LanguageModelInput, AIMessage]
Binder = Callable[[BaseChatModel, type[BaseModel]], Ask]


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """What every call of a client is bound to."""

    timeout_seconds: float = 120.0
    max_output_tokens: int = 12_000
    """Thinking counts as output where an LLM thinks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatClient:
    """A chat LLM bound to the way its provider gives structured answers."""

    chat: BaseChatModel
    bind: Binder
    close: Callable[[], Awaitable[None]] = field(default=_nothing)
    list_llms: Callable[[], Awaitable[object]] = field(default=_nothing)
    """The cheapest request that needs a good key; free of charge."""
    schema_in_prompt: bool = False
    """True for servers that may ignore the schema sent beside the prompt."""

    refusals: tuple[type[Exception], ...] = ()
    """What a server raises that does not know the bound parameters; it is asked again in plain words."""

    async def answer(self, system: str, brief: str, answer_type: type[BaseModel]) -> AIMessage:
        """Ask once; raises whatever the provider's client raises."""
        said = f"{system}\n\n{schema_text(answer_type)}" if self.schema_in_prompt else system
        messages = [SystemMessage(said), HumanMessage(brief)]
        try:
            return await self.bind(self.chat, answer_type).ainvoke(messages)
        except self.refusals:
            return await self.chat.ainvoke(messages)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.close()


def as_written(chat: BaseChatModel, answer_type: type[BaseModel]) -> Ask:
    """Ask for written JSON: for clients that answer in text."""
    return chat


def as_tool(chat: BaseChatModel, answer_type: type[BaseModel]) -> Ask:
    """Force one call of the answer tool: for LLMs without structured output."""
    tool = {
        "type": "function",
        "function": {
            "name": ANSWER_TOOL,
            "description": "Give the answer.",
            "parameters": answer_type.model_json_schema(),
        },
    }
    return chat.bind_tools([tool], tool_choice=ANSWER_TOOL)


def _as_anthropic_output(chat: BaseChatModel, answer_type: type[BaseModel]) -> Ask:
    schema = portable_schema(answer_type)
    return _bound(chat, output_config={"format": {"type": "json_schema", "schema": schema}})


def _as_response_format(chat: BaseChatModel, answer_type: type[BaseModel]) -> Ask:
    described = {"name": ANSWER_TOOL, "schema": portable_schema(answer_type), "strict": True}
    return _bound(chat, response_format={"type": "json_schema", "json_schema": described})


def _bound(chat: BaseChatModel, **kwargs: Any) -> Ask:
    bound: Ask = chat.bind(**kwargs)
    return bound


def build_client(spec: LLMSpec, key: SecretStr | None, options: ClientOptions) -> ChatClient:
    """Build the chat client of a spec; raises `ConfigError` when its library cannot be used."""
    if spec.provider == "offline":
        return ChatClient(chat=OfflineChatModel(), bind=as_written)
    build = _anthropic if spec.provider == "anthropic" else _openai
    try:
        return build(spec, key or SecretStr("none"), options)
    except (ImportError, ValueError) as error:
        raise ConfigError(f"roster: {spec.llm_id} cannot be used: {type(error).__name__}") from error


def _connection(options: ClientOptions) -> dict[str, Any]:
    """Return how a client connects: anew for each call, so that none outlives its event loop.

    Redirects are not followed: a key goes to the host it was given for, and nowhere else.
    """
    return {
        "timeout": options.timeout_seconds,
        "headers": {"Connection": "close"},
        "follow_redirects": False,
    }


def _anthropic(spec: LLMSpec, key: SecretStr, options: ClientOptions) -> ChatClient:
    import anthropic
    from langchain_anthropic import ChatAnthropic

    http = anthropic.DefaultAsyncHttpxClient(**_connection(options))
    chat = ChatAnthropic(
        model=spec.llm,
        api_key=key,
        base_url=spec.base_url,
        max_retries=0,
        timeout=options.timeout_seconds,
        max_tokens=options.max_output_tokens,
    )
    sdk = anthropic.AsyncAnthropic(
        api_key=key.get_secret_value(), base_url=spec.base_url, max_retries=0, http_client=http
    )
    chat.__dict__["_async_client"] = sdk  # its own is shared between event loops and never closed
    bind = _as_anthropic_output if _profile(chat).get("structured_output") else as_tool
    return ChatClient(chat=chat, bind=bind, close=http.aclose, list_llms=lambda: sdk.models.list(limit=1))


def _openai(spec: LLMSpec, key: SecretStr, options: ClientOptions) -> ChatClient:
    """Build the client of OpenAI, or of a server that speaks its protocol and may know less of it."""
    import openai
    from langchain_openai import ChatOpenAI
    from langchain_openai.chat_models.base import BaseChatOpenAI

    compatible = spec.provider == "compatible"
    kind: type[BaseChatOpenAI] = BaseChatOpenAI if compatible else ChatOpenAI
    http = openai.DefaultAsyncHttpxClient(**_connection(options))
    chat = kind(
        model=spec.llm,
        api_key=key,
        base_url=spec.base_url,
        max_retries=0,
        timeout=options.timeout_seconds,
        max_tokens=options.max_output_tokens,
        http_async_client=http,
        use_responses_api=False,
    )
    return ChatClient(
        chat=chat,
        bind=_as_response_format,
        close=http.aclose,
        list_llms=chat.root_async_client.models.list,
        schema_in_prompt=compatible,
        refusals=(openai.BadRequestError, openai.UnprocessableEntityError) if compatible else (),
    )


def _profile(chat: BaseChatModel) -> dict[str, Any]:
    return dict(chat.profile or {})
