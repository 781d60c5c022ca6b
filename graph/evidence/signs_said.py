"""Which way a number goes, told by the words beside it: lost, up, below, under water."""

import re
from typing import Literal

Sign = Literal[-1, 0, 1]
_STEPPED = re.compile(
    r"\b(?:up|down|fell|falling|rose|rising|dropped|climbed|slid|sank|grew|declin\w+|increas\w+|decreas\w+"
    r"|improv\w+|widen\w+|narrow\w+|moved|went) (?:back )?(?:to|from)\s*$"
    r"|\bbelow\s*$|\babove\s*$|\bunder\s*$|\bover\s*$",
    re.IGNORECASE,
)
"""Before a level, which is no change."""
_LOSS = (
    r"lost|lose|loses|losing|loss(?:es)?(?: of)?|fell|falls?|fallen|falling|dropped|drops?|declin\w+|down"
    r"|decreas\w+|negative|minus|"
    r"trail(?:s|ed|ing)?|lag(?:s|ged|ging)?|behind|underperform\w*|below|worse|slid|sank|shed|lower"
    r"|costs?|short of|"
    r"drawdown(?: of| was| is)?|drop of|under ?water|in the red|decrease"
    r"|took|takes?|gave back|gives? back|shrink\w*|shrank|bled|erased?|slip\w*|tumbl\w*|plung\w*|hurts?"
    r"|detract\w*|worst|losers?"
)
_GAIN = (
    r"gain(?:s|ed|ing)?|rose|rises?|risen|rising|up|increas\w+|positive|plus|made|makes?|making|earn(?:s"
    r"|ed|ing)?|profit(?:s)?(?: of)?|"
    r"beat(?:s|ing)?|ahead|outperform\w*|above|better|climb\w*|won|saved|higher|grew|added|returned"
    r"|in the black|brought|brings?|contribut\w+|exceed\w*"
)
_WORD = re.compile(rf"\b(?:(?P<loss>{_LOSS})|(?P<gain>{_GAIN}))\b", re.IGNORECASE)
_AFTER = re.compile(
    r"^\s?(?:\(.{0,12}\)\s?)?(?:(?P<loss>loss(?:es)?|below|behind|lower|down|worse|less|fewer|decline|drop|drawdown"
    r"|fall|decrease|short of|under ?water|in the red|off)"
    r"|(?P<gain>gain|profit|above|ahead|higher|up|better|more|rise|increase|in the black|in profit))"
    r"\b(?! (?:to|from)\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:.!?()\n]|\b(?:and|but|while|whereas|although|though|against|versus|vs|with|where|than)\b",
    re.IGNORECASE,
)
REACH = 48
"""How far before a number, in characters of its clause, a word may tell its direction."""


def sign_in_words(before: str, after: str) -> Sign:
    """Return the direction that the words around a number tell; 0 where they tell none, or it is a level."""
    following = _AFTER.match(after)
    if following is not None:
        return -1 if following["loss"] else 1
    near = before[-REACH:]
    if _STEPPED.search(near):
        return 0
    told = list(_WORD.finditer(_CLAUSE.split(near)[-1]))
    if not told:
        return 0
    return -1 if told[-1]["loss"] else 1


def follows_a_loss(before: str) -> bool:
    """Tell whether the last word of direction in the sentence before a number tells of a loss."""
    told = list(_WORD.finditer(re.split(r"[.!?]\s|\n", before)[-1]))
    return bool(told) and told[-1]["loss"] is not None
