"""The sentences that ask the desk to act on names: matched whole, every name known, or they are no order."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from graph.choosing import ordinal_of
from graph.intent import Extreme, Focus, Intent
from graph.orders.phrases import END, WHOLE, order_clauses
from graph.words.wording import words_of
from tools.control_words import EVERYTHING
from tools.directory import GRAMMAR, TOKEN, Directory
from tools.vocabulary import word_set

MOST_NAMES = 10
NO_NAMES = word_set(
    "news market markets cash stock stocks time people energy bank equity best state home whole"
)
"""Words that companies are called by, and that no order in small letters means as a name."""
ORDER_WORDS = word_set(
    "add remove take drop delete watch watching watchlist unwatch start stop close exit keep run decide "
    "cycle committee evaluation eval evals bakeoff evaluate onto list position stake holding"
)
_NAMES = r"(?P<names>.+?)"
_THE = r"(?:the |our |my |your |that |this )?"
_LIST = rf"{_THE}(?:watch ?list|list of watched names|watched names)"
_WHOLE = r"(?:the whole of |all of |all |everything (?:of |in |we have in )?|the rest of )?"
_STAKE = r"(?:positions?|stakes?|holdings?|shares|stocks?|thing|trade|exposure)"
_POSITION = rf"{_THE}(?:whole |entire |full |remaining )?{_STAKE}"
_PART = r"(?P<part>half|a half|one half|a third|one third|a quarter|one quarter|[1-9]\d? ?%|[1-9]\d? percent)"
_PARTS = {"half": "0.5", "third": "0.3333", "quarter": "0.25"}
_SHED = (
    r"(?:close|shut|exit|close out|close down|liquidate|unwind|sell|sell off|sell out of|get rid of"
    r"|offload|dump|flatten|dispose of|wind down)"
)
_LEAVE = (
    r"(?:get (?:me |us )?out of|(?:i |we )?want (?:to be |to get )?out of|(?:i |we )?want (?:to"
    r" be )?out of|bail (?:me |us )?out of|cash out of|close out of|exit out of|come out"
    r" of|move out of)"
)
_LOOK = (
    r"(?:(?:keep|have) (?:an eye|a close eye|your eye|your eyes|tabs|an eye out) on|(?:start"
    r" )?(?:watch(?:ing)?|follow(?:ing)?|monitor(?:ing)?|track(?:ing)?))"
)
_ALL = (
    r"(?:everything (?:that )?(?:we|i) (?:hold|own|have)|all (?:of )?(?:our |the |my )?(?:open )?"
    r"(?:positions|holdings|stocks)|(?:every|each)(?: single)?(?: open)? (?:position|holding|stock)"
    r"(?: (?:that )?we (?:hold|own|have))?|the (?:whole|entire) (?:book|portfolio))"
)
_EVERYTHING = re.compile(
    rf"(?:(?:close|exit|unwind|flatten|liquidate) (?:{_ALL}|everything)"
    rf"|(?:sell|sell off|dump|offload) {_ALL}){END}"
)
_PART_OF_ALL = re.compile(
    rf"(?:{_SHED} {_PART} (?:of |off )?{_ALL}"
    rf"|(?:reduce|trim|cut|cut back|lower|shrink|scale down) {_ALL} (?:by |in ){_PART.replace('part', 'cut')}"
    rf"|(?P<halve>halve) {_ALL}|take {_PART.replace('part', 'off')} (?:off|of) {_ALL}){END}"
)
_AT_AN_END = re.compile(
    rf"(?:{_SHED}|{_LEAVE}) {_THE}(?:single )?(?P<end>biggest|largest|top|smallest|worst|best)"
    rf"(?: performing)? (?:position|holding|stake|bet){END}"
)
_ENDS: dict[str, Extreme] = {
    "biggest": "largest",
    "largest": "largest",
    "top": "largest",
    "smallest": "smallest",
    "worst": "worst",
    "best": "best",
}
_ONLY_CLOSES = re.compile(r"(?:liquidate|flatten|unwind) everything" + END)
_ASKS_TO_TRADE = re.compile(r"(?:can|could|will|would|may) (?:you|we|i|the desk) (?:now )?trade\b")
Action = Literal["watch", "unwatch", "close", "keep", "cycle"]
_WRITTEN: tuple[tuple[Action, str, bool], ...] = (
    ("watch", rf"(?:add|put|include|place|get|stick|pop|throw) {_NAMES} (?:to|on|onto|in) {_LIST}", True),
    (
        "unwatch",
        rf"(?:remove|take|drop|delete|kick|strike|scratch|cut|get|throw) {_NAMES} (?:from|off|off"
        rf" of|out of) {_LIST}",
        True,
    ),
    (
        "unwatch",
        rf"(?:unwatch|unfollow|stop (?:watching|following|monitoring|tracking|keeping an eye on)) {_NAMES}",
        False,
    ),
    ("watch", rf"{_LOOK} {_NAMES}", False),
    ("close", rf"{_SHED} {_PART} (?:of |off )?{_THE}(?:{_STAKE} (?:in |of ))?{_NAMES}(?: {_STAKE})?", False),
    (
        "close",
        rf"(?:reduce|trim|cut|cut back|lower|shrink|scale down) {_THE}(?:{_STAKE} (?:in |of"
        rf" ))?{_NAMES}(?: {_STAKE})? (?:by |in ){_PART}",
        False,
    ),
    ("close", rf"(?P<halve>halve) {_THE}(?:{_STAKE} (?:in |of ))?{_NAMES}(?: {_STAKE})?", False),
    ("close", rf"take {_PART} (?:off|of) {_THE}{_NAMES}(?: {_STAKE})?(?: off)?", False),
    ("close", rf"{_SHED} {_WHOLE}{_POSITION} (?:in|of) {_NAMES}", False),
    (
        "close",
        rf"{_SHED} {_WHOLE}(?:the |our |my |that |this )(?:whole |entire |full )?{_NAMES}(?: {_STAKE})?",
        False,
    ),
    ("close", rf"{_SHED} {_WHOLE}{_NAMES} {_STAKE}", False),
    (
        "close",
        rf"(?:close|exit|close out|close down|unwind|flatten|get rid of|sell out of|dispose of"
        rf"|wind down) {_WHOLE}{_NAMES}(?: out)?",
        False,
    ),
    (
        "close",
        rf"sell (?:all|everything) (?:of |we have in |we have of |we own of |of our |our )?{_NAMES}",
        False,
    ),
    ("close", rf"{_LEAVE} {_THE}(?:{_STAKE} (?:in |of ))?{_NAMES}(?: {_STAKE})?", False),
    ("keep", rf"(?:keep|hold on to|hang on to|stay in) {_POSITION} (?:in|of) {_NAMES}", False),
    ("keep", rf"(?:keep|hold on to|hang on to|stay in) {_THE}{_NAMES}(?: {_STAKE})?", False),
    (
        "cycle",
        r"(?:run|start|do|trigger|hold|launch) (?:a |the |another |one )?(?:new )?(?:committee )?"
        r"(?:cycle|committee|decision|hearing|round|meeting|run)(?: now)? (?:for|on|about|with) "
        rf"(?:just |only )?{_NAMES}",
        False,
    ),
    (
        "cycle",
        rf"(?:hear|convene|ask|call|summon|gather) the committee (?:on|about|for) (?:just |only )?{_NAMES}",
        False,
    ),
    (
        "cycle",
        rf"(?:let|have|make|get) the committee (?:to )?(?:look at|decide on|discuss|consider|meet"
        rf" on|meet about|review) (?:just |only )?{_NAMES}",
        False,
    ),
    ("cycle", rf"(?:decide|deliberate) (?:now )?(?:on|about) (?:just |only )?{_NAMES}", False),
)
_ORDERS = tuple((action, re.compile(said + END), listed) for action, said, listed in _WRITTEN)


def read_order(text: str, words: Sequence[str], directory: Directory, focus: Focus) -> Intent | None:
    """Return the order on names that an imperative sentence gives, None for anything else.

    `words` are those of the text. A negation, a condition, a question, or a name that the desk does not
    know makes it no order; a reason beside it does not.
    """
    if text.casefold().startswith(("watchlist:", "watch list:")):
        text = _listed(text)
        words = words_of(text, frozenset())
    if _ASKS_TO_TRADE.match(text.casefold()):
        return None
    for said in order_clauses(text, tuple(words)):
        found = _whole(said) or _on_names(said, text, directory, focus)
        if found is not None:
            return found
    return None


def _whole(said: str) -> Intent | None:
    """Return the order that a clause gives without naming anything."""
    if _ONLY_CLOSES.fullmatch(said) or (_EVERYTHING.fullmatch(said) and "everything off" not in said):
        return Intent(name="close", tickers=(EVERYTHING,)) if said != "exit everything" else None
    if (match := _PART_OF_ALL.fullmatch(said)) is not None:
        part = next(part for part in match.groupdict().values() if part)
        fraction = _fraction("half" if part == "halve" else part)
        return Intent(name="close", tickers=(EVERYTHING,), amount=fraction)
    if (match := _AT_AN_END.fullmatch(said)) is not None:
        return Intent(name="close", extreme=_ENDS[match["end"]])
    return next((Intent(name=action) for action, pattern in WHOLE if pattern.fullmatch(said)), None)


def _on_names(said: str, text: str, directory: Directory, focus: Focus) -> Intent | None:
    for action, pattern, listed in _ORDERS:
        match = pattern.fullmatch(said)
        if match is None:
            continue
        tickers = _tickers(match["names"], text, directory, focus)
        if tickers:
            parts = match.groupdict()
            part = "half" if parts.get("halve") else parts.get("part")
            fraction = _fraction(part) if part else None
            return Intent(name=action, ticker=tickers[0], tickers=tickers, amount=fraction)
        if listed and len(match["names"].split()) <= MOST_NAMES:
            return Intent(name=action, asked_name=match["names"])
    return None


def _listed(text: str) -> str:
    """Return "watchlist: add GE" as the sentence it stands for."""
    said = text.partition(":")[2].strip()
    return f"{said} {'to' if said.casefold().startswith('add ') else 'from'} the watchlist"


def _fraction(part: str) -> Decimal:
    """Return how much of a position is meant, 1 for all of it."""
    number = re.match(r"\d+", part)
    if number is not None:
        return Decimal(number[0]) / 100
    return Decimal(_PARTS[part.split()[-1]])


def _of_the_list(names: str, focus: Focus) -> str | None:
    """Return the line of the last list that "1" or "the second one" points at, None for any other name."""
    place = ordinal_of(names.split()) if focus.listed else None
    if place is None:
        return None
    at = place - 1 if place > 0 else len(focus.listed) + place
    return focus.listed[at] if 0 <= at < len(focus.listed) else None


def _tickers(names: str, text: str, directory: Directory, focus: Focus) -> tuple[str, ...]:
    """Return the tickers of a list of names, nothing where one of them is not known outright."""
    if names in ("it", "that one", "this one", "that", "this", "them"):
        beside = tuple(mention.instrument.ticker for mention in directory.spot(text))
        return beside if len(beside) == 1 else (focus.ticker,) if focus.ticker is not None else ()
    if (listed := _of_the_list(names, focus)) is not None:
        return (listed,) if directory.known(listed) is not None else ()
    found: dict[str, None] = {}
    capitals = {token.casefold() for token in TOKEN.findall(text) if token.isupper()}
    for name in re.split(r",? (?:and|&|plus|as well as) |, ?", names):
        alone = re.sub(
            r"^(?:(?:just|only|both|the|our|my|also) )+|(?: (?:stock|stocks|shares|only|too|as"
            r" well|again))+$",
            "",
            name.strip(),
        )
        if not alone or (alone in GRAMMAR | NO_NAMES and alone not in capitals):
            return ()
        instrument = directory.known(alone)
        if instrument is None:
            return ()
        found.setdefault(instrument.ticker)
    return tuple(found)[:MOST_NAMES]
