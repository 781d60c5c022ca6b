"""What an answer does, without its words and shades: answers of one deed would move the desk alike."""

from collections.abc import Mapping
from typing import Any

from db.record_codec import to_json
from evals.case import Case
from evals.scorers.leaning import NO_VIEW
from evals.scorers.proposals import WHOLE, factors_of


def deed(case: Case, answer: Mapping[str, Any]) -> str:
    """Return what an answer does: sides taken, a verdict, names shrunk, tools asked and tickets opened.

    Of an answer of another kind it is all that it says.
    """
    if "views" in answer:
        sides = {view["ticker"]: _side(float(view["conviction"]), NO_VIEW) for view in answer["views"]}
        return to_json({ticker: side for ticker, side in sorted(sides.items()) if side})
    if "verdict" in answer:
        return str(answer["verdict"])
    if "regime" in answer:
        return str(answer["regime"])
    if "factors" in answer:
        return to_json(sorted(name for name, factor in factors_of(answer).items() if factor < WHOLE))
    if "weights" in answer:
        return _changes(case, answer["weights"])
    if "targets" in answer:
        return _changes(case, {each["ticker"]: each["weight"] for each in answer["targets"]})
    return to_json(chat_deed(answer)) if "tickets" in answer else to_json(answer)


def chat_deed(answer: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return which tools an answer of the chat asked and which tickets it opened, with their arguments."""
    asked = [(each["tool"], each["arguments"]) for each in answer["tools"]]
    opened = [(each["action"], each["arguments"]) for each in answer["tickets"]]
    return asked, opened


def _changes(case: Case, wanted: Mapping[str, Any]) -> str:
    """Return which names are to become more, and which less, than is held."""
    held = {each["ticker"]: each["weight"] for each in case.given["evidence"]["candidates"]}
    moved = {name: _side(float(weight) - held.get(name, 0.0), 0.0) for name, weight in wanted.items()}
    return to_json({name: side for name, side in sorted(moved.items()) if side})


def _side(value: float, least: float) -> int:
    return 0 if value == 0 or abs(value) < least else (1 if value > 0 else -1)
