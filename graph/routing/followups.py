"""What a few words mean after an answer: the last question again, with the part changed that they name."""

import re
from collections.abc import Callable
from dataclasses import replace

from graph.choosing import ordinal_of
from graph.intent import CONTROL, TICKER_TOPICS, Intent, IntentName
from graph.routing.earlier import earlier, shifted
from graph.topics.analysis import dimension_of, only_of
from graph.topics.records import role_in
from graph.topics.said import OVER_TIME, Said
from graph.topics.topic import TOPIC_WORDS
from graph.words.dates import find_span

MOST_WORDS = 9
OF_THE_RESULT: frozenset[IntentName] = frozenset(
    {"performance", "periods", "compare", "drawdowns", "patterns"}
)
_OPENING = re.compile(
    r"^(?:(?:and|but|ok|okay|so|now|then|just|also|please|what about|how about|same for|show me|show) )+"
)
_ALSO = re.compile(r"\b(?:too|as well|also)(?: \?)?$")
_WHY = re.compile(r"^(?:why|why (?:is )?(?:that|this|so)|how come|and why|but why|why not)(?: \?)?$")
_CHART = re.compile(
    r"^(?:and |ok )*(?:chart|plot|graph|draw|visuali[sz]e) (?:it|that|this|them)(?: please)?(?: \?)?$|"
    r"^(?:(?:can you |could you )?(?:show|plot|draw|give)(?: me| us)? )?(?:it |that |this )?(?:as |in "
    r"|on )?(?:a |the )?"
    r"(?:chart|graph|plot|picture)(?: of (?:it|that|this))?(?: please)?(?: \?)?$"
)
_NUMBERS = re.compile(
    r"^(?:and )?(?:in|show me|show|give me|just|as)?(?: me)? ?(?:the |a )?(?:numbers|figures"
    r"|table)(?: please)?(?: \?)?$"
)
_COMPARE = re.compile(
    r"^(?:and )?(?:compare(?:d)?(?: (?:it|that|this|them|us))?|versus|against|relative)(?: (?:to|with"
    r"|against|versus))?\b(?P<what>.*)"
)
_SPLIT = re.compile(
    r"^(?:and |same |the same |split |broken down |break (?:it |that )?down |show (?:it |that )?)*"
    r"(?:by|per|across|for each|each)\b"
)
_PLACE = re.compile(
    r"\b(?:the |number |no |record |result )?(?P<place>first|second|third|fourth|fifth|sixth|seventh"
    r"|eighth|ninth|tenth|last|"
    r"\d{1,2}(?:st|nd|rd|th)?)(?: one| result| record| name| position| stock)?\b"
)


_AGAIN = re.compile(
    r"^(?:and )?(?:how many|which|what) (?:\w+ )?(?:orders?|trades?|fills?|sessions?|names?|positions?"
    r"|cuts?) (?:was|were|is|are) (?:that|those|it|they|these)"
    r"(?: (?:in all|in total|exactly|altogether))?(?: \?)?$"
)
_SIZE = re.compile(
    r"^(?:and|ok|now|then|so|what about|how about|what if it is|make (?:it|that)|try|say|with|at|by| )*"
    r"(?P<size>-?\d{1,2}(?:\.\d+)?) ?(?:%|percent)?(?: (?:percent|instead|then|please|down|up))*(?: \?)?$"
)
_NEAREST = re.compile(
    r"^(?:and )?which (?:one |name |position |holding |stock )?(?:of (?:ours|our \w+|them|these) )?"
    r"(?:is|are|comes|come|gets|sits) (?:the )?(?:clos\w+|nearest|near|next)(?: to (?:it|that|this|the \w+))?"
    r"(?: \?)?$"
)
_CHANGES = re.compile(
    r"^(?:actually|and|but|wait|ok|so|hm|hold on|first| )*(?:what|how) (?:exactly )?"
    r"(?:would|will|does|do|did|is) (?:that|this|it)(?: then| really)? (?:change|do|mean|affect|cause|cost"
    r"|entail|going to do)\b"
)
_AFTER_AN_ORDER: dict[IntentName, Intent] = {
    "pause": Intent(name="breaker"),
    "resume": Intent(name="breaker"),
    "kill": Intent(name="breaker"),
    "deposit": Intent(name="holdings", statistic="cash"),
    "withdraw": Intent(name="holdings", statistic="cash"),
    "close": Intent(name="holdings"),
    "keep": Intent(name="closes"),
    "watch": Intent(name="watchlist"),
    "unwatch": Intent(name="watchlist"),
    "advance": Intent(name="next"),
    "cycle": Intent(name="next"),
    "evaluate": Intent(name="jobs"),
    "promote_forecaster": Intent(name="forecasters"),
    "roll_back_forecaster": Intent(name="forecasters"),
}
"""What tells most of what an order that waits would change; its own ticket tells the rest."""
_NUMBERED = re.compile(
    r"\b(?:buy|bought|sell|sold|hold|own|of|about|in|for|with|is|chart|skip)(?: number| no)?"
    r" (?P<place>\d{1,2})(?: \?)?$"
)


