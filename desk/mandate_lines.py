"""Where a key stands in a TOML file, so that a refusal can name the line."""

import re
from collections.abc import Mapping

_SECTION = re.compile(r"^\s*\[\[?\s*([^\[\]#]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)\s*=""")
_NAMED = re.compile(r"""^(?:section \[)?((?:[A-Za-z0-9_-]+|"[^"]*")(?:\.(?:[A-Za-z0-9_-]+|"[^"]*"))*)""")


def with_line(message: str, text: str) -> str:
    """Put the line of the key that a message begins with before it; as it is where the key stands nowhere.

    Of a key that is missing, the line of its section.
    """
    named = _NAMED.match(message)
    if named is None:
        return message
    lines = key_lines(text)
    parts = _parts(named[1])
    while parts:
        line = lines.get(".".join(parts))
        if line is not None:
            return f"line {line}: {message}"
        parts = parts[:-1]
    return message


def key_lines(text: str) -> Mapping[str, int]:
    """Return the line, from 1, of every section and every dotted key; the first where there are two."""
    lines: dict[str, int] = {}
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if (opened := section_of(line)) is not None:
            section = _parts(opened)
            lines.setdefault(opened, number)
        elif found := _KEY.match(line):
            lines.setdefault(".".join([*section, *_parts(found[1])]), number)
    return lines


def section_of(line: str) -> str | None:
    """Return the section that a line opens, such as `llm.prices`; None where it opens none."""
    found = _SECTION.match(line)
    return None if found is None else ".".join(_parts(found[1]))


def _parts(dotted: str) -> list[str]:
    """Split a dotted key; a part in quotes may hold dots, and keeps its quotes."""
    return [part.strip() for part in re.findall(r"""\s*"[^"]*"|[^."]+""", dotted)]
