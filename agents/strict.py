"""From an LLM's text to a typed answer: exactly one JSON object that fits the schema, or an error."""

import json
import re
from collections import Counter
from typing import NoReturn

from pydantic import BaseModel, ValidationError

from agents.replies import AnswerT
from agents.untrusted import clean
from fund.errors import AnswerError

LONGEST_ANSWER = 200_000
_FENCE = "```"
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_PROBLEMS_QUOTED = 8
_QUOTED = 80


def parse_answer(text: str, answer_type: type[AnswerT]) -> AnswerT:
    """Read one answer, strictly.

    Accepts a bare JSON object or exactly one fenced block. Raises `AnswerError`, fit to be quoted
    back, on anything else: two objects, a key given twice, two entries for one ticker (several kinds
    of concern are fine), NaN or infinity, unknown or missing fields, a value out of range, a number
    written as a string.
    """
    if len(text) > LONGEST_ANSWER:
        raise AnswerError(f"expected at most {LONGEST_ANSWER} characters, found {len(text)}; answer shorter")
    data = _read_object(_json_text(text))
    try:
        answer = answer_type.model_validate(data, strict=True)
    except ValidationError as error:
        raise AnswerError(_problems(error)) from None
    _refuse_repeated_tickers(answer)
    return answer


def keep_allowed(answer: AnswerT, allowed: frozenset[str]) -> tuple[AnswerT, tuple[str, ...]]:
    """Drop every entry about a ticker outside `allowed`; return the rest and the dropped tickers."""
    dropped: list[str] = []
    kept: dict[str, list[object]] = {}
    for name, entries in _entry_lists(answer):
        inside = [entry for entry in entries if _ticker(entry) in allowed | {None}]
        if len(inside) < len(entries):
            kept[name] = inside
            dropped += [t for entry in entries if (t := _ticker(entry)) is not None and t not in allowed]
    return (answer.model_copy(update=kept) if kept else answer), tuple(dropped)


def _json_text(text: str) -> str:
    body = _THOUGHT.sub("", text, count=1).strip()
    if body.startswith("{"):
        return body
    blocks = _fenced(body)
    if len(blocks) > 1:
        raise AnswerError(f"expected one JSON object, found {len(blocks)} fenced blocks; send exactly one")
    if not blocks:
        raise AnswerError(f"expected one JSON object and nothing else, found {body[:_QUOTED]!r}")
    return blocks[0]


def _fenced(body: str) -> list[str]:
    """Return what stands in closed fences that are marked as JSON or not at all."""
    pieces = body.split(_FENCE)
    closed = pieces[1 : len(pieces) - 1 : 2]
    blocks = (block.partition("\n") for block in closed)
    return [text for mark, newline, text in blocks if newline and mark.strip().lower() in {"", "json"}]


def _read_object(text: str) -> dict[str, object]:
    try:
        data = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise AnswerError(f"expected exactly one JSON object, found text that is not one: {error}") from None
    except RecursionError:
        raise AnswerError("expected a flat JSON object, found one nested too deeply") from None
    except ValueError as error:
        raise AnswerError(f"expected plain JSON numbers, found one that cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise AnswerError(f"expected a JSON object, found {type(data).__name__}")
    return data


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    repeated = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1]
    if repeated:
        raise AnswerError(f"expected every key once, found {_short(repeated[0])} more than once")
    return dict(pairs)


def _refuse_constant(name: str) -> NoReturn:
    raise AnswerError(f"expected finite numbers, found {name!r}")


def _refuse_repeated_tickers(answer: BaseModel) -> None:
    for name, entries in _entry_lists(answer):
        single = [e for e in entries if not hasattr(e, "kind")]
        for ticker, n in Counter(t for e in single if (t := _ticker(e)) is not None).items():
            if n > 1:
                raise AnswerError(f"expected each ticker once in {name!r}, found {ticker!r} {n} times")


def _entry_lists(answer: BaseModel) -> list[tuple[str, list[object]]]:
    fields = ((name, getattr(answer, name)) for name in type(answer).model_fields)
    return [(name, value) for name, value in fields if isinstance(value, list)]


def _ticker(entry: object) -> str | None:
    ticker = getattr(entry, "ticker", None)
    return ticker if isinstance(ticker, str) else None


def _problems(error: ValidationError) -> str:
    """Say the first few problems, each with the place and the value cut short: the LLM wrote both."""
    details = error.errors(include_url=False, include_context=False)
    lines = [
        f"{clean('.'.join(map(str, d['loc'])), _QUOTED) or 'answer'}: {d['msg']}, found {_short(d['input'])}"
        for d in details[:_PROBLEMS_QUOTED]
    ]
    more = len(details) - len(lines)
    return "; ".join([*lines, f"and {more} more"] if more else lines)


def _short(value: object) -> str:
    try:
        text = repr(value)
    except RecursionError:
        return "a deeply nested value"
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
