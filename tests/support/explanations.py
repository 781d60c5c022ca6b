"""An explanation of one score, with defaults."""

from datetime import date
from typing import Any

from fund.forecasting.explaining.explanation import Explanation
from fund.forecasting.explaining.reasons import Reason
from fund.forecasting.explaining.window import window_of

PLACES = (
    ("ROC5", "5-day return", 0.02),
    ("VOL20", "20-day volatility", -0.012),
    ("GAP", "overnight gap", 0.004),
)


def an_explanation(**changes: Any) -> Explanation:
    """Return three reasons of trees that add up to a score."""
    reasons = tuple(
        Reason(
            feature=name,
            rank=0.95,
            added=added,
            words=f"{called} is in the highest quarter of members: {added:+.3f}",
        )
        for name, called, added in PLACES
    )
    told: dict[str, Any] = {
        "method": "exact contributions",
        "start": 0.001,
        "score": 0.011,
        "reasons": reasons,
        "others": 2,
        "others_added": -0.002,
        "gap": 0.0,
        "told": "Start +0.001, the 3 largest +0.012, 2 other features -0.002: score +0.011 "
        "(exact contributions).",
    }
    return Explanation(**(told | changes))


def a_nets_explanation() -> Explanation:
    """Return that of a net that attends, over three sessions."""
    days = [date(2016, 3, day) for day in (3, 4, 7)]
    return an_explanation(
        method="integrated gradients", window=window_of(days, [0.001, -0.002, 0.011], [0.2, 0.2, 0.6])
    )
