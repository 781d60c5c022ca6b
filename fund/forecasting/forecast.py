"""A forecast, and what makes one."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A forecaster's view of one ticker over one horizon.

    Returns are total returns in excess of the equal-weighted universe, from the next open after
    `session` to the open `horizon_sessions` later, as simple fractions (0.01 = 1 %).
    """

    ticker: str
    session: date
    """The session whose close the forecast was made on."""
    horizon_sessions: int
    expected: float
    low: float
    """10 % quantile of the realised excess return."""
    high: float
    """90 % quantile."""
    probability_up: float
    """Calibrated probability that the excess return is positive."""
    rank: float
    """Cross-sectional rank of `expected` in the universe, 0 (worst) to 1 (best)."""
    forecaster: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A statistic with what it rests on: nothing is reported without its size and its interval."""

    value: float
    low: float
    high: float
    """Bounds of the 95 % interval."""
    n: int
    """Sample size, in the unit the statistic is computed over (sessions for an IC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecasterCard:
    """What is known about a trained forecaster; stored beside the artifact and quoted in briefs."""

    forecaster: str
    version: str
    horizon_sessions: int
    universe: str
    train_first: date
    train_last: date
    """Last session whose label was used; purged and embargoed before the first forecast."""
    test_first: date | None
    test_last: date | None
    """Span of the out-of-sample walk-forward forecasts the figures come from; None if there is none."""
    features: tuple[str, ...]
    ic: Interval | None
    """Mean daily cross-sectional Pearson IC out of sample, Newey-West interval (lag = horizon)."""
    rank_ic: Interval | None
    hit_rate: Interval | None
    """Share of forecasts on the right side of the cross-sectional median."""
    baseline_rank_ic: dict[str, Interval]
    """The same figure for the baselines over the same samples."""
    calibration: tuple[tuple[float, float, int], ...]
    """(mean forecast probability, realised frequency, n) per bin, out of sample."""
    data_version: str
    parameters: dict[str, float | int | str]
    seed: int
    trials: int
    """How many configurations were tried before this one."""
