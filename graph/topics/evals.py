"""Which questions are about the nightly evaluations; an order to evaluate is none of them."""

import re
from datetime import date

from graph.intent import Intent
from graph.sql.templates import read_sql_question
from tools.directory import Directory

_EVALS = r"(?:evals?|evaluations?)"
_BY_WHOM = r"(?:the |our |your |all )?(?:last night's |tonight's |nightly |latest |last |recent )?"
_CAME = (
    r"(?:go|goes|went|gone|going|look|looks|looked|come|came|say|said|tell|told|results?|scores?|trends?|reports?"
    r"|verdicts?|history|worse|better|fell|fallen|improved?|drop|dropped)"
)
_ASKED = re.compile(
    rf"\b{_EVALS}\b(?: \w+){{0,3}}? {_CAME}\b"
    rf"|\b{_CAME} (?:of|from|in|by) {_BY_WHOM}{_EVALS}\b"
    rf"|\b(?:nightly|latest|last|previous|tonight's|yesterday's|last night's) {_EVALS}\b"
    rf"|\b(?:average|how many|number of)\b.*\beval scores?\b"
    rf"|\b(?:which|what) (?:datasets?|contestants?)\b.*\b{_CAME}\b"
)
_ORDERED = re.compile(
    r"^(?:please |can you |could you |would you )?"
    r"(?:run|start|begin|launch|do|kick|make|execute|repeat|redo|set|fire|let|put|go|trigger)\b"
)
_PICKED = re.compile(r"\b(?:which|average|median|how many|number of|by|per|worst|best|lowest|highest)\b")


def evals_asked(text: str, directory: Directory, today: date) -> Intent | None:
    """Return the question how evaluations went, or the SQL question where scores are counted or gathered.

    Args:
        text: What was typed, on one line.
        directory: The instruments that can be named.
        today: The session the desk's clock stands at.
    """
    lower = text.casefold()
    if _ASKED.search(lower) is None or _ORDERED.match(lower):
        return None
    if _PICKED.search(lower) and read_sql_question(text, directory, today) is not None:
        return Intent(name="sql", text=text)
    return Intent(name="evals")
