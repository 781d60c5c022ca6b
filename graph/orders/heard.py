"""Orders in words that no grammar has: what labelled orders are most like, put up as a ticket and no more.

The strict grammars come first. What they leave is an order only if it denies, conditions, reports and asks
nothing, and if its likeness to the orders of one kind leads everything else by far; where it leads by little,
the owner is asked to say it plainly.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from graph.examples.likeness import Likeness
from graph.intent import ALL_UNPLAYED, Intent, IntentName
from graph.orders.grammar import CONDITIONS, STEPS, TO_THE_END, without_opening
from graph.orders.phrases import UNTIL
from graph.topics.said import Said
from graph.words.dates import count_of
from graph.words.wording import NEGATIONS
from tools.spans import NAMED_SPANS

SURE = 0.15
"""How far an order has to lead every question and everything that is no order. Learnt from the lines of one
author and tried on those of another, both ways, it took none of 3,161 sentences for an order that were none,
and none of 751 orders for another one; of those that no grammar reads it heard six in ten."""
SURE_OF_KIND = 0.1
"""How far it has to lead every other order."""
NEAR = 0.08
"""From which lead on the owner is asked whether an order is meant."""
MOST_WORDS = 30
"""A longer text tells a story."""
PLAINLY: dict[str, str] = {
    "pause": "pause trading",
    "resume": "resume trading",
    "kill": "kill switch",
    "advance": "advance 1 session",
    "close": "close AAPL",
    "keep": "keep AAPL",
    "watch": "watch AAPL",
    "unwatch": "unwatch AAPL",
    "cycle": "run a cycle for AAPL",
    "deposit": "deposit 5000",
    "withdraw": "withdraw 5000",
    "evaluate": "run an evaluation",
    "decline": "decline",
}
"""How each order is given plainly."""
_ON_NAMES = ("close", "keep", "watch", "unwatch")
_ASKS = re.compile(
    r"^(?:is|are|was|were|does|did|has|had|am|should|may|might|must|shall|any|anybody|anyone|there"
    r"|(?:do|have) (?:we|you|they|i|any|not)|(?:can|could|would|will) (?!you\b))\b"
    r"|\b(?:should|shall|may) (?:i|we)\b"
    r"|\b(?:what|which|who|whose|whom|when|where|why|how|whether|wonder|wondering|curious)\b"
)
_REPORTS = re.compile(
    r"\b(?:said|says|saying|told|tells|telling|asked|asks|wrote|writes|thought|thinks|proposed|suggested"
    r"|claims|nearly|almost|recommended|claimed|yesterday|earlier|already|ran|paused|halted|stopped|resumed"
    r"|closed|sold|watched|advanced|deposited|withdrew|wanted|hypothetically|suppose|imagine|example|explain"
    r"|describe|pretend|joking|kidding|"
    r"headline|article|ever|if|unless|once|though)\b|\b(?<!i )(?:would|could)\b(?! you)"
)
"""What tells of what was, might be, or was said by somebody else."""
_NO_DENIAL = re.compile(
    r"\b(?:for a while|while i am (?:away|out|gone)|after all|no need to|no longer"
    r"|any (?:more|longer)|(?:no|without|nothing) (?:any )?(?:orders?|ordered|trading|trades)"
    rf"|before the committee|{UNTIL})\b"
)
"""What sounds like a denial or a condition and is none."""
_DENIED_INSTEAD: dict[str, re.Pattern[str]] = {
    "pause": re.compile(
        r"\bno (?:more |new |further )+(?:trades|trading|orders|buying|positions)\b"
        r"|\bnot (?:trade|place|open|buy|send)\b(?!.*\b(?:pause|stop|halt|freeze))"
    ),
    "kill": re.compile(r"\bcancel (?:all|every|open|whatever|everything)\b|\bno more trading\b"),
    "decline": re.compile(r".*"),
}
"""What an order itself denies: it is still one."""
_FIGURE = re.compile(
    r"(?:usd ?|us\$ ?|\$ ?)?(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,13})(?P<cents>\.\d{1,2})? ?"
    r"(?P<unit>k|thousand|grand|m|million)?\b"
)
_IN_WORDS = re.compile(r"\b(?P<count>[a-z]+) (?P<unit>hundred|thousand|grand|million)\b")
_UNITS = {"k": 1_000, "hundred": 100, "thousand": 1_000, "grand": 1_000, "m": 1_000_000, "million": 1_000_000}
_INTO = re.compile(
    r"\b(?:in(?! cash\b)|into|deposit\w*|add|inject|top up|bring|contribut\w+|credit|increase|lodge|raise)\b"
)
_OUT = re.compile(r"\b(?:out|withdraw\w*|from|take|back|redeem|pull|draw|off|extract|debit|distribute)\b")
_PART = re.compile(
    r"\b(?:(?P<half>half|halve)|(?P<third>a third|one third)|(?P<quarter>a quarter|one quarter)"
    r"|(?P<percent>\d{1,2}) ?(?:%|percent))"
)
_MUST_SAY: dict[str, re.Pattern[str]] = {
    order: re.compile(rf"\b(?:{words})\b")
    for order, words in {
        "pause": r"paus\w+|stop\w*|halt|hold|freez\w+|suspend\w*|ice|break|off|quiet|rest|cease|more|new",
        "resume": r"trad\w+|resum\w+|restart|paus\w+|halt|breaker|desk|orders?|freeze|un\w+|work|ice",
        "kill": r"kill\w*|stop\w*|shut\w*|emergency|plug|halt|abort|brake|cancel|scrap|nuke|down|panic",
        "advance": r"next|sessions?|days?|weeks?|advance|run|play\w*|forward|ahead|on|end|step|more",
        "close": r"clos\w+(?! of)|exit|sell|out|dump|liquidat\w+|flat\w*|unwind|rid|cash|offload|cut|profit",
        "keep": r"keep\w*(?!.* in mind)|hold\w*|stays?|leave|retain|cancel|undo|not|never|hang|remain\w*",
        "watch": r"watch(?! out)\w*|list|eyes?|follow|track|monitor|radar|observe|tabs|consider\w*|look",
        "unwatch": r"unwatch|watch\w*|list|eyes?|follow\w*|track\w*|monitor\w*|radar|look(?:ing)?|come off",
        "cycle": r"committee|cycle|hearing|roles?|deci\w+|deliberat\w+|discuss\w*|meet\w*|speak|panel|table",
        "evaluate": r"eval\w*|bake\w*|scor\w+|test|exam|benchmark\w*|compar\w+|cases|experiment",
    }.items()
}
"""Words without one of which an order could as well be another."""
_TRADES = ("buy", "sell", "short", "purchase")
"""What begins so is an order for the market, which the chat does not take."""
_MORE_THAN_NAMES = re.compile(r"\bor\b|\beverything else\b|\ball (?:the )?others?\b")
_POINTS = re.compile(r"\b(?:it|that one|this one|them)\b")


def hear_order(sentence: str, said: Said, likeness: Likeness) -> Intent | None:
    """Return the order a sentence gives in its own words, or how to give it plainly; None for neither.

    Args:
        sentence: What was typed, as the examples have it.
        said: What was read in it.
        likeness: The labelled orders.
    """
    words = said.words.all
    if not _may_order(words):
        return None
    heard = likeness.heard(sentence)
    if heard.lead < NEAR or _is_denied(heard.order, words):
        return None
    must = _MUST_SAY.get(heard.order)
    if heard.lead < SURE or heard.lead_of_orders < SURE_OF_KIND or (must and not must.search(sentence)):
        return _say_it(heard.order)
    return _filled(heard.order, sentence, said)


def _may_order(words: Sequence[str]) -> bool:
    """Tell whether a sentence neither asks, conditions nor reports."""
    spoken, asked = without_opening(words)
    if not spoken or len(words) > MOST_WORDS or '"' in words or ("?" in words and not asked):
        return False
    if spoken[0] in _TRADES:
        return False
    text = _NO_DENIAL.sub(" ", " ".join(spoken)).strip()
    return not (_ASKS.search(text) or _REPORTS.search(text) or CONDITIONS & set(text.split()))


def _is_denied(order: str, words: Sequence[str]) -> bool:
    """Tell whether a sentence denies the order it is like, beside what that order itself denies."""
    text = _NO_DENIAL.sub(" ", " ".join(words))
    if (instead := _DENIED_INSTEAD.get(order)) is not None:
        text = instead.sub(" ", text)
    return bool(NEGATIONS & set(text.split()))


def _filled(order: str, sentence: str, said: Said) -> Intent:
    """Return an order with its parts; where one is missing or in doubt, how to say it."""
    name = cast(IntentName, order)
    tickers = tuple(dict.fromkeys(mention.instrument.ticker for mention in said.mentions))
    if order in _ON_NAMES:
        if _MORE_THAN_NAMES.search(said.words.text):
            return _say_it(order)
        if not tickers and said.focus.ticker is not None and _POINTS.search(said.words.text):
            tickers = (said.focus.ticker,)
        if not tickers:
            return _say_it(order)
        part = _part(sentence) if order == "close" else None
        if not part and re.search(r"%|\bpercent\b", sentence):
            return _say_it(order)
        return Intent(name=name, ticker=tickers[0], tickers=tickers, amount=part, guessed=True)
    if order in ("deposit", "withdraw") and not tickers:
        amount = _amount(sentence) if _is_that_way(order, sentence) else None
        return _say_it(order) if amount is None else Intent(name=name, amount=amount, guessed=True)
    if order == "advance":
        dated = said.day not in (None, said.today)
        sessions = None if dated else _sessions(said.words.all)
        return _say_it(order) if sessions is None else Intent(name=name, sessions=sessions, guessed=True)
    if order == "cycle":
        return Intent(name=name, ticker=tickers[0] if tickers else None, tickers=tickers, guessed=True)
    return Intent(name=name, guessed=True) if not tickers else _say_it(order)


def _say_it(order: str) -> Intent:
    return Intent(
        name="unknown",
        problem=f'If that is an order, give it plainly, such as "{PLAINLY[order]}"; '
        "nothing happens before you confirm it.",
    )


def _is_that_way(order: str, sentence: str) -> bool:
    """Tell whether a sentence says which way the money goes: by one of its words, or else by its verb."""
    way, other = (_INTO, _OUT) if order == "deposit" else (_OUT, _INTO)
    if way.search(sentence) is None or other.search(sentence) is None:
        return way.search(sentence) is not None
    verb = r"\bdeposit|\bput .* in|\bcredit" if order == "deposit" else r"\bwithdraw|\bout\b"
    return re.search(verb, sentence) is not None


def _part(sentence: str) -> Decimal | None:
    match = _PART.search(sentence)
    if match is None:
        return None
    if match["percent"]:
        return Decimal(match["percent"]) / 100
    return Decimal("0.5") if match["half"] else Decimal("0.3333") if match["third"] else Decimal("0.25")


def _amount(sentence: str) -> Decimal | None:
    """Return the one amount a sentence names, None where there is none or more than one."""
    found = list(_FIGURE.finditer(sentence))
    if not found and (match := _IN_WORDS.search(sentence)) is not None:
        count = 1 if match["count"] in ("a", "another") else count_of(match["count"])
        return None if count is None else Decimal(count) * _UNITS[match["unit"]]
    if len(found) != 1:
        return None
    whole, cents, unit = found[0].group("whole", "cents", "unit")
    return Decimal(whole.replace(",", "") + (cents or "")) * _UNITS.get(unit or "", 1)


def _sessions(words: Sequence[str]) -> int | None:
    """Return how far to advance: one session unless said otherwise, None where the words are in doubt."""
    text = " ".join(words)
    counts = [
        count for word in words if word not in ("a", "an", "one") and (count := count_of(word)) is not None
    ]
    if any(phrase in text for phrase in TO_THE_END):
        return ALL_UNPLAYED if not counts else None
    units = [NAMED_SPANS.get(word.removesuffix("s"), 1) for word in words if word in STEPS]
    if len(counts) == len(units) > 1:
        told = {count * unit for count, unit in zip(counts, units, strict=True)}
        return told.pop() if len(told) == 1 else None
    if len(counts) > 1 or len(set(units)) > 1:
        return None
    sessions = (counts[0] if counts else 1) * (units[0] if units else 1)
    return sessions if sessions >= 1 else None
