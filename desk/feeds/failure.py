"""Why a vendor could not be had, in a word that says what to do about it."""

from typing import Literal

from fund.errors import FeedError

Reason = Literal[
    "limit", "key_refused", "not_allowed", "unknown_name", "refused", "not_an_answer", "away", "resting"
]
"""limit: ask again after the wait. key_refused: only its owner can help. not_allowed: outside the plan the
key is for. unknown_name: the vendor has no such name. refused: it does not take the question as asked.
not_an_answer: what came is no answer to it. away: nothing came. resting: not asked, after what came last."""

OF_THE_VENDOR: frozenset[Reason] = frozenset({"not_an_answer", "away"})
"""What counts against a vendor until its circuit opens; anything else was an answer."""


class VendorError(FeedError):
    """A vendor could not be had; the message holds neither key nor address."""

    def __init__(self, vendor: str, reason: Reason, said: str, *, wait_seconds: float = 0.0) -> None:
        super().__init__(f"{vendor}: {WORDS[reason]} ({said})" if said else f"{vendor}: {WORDS[reason]}")
        self.vendor = vendor
        self.reason: Reason = reason
        self.said = said
        self.wait_seconds = wait_seconds
        """How long it is to be left alone; 0 where it did not say."""


WORDS: dict[Reason, str] = {
    "limit": "its limit is reached",
    "key_refused": "it refuses the key; correct the key in the settings",
    "not_allowed": "the plan of the key does not include this",
    "unknown_name": "it knows no such name",
    "refused": "it does not take the question",
    "not_an_answer": "what came is no answer",
    "away": "it cannot be reached",
    "resting": "not asked now",
}
