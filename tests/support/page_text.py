"""What a browser makes of the texts it is sent: pictures, links and HTML in them, and signs nobody sees."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

_AUTOLINK = re.compile(r"https?://|\bwww\.\w|\b(?:mailto|xmpp):|[\w.+-]+@[\w-]+\.\w", re.IGNORECASE)
"""What GitHub's Markdown makes a link of by itself."""
_WAYS = {
    "image": "shows a picture",
    "link_open": "has a link",
    "html_block": "has HTML",
    "html_inline": "has HTML",
}


def rendered(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the page draws as Markdown: messages, and steps with what they were asked and said."""
    for step in steps:
        yield _fenced(str(step.get("output") or ""), step.get("language"))
        shows_input = step.get("showInput")
        yield _fenced(str(step.get("input") or ""), shows_input if isinstance(shows_input, str) else None)


def _fenced(text: str, language: str | None) -> str:
    """Set a text as code, as Chainlit does; one that begins with a fence of its own is left as it is."""
    return text if language is None or text.startswith("```") else f"```{language}\n{text}\n```"


def leads_out(text: str) -> Iterator[str]:
    """Yield what of a Markdown text could load or open something."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    for token in _flat(parser.parse(text)):
        if token.type in _WAYS:
            yield f"{_WAYS[token.type]}: {token.attrs or token.content!r} in {text[:200]!r}"
        elif token.type == "text" and (found := _AUTOLINK.search(token.content)):
            yield f"has something that links itself: {token.content[found.start() :][:60]!r}"


def hidden_in(text: str) -> str:
    """Return the characters of a text that say something nobody sees, or turn the rest around."""
    return "".join(c for c in text if unicodedata.category(c) in ("Cf", "Cc", "Co", "Cs") and c not in "\n\t")


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())
