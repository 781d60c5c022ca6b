"""A forecaster's artifact with another future: later folds, forecasts and labels are nonsense."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.canary.poison import ABSURD
from fund.errors import DataError
from fund.features.labels import label_known_index
from fund.forecasting.trained import TrainedForecaster
from fund.market.view import FloatArray

LATER = 10
"""Sessions after the moment that are kept, and spoilt."""
FORECAST = ("scores", "expected", "low", "high", "probability_up")


class Mad:
    """What a fold has learned that nobody may ask yet: to shout."""

    note = "poisoned"
    sessions = 1

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Return absurd scores."""
        return np.full(values.shape[:-1], ABSURD) * np.arange(values.shape[-2])

    def save(self, stem: Path) -> Path:
        """Refuse: a spoilt artifact is never kept."""
        raise DataError(f"expected an artifact that was trained, found one poisoned for {stem.name!r}")


def spoilt(trained: TrainedForecaster, session: date) -> TrainedForecaster:
    """Return an artifact that says the same up to a session; the rest of it is nonsense.

    Spoilt are the folds that begin after the session, every later forecast and every label that was not
    known at its close. Sessions before the first score, and those long after, are left out: nobody reads
    them, and ranking them takes most of the time.
    """
    table = trained.table
    days = np.array(table.sessions)
    last = int((days <= session).sum()) - 1
    scored = np.flatnonzero(np.isfinite(table.scores).any(axis=1))
    rows = slice(min(int(scored[0]), last) if len(scored) else 0, last + 1 + LATER)
    later = (days > session)[rows, None]
    unknown = (label_known_index(len(days), table.horizon_sessions) > last)[rows, None]
    figures: dict[str, Any] = {name: np.where(later, ABSURD, getattr(table, name)[rows]) for name in FORECAST}
    absurd = -ABSURD * np.arange(len(table.tickers))
    return replace(
        trained,
        folds=tuple(
            replace(fold, fitted=Mad(), calibration=None) if fold.test_first > session else fold
            for fold in trained.folds
        ),
        table=replace(
            table,
            sessions=table.sessions[rows],
            realised=np.where(unknown, absurd, table.realised[rows]),
            **figures,
        ),
    )