def follow_up(said: Said) -> Intent | None:
    """Return the last question changed by a few words, None where they ask something of their own."""
    if said.focus.ordered is not None and _CHANGES.match(said.words.text) is not None:
        return _AFTER_AN_ORDER.get(said.focus.ordered)
    if said.focus.intent is None or len(said.words.all) > MOST_WORDS:
        return None
    return next((found for rule in _RULES if (found := rule(said)) is not None), None)


def changed(said: Said) -> Intent | None:
    """Return the last question with another time, name or role, where that is all the words hold."""
    last, text = said.last, said.words.text
    if said.span is None and last.name in OVER_TIME and (opening := _OPENING.match(text)) is not None:
        said = replace(said, span=find_span(f"in {text[opening.end() :]}", said.today))
    opened = _OPENING.match(text) is not None or len(said.words.all) <= 3 or _ALSO.search(text) is not None
    if not opened or said.focus.intent is None or last.name in CONTROL:
        return None
    if said.mentions and last.name in TICKER_TOPICS - {"why"} and not _has_topic(said):
        return replace(last, ticker=said.mentions[0].instrument.ticker, day=said.day or last.day, note="")
    if said.mentions and last.name == "compare" and not _has_topic(said):
        return replace(last, against=said.mentions[-1].instrument.ticker)
    role = role_in(text)
    if role and last.name == "search":
        return replace(last, role=role)
    if role and last.name in TICKER_TOPICS and last.ticker is not None and not said.mentions:
        return Intent(name="why", ticker=last.ticker, day=said.day or last.day)
    if last.name in OVER_TIME and said.span is not None and not said.mentions and not _has_topic(said):
        return replace(last, span=said.span)
    at = said.day or (said.span.last if said.span is not None else None)
    if (
        last.name in ("holdings", "exposure")
        and at is not None
        and not said.mentions
        and not _has_topic(said)
    ):
        return replace(last, day=min(at, said.today), span=None)
    return None


def _has_topic(said: Said) -> bool:
    """Tell whether the words, without those that tell a time, are on a topic of their own."""
    timely = {
        "last",
        "trading",
        "session",
        "day",
        "what",
        "about",
        "open",
        "close",
        "picked",
        "at",
        "end",
        "rate",
    }
    return bool((said.words.set & TOPIC_WORDS) - timely)


def _place(said: Said) -> Intent | None:
    listed = said.focus.listed
    match = _PLACE.search(said.words.text)
    pointing = said.words.any("one", "result", "record") or len(said.words.all) <= 3
    if not pointing and (numbered := _NUMBERED.search(said.words.text)) is not None:
        match, pointing = numbered, True
    if not listed or match is None or not pointing or said.span is not None or said.mentions:
        return None
    place = ordinal_of([match["place"]])
    if place is None:
        return None
    at = place - 1 if place > 0 else len(listed) + place
    if not 0 <= at < len(listed):
        return Intent(
            name="unknown", problem=f"The last list had {len(listed)} lines; which one do you mean?"
        )
    return _about(listed[at], said)


def _about(listed: str, said: Said) -> Intent:
    """Return what is asked of one line of the last list."""
    if said.last.name == "search":
        return Intent(name="record", record=listed)
    words = said.words
    if words.any("why", "reason", "explain"):
        return Intent(name="why", ticker=listed)
    if words.any("chart", "plot", "graph", "candles", "draw"):
        return Intent(name="candles", ticker=listed)
    if words.any("forecast", "outlook", "expect"):
        return Intent(name="forecast", ticker=listed)
    return Intent(name="ticker", ticker=listed)


