"""Which questions ask for pairs: names that are expected back when they run away from each other."""

import re
from collections.abc import Sequence

from graph.intent import Intent

_PAIRS = re.compile(
    r"\bco-?integrat\w*|\bpairs?[- ]?(?:trades?|trading|ideas?|signals?|scan)\b"
    r"|^(?:(?:are|is) there )?(?:any|which|what|show(?: me)?(?: the| any)?|list(?: the)?) pairs?\b"
    r"(?! of (?:eyes|hands))"
)
_OTHER = re.compile(r"\b(?:correlat\w*|most alike|move together|currency|forex|fx|what is a|explain)\b")


def pairs_asked(text: str, tickers: Sequence[str]) -> Intent | None:
    """Return the question after pairs that a text, on one line, asks; None for any other.

    Args:
        text: The question.
        tickers: The names in it; two and more are looked at among themselves.
    """
    said = text.casefold().strip()
    if _PAIRS.search(said) is None or _OTHER.search(said) is not None:
        return None
    return Intent(name="pairs", tickers=tuple(tickers) if len(tickers) > 1 else ())
