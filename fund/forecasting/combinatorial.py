"""Combinatorial purged cross-validation: many paths through one history, none of which has seen itself.

A walk-forward judges along the one path that history took. Leaving out every choice of a few groups of
sessions gives several whole paths, and so a spread of the figures; but it learns from the future too, so
it is for judging a way of learning and never for what is shown as a track record.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

from fund.errors import DataError
from fund.forecasting.forecast import Forecaster
from fund.forecasting.samples import Samples
from fund.forecasting.walk_forward import Progress, score, silent
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinatorialSplit:
    """Groups of sessions left out together, and what may be learned from beside them."""

    groups: tuple[int, ...]
    test: tuple[range, ...]
    """Session indices of each group left out, in the order of `groups`."""
    train: tuple[int, ...]
    """Sessions whose labels share nothing with a test's, less the embargo on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinatorialSchedule:
    """How a history is cut into groups, and how far apart learning and judging stay.

    Source: López de Prado (2018), Advances in Financial Machine Learning, chapter 12.
    """

    horizon_sessions: int = 5
    groups: int = 6
    test_groups: int = 2
    embargo_sessions: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.test_groups < self.groups:
            raise DataError(
                f"expected at least one test group and fewer than {self.groups!r}, found {self.test_groups!r}"
            )
        if self.horizon_sessions < 1 or self.embargo_sessions < 5:
            raise DataError(
                f"expected a horizon of at least 1 and an embargo of at least 5 sessions, "
                f"found {self.horizon_sessions!r} and {self.embargo_sessions!r}"
            )

    @property
    def gap_sessions(self) -> int:
        """Sessions left out on either side of a test: purge plus embargo, as in `Schedule`."""
        return self.horizon_sessions + 1 + self.embargo_sessions

    @property
    def paths(self) -> int:
        """How many whole histories the tests make up: each group is left out this often."""
        return comb(self.groups - 1, self.test_groups - 1)

    def splits(self, sessions: int, first: int = 0) -> tuple[CombinatorialSplit, ...]:
        """Return every choice of test groups of the sessions from index `first` on.

        Groups that are not longer than the gap, or a choice that leaves nothing to learn from, raise
        `DataError`.
        """
        edges = np.linspace(first, sessions, self.groups + 1).astype(int).tolist()
        spans = [range(edges[at], edges[at + 1]) for at in range(self.groups)]
        shortest = min(len(span) for span in spans)
        if shortest <= self.gap_sessions:
            raise DataError(
                f"expected groups of more than {self.gap_sessions!r} sessions, found one of {shortest!r}; "
                "load more history or make fewer groups"
            )
        chosen = combinations(range(self.groups), self.test_groups)
        return tuple(self._split(groups, spans, first, sessions) for groups in chosen)

    def _split(
        self, groups: tuple[int, ...], spans: list[range], first: int, sessions: int
    ) -> CombinatorialSplit:
        free = np.ones(sessions, dtype=bool)
        free[:first] = False
        for group in groups:
            free[max(spans[group].start - self.gap_sessions, 0) : spans[group].stop + self.gap_sessions] = (
                False
            )
        if not free.any():
            raise DataError(
                f"expected sessions to learn from beside groups {groups!r}, found none {self.gap_sessions!r} "
                "sessions away from them; load more history or leave out fewer groups"
            )
        return CombinatorialSplit(
            groups=groups,
            test=tuple(spans[group] for group in groups),
            train=tuple(np.flatnonzero(free).tolist()),
        )


def combinatorial_scores(
    samples: Samples,
    forecaster: Forecaster,
    schedule: CombinatorialSchedule,
    *,
    progress: Progress = silent,
) -> FloatArray:
    """Return the scores of each path, [paths, T, N]; every session is scored by a fit that left it out.

    `DataError` when the labels' horizon is not the schedule's, or when history is too short.
    """
    if samples.labels.horizon_sessions != schedule.horizon_sessions:
        raise DataError(
            f"expected labels over {schedule.horizon_sessions!r} sessions, as the schedule purges, "
            f"found {samples.labels.horizon_sessions!r}; make the samples with the schedule's horizon"
        )
    scores = np.full((schedule.paths, *samples.table.present.shape), np.nan)
    judged = [0] * schedule.groups
    splits, label = schedule.splits(len(samples.sessions), samples.first_warm), f"Paths of {forecaster.name}"
    progress(label, 0, len(splits))
    for done, split in enumerate(splits, start=1):
        fitted = forecaster.fit(_only(samples, split.train), range(split.train[0], split.train[-1] + 1))
        for group, test in zip(split.groups, split.test, strict=True):
            scores[judged[group], test.start : test.stop] = score(fitted, samples.table, test)
            judged[group] += 1
        progress(label, done, len(splits))
    return scores


def _only(samples: Samples, train: tuple[int, ...]) -> Samples:
    """Return the samples with labels in the sessions of `train` alone, whatever a forecaster asks for."""
    kept = np.full_like(samples.labels.values, np.nan)
    kept[list(train)] = samples.labels.values[list(train)]
    return replace(samples, labels=replace(samples.labels, values=kept))
