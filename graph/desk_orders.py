"""The sentences that ask the desk to act on names: matched whole, every name known, or they are no order."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from graph.command_grammar import CONDITIONS, without_opening
from graph.intent import Focus, Intent
from graph.wording import NEGATIONS, SHORTHAND
from tools.control_words import EVERYTHING
from tools.directory import GRAMMAR, TOKEN, Directory
from tools.vocabulary import word_set

MOST_NAMES = 10
ORDER_WORDS = word_set(
    "add remove take drop delete watch watching watchlist unwatch start stop close exit keep run decide "
    "cycle committee evaluation eval evals bakeoff evaluate onto list position stake holding"
)
_NAMES = r"(?P<names>.+?)"
_LIST = r"(?:the |our |my |your )?watch ?list"
_END = r"(?: now| please| after all| today| only| for me| right away| thanks| thank you)*[.!]*"
_POSITION = r"(?:the |our |my )?(?:whole |entire |full )?(?:position|stake|holding)"
_PART = r"(?P<part>half|a half|a third|one third|a quarter|one quarter|\d{1,2} ?%|\d{1,2} percent)"
_PARTS = {"half": "0.5", "third": "0.3333", "quarter": "0.25"}
_EVERYTHING = re.compile(
    r"(?:close|exit) (?:everything(?: we (?:hold|own|have))?"
    r"|all (?:of )?(?:our |the |my )?(?:positions|holdings))" + _END
)
_HEARING = re.compile(
    r"(?:(?:hear|convene|ask|run) the committee|(?:run|start) a committee (?:cycle|run)"
    r"|(?:hold|run|start) a hearing|run the committee now)" + _END
)
Action = Literal["watch", "unwatch", "close", "keep", "cycle"]
_WRITTEN: tuple[tuple[Action, str, bool], ...] = (
    ("watch", rf"(?:add|put) {_NAMES} (?:to|on|onto) {_LIST}", True),
    ("unwatch", rf"(?:remove|take|drop|delete) {_NAMES} (?:from|off|off of) {_LIST}", True),
    ("unwatch", rf"(?:unwatch|stop watching) {_NAMES}", False),
    ("watch", rf"(?:start watching|watch) {_NAMES}", False),
    (
        "close",
        rf"(?:close|sell) {_PART} (?:of )?(?:the |our |my )?(?:position in |stake in )?{_NAMES}",
        False,
    ),
    ("close", rf"(?:close|exit) {_POSITION} (?:in|of) {_NAMES}", False),
    ("close", rf"(?:close|exit) (?:the |our |my )?{_NAMES}(?: position| stake| holding)", False),
    ("close", rf"(?:close|exit) (?:out |out of )?{_NAMES}", False),
    ("close", rf"sell (?:all|everything) (?:of |we have in |of our |our )?{_NAMES}", False),
    ("keep", rf"keep {_POSITION} (?:in|of) {_NAMES}", False),
    ("keep", rf"keep (?:the |our |my )?{_NAMES}(?: position| stake| holding)?", False),
    (
        "cycle",
        r"(?:run|start) (?:a |the |another )?(?:cycle|committee|decision)(?: now)? (?:for|on) "
        rf"(?:just |only )?{_NAMES}",
        False,
    ),
    ("close", rf"get (?:me |us )?out of {_NAMES}", False),
    ("cycle", rf"(?:hear|convene|ask) the committee (?:on|about|for) (?:just |only )?{_NAMES}", False),
    ("cycle", rf"decide (?:now )?(?:on|about) (?:just |only )?{_NAMES}", False),
)
_ORDERS = tuple((action, re.compile(said + _END), listed) for action, said, listed in _WRITTEN)
_EVALUATE = re.compile(
    r"(?:run|start|trigger|launch|kick off) (?:an?|the|another)? ?(?:new )?"
    r"(?:evals?|evaluation|evaluations|bakeoff|bake-off|bake off)" + _END
)


def read_order(text: str, words: Sequence[str], directory: Directory, focus: Focus) -> Intent | None:
    """Return the order on names that an imperative sentence gives, None for anything else.

    `words` are those of the text. A negation, a condition, a question, or a name that the desk does not
    know makes it no order.
    """
    if not _may_order(words):
        return None
    said = _spoken(text)
    if _EVALUATE.fullmatch(said):
        return Intent(name="evaluate")
    if _EVERYTHING.fullmatch(said):
        return Intent(name="close", tickers=(EVERYTHING,))
    if _HEARING.fullmatch(said):
        return Intent(name="cycle")
    for action, pattern, listed in _ORDERS:
        match = pattern.fullmatch(said)
        if match is None:
            continue
        tickers = _tickers(match["names"], text, directory, focus)
        if tickers:
            part = match.groupdict().get("part")
            fraction = _fraction(part) if part else None
            return Intent(name=action, ticker=tickers[0], tickers=tickers, amount=fraction)
        if listed and len(match["names"].split()) <= MOST_NAMES:
            return Intent(name=action, asked_name=match["names"])
    return None


def _may_order(words: Sequence[str]) -> bool:
    """Tell whether a sentence neither denies, nor conditions, nor quotes, nor asks; "after all" is fine."""
    said = words[:-2] if tuple(words[-2:]) == ("after", "all") else words
    if (NEGATIONS | CONDITIONS) & set(said) or '"' in said or ";" in said:
        return False
    _, asked = without_opening(said)
    return "?" not in said or asked


def _fraction(part: str) -> Decimal:
    """Return how much of a position is meant, 1 for all of it."""
    number = re.match(r"\d+", part)
    if number is not None:
        return Decimal(number[0]) / 100
    return Decimal(_PARTS[part.split()[-1]])


def _spoken(text: str) -> str:
    """Return the sentence in small letters without its opening and its question mark."""
    lower = re.sub(r"^watch ?list: *(?=(?:add|remove) )", "", text.casefold().rstrip(" ?!."))
    if lower != text.casefold().rstrip(" ?!."):
        lower += " to the watchlist" if lower.startswith("add ") else " from the watchlist"
    tokens = [SHORTHAND.get(token, token) for token in lower.replace(",", " , ").split()]
    rest, _ = without_opening(" ".join(tokens).split())
    return " ".join(rest).replace(" ,", ",")


def _tickers(names: str, text: str, directory: Directory, focus: Focus) -> tuple[str, ...]:
    """Return the tickers of a list of names, nothing where one of them is not known outright."""
    if names in ("it", "that one", "this one", "them") and focus.ticker is not None:
        return (focus.ticker,)
    found: dict[str, None] = {}
    capitals = {token.casefold() for token in TOKEN.findall(text) if token.isupper()}
    for name in re.split(r",? and |, ?", names):
        bare = re.sub(r"^(?:the|our|my) | (?:stock|stocks|shares)$", "", name.strip())
        if not bare or (bare in GRAMMAR and bare not in capitals):
            return ()
        instrument = directory.known(bare)
        if instrument is None:
            return ()
        found.setdefault(instrument.ticker)
    return tuple(found)[:MOST_NAMES]
