"""How forecasters are compared over the long panel: the same sessions, folds and labels for every one."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from fund.features.labels import Labels, excess_labels
from fund.features.panel import FeatureTable
from fund.features.universe import Universe
from fund.forecasting.forecast import FittedForecaster, Forecaster
from fund.forecasting.samples import Samples, horizon_volatility
from fund.forecasting.validation import Schedule
from fund.market.view import FloatArray

FIT_SESSIONS, WINDOW = 252, 756
"""Fitted yearly on the last three years: monthly, as the desk does, would cost twelve times as much."""
FIRST = 59
"""The first session on which the largest set has four fifths of its features: all sets are read from it on.

A set whose windows are shorter would begin sooner, and its folds would end on other days.
"""
SCHEDULE = Schedule(refit_sessions=63, min_train_sessions=252, max_train_sessions=WINDOW)
"""Scores are calibrated every 63 sessions, by fits that may be older: the desk calibrates every 21."""


class Yearly:
    """A forecaster that is fitted anew after a year of sessions, and speaks by its last fit until then."""

    def __init__(self, forecaster: Forecaster, every: int = FIT_SESSIONS) -> None:
        self._forecaster = forecaster
        self._every = every
        self._last: tuple[Samples, int, FittedForecaster] | None = None
        self.fits = 0

    @property
    def name(self) -> str:
        """The forecaster's own."""
        return self._forecaster.name

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The forecaster's own, and how long a fit is used."""
        return {**self._forecaster.parameters, "fit_sessions": self._every}

    @property
    def seed(self) -> int:
        """The forecaster's own."""
        return self._forecaster.seed

    @property
    def trials(self) -> int:
        """The forecaster's own."""
        return self._forecaster.trials

    def fit(self, samples: Samples, train: range) -> FittedForecaster:
        """Return the last fit on these samples while it is less than a year old; a new one otherwise."""
        if self._last is not None:
            on, stop, fitted = self._last
            if on is samples and 0 <= train.stop - stop < self._every:
                return fitted
        fitted = self._forecaster.fit(samples, train)
        self._last = (samples, train.stop, fitted)
        self.fits += 1
        return fitted

    def load(self, path: Path) -> FittedForecaster:
        """Read a fit back."""
        return self._forecaster.load(path)


def samples_from(table: FeatureTable, universe: Universe, horizon: int, first: int = FIRST) -> Samples:
    """Return the samples of a universe from a session on, labelled and measured on all of its bars."""
    labels, volatility = _outcomes(universe, horizon)
    cut = replace(
        table, sessions=table.sessions[first:], values=table.values[first:], present=table.present[first:]
    )
    return Samples(
        table=cut,
        labels=Labels(
            horizon_sessions=horizon,
            values=labels.values[first:],
            equal_weight=None if labels.equal_weight is None else labels.equal_weight[first:],
        ),
        volatility=volatility[first:],
    )


@cache
def _outcomes(universe: Universe, horizon: int) -> tuple[Labels, FloatArray]:
    return excess_labels(universe, horizon), horizon_volatility(universe, horizon)
