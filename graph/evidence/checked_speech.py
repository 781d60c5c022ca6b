"""What an LLM says, let through sentence by sentence: traced to the tools, and plain Markdown only."""

import re
import unicodedata

from agents.untrusted import is_invisible
from graph.evidence.figures_said import sentences
from graph.evidence.grounding import Evidence, Untraced, without_untraced

LINK_REMOVED = "[link removed]"
TICKET_REMOVED = "[a ticket's own card has its id]"
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,15}://|(?<![\w:/])//(?=[\w-]+\.)|\bwww\.|\b(?:mailto|xmpp|javascript|vbscript):"
    r"|\bdata:[a-z]+/)[^\s)\]>]*"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?:/[^\s)\]>]*)?",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?=#?\w{1,31};)")
"""Markdown reads an entity in the place of a sign, also where an address is written."""
_TICKET = re.compile(r"\bcmd-[\w-]{2,}", re.IGNORECASE)
"""A ticket is confirmed by its card, and the phrase that does it is never an LLM's to hand out."""

_EASTERN = "，；：！？（）"
"""Signs of Chinese and Japanese writing, which no address and no figure is made of."""


class CheckedSpeech:
    """Holds an answer back until a sentence is whole; from the first untraced figure on, until the end."""

    def __init__(self) -> None:
        self._waiting = ""
        self._sent = ""

    @property
    def sent(self) -> str:
        """Return what has been let through."""
        return self._sent

    @property
    def waiting(self) -> str:
        """Return what has not."""
        return self._waiting

    def heard(self, piece: str) -> None:
        """Take in a piece of the answer, in signs that mean what they look like."""
        self._waiting += as_it_looks(piece)

    def passed(self, evidence: Evidence) -> str:
        """Return the whole sentences that may be sent now, made harmless."""
        bounds = list(sentences(self._waiting))[:-1]
        said = [self._waiting[start:stop] for start, stop in bounds]
        through = ""
        for sentence in said:
            if evidence.untraced(through + sentence):
                break
            through += sentence
        return self._let_through(through)

    def untraced(self, evidence: Evidence) -> tuple[Untraced, ...]:
        """Return what cannot be traced in the rest of the answer, once all of it is there."""
        return evidence.untraced(self._waiting)

    def replaced(self, rest: str) -> None:
        """Put another ending in the place of what was held back."""
        self._waiting = as_it_looks(rest)

    def rest(self, evidence: Evidence) -> str:
        """Return the rest of the answer; a sentence with a figure that cannot be traced is taken out."""
        kept = without_untraced(self._waiting, evidence.untraced(self._waiting))
        self._waiting = kept
        return self._let_through(kept)

    def _let_through(self, text: str) -> str:
        self._waiting = self._waiting[len(text) :]
        self._sent += text
        return plain_markdown(text)


def as_it_looks(text: str) -> str:
    """Return a text without signs nobody sees, and digits and letters of any width as plain ones.

    A figure cannot hide from its check, nor an address, behind signs that only look like it.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_looks_like, text))


def _looks_like(sign: str) -> str:
    if sign.isascii():
        return sign if sign.isprintable() or sign in "\n\t" else ""
    if is_invisible(sign):
        return ""
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if sign in _EASTERN:
        return sign
    plain = unicodedata.normalize("NFKC", sign)
    raised = unicodedata.decomposition(sign).startswith(("<super>", "<sub>"))
    return plain if len(plain) == 1 and plain.isascii() and not raised else sign


def plain_markdown(text: str) -> str:
    """Return a text without images, HTML, addresses and the ids of tickets.

    Each could carry the book to a stranger, or the owner's word to what a stranger wants.
    """
    without = _TICKET.sub(TICKET_REMOVED, _ADDRESS.sub(LINK_REMOVED, text))
    unlinked = without.replace("![", "!\\[").replace("](", "] (").replace("]:", "] :").replace("][", "] [")
    return _ENTITY.sub("&amp;", unlinked).replace("<", "&lt;")
