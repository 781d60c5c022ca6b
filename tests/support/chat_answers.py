"""Cases of the chat and what came of them, with defaults: one question, one tool, nothing opened."""

from collections.abc import Mapping, Sequence
from typing import Any

from evals.case import Case
from evals.chat_answers import silence
from evals.trial import Output

EQUITY = {"tool": "holdings", "path": "equity"}
LARGEST = {"tool": "holdings", "path": "holdings.0.ticker"}
NOT_HELD = {"tool": "holdings", "path": "holdings.99.ticker"}
KNOWN: Mapping[str, str | float] = {"equity": 1_020_966.65, "holdings.0.ticker": "DIS"}


def known(fact: Mapping[str, Any]) -> str | float | None:
    """Look a fact up on a desk of two figures."""
    return KNOWN.get(fact["path"])


def a_chat_case(*turns: str, kind: str = "question", **label: Any) -> Case:
    """Return a case of the chat; what the label does not say it does not ask for."""
    return Case(
        case_id="c1",
        subject="chat",
        given={"turns": list(turns or ("What do we hold?",))},
        label={"tool": None, "arguments": {}, "facts": [], "ticket": None, "refuse": False, **label},
        strata={"kind": kind},
    )


def an_output(
    text: str = "",
    *,
    tools: Sequence[tuple[str, str]] = (),
    tickets: Sequence[tuple[str, str]] = (),
    **answer: Any,
) -> Output:
    """Return an output with tools and their arguments, and tickets as they were asked for."""
    asked = [{"tool": tool, "arguments": said, "told": True} for tool, said in tools]
    opened = [{"action": action, "arguments": said, "description": f"{action}."} for action, said in tickets]
    return Output(answer={**silence(), "text": text, "tools": asked, "tickets": opened, **answer})
