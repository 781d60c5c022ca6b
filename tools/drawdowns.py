"""The desk's drawdowns one by one: from which peak, down to where, and back by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.metrics.falls import Fall, falls_of
from fund.portfolio.session_mark import SessionMark

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawdownEpisode:
    """One stretch of closes below a peak, net of deposits."""

    peak: date
    trough: date
    recovered: date | None
    """The first close at or above the peak again; None where there is none yet."""
    depth: float
    """The trough's distance from the peak as a fraction, below 0."""
    sessions_down: int
    """From the peak to the trough."""
    sessions_to_recover: int | None
    """From the trough to the recovery; None where there is none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawdownReport:
    """The deepest drawdowns of a span, whose first peak is the close it is measured from."""

    span: str
    base: date
    last: date
    sessions: int
    count: int
    """All drawdowns of the span, the shown ones among them."""
    deepest: tuple[DrawdownEpisode, ...]
    now: float
    """How far the last close is below the highest of the span, as a fraction, <= 0."""
    sessions_below: int
    """Sessions that closed below the highest close before them."""


def episodes_of(marks: Sequence[SessionMark]) -> tuple[DrawdownEpisode, ...]:
    """Return every drawdown of recorded closes, the first being the base; the deepest comes first."""
    return tuple(_episode(fall, marks) for fall in falls_of(np.array([mark.unit_value for mark in marks])))


def drawdown_report(marks: Sequence[SessionMark], span: str) -> DrawdownReport:
    """Return the deepest drawdowns of recorded closes, the first being the base."""
    episodes = episodes_of(marks)
    values = np.array([mark.unit_value for mark in marks])
    below = values / np.maximum.accumulate(values) - 1.0
    return DrawdownReport(
        span=span,
        base=marks[0].session,
        last=marks[-1].session,
        sessions=len(marks) - 1,
        count=len(episodes),
        deepest=episodes[:SHOWN],
        now=float(below[-1]),
        sessions_below=int(np.sum(below < 0)),
    )


def _episode(fall: Fall, marks: Sequence[SessionMark]) -> DrawdownEpisode:
    back = fall.recovery
    return DrawdownEpisode(
        peak=marks[fall.peak].session,
        trough=marks[fall.trough].session,
        recovered=None if back is None else marks[back].session,
        depth=fall.depth,
        sessions_down=fall.trough - fall.peak,
        sessions_to_recover=None if back is None else back - fall.trough,
    )
