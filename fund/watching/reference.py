"""What a ticker's session is compared with: the close before it and the volume of an average day."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from fund.market.facts import CorporateAction
from fund.market.splits import split_ratio

PROFILE = (
    (0, 0.0),
    (1, 0.047),
    (5, 0.077),
    (10, 0.110),
    (15, 0.138),
    (30, 0.205),
    (45, 0.264),
    (60, 0.314),
    (90, 0.401),
    (120, 0.472),
    (150, 0.532),
    (180, 0.586),
    (210, 0.628),
    (240, 0.668),
    (270, 0.713),
    (300, 0.756),
    (330, 0.804),
    (360, 0.863),
    (375, 0.903),
    (385, 0.949),
    (390, 1.0),
)
"""Share of a session's volume traded up to so many minutes of 390, both auctions included.

The mean of 35 sessions of seven large names in the bundle's one-minute bars (SPY, QQQ, AAPL, MSFT, AMZN,
JPM, TSLA, 2019-02-11 to 15): the U-shape of Jain and Joh (1988), Journal of Financial and Quantitative
Analysis 23(3).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What is known of a ticker before a session opens; None for what is not."""

    ticker: str
    session: date
    """The session it is compared in; in another one it says nothing."""
    previous_close: float | None = None
    """USD, in the shares of this session and without the dividends that go ex in it."""
    average_volume: float | None = None
    """Shares of an average day, in the shares of this session."""


def restated(
    close: float, volume: float | None, actions: Sequence[CorporateAction]
) -> tuple[float, float | None]:
    """Return a close and a volume in the shares of the session on which these actions of a ticker go ex.

    Dividends come before splits, as they are stated per share held before the ex-date. An action that
    cannot be applied (a dividend above the price) raises nothing: it leaves the figures as they were.
    """
    for action in sorted(actions, key=lambda each: each.kind == "split"):
        if action.kind == "split" and action.is_plausible:
            ratio = float(split_ratio(action.value))
            close, volume = close / ratio, None if volume is None else volume * ratio
        elif action.kind == "dividend" and 0 < float(action.value) < close:
            close -= float(action.value)
    return close, volume


def share_traded(fraction: float) -> float:
    """Return the share of a session's volume traded up to a fraction of its length; half days alike."""
    minutes = 390 * min(max(fraction, 0.0), 1.0)
    for (begin, low), (end, high) in pairwise(PROFILE):
        if minutes <= end:
            return low + (high - low) * (minutes - begin) / (end - begin)
    return 1.0


def is_usable(figure: float | None) -> bool:
    """Return whether a figure can be compared with: finite and above 0."""
    return figure is not None and math.isfinite(figure) and figure > 0
