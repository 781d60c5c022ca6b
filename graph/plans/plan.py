"""A plan: one tool call, and how its result is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from graph.chat_events import ChatEvent

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersWord:
    """A command that the owner's own message confirms: typed by hand, and matched whole by the grammar."""

    command_id: str


Said = ChatEvent | OwnersWord


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Generic[T]):
    """One tool call and how its result is told."""

    tool: str
    input: str
    call: Callable[[], T]
    told: Callable[[T], Iterator[Said]]


def plan(tool: str, asked: str, call: Callable[[], T], told: Callable[[T], Iterator[Said]]) -> Plan[object]:
    """Forget the result's type: a plan is carried out whole, by whoever holds it."""
    made: Plan[T] = Plan(tool=tool, input=asked, call=call, told=told)
    return made  # type: ignore[return-value]
