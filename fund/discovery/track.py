"""How well pickers have picked: their names' excess returns by session, beside the lot's, with intervals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fund.discovery.ensemble import PickerRecord
from fund.market.view import FloatArray
from fund.metrics.bootstrap import percentile_bounds
from fund.metrics.groups import DRAWS, drawn_means

SEED = 20
LEAST_SESSIONS = 20
"""Fewer sessions than this give no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedReturn:
    """What one name of one picker returned in excess of the universe's equal-weight mean."""

    picker: str
    session: int
    """The place of the run's entry session in time: consecutive sessions are one apart."""
    excess: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerScore:
    """A picker's mean excess return, how sure it is, and how it stands beside the lot."""

    picker: str
    mean: float
    low: float | None
    """95 % interval; None below 20 sessions."""
    high: float | None
    sessions: int
    independent: int
    """Sessions of which no two are a horizon or less apart."""
    names: int
    beyond_lot: float | None
    """Mean over the sessions on which both picked of its mean less the lot's."""
    beyond_low: float | None
    beyond_high: float | None


def picker_records(returns: Iterable[PickedReturn], horizon_sessions: int) -> tuple[PickerRecord, ...]:
    """Return each picker's record, for the weights of the ensemble; one that never picked has none."""
    found = []
    for picker, by_session in sorted(_by_picker(returns).items()):
        sessions = sorted(by_session)
        means = np.array([by_session[session].mean() for session in sessions])
        found.append(
            PickerRecord(
                picker=picker,
                sessions=independent(sessions, horizon_sessions),
                mean=float(means.mean()),
                deviation=float(means.std(ddof=1)) if len(means) > 1 else 0.0,
            )
        )
    return tuple(found)


def independent(sessions: Sequence[int], horizon_sessions: int) -> int:
    """Return how many sessions can be taken of these so that no two of their holding periods overlap."""
    taken, free_from = 0, None
    for session in sorted(set(sessions)):
        if free_from is None or session >= free_from:
            taken, free_from = taken + 1, session + horizon_sessions
    return taken


def picker_scores(
    returns: Iterable[PickedReturn], horizon_sessions: int, *, lot: str = "random"
) -> tuple[PickerScore, ...]:
    """Return every picker's score, the best mean first.

    One session is one observation: the mean over the names picked on it. Sessions are redrawn whole, in
    blocks of as many as one holding period reaches over (Politis and Romano 1994), the same ones for every
    picker, so that a difference from the lot is of the same days.
    """
    by_picker = _by_picker(returns)
    names = sorted(by_picker)
    means = {name: {day: float(each.mean()) for day, each in by_picker[name].items()} for name in names}
    drawn = _drawn(means, names, horizon_sessions)
    scores = []
    for place, name in enumerate(names):
        days = means[name]
        bounds = None if drawn is None or len(days) < LEAST_SESSIONS else percentile_bounds(drawn[:, place])
        beside = _beyond(days, means.get(lot, {}), horizon_sessions) if name != lot else (None, None, None)
        scores.append(
            PickerScore(
                picker=name,
                mean=float(np.mean(list(days.values()))),
                low=bounds.low if bounds else None,
                high=bounds.high if bounds else None,
                sessions=len(days),
                independent=independent(list(days), horizon_sessions),
                names=sum(len(each) for each in by_picker[name].values()),
                beyond_lot=beside[0],
                beyond_low=beside[1],
                beyond_high=beside[2],
            )
        )
    return tuple(sorted(scores, key=lambda each: (-each.mean, each.picker)))


def _by_picker(returns: Iterable[PickedReturn]) -> dict[str, dict[int, FloatArray]]:
    found: defaultdict[str, defaultdict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in returns:
        found[each.picker][each.session].append(each.excess)
    return {
        picker: {session: np.sort(values) for session, values in sorted(days.items())}
        for picker, days in found.items()
    }


def _drawn(
    means: Mapping[str, Mapping[int, float]], names: Sequence[str], horizon_sessions: int
) -> FloatArray | None:
    """Return every picker's mean in redrawn pasts, [draws, pickers]; None on too few sessions."""
    if not names:
        return None
    rows = [(means[name][day], place, day) for place, name in enumerate(names) for day in means[name]]
    values, groups, sessions = (np.array(column) for column in zip(*rows, strict=True))
    return drawn_means(
        values.astype(np.float64),
        groups.astype(np.int64),
        sessions.astype(np.int64),
        count=len(names),
        mean_block=_block(sorted({day for days in means.values() for day in days}), horizon_sessions),
        seed=SEED,
        draws=DRAWS,
    )


def _block(sessions: Sequence[int], horizon_sessions: int) -> float:
    """Return how many of the sessions one holding period reaches over, and one more."""
    if len(sessions) < 2:
        return 1.0
    gap = (sessions[-1] - sessions[0]) / (len(sessions) - 1)
    return 1.0 + (horizon_sessions - 1) / gap


def _beyond(
    own: Mapping[int, float], lots: Mapping[int, float], horizon_sessions: int
) -> tuple[float | None, float | None, float | None]:
    """Return the mean difference from the lot on the sessions both have, with its interval."""
    both = {day: own[day] - lots[day] for day in sorted(own.keys() & lots.keys())}
    if not both:
        return None, None, None
    drawn = _drawn({"difference": both}, ["difference"], horizon_sessions)
    bounds = None if drawn is None else percentile_bounds(drawn[:, 0])
    mean = float(np.mean(list(both.values())))
    return mean, bounds.low if bounds else None, bounds.high if bounds else None
