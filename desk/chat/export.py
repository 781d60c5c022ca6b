"""A conversation as files: Markdown for people, JSON for programs, without anything shaped like a secret."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from chainlit.types import ThreadDict

from agents.redaction import MASK, redact

_TICKET = re.compile(r"(?<=ticket=)[A-Za-z0-9_\-]{8,}")
_ASKED = re.compile(
    r"(?:please )?(?:export|download|save) (?:this |the |our )?(?:conversation|thread|chat)(?: please)?"
    r"(?: (?:as|in|to) \w+(?: and \w+)?)?[.!]?",
    re.IGNORECASE,
)
_MESSAGES = {"user_message": "You", "assistant_message": "Conclave"}
_FORMAT = 1
STEP_KEYS = ("id", "parentId", "type", "name", "input", "output", "isError", "createdAt", "start", "end")


def asks_for_export(question: str) -> bool:
    """Tell whether a question asks for the conversation as a file, and for nothing else."""
    return question == "/export" or _ASKED.fullmatch(" ".join(question.split())) is not None


def as_markdown(thread: ThreadDict, secrets: Sequence[str] = ()) -> str:
    """Write what was said, in order, with the work done for each answer as a list above it."""
    lines = [f"# {_line(thread['name'] or 'Conversation')}", "", f"Begun {thread['createdAt']}.", ""]
    for step in thread["steps"]:
        speaker = _MESSAGES.get(step["type"])
        if speaker is not None:
            lines += [f"## {speaker}, {step['createdAt']}", "", step["output"], ""]
        elif step["type"] == "tool":
            said = _line(step["output"])
            lines += [f"- {_line(step['name'])}" + (f": {said}" if said else ""), ""]
    files = [f"- {element['name']} ({element['type']})" for element in thread["elements"] or ()]
    if files:
        lines += ["## Charts, tables and files", "", *files, ""]
    return without_secrets("\n".join(lines), secrets)


def as_json(thread: ThreadDict, secrets: Sequence[str] = ()) -> str:
    """Write messages, steps and the names of elements; what the page keeps for itself is left out."""
    content = {
        "format": _FORMAT,
        "thread": thread["id"],
        "name": thread["name"],
        "begun": thread["createdAt"],
        "steps": [_picked(step) for step in thread["steps"]],
        "elements": [
            {"id": each["id"], "step": each["forId"], "type": each["type"], "name": each["name"]}
            for each in thread["elements"] or ()
        ],
    }
    clean = _without_secrets_within(content, secrets)
    return json.dumps(clean, ensure_ascii=False, indent=1)


def without_secrets(text: str, secrets: Sequence[str]) -> str:
    """Mask known secrets, everything shaped like a key, and tickets that let somebody in."""
    return _TICKET.sub(MASK, redact(text, secrets))


def _without_secrets_within(value: Any, secrets: Sequence[str]) -> Any:
    match value:
        case str():
            return without_secrets(value, secrets)
        case Mapping():
            return {key: _without_secrets_within(each, secrets) for key, each in value.items()}
        case list():
            return [_without_secrets_within(each, secrets) for each in value]
        case _:
            return value


def _picked(step: Any) -> dict[str, object]:
    found = {key: step.get(key) for key in STEP_KEYS}
    rating = step.get("feedback")
    return found | ({"feedback": rating["value"]} if rating else {})


def _line(text: str) -> str:
    return " ".join(text.split())
