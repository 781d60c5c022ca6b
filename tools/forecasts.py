"""What the forecasters say, and how much each has been worth so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from fund.forecasting.forecast import Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecasterRecord:
    """A forecaster's out-of-sample figures over labels known by the session asked about."""

    forecaster: str
    version: str
    rank_ic: float | None
    """Mean daily rank IC; its bounds are those of the 95 % interval, overlapping labels allowed for."""
    rank_ic_low: float | None
    rank_ic_high: float | None
    sessions: int
    hit_rate: float | None


class ForecastSource(Protocol):
    """One forecaster's forecasts, each made only from what was known at its session."""

    def at(self, session: date) -> Sequence[Forecast]:
        """Return the forecasts made on the close of `session`; empty when there are none."""
        ...

    def record(self, session: date) -> ForecasterRecord:
        """Return the track record known on the close of `session`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """What some sources said of a session; whole, because a chat and a cycle ask at the same time."""

    session: date
    sources: tuple[ForecastSource, ...]
    by_ticker: Mapping[str, tuple[Forecast, ...]]


class ForecastTools:
    """Questions about forecasts; the first source is the desk's own, the others are baselines."""

    def __init__(self, sources: Sequence[ForecastSource] = ()) -> None:
        self._sources = tuple(sources)
        self._last: _Gathered | None = None

    def use(self, sources: Sequence[ForecastSource]) -> None:
        """Ask other sources from now on."""
        self._sources = tuple(sources)

    def by_ticker(self, session: date) -> Mapping[str, tuple[Forecast, ...]]:
        """Return every forecast of a session by ticker, in the order of the sources.

        A ticker the first source says nothing about is left out.

        Args:
            session: The session on whose close the forecasts were made.
        """
        sources, last = self._sources, self._last
        if last is None or (last.session, last.sources) != (session, sources):
            last = self._last = _Gathered(
                session=session, sources=sources, by_ticker=_gather(sources, session)
            )
        return last.by_ticker

    def track_records(self, session: date) -> tuple[ForecasterRecord, ...]:
        """Return each forecaster's track record as it was known on a session.

        Args:
            session: Only labels realised by this session count.
        """
        return tuple(source.record(session) for source in self._sources)


def _gather(sources: Sequence[ForecastSource], session: date) -> dict[str, tuple[Forecast, ...]]:
    gathered: dict[str, tuple[Forecast, ...]] = {}
    for number, source in enumerate(sources):
        for forecast in source.at(session):
            if number == 0 or forecast.ticker in gathered:
                gathered[forecast.ticker] = (*gathered.get(forecast.ticker, ()), forecast)
    return gathered
