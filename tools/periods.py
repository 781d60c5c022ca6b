"""Returns per calendar week, month, quarter or year: the recorded marks, from close to close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fund.errors import QueryRefusedError
from fund.portfolio.session_mark import SessionMark

PeriodUnit = Literal["week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReturn:
    """One calendar period, from the close before its first session to its last close."""

    period: str
    sessions: int
    desk: float
    """Return net of deposits, as a fraction."""
    benchmark: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReturns:
    """The desk's returns period by period, oldest first."""

    unit: PeriodUnit
    benchmark: str
    first: date
    last: date
    periods: tuple[PeriodReturn, ...]


def returns_by_period(marks: Sequence[SessionMark], unit: PeriodUnit, benchmark: str) -> PeriodReturns:
    """Work out each period's return; the first mark is the base.

    Raises:
        QueryRefusedError: There is no session with a return.
    """
    if len(marks) < 2:
        raise QueryRefusedError("there is no session with a return yet; advance the desk by a session first")
    ends = [at for at in range(1, len(marks)) if at + 1 == len(marks) or _new_period(marks, at + 1, unit)]
    return PeriodReturns(
        unit=unit,
        benchmark=benchmark,
        first=marks[1].session,
        last=marks[-1].session,
        periods=tuple(
            PeriodReturn(
                period=_period(marks[end].session, unit),
                sessions=end - base,
                desk=marks[end].unit_value / marks[base].unit_value - 1,
                benchmark=_moved(marks[base].benchmark_index, marks[end].benchmark_index),
            )
            for base, end in zip([0, *ends], ends, strict=False)
        ),
    )


def _new_period(marks: Sequence[SessionMark], at: int, unit: PeriodUnit) -> bool:
    return _period(marks[at].session, unit) != _period(marks[at - 1].session, unit)


def _period(session: date, unit: PeriodUnit) -> str:
    week = session.isocalendar()
    return {
        "week": f"{week.year}-W{week.week:02}",
        "month": f"{session:%Y-%m}",
        "quarter": f"{session.year}-Q{(session.month + 2) // 3}",
        "year": f"{session.year}",
    }[unit]


def _moved(before: float | None, after: float | None) -> float | None:
    return after / before - 1 if before and after else None
