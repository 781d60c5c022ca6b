"""One route of the HTTP API: where it is, who may use it, what it takes and gives."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel

from db.key_scopes import Scope
from desk.web.doors import Visitor

Method = Literal["GET", "POST", "DELETE"]
Answer = Callable[[Request, Visitor], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path and a method; the document is made from it, and so is what is served."""

    method: Method
    path: str
    name: str
    """The operation's id in the document."""
    told: str
    answer: Answer
    scope: Scope = "read"
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    returns: type[BaseModel] | None = None
    """What it answers with; None where that is free in form."""
    status: int = 200
    once: Literal["", "may", "must"] = ""
    """Whether an `Idempotency-Key` may or must come along."""
    refusals: tuple[int, ...] = ()
    """Statuses beside those of every route."""
    media: str = "application/json"
    listed: bool = True
    """Whether the document has it under its own path."""