def _why(said: Said) -> Intent | None:
    if _WHY.match(said.words.text) is None:
        return None
    last = said.last
    if last.ticker is None and last.name in OF_THE_RESULT:
        return Intent(name="attribution", dimension="ticker", span=last.span)
    if last.ticker is not None and last.name not in ("why", "search"):
        return Intent(name="why", ticker=last.ticker, day=last.day)
    return None


def _chart(said: Said) -> Intent | None:
    if _CHART.match(said.words.text) is None:
        return None
    last = said.last
    if last.ticker is not None and last.name in TICKER_TOPICS:
        return Intent(name="candles", ticker=last.ticker, span=last.span)
    if last.name in ("skill", "forecast", "calibration"):
        return Intent(name="calibration")
    if last.name in ("holdings", "exposure", "limits"):
        return Intent(name="exposure", dimension=last.dimension or "sector", day=last.day)
    kept: tuple[IntentName, ...] = ("drawdowns", "compare", "attribution", "correlation", "patterns")
    return last if last.name in kept else Intent(name="performance", span=last.span)


def _numbers(said: Said) -> Intent | None:
    if _NUMBERS.match(said.words.text) is None or said.last.name in CONTROL | {"unknown", "help"}:
        return None
    if said.last.name == "candles":
        return Intent(name="ticker", ticker=said.last.ticker)
    return said.last


def _split(said: Said) -> Intent | None:
    dimension = dimension_of(said.words.text)
    if not dimension or _SPLIT.match(said.words.text) is None or said.mentions:
        return None
    if said.last.name in ("holdings", "exposure", "limits"):
        if dimension in ("sector", "bucket"):
            return Intent(name="exposure", dimension=dimension, day=said.last.day)
        return Intent(name="holdings", day=said.last.day) if dimension == "ticker" else None
    if dimension in ("sector", "bucket") and said.last.name not in OVER_TIME:
        return Intent(name="exposure", dimension=dimension)
    return Intent(name="attribution", dimension=dimension, span=said.span or said.last.span)


def _compared(said: Said) -> Intent | None:
    match = _COMPARE.match(said.words.text)
    if match is None or len(said.mentions) > 1:
        return None
    against = said.mentions[-1].instrument.ticker if said.mentions else ""
    last = said.last
    ticker = last.ticker if last.name in TICKER_TOPICS else None
    span = said.span or (last.span if last.name in OVER_TIME else None)
    return Intent(name="compare", against=against, ticker=ticker, span=span)


def _only(said: Said) -> Intent | None:
    only = only_of(said.words.text)
    alone = re.match(
        r"^(?:(?:and|but|now|show|me|us|please|just|only|the|those|these|ones|that|which|who|with|at|a) )*"
        r"(?:losers?|winners?|losing|winning|profitable|profit|loss|(?:lost|made) (?:us )?money)\b",
        said.words.text,
    )
    if not only or alone is None or said.last.name not in ("trades", "holdings", "attribution"):
        return None
    if said.last.name == "attribution":
        return Intent(name="trades", span=said.last.span, only=only)
    return replace(said.last, only=only)


def _again(said: Said) -> Intent | None:
    """Return the last question once more, whose answer counts what is asked for."""
    told = said.last.name in ("why", "trades", "status", "holdings", "cuts")
    return said.last if told and _AGAIN.match(said.words.text) is not None else None


def _size(said: Said) -> Intent | None:
    """Return the fall or the rise just asked about, by another number."""
    match = _SIZE.match(said.words.text)
    if match is None or said.last.name != "stress" or said.last.scenario != "market-down":
        return None
    size = float(match["size"])
    falls = said.words.any("down") or (said.last.market_percent < 0 and not said.words.any("up"))
    return replace(said.last, market_percent=-abs(size) if falls or size < 0 else size)


def _nearest(said: Said) -> Intent | None:
    """Return which position comes nearest to the limit on positions that was just told."""
    if said.last.name != "limits" or _NEAREST.match(said.words.text) is None:
        return None
    return Intent(name="holdings", extreme="largest") if not said.last.statistic else said.last


_RULES: tuple[Callable[[Said], Intent | None], ...] = (
    _again,
    _size,
    _nearest,
    _place,
    _why,
    _chart,
    _numbers,
    shifted,
    earlier,
    _compared,
    _only,
    _split,
)
