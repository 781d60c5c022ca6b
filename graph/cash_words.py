"""The sentences that ask to bring money in or to take it out: one verb, one amount, nothing else."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from graph.command_grammar import CONDITIONS, Command, without_opening
from graph.wording import NEGATIONS

HOW_TO_MOVE_MONEY = (
    'To bring money in or take it out, say just the verb and an amount in USD, such as "deposit 5000" or '
    '"withdraw 5000"; each asks for your confirmation first and is booked at the next open.'
)
_AMOUNT = re.compile(
    r"(?:another |a further )?(?:usd ?|us\$ ?|\$ ?)?"
    r"(?P<whole>\d{1,3}(?:,\d{3}){1,4}|\d{1,13})(?P<cents>\.\d{1,2})?"
    r"(?: ?(?P<unit>k|thousand|million))?(?: ?(?:usd|us dollars|dollars|bucks|\$))?"
    r"(?:,? (?:please|now|today|thanks|thank you|in cash|of cash|cash|into the account|to the account|"
    r"into the desk|from the account|from the desk))*[.!?]?"
)
_UNITS = {"k": 1_000, "thousand": 1_000, "million": 1_000_000}


def read_cash(text: str, words: Sequence[str]) -> Command | None:
    """Return the deposit or withdrawal an imperative sentence asks for, None for anything else.

    `words` are those of the text. A word or a figure too many makes it a refusal, never an amount.
    """
    if (NEGATIONS | CONDITIONS) & set(words) or '"' in words:
        return None
    spoken, asked = without_opening(words)
    if not spoken or spoken[0] not in ("deposit", "withdraw") or ("?" in words and not asked):
        return None
    action: Literal["deposit", "withdraw"] = "deposit" if spoken[0] == "deposit" else "withdraw"
    said = text.casefold().partition(action)[2].strip()
    match = _AMOUNT.fullmatch(said)
    if match is None:
        return Command(action=action, problem=HOW_TO_MOVE_MONEY)
    figure = Decimal(match["whole"].replace(",", "") + (match["cents"] or ""))
    return Command(action=action, amount=figure * _UNITS.get(match["unit"] or "", 1))
