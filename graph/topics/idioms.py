"""Questions that a turn of phrase tells by itself, where single words would lead to another topic."""

import re
from collections.abc import Callable

from graph.intent import Intent, Only
from graph.topics.records import kind_in, role_in, searched_for
from graph.topics.said import Said
from tools.spans import ALL_SESSIONS

BEST_SESSION, WORST_SESSION = "best session", "worst session"
DEPOSITS, WHY_HELD = "deposits", "why"
_OURS = r"(?:names?|positions?|holdings?|stocks?|shares|ones|what we (?:hold|own)|of (?:our|ours|them))"
_ARE = r"(?:is|are|sits?|sitting|stands?|standing|currently|now)"
_UNDER = r"(?:under ?water|losing(?: money)?|in the red|at a loss|in minus|below cost|showing a loss)"
_ABOVE = r"(?:winning|making money|in the black|in the green|in profit|at a profit|in plus|showing a profit)"
_HALVES: tuple[tuple[Only, str], ...] = (("losers", _UNDER), ("winners", _ABOVE))
_LARGEST = r"(?:biggest|largest|top|main|heaviest)"
_HELD = r"(?:position|holding|stake|stock|name|bet)"
_LAST = r"(?:last|latest|most recent|newest|previous)"


def idiom_of(text: str, said: Said) -> Intent | None:
    """Return what a turn of phrase asks for, None where there is none.

    Args:
        text: The question as it was typed, on one line.
        said: What was read in its words.
    """
    rules = _OF_ALL if not said.mentions else _OF_ANY
    return next((found for rule in rules if (found := rule(text, said)) is not None), None)


def _extreme_session(text: str, said: Said) -> Intent | None:
    words = said.words.text
    if re.search(r"\bday of the week\b|\bweekday", words):
        return None
    named = re.search(r"\b(?P<end>best|worst)(?: single| ever)? (?:trading )?(?:day|session)\b", words)
    most = re.search(
        r"\b(?:which|what|when|on which|on what) (?:was the )?(?:single |trading )?(?:day|session)s?\b.*"
        r"\b(?P<verb>lose|lost|drop|dropped|fell|make|made|earn|earned|gain|gained)\b.*\b(?:most|worst)\b",
        words,
    )
    most = most or re.search(
        r"\b(?P<verb>lose|lost|make|made|earn|earned|gain|gained) (?:us )?(?:the )?most\b.*"
        r"\bin (?:a|one|any|a single|any one) (?:day|session)\b",
        words,
    )
    if named is not None:
        worst = named["end"] == "worst"
    elif most is not None:
        worst = most["verb"][0] in "ldf" or re.search(r"\b(?:worst|loss|losses)\b", words) is not None
    else:
        return None
    asked = WORST_SESSION if worst else BEST_SESSION
    return Intent(name="performance", span=said.span, statistic=asked)


def _halves_of_the_book(text: str, said: Said) -> Intent | None:
    words = said.words.text
    if said.words.any("closed", "sold", "trades", "trade", "sector", "sectors") or said.span is not None:
        return None
    for (only, state), (other, _) in zip(_HALVES, reversed(_HALVES), strict=True):
        told = re.search(rf"\b{_OURS}\b(?: \w+){{0,3}} {_ARE}(?P<denied> not)?(?: \w+)?? {state}\b", words)
        if told is not None:
            return Intent(name="holdings", only=other if told["denied"] else only)
    return None


def _kinds_of_profit(text: str, said: Said) -> Intent | None:
    told = re.search(
        r"\b(?:locked|cashed|locking|cashing) in\b|\b(?:lock|cash) in\b"
        r"|\b(?:banked|pocketed|booked|bagged|crystalli[sz]ed)\b.*\b(?:profits?|gains?|money|so far)\b"
        r"|\b(?:profits?|gains?|money)\b.*\b(?:banked|pocketed|booked|on paper)\b|\b(?:up|down) on paper\b",
        said.words.text,
    )
    return Intent(name="exposure", statistic="profit") if told and said.span in (None, ALL_SESSIONS) else None


def _stops(text: str, said: Said) -> Intent | None:
    asked = re.search(
        r"\b(?:which|what|whose|any) (?:\w+ )?stops?\b.*\b(?:near|nearest|close|closest|hit)\b"
        r"|\b(?:nearest|closest|close|near) to (?:\w+ ){0,2}(?:stops?|exit)\b",
        said.words.text,
    )
    return Intent(name="exposure", statistic="stops") if asked else None


def _last_decision(text: str, said: Said) -> Intent | None:
    words = said.words.text
    decided = re.search(
        rf"\b(?:how many|what|which|did|were|was) .*\b{_LAST} "
        r"(?:decision|committee (?:decision|meeting|session)|meeting|round)\b",
        words,
    )
    if decided is None or role_in(words) or said.words.any("by", "per", "vix", "market"):
        return None
    return Intent(name="why")


