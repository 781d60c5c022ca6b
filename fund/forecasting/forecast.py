"""A forecast, and what makes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fund.forecasting.book_figures import BookFigures
from fund.forecasting.ensemble.figures import EnsembleFigures
from fund.forecasting.samples import Samples
from fund.market.view import FloatArray
from fund.metrics.inference import Interval
from fund.metrics.overfitting import Overfitting, Superiority


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
    """Cross-sectional rank in the universe, 0 (worst) to 1 (best); `expected` never contradicts it."""
    forecaster: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecasterCard:
    """What is known about a trained forecaster; stored beside the artifact and quoted in briefs."""

    forecaster: str
    version: str
    horizon_sessions: int
    universe: str
    train_first: date
    train_last: date
    """Last session whose label the newest fold used; a fold ends purge plus embargo before its forecasts."""
    test_first: date | None
    test_last: date | None
    """Span of the out-of-sample walk-forward forecasts the figures come from; None if there is none."""
    features: tuple[str, ...]
    ic: Interval | None
    """Mean daily cross-sectional Pearson IC out of sample, its interval allowing for overlapping labels."""
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
    coverage: Interval | None = None
    """Share of realised returns inside [low, high], out of sample; 0.8 is promised."""
    coverage_by_year: tuple[tuple[int, float, int], ...] = ()
    """(year, share inside, sessions): an interval may be right on average and wrong for a year."""
    calibration_error: float | None = None
    """Expected calibration error of the probabilities, out of sample."""
    calibration_error_by_chance: float | None = None
    """What the error of a perfect forecaster would stay below 95 times in 100."""
    always_up: Interval | None = None
    """Share of realised excess returns above 0: the hit rate of one who says up every time."""
    books: tuple[BookFigures, ...] = ()
    """What decile books made of the forecasts left beyond equal weight, turnover first, net of costs."""
    equal_weight_sharpe: Interval | None = None
    """Yearly Sharpe ratio of holding every name alike over the same sessions, before costs."""
    explanation: str = ""
    """Why a figure that looks too good was accepted all the same; empty when none does."""
    overfitting: Overfitting | None = None
    """Of choosing its sizes, by the rank ICs inside the newest span they were chosen in."""
    superiority: Superiority | None = None
    """Whether it or a baseline beats the equal weight, by a book of the best tenth net of the card's cost."""
    ensemble: EnsembleFigures | None = None
    """Whom an ensemble hears, and what that was worth; None of any other."""


class FittedForecaster(Protocol):
    """A forecaster that has learned from one span of history and learns no more."""

    @property
    def note(self) -> str:
        """What was chosen or built in the fit, in a few words."""
        ...

    @property
    def sessions(self) -> int:
        """Sessions of features a score reads, its own included: 1, or more for one that reads a sequence."""
        ...

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Order names by their ranked features, [T, N, F] to [T, N]; higher is better, NaN is no view.

        The first `sessions - 1` rows have too little before them and are NaN.
        """
        ...

    def save(self, stem: Path) -> Path:
        """Write one native file, `stem` plus a suffix of its own, and return its path."""
        ...


@runtime_checkable
class Spreading(Protocol):
    """A fitted forecaster that also says how wide it thinks each outcome is."""

    def spread(self, values: NDArray[np.float32]) -> FloatArray:
        """Return widths of ranked features, [T, N, F] to [T, N], > 0; NaN is no view.

        A width is relative to the name's own volatility and to the session: 1 is the session's median.
        """
        ...


@runtime_checkable
class Exporting(Protocol):
    """A fitted forecaster that can also be scored by an ONNX graph."""

    def export(self, stem: Path) -> Path:
        """Write the graph, checked against the forecaster itself, to `stem` plus `.onnx`."""
        ...

    def served(self, graph: Path) -> FittedForecaster:
        """Return the same forecaster, scored by the graph; one that cannot be used raises `DataError`."""
        ...


@runtime_checkable
class Chosen(Protocol):
    """A forecaster whose sizes were chosen among several."""

    @property
    def overfitting(self) -> Overfitting | None:
        """How often the best of one half of the inner sessions was poor in the other; None if not known."""
        ...


class Forecaster(Protocol):
    """A way of ordering a cross-section; walk-forward, calibration and registry are the same for all."""

    @property
    def name(self) -> str:
        """One word, the forecaster's name in briefs and in the registry."""
        ...

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """Everything but data and seed that decides the result."""
        ...

    @property
    def seed(self) -> int:
        """Seed of everything random in the fit."""
        ...

    @property
    def trials(self) -> int:
        """How many configurations were judged out of sample before this one was chosen."""
        ...

    def fit(self, samples: Samples, train: range) -> FittedForecaster:
        """Learn from the sessions of `train` and from nothing else."""
        ...

    def load(self, path: Path) -> FittedForecaster:
        """Read what `save` wrote; `DataError` naming the file when it is not readable."""
        ...
