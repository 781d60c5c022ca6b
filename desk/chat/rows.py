"""Chainlit's dictionaries and our rows: the two shapes of the chat's history, each way."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from chainlit.element import Element, ElementDict, ElementDisplay, ElementType
from chainlit.step import StepDict
from chainlit.types import FeedbackDict, ThreadDict
from chainlit.user import PersistedUser

ELEMENTS_PATH = "/elements"
"""Where the server hands out the bytes of charts, tables and files, to their thread's owner only."""

_STEP_COLUMNS = {"id", "threadId", "parentId", "name", "type", "input", "output", "isError"}
_STEP_MOMENTS = {"createdAt": "created_at", "start": "started_at", "end": "ended_at"}
_NOT_KEPT = {"feedback", "streaming", "waitForAnswer"}


def user_of(row: Mapping[str, Any]) -> PersistedUser:
    """Read a user."""
    return PersistedUser(
        id=row["id"],
        identifier=row["identifier"],
        createdAt=_iso(row["created_at"]) or "",
        metadata=row["metadata"],
    )


def step_row(step: StepDict) -> dict[str, object]:
    """Write a step as a row; what has no column of its own goes into `details`."""
    known = _STEP_COLUMNS | set(_STEP_MOMENTS) | _NOT_KEPT
    details = {key: value for key, value in step.items() if key not in known and value is not None}
    moments = {column: _moment(step.get(key)) for key, column in _STEP_MOMENTS.items()}
    return {
        "id": step["id"],
        "thread_id": step["threadId"],
        "parent_id": step.get("parentId"),
        "name": step.get("name") or "",
        "type": step.get("type") or "undefined",
        "input": step.get("input") or "",
        "output": step.get("output") or "",
        "is_error": bool(step.get("isError")),
        **moments,
        "details": details,
    }


def step_dict(row: Mapping[str, Any]) -> StepDict:
    """Read a step as the page wants it."""
    found: dict[str, object] = {
        **row["details"],
        "id": row["id"],
        "threadId": row["thread_id"],
        "parentId": row["parent_id"],
        "name": row["name"],
        "type": row["type"],
        "input": row["input"],
        "output": row["output"],
        "isError": row["is_error"],
        "streaming": False,
        "waitForAnswer": False,
        "feedback": _feedback_dict(row),
        **{key: _iso(row[column]) for key, column in _STEP_MOMENTS.items()},
    }
    return cast("StepDict", found)


def _feedback_dict(row: Mapping[str, Any]) -> FeedbackDict | None:
    if row["feedback_id"] is None:
        return None
    value: Literal[0, 1] = 1 if row["feedback_value"] else 0
    return FeedbackDict(forId=row["id"], id=row["feedback_id"], value=value, comment=row["feedback_comment"])


def element_row(element: Element) -> dict[str, object]:
    """Write an element as a row, bytes included."""
    content = element.content if isinstance(element.content, bytes) else str(element.content).encode()
    return {
        "id": element.id,
        "thread_id": element.thread_id,
        "step_id": element.for_id,
        "name": element.name,
        "type": element.type,
        "display": element.display,
        "mime": element.mime or "application/octet-stream",
        "content": content,
        "details": {
            "size": element.size,
            "language": element.language,
            "props": getattr(element, "props", None),
        },
    }


def element_dict(row: Mapping[str, Any]) -> ElementDict:
    """Read an element; its bytes are fetched from its address."""
    return ElementDict(
        id=row["id"],
        threadId=row["thread_id"],
        forId=row["step_id"],
        name=row["name"],
        type=cast("ElementType", row["type"]),
        display=cast("ElementDisplay", row["display"]),
        mime=row["mime"],
        url=f"{ELEMENTS_PATH}/{row['id']}",
        size=row["details"].get("size"),
        language=row["details"].get("language"),
        props=row["details"].get("props"),
    )


def thread_dict(row: Mapping[str, Any]) -> ThreadDict:
    """Read a thread, with steps and elements where the row has them."""
    return ThreadDict(
        id=row["id"],
        createdAt=_iso(row["created_at"]) or "",
        name=row["name"],
        userId=row["user_id"],
        userIdentifier=row["owner"],
        tags=None,
        metadata=row["metadata"],
        steps=[step_dict(step) for step in row.get("steps", ())],
        elements=[element_dict(element) for element in row.get("elements", ())],
    )


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
