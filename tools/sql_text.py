"""What a statement may be made of before anybody parses it: short, plain, without what hides things."""

import re
import unicodedata

from fund.errors import QueryRefusedError

MAX_BYTES = 8_192
MAX_PARENTHESES = 40
_LITERAL = re.compile(
    r"'(?:[^']|'')*'|(?P<name>\"(?:[^\"]|\"\")*\")|(?P<comment>--[^\n]*|/\*(?:(?!/\*).)*?\*/)", re.DOTALL
)
"""Texts, names in quotes and comments; a comment inside a comment is read as none."""
_FIRST = re.compile(r"[\s(]*(select|with)\b", re.IGNORECASE)


def check_text(sql: str) -> str:
    """Return the statement without the blanks around it and its closing semicolon.

    Raises:
        QueryRefusedError: It is too long, begins otherwise than a SELECT does, or holds control or
            invisible characters anywhere, or a backslash, a dollar sign or a letter beyond ASCII outside
            of a text in quotes.
    """
    if len(sql.encode(errors="replace")) > MAX_BYTES:
        raise QueryRefusedError(f"SQL may have {MAX_BYTES:,} bytes, this has more; ask for less at once")
    plain = sql.replace("\r\n", "\n").strip().removesuffix(";").rstrip()
    if hidden := next((c for c in plain if unicodedata.category(c)[0] == "C" and c not in "\n\t"), None):
        raise QueryRefusedError(f"SQL may hold no control or invisible character, found U+{ord(hidden):04X}")
    bare = _LITERAL.sub(_without_text, plain)
    if strange := next((c for c in bare if not c.isascii() or c in "\\$"), None):
        raise QueryRefusedError(
            f"outside of quotes SQL is plain ASCII without backslash and dollar sign, found {strange!r}"
        )
    if ";" in bare:
        raise QueryRefusedError("one statement can be asked at a time; leave out what follows the semicolon")
    if not _FIRST.match(bare):
        raise QueryRefusedError(f"only a SELECT over the views can be asked, this begins with {plain[:20]!r}")
    if _depth(bare) > MAX_PARENTHESES:
        raise QueryRefusedError(f"SQL may be nested {MAX_PARENTHESES} deep, this is deeper")
    return plain


def _without_text(match: re.Match[str]) -> str:
    if match["comment"] is not None:
        return " "
    return "''" if match["name"] is None else match["name"]


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        deepest = max(deepest, depth)
    return deepest
