"""The macro researcher's rules: eight readings of the market, each a score with its words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from agents.answers import MacroAnswer
from agents.offline_brief import Brief, Row, clip, percent, share, shrunk, squash

RISK_ON, RISK_OFF = 0.2, -0.2
EXPOSURE_AT_ZERO, EXPOSURE_SLOPE = 0.65, 0.4
EXPOSURE_STEP = 0.05
LOWEST_EXPOSURE, HIGHEST_EXPOSURE = 0.25, 0.95
_CREDIT_WORDS = ("CREDIT", "HIGH YIELD", "OAS", "BAA", "SPREAD")


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the market: -1 is as bad as it gets, 1 as good."""

    weight: float
    score: float
    words: str


def macro_answer(brief: Brief) -> MacroAnswer:
    """Return the regime and exposure that the measured readings add up to."""
    rules: Sequence[Callable[[Brief], Reading | None]] = (
        trend, volatility, breadth, fear, drawdown, term_structure, credit, similar_conditions,
    )  # fmt: skip
    readings = [reading for rule in rules if (reading := rule(brief)) is not None]
    if not readings:
        return MacroAnswer(
            regime="neutral", exposure=0.5, confidence=0.0, drivers=[], sectors_to_avoid=[],
            summary="Nothing is known about the market, so half the book stays in cash.",
        )  # fmt: skip
    covered = sum(reading.weight for reading in readings)
    score = sum(reading.weight * reading.score for reading in readings) / covered
    exposure = clip(EXPOSURE_AT_ZERO + EXPOSURE_SLOPE * score, LOWEST_EXPOSURE, HIGHEST_EXPOSURE)
    exposure = round(round(exposure / EXPOSURE_STEP) * EXPOSURE_STEP, 2)
    regime = regime_of(score)
    strongest = sorted(readings, key=lambda r: -abs(r.weight * r.score))
    words = regime.replace("_", " ")
    return MacroAnswer(
        regime=regime,
        exposure=exposure,
        confidence=round(min(1.0, covered) * min(1.0, 0.3 + abs(score)), 2),
        drivers=[reading.words for reading in strongest[:6]],
        sectors_to_avoid=weak_sectors(brief),
        summary=f"{words.capitalize()} at {score:+.2f}: {strongest[0].words}. Invest {share(exposure)}.",
    )


def regime_of(score: float) -> Literal["risk_on", "neutral", "risk_off"]:
    """Return the regime a score between -1 and 1 stands for."""
    if score > RISK_ON:
        return "risk_on"
    return "risk_off" if score < RISK_OFF else "neutral"


def trend(brief: Brief) -> Reading | None:
    """Read the benchmark's trend: 60 sessions count more than 20."""
    market = brief.part("market")
    long, short = market.get("return_60"), market.get("return_20")
    if long is None or short is None:
        return None
    score = 0.6 * squash(long / 0.06) + 0.4 * squash(short / 0.04)
    words = f"{market.get('benchmark')} {percent(long)} over 60 sessions and {percent(short)} over 20"
    return Reading(0.25, score, words)


def volatility(brief: Brief) -> Reading | None:
    """Read realised volatility against 16 %, about the long-run level of US large caps."""
    level = brief.part("market").get("volatility_20")
    if level is None:
        return None
    return Reading(0.2, clip((0.16 - level) / 0.12, -1, 1), f"realised volatility {share(level)} a year")


def breadth(brief: Brief) -> Reading | None:
    """Read how many members stand above their own 50-session mean."""
    part = brief.part("market").get("breadth")
    if part is None:
        return None
    return Reading(
        0.2, clip((part - 0.5) * 2.5, -1, 1), f"{share(part)} of members above their 50-session mean"
    )


def fear(brief: Brief) -> Reading | None:
    """Read the VIX against its own year."""
    z = _series(brief, "VIX").get("z_score")
    return None if z is None else Reading(0.15, clip(-z / 2, -1, 1), f"VIX at z {z:+.1f} over a year")


def drawdown(brief: Brief) -> Reading | None:
    """Read how far the benchmark is below its high: a fall of 6 % is neither good nor bad."""
    fall = brief.part("market").get("drawdown_120")
    if fall is None:
        return None
    return Reading(0.1, clip((fall + 0.06) / 0.06, -1, 1), f"{percent(fall)} from the high of 120 sessions")


def term_structure(brief: Brief) -> Reading | None:
    """Read the slope of the Treasury curve: inverted curves precede recessions."""
    slope = _series(brief, "UST_10Y_2Y")
    if slope.get("value") is not None:
        value = slope["value"]
        return Reading(0.05, clip(value, -1, 1), f"10-year minus 2-year yield {value:+.2f} points")
    z = slope.get("z_score")
    return None if z is None else Reading(0.03, clip(z / 3, -1, 1), f"slope of the curve at z {z:+.1f}")


def credit(brief: Brief) -> Reading | None:
    """Read credit spreads against their own year, where a series of them is known."""
    for row in brief.rows("macro_series"):
        text = f"{row['series']} {row['name']}".upper()
        if row.get("z_score") is not None and any(word in text for word in _CREDIT_WORDS):
            z = row["z_score"]
            return Reading(0.1, clip(-z / 2, -1, 1), f"{row['series']} at z {z:+.1f} over a year")
    return None


def similar_conditions(brief: Brief) -> Reading | None:
    """Read what followed the most similar sessions, shrunk for how few they are."""
    known = [row["next_20"] for row in brief.rows("similar_conditions") if row.get("next_20") is not None]
    if not known:
        return None
    mean, n = sum(known) / len(known), len(known)
    words = f"{n} similar sessions were followed by {percent(mean)} on average over 20 sessions"
    return Reading(0.1, squash(shrunk(mean, n) / 0.02), words)


def weak_sectors(brief: Brief) -> list[str]:
    """Return sectors of three names or more that lost over 20 and clearly over 60 sessions."""
    weak = [
        row["sector"]
        for row in brief.rows("sectors_of_candidates")
        if row["n"] >= 3
        and row["mean_return_60"] is not None
        and row["mean_return_20"] is not None
        and row["mean_return_60"] < -0.06
        and row["mean_return_20"] < -0.02
    ]
    return weak[:11]


def _series(brief: Brief, series_id: str) -> Row:
    return next((row for row in brief.rows("macro_series") if row["series"] == series_id), {})
