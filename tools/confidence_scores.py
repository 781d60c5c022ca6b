"""Whether the desk was right as often as it was sure: convictions, and the probabilities of forecasters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.metrics.groups import group_means
from fund.metrics.inference import Interval
from fund.metrics.probability import Calibration, calibration_of
from tools.aftermath import Aftermath, ExcessReturns
from tools.desk_past import DeskPast
from tools.figures import SEED, Figure
from tools.heard import Heard
from tools.outcomes_by import CONVICTIONS, STRONGEST, OutcomesBy, conviction_of, trades_by


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvictionGroup:
    """Every view of one strength, bought or not, against what the name did over the horizon."""

    name: str
    views: int
    beat: Figure
    """Share that beat the average member."""
    mean_excess: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecasterCalibration:
    """One forecaster's probabilities against what happened, over the candidates the committee saw."""

    forecaster: str
    horizon_sessions: int
    calibration: Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceReport:
    """How conviction and probability did over a span."""

    span: str
    trades: OutcomesBy
    """Closed trades by the conviction they were opened with."""
    views: tuple[ConvictionGroup, ...]
    horizon_sessions: int
    forecasters: tuple[ForecasterCalibration, ...]
    """The one whose forecasts the committee sees first comes first."""
    pending: int
    """Forecasts of the first forecaster whose horizon is not over at the desk's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """One probability or conviction with the label that came of it."""

    value: float
    place: int
    excess: float


def confidence_report(past: DeskPast, after: Aftermath) -> ConfidenceReport:
    """Compare convictions and probabilities with what came of them, as far as the clock has seen it."""
    heard = [(record.session, Heard(record)) for record in past.records]
    forecasts, pending = _forecasts(heard, after)
    horizon = next((horizon for _, horizon in forecasts), 5)
    labels = after.excess([session for session, _ in heard], horizon)
    told = [
        ForecasterCalibration(forecaster=name, horizon_sessions=sessions, calibration=found)
        for (name, sessions), spoken in forecasts.items()
        if (found := _calibrated(spoken, sessions)) is not None
    ]
    return ConfidenceReport(
        span=past.span,
        trades=trades_by(past, "conviction"),
        views=_views(heard, after, labels, horizon),
        horizon_sessions=horizon,
        forecasters=tuple(told),
        pending=pending,
    )


def _forecasts(
    heard: Sequence[tuple[date, Heard]], after: Aftermath
) -> tuple[dict[tuple[str, int], list[_Spoken]], int]:
    """Return what each forecaster said of each candidate and what came of it; the rest is counted."""
    days = [session for session, _ in heard]
    labels: dict[int, ExcessReturns] = {}
    found: dict[tuple[str, int], list[_Spoken]] = {}
    pending = 0
    for session, each in heard:
        for ticker, forecasts in each.probabilities():
            for number, forecast in enumerate(forecasts):
                horizon, probability = forecast.horizon_sessions, forecast.probability_up
                if horizon < 1 or probability is None or not 0 <= probability <= 1:
                    continue
                if horizon not in labels:
                    labels[horizon] = after.excess(days, horizon)
                excess = labels[horizon].of(ticker, session)
                spoken = found.setdefault((forecast.forecaster, horizon), [])
                if excess is not None:
                    place = after.place(session)
                    spoken.append(_Spoken(value=probability, place=place, excess=excess))
                else:
                    pending += number == 0 and not after.known(session, horizon + 1)
    return found, pending


def _calibrated(spoken: Sequence[_Spoken], horizon: int) -> Calibration | None:
    return calibration_of(
        np.array([each.value for each in spoken], dtype=float),
        np.array([each.excess > 0 for each in spoken], dtype=np.bool_),
        np.array([each.place for each in spoken], dtype=np.int64),
        horizon_sessions=horizon,
        seed=SEED,
    )


def _views(
    heard: Sequence[tuple[date, Heard]], after: Aftermath, labels: ExcessReturns, horizon: int
) -> tuple[ConvictionGroup, ...]:
    """Group every view of the quant researcher by its conviction; sessions are drawn whole, in blocks."""
    spoken = [
        _Spoken(value=conviction, place=after.place(session), excess=excess)
        for session, each in heard
        for ticker, conviction in each.convictions().items()
        if (excess := labels.of(ticker, session)) is not None
    ]
    names = [*(name for _, name in CONVICTIONS), STRONGEST]
    if not spoken:
        return ()
    groups = np.array([names.index(conviction_of(each.value)) for each in spoken], dtype=np.int64)
    places = np.array([each.place for each in spoken], dtype=np.int64)
    gained = np.array([each.excess for each in spoken], dtype=float)
    won = (gained > 0).astype(float)

    def means(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[Interval | None, ...]:
        return group_means(values, groups, places, count=len(names), mean_block=horizon + 1.0, seed=SEED)

    beat, mean = means(won), means(gained)
    return tuple(
        ConvictionGroup(
            name=name,
            views=int((groups == at).sum()),
            beat=_figure("beat the average", won[groups == at], beat[at]),
            mean_excess=_figure("mean excess return", gained[groups == at], mean[at]),
        )
        for at, name in enumerate(names)
        if (groups == at).any()
    )


def _figure(
    name: str, values: np.ndarray[tuple[int], np.dtype[np.float64]], found: Interval | None
) -> Figure:
    return Figure(
        name=name,
        value=float(values.mean()),
        unit="fraction",
        n=len(values),
        counted="forecasts",
        low=found.low if found is not None else None,
        high=found.high if found is not None else None,
        note="" if found is not None else "too few sessions to say",
    )
