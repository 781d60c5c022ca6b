"""The sentences that let a version of a forecaster lead its horizon, and those that take that back."""

import re
from collections.abc import Iterable, Sequence

from graph.intent import Intent
from graph.orders.phrases import END, order_clauses
from graph.topics.forecasters import FAMILY
from graph.words.dates import count_of

_NAME = rf"(?P<name>[a-z_]+(?:-[a-z]+)*-[0-9a-f]{{4,12}}|(?:{FAMILY})(?:-[a-z]+)*)"
_NUMBERED = r"(?:version|number|v) ?(?P<number>\w+)"
_WHICH = (
    rf"(?:the )?{_NAME}(?: forecaster)?(?: {_NUMBERED})?(?: forecaster)?",
    rf"(?:the )?{_NUMBERED} of (?:the )?{_NAME}(?: forecaster)?",
)
_OVER = (
    r" (?:at|over|for|on) (?:the )?(?:horizon of )?(?P<horizon>\w+)[ -](?:sessions?|days?)"
    r"(?: ahead| horizon)?"
)
_LEADER = r"(?:the |our )?(?:new )?(?:champion|leader|lead)"
_LEADS = (
    "(?:promote|appoint) {which}{over}",
    f"(?:promote|appoint) {{which}} (?:to|as) {_LEADER}{{over}}",
    f"(?:promote|appoint) {{which}}{{over}} (?:to|as) {_LEADER}",
    "let {which} lead{over}",
    f"make {{which}} {_LEADER}{{over}}",
    "put {which} in (?:the lead|charge){over}",
)
_PROMOTES = tuple(
    re.compile(form.format(which=which, over=f"(?:{_OVER})?") + END) for form in _LEADS for which in _WHICH
)
_LAST = (
    r"(?:the |our |my )?(?:last |latest )?"
    r"(?:(?:forecaster|forecasting) )?(?:champion|promotion|leader|forecaster)(?: of (?:the )?forecasters)?"
)
_BACKS = tuple(
    re.compile(form + END)
    for form in (
        rf"(?:roll back|rollback|roll-back|revert|undo|take back|reverse) {_LAST}(?:{_OVER})?",
        rf"(?:roll|take|turn) {_LAST} back(?:{_OVER})?",
        rf"(?:roll back|rollback|roll-back){_OVER}",
    )
)
_PAST = re.compile(rf"(?:roll back|rollback|roll-back)(?: by| the last)? \w+ (?:sessions?|days?|weeks?){END}")
NO_WAY_BACK = (
    "The desk only moves forward: no session can be rolled back. To take a promotion of a forecaster back, "
    'say "roll back the champion at 5 sessions".'
)
_BECAUSE = re.compile(r"[,;:]?\s+because\s+", re.IGNORECASE)


def read_leading(text: str, words: Sequence[str]) -> Intent | None:
    """Return the promotion or rollback that an imperative sentence asks for; None for anything else.

    `words` are those of the text. What follows "because" is the owner's reason, kept as it was typed. A count
    that is none makes it no order.
    """
    order, *reason = _BECAUSE.split(text, maxsplit=1)
    if "?" in "".join(reason):
        return None
    spoken = tuple(words[: words.index("because")] if reason and "because" in words else words)
    why = " ".join(reason).strip()
    for said in order_clauses(order, spoken):
        if _PAST.fullmatch(said) is not None:
            return Intent(name="unknown", problem=NO_WAY_BACK)
        if (match := _first(_BACKS, said)) is not None:
            return _rollback(match, why)
        if (match := _first(_PROMOTES, said)) is not None:
            return _promotion(match, why)
    return None


def _rollback(match: re.Match[str], why: str) -> Intent | None:
    horizon = match["horizon"]
    sessions = None if horizon is None else count_of(horizon)
    if horizon and not sessions:
        return None
    return Intent(name="roll_back_forecaster", sessions=sessions, text=why)


def _promotion(match: re.Match[str], why: str) -> Intent | None:
    horizon, number = match["horizon"], match["number"]
    sessions = None if horizon is None else count_of(horizon)
    version = None if number is None else count_of(number)
    if (horizon and not sessions) or (number and not version):
        return None
    about = match["name"] if version is None else f"{match['name']} {version}"
    return Intent(name="promote_forecaster", about=(about,), sessions=sessions, text=why)


def _first(patterns: Iterable[re.Pattern[str]], said: str) -> re.Match[str] | None:
    return next((match for each in patterns if (match := each.fullmatch(said)) is not None), None)