def _may_short(text: str, said: Said) -> Intent | None:
    allowed = re.search(
        r"\b(?:may|can|could|do|does|are|is|am|able|allowed|allows?|permitted|permits?)\b.*"
        r"\b(?:sell(?:ing)? short|short[- ]?sell(?:ing)?|go(?:ing)? short|be short|short "
        r"(?:stocks?|names?|shares|positions?|anything)|shorts|shorting)\b",
        said.words.text,
    )
    return Intent(name="limits") if allowed and not said.words.any("why", "which", "bought", "who") else None


def _lessons(text: str, said: Said) -> Intent | None:
    asked = re.search(
        r"\b(?:what|which|any|the|our|your|show|list)(?: \w+){0,2} lessons?\b"
        r"|\bwhat (?:did|have|has) (?:we|you|the desk|the committee) (?:learn|learnt|learned)\b",
        said.words.text,
    )
    if asked is None:
        return None
    return Intent(name="search", text=searched_for(text), kind="lesson", role=role_in(said.words.text))


def _headlines_counted(text: str, said: Said) -> Intent | None:
    counted = re.search(r"\bhow many (?:\w+ )?(?:headlines?|stories|articles|news)\b", said.words.text)
    if counted is None or kind_in(said.words.text) != "news" or said.words.any("by", "per", "each"):
        return None
    ticker = said.mentions[0].instrument.ticker if said.mentions else None
    return Intent(name="sentiment", ticker=ticker, span=said.span)


def _deposited(text: str, said: Said) -> Intent | None:
    asked = re.search(
        r"\bhow much (?:money |cash )?(?:did|have|has|had) (?:i|we|you|the owner|anybody|anyone) "
        r"(?:\w+ ){0,2}(?:deposit(?:ed)?|withdraw|withdrawn|(?:put|paid|pay|brought) in(?:to the \w+)?"
        r"|(?:take|taken) out)(?= (?:so far|at|since|until|in total|altogether|to start|\?)|$)",
        said.words.text,
    )
    return Intent(name="exposure", statistic=DEPOSITS) if asked else None


def _closed_by_us(text: str, said: Said) -> Intent | None:
    asked = re.search(
        r"^(?:and )?(?:did|have|has) (?:the committee|the desk|we|you|anybody|anyone) (?:\w+ )?"
        r"(?:close|closed|sell|sold|exit|exited) (?:any|anything|some|something|a position|positions)\b",
        said.words.text,
    )
    return Intent(name="trades", span=said.span) if asked and said.span is not None else None


def _cash_if(text: str, said: Said) -> Intent | None:
    moved = re.search(
        r"\b(?:if|suppose|supposing|say|assuming)\b.*\b(?:withdraw|withdrew|take out|took out|deposit"
        r"|deposited|put in|paid out|pay out)\b",
        said.words.text,
    )
    wanted = re.search(r"\b(?:how much|what|would there)\b.*\b(?:cash|left|money)\b", said.words.text)
    return Intent(name="holdings", statistic="cash") if moved and wanted else None


def _why_the_largest(text: str, said: Said) -> Intent | None:
    asked = re.search(
        rf"\b(?:why|reason|how come)\b.*\b(?:our|the|your|this) {_LARGEST} {_HELD}\b", said.words.text
    )
    return Intent(name="holdings", statistic=WHY_HELD, extreme="largest") if asked else None


def _evaluated(text: str, said: Said) -> Intent | None:
    asked = re.search(
        rf"\b(?:{_LAST}|next|nightly|weekly) (?:eval(?:uation)?s?|bake-?offs?)\b"
        r"|^(?:when|how often|did|has|is|was|were)\b.*\b(?:eval(?:uation)?s?|evaluated?|bake-?offs?)\b",
        said.words.text,
    )
    return Intent(name="jobs") if asked and not said.words.any("score", "scores", "llm", "cost") else None


def _limits_used(text: str, said: Said) -> Intent | None:
    asked = re.search(
        r"\bhow much of (?:our|the|my|each|every|all)(?: \w+)? limits?\b"
        r"|\b(?:limits?|caps?)\b.*\b(?:used|utili[sz]ed|utili[sz]ation|exhausted|headroom)\b"
        r"|\b(?:headroom|room|leeway)\b.*\b(?:limits?|caps?|mandate)\b",
        said.words.text,
    )
    return Intent(name="limits") if asked else None


_Rule = Callable[[str, Said], Intent | None]
_OF_ANY: tuple[_Rule, ...] = (_headlines_counted,)
"""Those that may name an instrument."""
_OF_ALL: tuple[_Rule, ...] = (
    *_OF_ANY,
    _extreme_session,
    _halves_of_the_book,
    _kinds_of_profit,
    _stops,
    _cash_if,
    _deposited,
    _why_the_largest,
    _last_decision,
    _may_short,
    _lessons,
    _closed_by_us,
    _evaluated,
    _limits_used,
)
