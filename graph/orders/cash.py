"""The sentences that ask to bring money in or to take it out: one verb, one amount, nothing else."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from graph.orders.grammar import CONDITIONS, Command, without_opening
from graph.orders.phrases import END, order_clauses
from graph.words.wording import NEGATIONS

HOW_TO_MOVE_MONEY = (
    'To bring money in or take it out, say just the verb and an amount in USD, such as "deposit 5000" or '
    '"withdraw 5000"; each asks for your confirmation first and is booked at the next open.'
)
FEW_WORDS = 4
"""More of them without a figure speak of something else."""
_UNITS = {"k": 1_000, "thousand": 1_000, "grand": 1_000, "m": 1_000_000, "million": 1_000_000}
_FIGURE = (
    r"(?:usd ?|us\$ ?|\$ ?)?(?P<whole>\d{1,3}(?:,\d{3}){1,4}|\d{1,13})(?P<cents>\.\d{1,2})?"
    r"(?: ?(?P<unit>k|thousand|grand|m|million))?(?: ?(?:usd|us dollars|dollars|bucks|\$))?"
)
_BEFORE = r"(?:(?:another|a further|an extra|an additional|some|about) )?"
_MORE = r"(?: (?:more|extra|in cash|of cash|cash|worth|of (?:my|our|the) money))?"
_ACCOUNT = (
    r"(?:the |my |our |this )?(?:account|fund|desk|portfolio|pot|balance|book|cash(?: balance| position)?)"
)
_SUM = rf"{_BEFORE}{_FIGURE}{_MORE}"
_IN = rf"(?: (?:in|into|to|on|onto|inside|for) (?:{_ACCOUNT})| in)?"
_OUT = rf"(?: (?:out of|from|off) {_ACCOUNT}| out| to (?:my|our) bank(?: account)?)?"
LEAST_SUM = 100
"""USD that a bare number has to be where neither the verb nor a currency says that it is money."""
Way = Literal["deposit", "withdraw"]
_PATTERNS: tuple[tuple[Way, str], ...] = (
    ("deposit", rf"(?:make a )?deposit (?:of )?{_SUM}{_IN}"),
    (
        "deposit",
        rf"(?:put|pay|bring|wire|send|transfer) (?:in )?{_SUM} (?:in|into {_ACCOUNT}|to {_ACCOUNT}"
        rf"|in to {_ACCOUNT}|in {_ACCOUNT})",
    ),
    (
        "deposit",
        rf"(?:put in|pay in|bring in|wire in|transfer in|send in|inject|contribute|chip in) {_SUM}{_IN}",
    ),
    ("deposit", rf"add {_SUM} (?:to|into) {_ACCOUNT}"),
    (
        "deposit",
        rf"(?:top up|fund|increase|load) {_ACCOUNT} (?:with|by) {_SUM}|top (?:it |us )?up (?:with"
        rf"|by) {_SUM.replace('?P<', '?P<b')}",
    ),
    ("withdraw", rf"(?:make a )?(?:withdraw|withdrawal)(?: of)? {_SUM}{_OUT}"),
    (
        "withdraw",
        rf"(?:take|pull|get|transfer|move|draw|wire) {_SUM} (?:out|out of {_ACCOUNT}"
        rf"|from {_ACCOUNT}|off {_ACCOUNT}|to (?:my|our) bank(?: account)?)",
    ),
    (
        "withdraw",
        rf"(?:take out|pull out|cash out|pay out|pay me out|draw out|redeem|pay me|send me|wire me"
        rf"|get me) {_SUM}{_OUT}",
    ),
    ("withdraw", rf"remove {_SUM} from {_ACCOUNT}"),
)
_MOVED = tuple((way, re.compile(said + END)) for way, said in _PATTERNS)


def read_cash(text: str, words: Sequence[str]) -> Command | None:
    """Return the deposit or withdrawal an imperative sentence asks for, None for anything else.

    `words` are those of the text. A word or a figure too many makes it a refusal, never an amount.
    """
    for said in order_clauses(text, tuple(words)):
        for way, pattern in _MOVED:
            match = pattern.fullmatch(said)
            if match is not None and _is_money(said, match):
                return Command(action=way, amount=_amount(match))
    return _broken(words)


def _is_money(said: str, match: re.Match[str]) -> bool:
    """Tell whether a sum must be money: the verb or a currency says so, or it is no small count."""
    told = re.search(r"\b(?:deposit|withdraw\w*|usd|dollars|bucks)\b|\$", said) is not None
    return told or _amount(match) >= LEAST_SUM


def _amount(match: re.Match[str]) -> Decimal:
    found = {name.removeprefix("b"): part for name, part in match.groupdict().items() if part is not None}
    figure = Decimal(found["whole"].replace(",", "") + found.get("cents", ""))
    return figure * _UNITS.get(found.get("unit", ""), 1)


def _broken(words: Sequence[str]) -> Command | None:
    """Say how money is moved where a sentence begins as such an order and ends as none."""
    if (NEGATIONS | CONDITIONS) & set(words) or '"' in words:
        return None
    spoken, asked = without_opening(words)
    if not spoken or spoken[0] not in ("deposit", "withdraw") or ("?" in words and not asked):
        return None
    if len(spoken) > FEW_WORDS and not any(word[:1].isdigit() or word[:1] == "$" for word in spoken):
        return None
    action: Way = "deposit" if spoken[0] == "deposit" else "withdraw"
    return Command(action=action, problem=HOW_TO_MOVE_MONEY)
