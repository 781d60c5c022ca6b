"""Which questions are about the nightly evaluations; an order to evaluate is none of them."""

import re

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


def is_about_evals(text: str) -> bool:
    """Tell whether a text, on one line, asks how evaluations went."""
    lower = text.casefold()
    return _ASKED.search(lower) is not None and _ORDERED.match(lower) is None


def picks_scores(text: str) -> bool:
    """Tell whether scores are counted, gathered or picked, which SQL answers."""
    return _PICKED.search(text.casefold()) is not None
