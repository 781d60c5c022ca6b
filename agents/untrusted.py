"""Text the desk did not write, made safe to quote: it is data in a brief, never an instruction."""

import unicodedata

ELLIPSIS = "…"
_JOINERS = frozenset(range(0xFE00, 0xFE10)) | frozenset(range(0xE0100, 0xE01F0))
"""Variation selectors: marks by category, invisible all the same."""


def clean(text: str, limit: int) -> str:
    """Return `text` in NFKC on one line, without invisible or control characters, cut to `limit` characters.

    Zero-width, bidirectional and tag characters (Unicode category Cf), controls, surrogates and
    private-use characters are dropped: they can hide text from a reader that an LLM still sees.
    """
    head = text[: 8 * limit]
    if head.isascii() and head.isprintable():
        return _cut(" ".join(head.split()), limit)
    visible = (_visible(c) for c in unicodedata.normalize("NFKC", head))
    return _cut(" ".join("".join(visible).split()), limit)


def _cut(line: str, limit: int) -> str:
    return line if len(line) <= limit else line[: max(limit - 1, 0)].rstrip() + ELLIPSIS


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    return "" if is_invisible(character) else character


def is_invisible(character: str) -> bool:
    """Tell whether a character can hide something from a reader, or turn a text around; a tab can too."""
    return unicodedata.category(character)[0] == "C" or ord(character) in _JOINERS


def without_invisible(text: str) -> str:
    """Return a text whose every character can be seen; its lines stay lines."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or not is_invisible(c))
