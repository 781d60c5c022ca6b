"""The table [llm.roster] of a mandate: who is asked for single roles, read strictly and written in place."""

import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from agents.llm_spec import is_llm_id, parse_spec
from agents.roles import ASKED
from desk.mandate_lines import section_of
from fund.errors import ConfigError
from fund.mandate import RosterEntry

SECTION = "llm.roster"
BEFORE = ".before"
"""Ends the name of the file as it was before the last choice, beside the mandate."""


def roster_entries(stated: object) -> tuple[RosterEntry, ...]:
    """Return the table's entries; raises `ConfigError` naming the key that is none."""
    if not isinstance(stated, dict):
        raise ConfigError(f"{SECTION} must be a section of its own, [{SECTION}], was {stated!r}")
    return tuple(_entry(role, llm) for role, llm in stated.items())


def _entry(role: str, llm: object) -> RosterEntry:
    if role not in ASKED:
        near = get_close_matches(role, ASKED, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(ASKED)}"
        raise ConfigError(f"{SECTION}.{role} is not a role; {hint}")
    if not isinstance(llm, str):
        raise ConfigError(f'{SECTION}.{role} must be a text such as "offline", was {llm!r}')
    if not is_llm_id(llm):  # that of one's own server may stand without its address
        parse_spec(llm, f"{SECTION}.{role}")
    return RosterEntry(role=role, llm=llm)


def with_roster(text: str, roster: Mapping[str, str]) -> str:
    """Return a mandate's text with these entries set, and every other byte as it was.

    Raises `ConfigError` where the table stands in a form that is not changed without its owner.
    """
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += ending
    headers = [(at, name) for at, line in enumerate(lines) if (name := section_of(line)) is not None]
    start = next((at for at, name in headers if name == SECTION), None)
    if start is None:
        lines += [ending, f"[{SECTION}]{ending}"]
        start = len(lines) - 1
    end = next((at for at, _ in headers if at > start), len(lines))
    for role, llm in roster.items():
        place, made = _line(lines[start + 1 : end], role, llm)
        if made is None:
            lines.insert(start + 1 + place, f'{role} = "{llm}"{ending}')
            end += 1
        else:
            lines[start + 1 + place] = made
    written = "".join(lines)
    _require_nothing_else(text, written, roster)
    return written


def _line(section: list[str], role: str, llm: str) -> tuple[int, str | None]:
    """Return where a role's line stands and how it reads now; None where it has none, after the last key."""
    key = re.compile(rf"""(\s*["']?{re.escape(role)}["']?\s*=\s*)(?:"[^"]*"|'[^']*')(.*)""", re.DOTALL)
    last = 0
    for at, line in enumerate(section):
        if found := key.fullmatch(line):
            return at, f'{found[1]}"{llm}"{found[2]}'
        if line.strip() and not line.lstrip().startswith("#"):
            last = at + 1
    return last, None


def _require_nothing_else(before: str, after: str, roster: Mapping[str, str]) -> None:
    try:
        wanted, found = _parsed(before), _parsed(after)
        wanted["llm"]["roster"] = {**wanted["llm"].get("roster", {}), **roster}
    except (ValueError, ArithmeticError, KeyError, TypeError):
        found = wanted = None
    if found is None or found != wanted:
        entries = "; ".join(f'{role} = "{llm}"' for role, llm in roster.items())
        raise ConfigError(
            f"the mandate's roster is written in a form that is not changed by a command; expected a section "
            f"[{SECTION}] with a line for each role. Write it yourself: {entries}"
        )


def _parsed(text: str) -> Any:
    return tomllib.loads(text, parse_float=Decimal)


def write_mandate(path: Path, before: str, after: str) -> Path:
    """Replace a mandate's file, whole or not at all, and return where it is kept as it was before.

    Raises `ConfigError` where somebody changed it since it was read.
    """
    path = path.resolve()
    _require_unchanged(path, before)
    kept = path.with_name(f"{path.name}{BEFORE}")
    _write(kept, before, path)
    _write(path, after, path)
    return kept


def undone(path: Path) -> tuple[str, str]:
    """Return a mandate's text now and before the last choice.

    Raises `ConfigError` where there is none to undo, or where more than the roster has changed since: what
    the owner wrote is not thrown away.
    """
    path = path.resolve()
    kept = path.with_name(f"{path.name}{BEFORE}")
    if not kept.exists():
        raise ConfigError(
            f"{kept.name}: expected the mandate as it was before a choice, found none: nothing was chosen, "
            "or it was taken back already"
        )
    now, before = path.read_bytes().decode(), kept.read_bytes().decode()
    if now != before and not _only_chosen(before, now):
        raise ConfigError(
            f"{path.name} was changed since the choice and is left alone; {kept.name} is how it was before"
        )
    return now, before


def _only_chosen(before: str, now: str) -> bool:
    """Return whether a choice alone makes one text of the other, byte for byte."""
    try:
        entries = roster_entries(_parsed(now)["llm"]["roster"])
        stated = _parsed(before)["llm"].get("roster", {})
        chosen = {entry.role: entry.llm for entry in entries if stated.get(entry.role) != entry.llm}
        return with_roster(before, chosen) == now
    except (ConfigError, ValueError, ArithmeticError, KeyError, TypeError):
        return False


def undo(path: Path, now: str) -> None:
    """Put the file before the last choice back in its place."""
    path = path.resolve()
    _require_unchanged(path, now)
    path.with_name(f"{path.name}{BEFORE}").replace(path)


def _require_unchanged(path: Path, text: str) -> None:
    if path.read_bytes() != text.encode():
        raise ConfigError(f"{path.name} was changed by somebody else meanwhile; look at it, and ask again")


def _write(path: Path, text: str, like: Path) -> None:
    half = path.with_name(f"{path.name}.half")
    with half.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(like, half)
    half.replace(path)
