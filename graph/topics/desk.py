"""Topics known by a phrase alone: the calendar's periods, whose money it is, who decides, what comes next."""

import re
from collections.abc import Callable

from graph.intent import IntentName
from graph.topics.topic import DEALS, TRADED, Words
from tools.periods import PeriodUnit
from tools.vocabulary import word_set

DESK_WORDS = word_set(
    "monthly yearly annual annually quarterly weekly calendar broker dividend dividends forecaster "
    "forecasters accurate accuracy reliable decides clamp clamps clamped cvar shortfall beta refused "
    "refusal refusals quarantine quarantined health healthy bucket buckets"
)
_UNITS: dict[str, PeriodUnit] = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
_ADVERBS: dict[str, PeriodUnit] = {
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}
_PER_PERIOD = re.compile(
    r"\b(?:by|per|each|every|best|worst|which|calendar) (?:calendar )?(?P<unit>week|month|quarter|year)s?\b"
)


_FIGURES = (
    ("max_cvar", ("cvar", "shortfall", "conditional value at risk")),
    ("max_var", ("var", "value at risk")),
    ("max_beta", ("beta",)),
)


def period_of(words: Words) -> PeriodUnit | None:
    """Return the calendar period results are asked to be broken down by, None for any other question."""
    if words.any("why", "sharpe", "volatility", "drawdown", "buy", "bought", "sold") or words.any(
        *(DEALS | (TRADED - {"hold", "own"}))
    ):
        return None
    match = _PER_PERIOD.search(words.text)
    if match is not None:
        return _UNITS[match["unit"]]
    return next((unit for word, unit in _ADVERBS.items() if words.any(word)), None)


def desk_topic_of(words: Words) -> IntentName | None:
    """Return the topic of a question that names no ticker, None where no phrase tells it."""
    return next((name for name, fits in _RULES if fits(words)), None)


def asks_for_the_future(words: Words) -> bool:
    """Tell whether what is to come is asked for."""
    foreseen = words.any(
        "will", "tomorrow", "forecast", "predict", "predicts", "prediction", "outlook", "expect"
    )
    return foreseen or words.has("going to", "going up", "going down", "next week", "next month", "next year")


def _is_money(words: Words) -> bool:
    return words.has("real money", "paper money", "paper trading", "real trades", "real broker") or (
        words.any("broker") and not words.any("why")
    )


def _is_deciders(words: Words) -> bool:
    return words.has(
        "who decides",
        "who decided",
        "who makes the",
        "who chooses",
        "who picks",
        "who is in the committee",
        "who is the committee",
        "what is the committee",
        "how do you decide",
    )


def _is_next(words: Words) -> bool:
    return words.has("happens next", "happen next", "comes next", "what now", "happens tomorrow") or (
        words.text.rstrip(" ?") == "what is next"
    )


def _is_breaker(words: Words) -> bool:
    """Tell whether a question is on what stopped trading, or on what it takes to go on."""
    taken = words.has(
        "what would it take",
        "what will it take",
        "what does it take",
        "what do we need",
        "what do you need",
        "what is needed",
        "what must happen",
        "when can we",
        "when can i",
        "when can you",
    )
    resuming = words.any("resume", "resumed", "resuming", "resumption")
    stopped = words.any("why") and words.any("halt", "halted", "stopped", "reducing", "shrink")
    trading = words.any("trading", "we", "you", "desk")
    return (
        words.any("breaker")
        or (words.has("kill switch") and "?" in words.all)
        or (taken and resuming)
        or (stopped and trading)
    )


def limit_asked(words: Words) -> str:
    """Return the one limit of the mandate that a question is on, empty for any other question."""
    return next((limit for limit, said in _FIGURES if words.any(*said) or words.has(*said)), "")


def _is_cuts(words: Words) -> bool:
    """Tell whether a question is on what the limits took from the targets of a session."""
    cut = words.any("cut", "cuts") and words.any("limit", "limits", "target", "targets", "proposal")
    return words.any("clamp", "clamps", "clamped") or cut or words.has("what was cut", "what got cut")


def _is_refused(words: Words) -> bool:
    """Tell whether a question is on what could not be believed or booked."""
    refused = words.any("refused", "refusal", "refusals") and not words.any("validator", "committee")
    return refused or words.any("quarantine", "quarantined")


def _is_skill(words: Words) -> bool:
    about = words.any("forecaster", "forecasters", "forecast", "forecasts", "predictions", "model")
    judged = words.any("good", "accurate", "accuracy", "skill", "reliable", "trust", "worth", "ic", "right")
    return about and (judged or words.has("track record"))


def _is_market_ahead(words: Words) -> bool:
    return (
        words.any("market", "markets") and asks_for_the_future(words) and not words.any("open", "why", "beat")
    )


_RULES: tuple[tuple[IntentName, Callable[[Words], bool]], ...] = (
    ("money", _is_money),
    ("deciders", _is_deciders),
    ("next", _is_next),
    ("breaker", _is_breaker),
    ("cuts", _is_cuts),
    ("refused", _is_refused),
    ("limits", lambda words: bool(limit_asked(words)) and not words.any("alpha")),
    ("skill", _is_skill),
    ("income", lambda words: words.any("dividend", "dividends") and not words.any("why")),
    ("market", _is_market_ahead),
)
