"""Which questions are about risk alone: how far names may move, and which state the market is in."""

import re
from collections.abc import Sequence

from graph.intent import Intent

_OF_A_NAME = re.compile(
    r"\bhow volatile (?:is|are|will|would|might|may|could|can)\b"
    r"|\bhow (?:far|much) (?:may|might|could|can|will|would|should|do you expect|does the desk expect)\b.*"
    r"\b(?:move|swing|fluctuate|vary)\b"
    r"|\bvol(?:atility)?\b(?: forecasts?| outlook| expected)? (?:of|for|in)\b"
    r"|'s? (?:expected |forecast |predicted |future |likely )?volatility\b|\bvolatility forecasts?\b"
    r"|^garch\b|\bgarch (?:forecasts?|volatility|says?)\b"
)
_OTHER = re.compile(
    r"\b(?:we|us|our|ours|my|me and|portfolio|book|account|desk's|why|if|was|were|been|correlat\w*"
    r"|benchmark|compared?|versus|vs|position|holding|sharpe|returns?|past|lately|last|year|news|doubl\w+"
    r"|stop\w*|limits?|the stock|because|buy|bought|sell|sold)\b"
)
_POINTS = re.compile(r"\b(?:it|its|that|this|the stock|the name)\b")
_MARKET = r"(?:the |this |current )*(?:stock |equity )?markets?"
_REGIME = re.compile(
    rf"^(?:so |and |now )*(?:(?:what|which) (?:market |volatility )?(?:regime|state)"
    rf"(?: (?:are we|is it|is {_MARKET}|is that|are markets|do we have)(?: in)?)?"
    rf"|(?:what is|what's|show me|tell me|how is)? ?(?:the )?(?:current |present )?"
    rf"(?:market|volatility)(?:'s)? (?:regime|state)"
    rf"|(?:what is|what's) (?:the )?(?:regime|state of {_MARKET})|(?:the )?(?:current |present )regime"
    rf"|how (?:volatile|calm|turbulent|nervous) (?:is|are) {_MARKET}"
    rf"|(?:is|are) {_MARKET} (?:calm|turbulent|quiet|nervous|volatile|wild)"
    rf"(?: or (?:calm|turbulent|quiet|nervous|volatile|wild))?)"
    r"(?: (?:in|now|today|right now|at the moment|currently|please))*[ ?.!]*$"
)
_AHEAD = (
    (re.compile(r"\b(?P<count>\d{1,3}) (?:trading )?(?:sessions?|days?)\b"), 1),
    (re.compile(r"\b(?P<count>\d{1,2}) weeks?\b"), 5),
    (re.compile(r"\btomorrow\b|\b(?:next|one|a) (?:trading )?(?:session|day)\b"), 1),
    (re.compile(r"\b(?:next|coming|this|a|one|the) week\b"), 5),
    (re.compile(r"\b(?:next|coming|this|a|one|the) month\b"), 20),
)


def volatility_asked(text: str, tickers: Sequence[str], spoken_of: str | None) -> Intent | None:
    """Return the question on risk ahead that a text, on one line, asks; None for any other.

    Args:
        text: The question.
        tickers: The names in it.
        spoken_of: The name of the answer before, which "how volatile is it?" means.
    """
    said = text.casefold().strip()
    if _REGIME.match(said) is not None and not tickers:
        return Intent(name="regime", sessions=_ahead(said))
    if _OF_A_NAME.search(said) is None or _OTHER.search(said) is not None:
        return None
    meant = tuple(tickers) or ((spoken_of,) if spoken_of and _POINTS.search(said) else ())
    if not meant:
        return None
    several = meant if len(meant) > 1 else ()
    return Intent(name="volatility", ticker=meant[0], tickers=several, sessions=_ahead(said))


def _ahead(said: str) -> int | None:
    """Return how many sessions ahead a text speaks of; None where it does not say."""
    for pattern, each in _AHEAD:
        found = pattern.search(said)
        if found is not None:
            return each * int(found.groupdict().get("count") or 1)
    return None
