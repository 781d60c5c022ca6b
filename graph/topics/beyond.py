"""What no desk does, whoever asks: said at once, before the words are taken for a question near to them."""

import re

_PLEASE = r"^(?:please )?(?:(?:can|could|would|will) you |i (?:want|need) you to )?(?:please )?"
_RECORDS = r"(?:records?|trades?|fills?|decisions?|history|journal|ledger|books|logs?)"
_REFUSED: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "The desk's records cannot be changed or deleted by anybody: they are only ever added to.",
        re.compile(
            rf"{_PLEASE}(?:delete|erase|wipe|remove|destroy|rewrite|falsify|fake|forge|doctor|backdate|alter"
            rf"|edit|amend|overwrite)\b(?!.*\b(?:watch ?list|limits?)\b).*\b{_RECORDS}\b"
        ),
    ),
    (
        "The chat cannot send anything to anybody. A table can be downloaded from the page, and alerts go "
        "to the channels that the settings name.",
        re.compile(
            rf"{_PLEASE}(?:send|mail|e-?mail|forward|fax|post|text|whatsapp|upload)\b"
            r"(?! (?:me|of|mortems?)\b|-| (?:the )?(?:clock|desk|replay|time)\b)"
            r".*(?:\b(?:to|by|via|with) (?:\w+ ){0,3}\w+|\btweet\b)"
        ),
    ),
    (
        "The desk cannot lend or borrow money: it trades a paper account with the cash that is in it.",
        re.compile(
            rf"{_PLEASE}(?:lend|loan|borrow)\b(?!.*\?)|{_PLEASE}(?:give|grant|get|offer) "
            r"(?:me|us) (?:a |an )?(?:\w+ )?(?:loan|credit|mortgage)\b"
        ),
    ),
    (
        "The desk cannot advise anybody on money of their own: it decides on its paper account alone. "
        "You can ask what it holds, what it decided and what its forecasters expect.",
        re.compile(
            r"\b(?:my|his|her|their) (?:own |private |personal )?(?:savings?|pension|salary|mortgage"
            r"|inheritance|retirement|wages|nest egg|house|life savings)\b"
            r"(?!(?<!\bmy pension) (?:deficits?|obligations?|liabilit\w+|costs?|prices?|business\w*)\b)"
            r"|\bmy (?:own|private|personal) (?:money|investments?)\b"
        ),
    ),
)
NO_PRICES = (
    "No price can be foreseen here: the desk does not set price targets, only how names may do beside one "
    "another."
)
_OF_THE_DESK = re.compile(
    r"\b(?:breakers?|limits?|caps?|exposure|draw ?downs?|evaluations?|evals?|bake-?offs?|sell(?:ing)?)\b"
    r"|\bbefore (?:trading|we|you|the desk)\b"
)
"""What has a level or a cost that is no price of anything traded."""
_PRICE_AHEAD = re.compile(
    r"\bwhat price will\b|\b(?:price target|target price)s?\b"
    r"|\bwhere will .+ (?:be|close|end|stand|trade|finish)\b"
    r"|\bhow (?:high|low|far) (?:will|can|could) .+ (?:go|get|rise|climb|fall|drop|sink)\b"
    r"|\bwhat will .+ (?:be worth|cost|trade at|close at|stand at|be trading at|end at)\b"
)


def beyond_any_desk(text: str) -> str | None:
    """Return why nothing comes of a request that no desk grants, None for any other text.

    Args:
        text: What was typed, on one line and in small letters.
    """
    return next((why for why, said in _REFUSED if said.search(text)), None)


def asks_for_a_price(text: str) -> bool:
    """Tell whether a price to come is asked for, which no forecaster of the desk gives."""
    return _PRICE_AHEAD.search(text) is not None and _OF_THE_DESK.search(text) is None
