"""Which questions are about the forecasters themselves: which there are, who drifts, who is better."""

import re

from fund.forecasting.catalogue import FAMILIES, TUNED
from fund.forecasting.ensemble.forecaster import ENSEMBLE
from graph.intent import Intent

_FORECASTER = r"(?:forecasters?|forecasting (?:models?|methods?))"
FAMILY = "|".join(sorted((*FAMILIES, ENSEMBLE), key=len, reverse=True))
"""Every family as a choice of a pattern."""
_NAME = rf"(?:[a-z_]+(?:{TUNED})?-[0-9a-f]{{4,12}}|(?:{FAMILY})(?:{TUNED})?)"
_BESIDE = r"(?:and|with|to|against|versus|vs\.?|or|than|,)"
_TWO = re.compile(
    rf"\b(?:compare|compared|better|worse|beats?|outperforms?|difference|differ|apart)\b.*?"
    rf"\b(?P<first>{_NAME})\b(?: forecasters?)? {_BESIDE} (?:the )?(?P<second>{_NAME})\b"
    rf"|\b(?P<one>{_NAME})(?: forecasters?)? (?:really |any |much )?(?:better|worse|beats?|outperforms?|beat)"
    rf"(?: than)? (?:the )?(?P<two>{_NAME})\b"
)
_DRIFT = re.compile(
    rf"\b{_FORECASTER}\b.*\b(?:drift\w*|decay\w*|wearing off|worn off|retrain\w*)\b.*\?"
    rf"|\b(?:drift\w*|decay\w*)\b.*\b{_FORECASTER}\b"
    rf"|\bis (?:the |your |our )?{_NAME} (?:drifting|decaying|wearing off)\b"
)
_LISTED = re.compile(
    rf"^(?:which|what) {_FORECASTER} (?:do (?:you|we) (?:have|use|run)|are (?:there|in use|registered|used)"
    rf"|does the desk (?:have|use)|have (?:you|we) (?:got|trained))\b"
    rf"|^(?:list|show(?: me)?) (?:me )?(?:all )?(?:the |your |our )?{_FORECASTER}[.!]?$"
    rf"|\b(?:champion|challengers?)\b.*\b{_FORECASTER}\b|\b{_FORECASTER}\b.*\b(?:champion|challengers?)\b"
    rf"|\b(?:last|latest|recent) promotions?\b|\bwho is (?:the |our )?champion"
    r"(?: (?:now|right now|today|at \d+ sessions|over \d+ sessions|over the next \d+ sessions))*[ ?.!]*$"
)


def forecaster_asked(text: str) -> Intent | None:
    """Return the question on the forecasters themselves that a text, on one line, asks, or None."""
    said = text.casefold().strip()
    two = _TWO.search(said)
    if two is not None:
        first, second = two["first"] or two["one"], two["second"] or two["two"]
        return Intent(name="forecasters_compared", about=(first, second)) if first != second else None
    if _LISTED.search(said) is not None or _DRIFT.search(f"{said}?") is not None:
        return Intent(name="forecasters")
    return None
