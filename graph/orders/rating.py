"""The sentences that rate decisions blind, matched whole; none of them passes through an LLM."""

import re
from dataclasses import dataclass
from typing import Literal

from graph.orders.phrases import END, bare

_BLIND = r"(?:blind(?:ly)?)"
_SHEET = r"(?:blind (?:sheet|ratings?|form))"
_SEED = r"(?:,? (?:with|of|by|from) (?:the )?seed (?P<seed>\d{1,9}))?"
_BEGIN = (
    r"(?:rate|judge|review|assess|score) (?:the |some |more |our |your |past |20 |twenty )*decisions? "
    rf"{_BLIND}"
    rf"|{_BLIND} (?:rate|judge|assess)(?: (?:the |some |20 )?decisions?)?|rate {_BLIND}"
    rf"|(?:(?:start|begin|open|show|go on with|continue|resume|fill in|do) )?(?:with )?"
    rf"(?:the |my |a |a new )?{_SHEET}"
    rf"|(?:go on|continue|carry on) (?:with )?(?:the |my )?rating(?: decisions)?(?: {_BLIND})?"
)
_LATER = (
    r"(?:stop|pause|end|quit|interrupt) (?:the |my )?(?:blind )?rating(?: decisions)?"
    r"|rate (?:the rest )?later"
)
_TOLD = (
    r"(?:how|what) (?:were|was|are|did) (?:the |our )?decisions? rated(?: blind(?:ly)?)?"
    r"|(?:show|tell)(?: me)? (?:the |our )?(?:results? of the |outcome of the )?blind ratings?"
    r"|(?:how far |how much |how well )?do (?:the |our )?raters agree"
    r"|what (?:did|do) (?:the |our )?raters (?:say|said)|how did the blind ratings? go"
)
_BEGINS, _LATERS = re.compile(rf"(?:{_BEGIN}){_SEED}{END}"), re.compile(f"(?:{_LATER}){END}")
_TOLDS = re.compile(rf"(?:{_TOLD}){END}")
_RATES = re.compile(r"(?:rate )(?P<row>[0-9a-f]{8})(?: as)? (?P<rating>[a-z]{1,20})[.! ]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingWord:
    """What somebody wants of the blind sheet."""

    what: Literal["begin", "rate", "later", "told"]
    seed: int | None = None
    row: str = ""
    rating: str = ""


def read_rating(text: str) -> RatingWord | None:
    """Return what a sentence wants of the blind sheet, None for anything else."""
    said = bare(text)
    if (match := _RATES.fullmatch(said)) is not None:
        return RatingWord(what="rate", row=match["row"], rating=match["rating"])
    if (match := _BEGINS.fullmatch(said)) is not None:
        return RatingWord(what="begin", seed=None if match["seed"] is None else int(match["seed"]))
    if _LATERS.fullmatch(said):
        return RatingWord(what="later")
    return RatingWord(what="told") if _TOLDS.fullmatch(said) else None
