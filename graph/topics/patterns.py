"""Which pattern in how trades ended a question is after."""

import re

from graph.intent import Pattern

_PATTERNS: tuple[tuple[Pattern, str], ...] = (
    (
        "concerns",
        r"\b(?:concerns?|worr(?:y|ies)|objections?|warnings?|red flags?|doubts)\b.*"
        r"\b(?:predict\w*|come true|came true|right|los[est]\w*|loss\w*|materiali\w*|pay|paid|save|saved"
        r"|justified|"
        r"useful|matter\w*|precision|lift|real|wrong|worth)\b|\bpredict\w* (?:our )?losses\b"
        r"|\b(?:validator|he|she|it) worries\b.*\blose\b",
    ),
    (
        "confidence",
        r"\b(?:confidence|confident|conviction)\b.*\b(?:win|wins|won|rate|bucket\w*|pay\w*|right|better"
        r"|trades?|results?|often)\b"
        r"|\b(?:by|per) (?:confidence|conviction)\b|\b(?:win rate|results|returns|profit"
        r"|trades)\b.*\b(?:confidence|conviction)\b"
        r"|\bright when (?:we|you) are (?:sure|certain|confident)\b",
    ),
    (
        "holding_period",
        r"\bholding (?:period|time|length)s?\b|\bhow long should (?:we|you|i) (?:hold|keep)\b"
        r"|\b(?:sell|exit|close|get out)\w* too (?:early|late|soon)\b|\b(?:hold"
        r"|keep)\w* (?:\w+ )?(?:longer|too long)\b"
        r"|\b(?:by|per) (?:holding|days held|length)\b|\bhow long do (?:our )?(?:winners|losers|trades)\b",
    ),
    (
        "regime",
        r"\bregimes?\b.*\b(?:money|profit|pnl|win|earn|lose|return|results|best|do we|by)\b"
        r"|\b(?:by|per|each|every|which|what) (?:market )?regimes?\b"
        r"(?! (?:are we in|is it|is this|do we have))"
        r"|\b(?:bull|bear|rising|falling|calm|volatile|choppy|quiet) markets?\b.*\b(?:we|our|us)\b"
        r"|\b(?:we|our)\b.*\b(?:bull|bear|rising|falling|calm|volatile|choppy|quiet) markets?\b"
        r"|\b(?:we|us|our)\b.*\bwhen (?:the )?(?:vix|volatility|vol) is\b",
    ),
    (
        "weekday",
        r"\bweekdays?\b|\bdays? of the week\b|\b(?:mondays|tuesdays|wednesdays|thursdays|fridays)\b"
        r"|\b(?:by|per|which|best|worst) (?:trading )?day of\b",
    ),
    (
        "agreement",
        r"\bforecast\w*\b.*\b(?:agree\w*|disagree\w*|consensus|split|unanimous\w*)\b"
        r"|\b(?:by|per|when) (?:\w+ )?agreement\b|\b(?:agree\w*|disagree\w*|consensus)\b.*\bforecast\w*\b",
    ),
    (
        "clamps",
        r"\b(?:clamps?|limits?|caps?|risk cuts?|cuts)\b.*\b(?:save|saved|saving|worth|help\w*|hurt\w*|pay"
        r"|paid|"
        r"cost us|costs us|cost money|profit)\b|\bwhat did (?:the )?(?:clamps|limits|caps"
        r"|risk limits) cost\b",
    ),
)


_SPOKEN: dict[Pattern, str] = {
    "concerns": r"concerns?|worries|warnings?",
    "confidence": r"confidence|conviction",
    "holding_period": r"holding[_ -]?(?:periods?|times?)|holding",
    "regime": r"regimes?",
    "weekday": r"weekdays?",
    "agreement": r"agreement|consensus",
    "clamps": r"clamps?|cuts|limits",
}
_NAMED = re.compile(rf"/?patterns?:? (?:by |in |of |for |per )?(?P<what>{'|'.join(_SPOKEN.values())})\b")


def pattern_in(text: str) -> Pattern:
    """Return the pattern a text asks after, empty for none."""
    named = _NAMED.match(text)
    if named is not None:
        return next(name for name, said in _SPOKEN.items() if re.match(said, named["what"]))
    return next((name for name, said in _PATTERNS if re.search(said, text)), "")
