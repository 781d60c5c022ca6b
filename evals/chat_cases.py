"""The datasets of the chat, kept as text that people review, and read into cases."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

from evals.case import Case, Dataset
from fund.errors import DataError
from tools.control_words import Action

DATASET = Path(__file__).with_name("datasets") / "chat.toml"
HELD_OUT = DATASET.with_name("chat_held_out.toml")
"""Cases that nobody may tune the chat to; what failed of them is not read."""
NO_TOOL = "none"
"""In the list of a case's tools: nothing need be asked."""
ORDER = "order"
KINDS = ("question", "follow-up", ORDER, "not an order", "out of scope", "misspelt")
LEVELS = ("easy", "medium", "hard")
MOST_TURNS = 3
_NEEDED = {"id", "turns", "topic", "level", "kind"}
_KNOWN = _NEEDED | {"language", "tool", "arguments", "facts", "ticket", "refuse"}


@cache
def chat_dataset(path: Path = DATASET) -> Dataset:
    """Return the questions and orders of a file, under its name; `DataError` names the case that is none."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        about, entries = table["about"], table["case"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise DataError(f"{path.name}: expected what it is about and its cases, found {error!r}") from error
    cases = tuple(_case(entry, f"{path.name}, case {at}") for at, entry in enumerate(entries, 1))
    ids = [case.case_id for case in cases]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        raise DataError(f"{path.name}: expected every id once, found {', '.join(twice)} again")
    return Dataset(name=path.stem, about=" ".join(about.split()), cases=cases)


def _case(entry: Mapping[str, Any], where: str) -> Case:
    """Return a case from its table; `where` names it in what is said of a bad one."""
    if missing := sorted(_NEEDED - entry.keys()):
        raise DataError(f"{where}: expected {', '.join(missing)}, found {', '.join(sorted(entry))}")
    if unknown := sorted(entry.keys() - _KNOWN):
        raise DataError(f"{where}: expected only {', '.join(sorted(_KNOWN))}, found {', '.join(unknown)}")
    where = f"{where} ({entry['id']})"
    _check_words(entry, where)
    _check_label(entry, where)
    strata = {key: str(entry[key]) for key in ("topic", "level", "kind")}
    return Case(
        case_id=entry["id"],
        subject="chat",
        given={"turns": list(entry["turns"])},
        label={
            "tool": entry.get("tool"),
            "arguments": entry.get("arguments", {}),
            "facts": entry.get("facts", []),
            "ticket": entry.get("ticket"),
            "refuse": entry.get("refuse", False),
        },
        strata={**strata, "language": entry.get("language", "en")},
    )


def _check_words(entry: Mapping[str, Any], where: str) -> None:
    turns = entry["turns"]
    said = isinstance(turns, list) and all(isinstance(turn, str) and turn.strip() for turn in turns)
    if not said or not 1 <= len(turns) <= MOST_TURNS:
        raise DataError(f"{where}: expected 1 to {MOST_TURNS} turns that say something, found {turns!r}")
    for key, allowed in (("kind", KINDS), ("level", LEVELS)):
        if entry[key] not in allowed:
            raise DataError(
                f"{where}: expected {key} to be one of {', '.join(allowed)}, found {entry[key]!r}"
            )


def _check_label(entry: Mapping[str, Any], where: str) -> None:
    ticket, tools = entry.get("ticket"), entry.get("tool")
    if ticket is not None and ticket not in get_args(Action):
        raise DataError(f"{where}: expected a kind of ticket, found {ticket!r}")
    if entry["kind"] == ORDER and ticket is None:
        raise DataError(f"{where}: expected the ticket that an order opens, found none")
    if ticket is not None and (tools is not None or entry.get("refuse")):
        raise DataError(f"{where}: expected an order without a tool or a refusal, found one of them")
    named = isinstance(tools, list) and tools and all(isinstance(tool, str) for tool in tools)
    if tools is not None and not named:
        raise DataError(f"{where}: expected a list of tools' names, found {tools!r}")
    facts = [
        *entry.get("facts", []),
        *(v for v in entry.get("arguments", {}).values() if isinstance(v, dict)),
    ]
    for fact in facts:
        if not isinstance(fact, dict) or not {"tool", "path"} <= fact.keys() <= {"tool", "path", "arguments"}:
            raise DataError(f"{where}: expected a fact's tool, path and arguments, found {fact!r}")
