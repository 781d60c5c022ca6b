"""Which way an answer leans on a name: what the scorers of signals compare with what happened."""

from collections.abc import Mapping
from typing import Any

from evals.case import Case

NO_VIEW = 0.1
"""A conviction nearer to zero is none."""


def leaning(case: Case, answer: Mapping[str, Any]) -> int:
    """Return 1 where the answer wants more of the case's one name, -1 less, 0 where it has no view."""
    (candidate,) = case.given["evidence"]["candidates"]
    if case.subject == "committee":
        wanted = answer["weights"].get(candidate["ticker"])
        change = 0.0 if wanted is None else float(wanted) - candidate["weight"]
        return (change > 0) - (change < 0)
    said = conviction(case, answer)
    return 0 if abs(said) < NO_VIEW else (said > 0) - (said < 0)


def conviction(case: Case, answer: Mapping[str, Any]) -> float:
    """Return the quant researcher's conviction on the case's one name; 0 where it has no view."""
    (candidate,) = case.given["evidence"]["candidates"]
    said = {view["ticker"]: float(view["conviction"]) for view in answer["views"]}
    return said.get(candidate["ticker"], 0.0)
