"""What one training may read: windows and targets of its own sessions, in batches of whole cross-sections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.universe import BoolArray, IntArray
from fund.forecasting.families.nets.plan import Plan
from fund.forecasting.families.nets.sequences import (
    MIN_CHECK_SESSIONS,
    MIN_FIT_SESSIONS,
    readable,
    time_ordered,
    windows,
)
from fund.forecasting.samples import Samples
from fund.market.view import FloatArray

MIN_NAMES = 5
"""Names with a window and a label that make a cross-section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Windows of some sessions' names."""

    x: NDArray[np.float32]
    """[n, steps, F]."""
    target: NDArray[np.float32]
    """[n] ranks of unit variance."""
    sessions: IntArray
    """[n] which session of the batch, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """The sessions of a training span and nothing else; windows are cut when they are needed."""

    values: NDArray[np.float32]
    target: FloatArray
    usable: BoolArray
    """[T, N] names with a window that ends here and a label."""
    steps: int
    fit: tuple[int, ...]
    check: tuple[int, ...]

    def batch(self, sessions: Sequence[int], names: Sequence[IntArray]) -> Batch:
        """Cut the windows of these sessions' names."""
        last = np.repeat(np.array(sessions, dtype=np.int64), [len(each) for each in names])
        columns = np.concatenate(list(names))
        return Batch(
            x=windows(self.values, last, columns, self.steps),
            target=self.target[last, columns].astype(np.float32),
            sessions=np.repeat(np.arange(len(sessions)), [len(each) for each in names]),
        )

    def held_out(self, batch_sessions: int) -> Iterator[Batch]:
        """Give every window of the later part, some sessions at a time."""
        for at in range(0, len(self.check), batch_sessions):
            some = self.check[at : at + batch_sessions]
            yield self.batch(some, [np.flatnonzero(self.usable[t]) for t in some])


def make_lesson(samples: Samples, train: range, steps: int, plan: Plan) -> Lesson:
    """Set out the sessions of `train`; `DataError` when they or their names are too few."""
    span = slice(train.start, train.stop)
    values, target = samples.table.values[span], samples.target[span]
    usable = readable(values, steps) & np.isfinite(target)
    parts = time_ordered(
        range(len(values)),
        steps=steps,
        check_share=plan.check_share,
        gap_sessions=samples.labels.horizon_sessions + 1 + plan.embargo_sessions,
        every=plan.every,
    )
    full = usable.sum(axis=1) >= MIN_NAMES
    fit, check = (tuple(t for t in part if full[t]) for part in (parts.fit, parts.check))
    if len(fit) < MIN_FIT_SESSIONS or len(check) < MIN_CHECK_SESSIONS:
        raise DataError(
            f"expected {MIN_FIT_SESSIONS!r} sessions to learn from and {MIN_CHECK_SESSIONS!r} to judge by "
            f"with {MIN_NAMES!r} names that have a label and half a window of {steps!r} sessions, found "
            f"{len(fit)!r} and {len(check)!r}; check membership and bars, or read fewer steps"
        )
    return Lesson(values=values, target=target, usable=usable, steps=steps, fit=fit, check=check)
