"""What an LLM says, let through sentence by sentence: traced to the tools, and plain Markdown only."""

import re

from graph.figures_said import sentences
from graph.grounding import Evidence, Untraced, without_untraced

LINK_REMOVED = "[link removed]"
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,15}://|\bwww\.|\bmailto:|\bdata:[a-z]+/|\bjavascript:)[^\s)\]>]*", re.IGNORECASE
)


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
        """Take in a piece of the answer."""
        self._waiting += piece

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
        self._waiting = rest

    def rest(self, evidence: Evidence) -> str:
        """Return the rest of the answer; a sentence with a figure that cannot be traced is taken out."""
        kept = without_untraced(self._waiting, evidence.untraced(self._waiting))
        self._waiting = kept
        return self._let_through(kept)

    def _let_through(self, text: str) -> str:
        self._waiting = self._waiting[len(text) :]
        self._sent += text
        return plain_markdown(text)


def plain_markdown(text: str) -> str:
    """Return a text without images, HTML and addresses: each could carry the book to a stranger."""
    without = _ADDRESS.sub(LINK_REMOVED, text)
    return without.replace("![", "!\\[").replace("](", "] (").replace("<", "&lt;")
