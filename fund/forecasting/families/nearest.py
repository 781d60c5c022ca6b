"""What became of the names that once looked most like this one."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.compiling import compiled
from fund.forecasting.families.nearest_kernel import nearest_rows
from fund.forecasting.families.width import expect_columns
from fund.forecasting.samples import Samples, every_nth
from fund.market.view import FloatArray

COLUMNS = ("ROC5", "ROC20", "ROC60", "STD20", "RSV20", "VSTD20")
"""Three momenta, volatility, place in the range, uneven volume: few, so that near is near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestForecaster:
    """Mean ranked outcome of the k most similar past patterns, by plain distance of a few ranked features.

    Exact, not approximate: of a few ten thousand patterns every one is looked at. Source: Cover and Hart
    (1967), "Nearest neighbor pattern classification", IEEE Transactions on Information Theory 13.
    """

    neighbours: int = 200
    patterns: int = 20_000
    """The newest so many are kept; older ones say little of a market that has changed."""
    every: int = 5
    """Learn from every n-th session: otherwise a name's own neighbouring days would be its neighbours."""
    seed: int = 0
    trials: int = 0
    name: str = "nearest"

    def __post_init__(self) -> None:
        if min(self.neighbours, self.patterns, self.every) < 1:
            raise DataError(f"expected neighbours, patterns and every of at least 1, found {self!r}")

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """What decides who is near, and how many count."""
        return {
            "columns": " ".join(COLUMNS),
            "neighbours": self.neighbours,
            "patterns": self.patterns,
            "every": self.every,
        }

    def fit(self, samples: Samples, train: range) -> "FittedNearest":
        """Keep the patterns of `train` and their ranked outcomes; `DataError` if fewer than `neighbours`."""
        missing = [name for name in COLUMNS if name not in samples.table.names]
        if missing:
            raise DataError(
                f"expected the features {COLUMNS!r}, found none of {missing!r}; train on a set with them"
            )
        at = np.array([samples.table.names.index(name) for name in COLUMNS])
        values, outcomes = samples.rows(every_nth(train, self.every))
        seen = np.isfinite(values[:, at]).any(axis=1)
        patterns, outcomes = values[seen][-self.patterns :, at], outcomes[seen][-self.patterns :]
        if len(patterns) < self.neighbours:
            raise DataError(
                f"expected at least {self.neighbours!r} patterns, found {len(patterns)!r}; load more history"
            )
        return FittedNearest(
            at=at,
            patterns=np.ascontiguousarray(np.where(np.isfinite(patterns), patterns, np.float32(0.0)).T),
            outcomes=outcomes,
            neighbours=self.neighbours,
        )

    def load(self, path: Path) -> "FittedNearest":
        """Read the patterns back; `DataError` naming the file when it is damaged."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                fitted = FittedNearest(
                    at=stored["at"],
                    patterns=stored["patterns"],
                    outcomes=stored["outcomes"],
                    neighbours=int(stored["neighbours"]),
                )
            _try(fitted)
        except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(
                f"expected arrays of patterns, found {path.name!r} unreadable; train again"
            ) from error
        return fitted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbourhood:
    """What the nearest patterns say of some rows, and how near they are; NaN for rows without a view."""

    count: int
    """Neighbours of each row."""
    outcome: FloatArray
    """Mean ranked outcome, unit variance."""
    error: FloatArray
    """Standard error of that mean, as if neighbours were independent, which those of one session are not."""
    distance: FloatArray
    """Root mean square distance per feature of the farthest, in ranks: 0.1 is a tenth of the names."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedNearest:
    """Patterns of one span and what followed each."""

    at: NDArray[np.int64]
    """[D] which features of a row are compared."""
    patterns: NDArray[np.float32]
    """[D, m] ranks, a missing one in the middle."""
    outcomes: NDArray[np.float32]
    neighbours: int

    @property
    def sessions(self) -> int:
        """A row is judged by itself."""
        return 1

    @property
    def note(self) -> str:
        """How many are asked, of how many."""
        return f"{self.neighbours} of {len(self.outcomes)} patterns"

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Score ranked features [..., F] by what followed similar ones; without any of them, no view."""
        flat = values.reshape(-1, values.shape[-1])
        return self.neighbourhood(flat).outcome.reshape(values.shape[:-1])

    def neighbourhood(self, rows: NDArray[np.float32]) -> Neighbourhood:
        """Find the neighbours of [n, F] rows."""
        expect_columns(rows, int(self.at.max()))
        asked = rows[:, self.at]
        seen = np.isfinite(asked).any(axis=1)
        asked = np.ascontiguousarray(np.where(np.isfinite(asked), asked, np.float32(0.0))[seen])
        found = compiled(nearest_rows)(self.patterns, self.outcomes, asked, self.neighbours)
        figures = np.full((3, len(rows)), np.nan)
        figures[:, seen] = np.where(np.isnan(found[0]), np.nan, found)
        return Neighbourhood(
            count=self.neighbours,
            outcome=figures[0],
            error=figures[1] / np.sqrt(self.neighbours),
            distance=np.sqrt(figures[2] / len(self.at)),
        )

    def save(self, stem: Path) -> Path:
        """Write plain arrays."""
        path = stem.with_suffix(".npz")
        np.savez_compressed(
            path,
            allow_pickle=False,
            at=self.at,
            patterns=self.patterns,
            outcomes=self.outcomes,
            neighbours=np.int64(self.neighbours),
        )
        return path


def _try(fitted: FittedNearest) -> None:
    """Raise `ValueError` for arrays that do not fit: the compiled search reads beyond such."""
    at, patterns, outcomes = fitted.at, fitted.patterns, fitted.outcomes
    fits = (
        at.ndim == outcomes.ndim == 1
        and at.dtype.kind == "i"
        and patterns.dtype == outcomes.dtype == np.float32
        and patterns.shape == (len(at), len(outcomes))
        and 1 <= fitted.neighbours <= len(outcomes)
        and len(at) > 0
        and at.min() >= 0
        and np.isfinite(patterns).all()
        and np.isfinite(outcomes).all()
    )
    if not fits:
        raise ValueError(f"{fitted.neighbours!r} neighbours of patterns {patterns.shape!r}")
