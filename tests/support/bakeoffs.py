"""Bakeoffs that have ended, for desks of tests that run none of their own."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from fund.errors import QueryRefusedError
from graph.chat_events import BlindDecision
from graph.ratings import RatingStanding
from tools.bakeoffs import BakeoffDataset, BakeoffResult, BakeoffScore, BakeoffUnderWay

ENDED = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)


def a_score(contestant: str = "offline rules, no LLM", **changes: object) -> BakeoffScore:
    """Return a contestant that is right in six cases of ten."""
    plain = BakeoffScore(
        contestant=contestant, value=0.61, low=0.55, high=0.67, n=96, cost_usd=Decimal("0.00021")
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def a_bakeoff(**changes: object) -> BakeoffResult:
    """Return a bakeoff over one dataset, between the rules and a baseline."""
    asked = BakeoffDataset(
        dataset="risk_management",
        verdict="offline rules, no LLM wins: better than every other that passes its gates.",
        score="shrunk_right",
        no_skill=0.5,
        scores=(a_score(), a_score("never shrinks", value=0.5, low=None, high=None, n=12)),
    )
    plain = BakeoffResult(
        experiment="bakeoff-0123456789ab",
        ended_at=ENDED,
        trials=4,
        datasets=(asked,),
        unspoken=("No attack was tried (robustness was left out), so who is safe is not known.",),
        skipped=("openai (no key: DESK_OPENAI_API_KEY is not set)",),
        page="/evals/bakeoff-0123456789ab",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


class OneBakeoff:
    """A desk on which one bakeoff has ended and none is under way."""

    def going(self) -> BakeoffUnderWay | None:
        return None

    def last(self) -> BakeoffResult | None:
        return a_bakeoff()


class NoSheets:
    """A desk without a decision to rate."""

    def begin(self, rater: str, seed: int | None = None) -> RatingStanding:
        raise QueryRefusedError("there are no decisions to rate yet")

    def rate(self, rater: str, row: str, rating: str) -> RatingStanding:
        raise QueryRefusedError("you have no blind sheet under way")

    def open_decision(self, rater: str) -> BlindDecision | None:
        return None

    def finished(self, rater: str) -> RatingStanding:
        raise QueryRefusedError("you have rated no sheet to its end")
