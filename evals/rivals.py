"""Baselines that need no LLM and no thought: what a contestant must beat to be worth anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evals.case import Case
from evals.trial import Output

Say = Callable[[Case], Mapping[str, Any]]
SIGNALS: Mapping[str, str] = {
    "always hold": "always_hold",
    "always buy": "always_buy",
    "momentum": "momentum",
    "forecaster only": "forecaster",
}
"""Name of the rival to the baseline of the label that it follows."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Says the same kind of thing of every case."""

    name: str
    says: Say

    async def answer(self, case: Case, number: int) -> Output:
        """Answer a case; always alike."""
        return Output(answer=self.says(case))


def signal_rivals() -> tuple[Rival, ...]:
    """Return who always holds, who always buys, who follows the trend, and who follows the forecaster.

    What each of them says was worked out from the same evidence when the dataset was made.
    """
    return tuple(Rival(name, _follows(baseline)) for name, baseline in SIGNALS.items())


def _follows(baseline: str) -> Say:
    def say(case: Case) -> Mapping[str, Any]:
        (candidate,) = case.given["evidence"]["candidates"]
        said = float(case.label["baselines"][baseline])
        view = {"ticker": candidate["ticker"], "conviction": said, "reason": ""}
        return {"views": [view], "summary": baseline}

    return say


def validator_rivals() -> tuple[Rival, ...]:
    """Return who lets everything pass, and who sends everything back with a concern about every target."""
    return (
        Rival("always approves", lambda case: {"verdict": "approve", "concerns": [], "summary": ""}),
        Rival(
            "always objects", lambda case: {"verdict": "revise", "concerns": _targets(case), "summary": ""}
        ),
    )


def risk_rivals() -> tuple[Rival, ...]:
    """Return who shrinks nothing, and who halves everything."""
    return (
        Rival("never shrinks", lambda case: {"factors": [], "summary": ""}),
        Rival(
            "halves everything",
            lambda case: {"factors": [{**each, "factor": 0.5} for each in _targets(case)], "summary": ""},
        ),
    )


def _targets(case: Case) -> list[dict[str, Any]]:
    proposed = case.given["earlier"]["portfolio_manager"]["targets"]
    return [{"ticker": target["ticker"], "reason": ""} for target in proposed]
