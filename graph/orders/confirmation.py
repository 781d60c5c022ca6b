"""The word typed about a pending command: yes to one by its id, or no."""

import re

from graph.intent import Intent, IntentName
from graph.words.wording import plain

_TYPED_CONFIRMATION = re.compile(
    r"^(confirm|decline|cancel)(?: (?!(?:bake|eval))([a-z0-9][a-z0-9-]{3,63}))?[.!]?$"
)
"""What is cancelled by its own name is no ticket."""
_BARE_YES = frozenset(
    {
        "yes",
        "y",
        "confirm it",
        "confirm that",
        "i confirm",
        "approved",
        "yep",
        "yeah",
        "sure",
        "do it",
        "go ahead",
        "confirmed",
        "ok",
        "okay",
    }
)
_BARE_NO = frozenset(
    {"no", "n", "nope", "never mind", "nevermind", "abort", "reject", "reject it", "discard", "discard it"}
)
_YES_AND_YES = re.compile(
    r"(?:yes|yep|yeah|sure|ok|okay),? (?:please|do it|go ahead|sure|confirm(?:ed| it| that)?)"
)
_NO_AND_NO = re.compile(
    r"(?:hmm,? )?no,? (?:thanks|forget it|cancel(?: it| that)?|leave it|never mind|don't|do not)"
    r"|forget it|cancel (?:it|that)"
)


def confirmation(question: str) -> Intent | None:
    """Return the word typed about a pending command, None for anything else.

    Only a phrase that holds the command's id is bound to it; a bare yes confirms nothing (INV-16).
    """
    text = plain(question).casefold()
    match = _TYPED_CONFIRMATION.match(text)
    if match is not None:
        name: IntentName = "confirm" if match[1] == "confirm" else "decline"
        return Intent(name=name, command_id=match[2])
    bare = text.rstrip(".! ")
    if _YES_AND_YES.fullmatch(bare):
        return Intent(name="confirm")
    if _NO_AND_NO.fullmatch(bare):
        return Intent(name="decline")
    if bare in _BARE_YES:
        return Intent(name="confirm")
    return Intent(name="decline") if bare in _BARE_NO else None
