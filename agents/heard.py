"""What came back from a chat LLM: its words, fit to be kept, and the tokens they took."""

import json
from collections.abc import Sequence

from langchain_core.messages import AIMessage

from agents.prices import tokens_in
from agents.redaction import mask
from agents.strict import LONGEST_ANSWER

MOST_TOKENS = 10_000_000
"""What one call is believed to have used at most; a server that counts more has lost count."""


def raw_answer(message: AIMessage) -> str:
    """Return the text of an answer: the tool call's arguments as JSON, or the written text.

    Several tool calls come out as several objects, which no strict parse accepts.
    """
    calls = [json.dumps(call["args"], ensure_ascii=False) for call in message.tool_calls]
    calls += [str(call["args"] or "") for call in message.invalid_tool_calls]
    if calls:
        return "\n".join(calls)
    refusal = message.additional_kwargs.get("refusal")
    return str(message.text) or (refusal if isinstance(refusal, str) else "")


def words_of(messages: Sequence[AIMessage], secrets: Sequence[str]) -> str:
    """Return what was said as it is kept, so that a replay reads what was read at first.

    Secrets are masked, characters that no database holds are replaced, and what is longer than any
    answer may be is cut just beyond that length.
    """
    said = mask("\n".join(map(raw_answer, messages)), secrets)[: LONGEST_ANSWER + 1]
    return said.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tokens_of(messages: Sequence[AIMessage], sent: str, said: str) -> tuple[int, int]:
    """Return input and output tokens as the provider counts them; without its count, by their bytes."""
    usage = [message.usage_metadata for message in messages if message.usage_metadata is not None]
    if not usage:
        return tokens_in(sent), tokens_in(said)
    counted = sum(u["input_tokens"] for u in usage), sum(u["output_tokens"] for u in usage)
    return min(max(counted[0], 0), MOST_TOKENS), min(max(counted[1], 0), MOST_TOKENS)
