"""What the forecasters say, and how much each has been worth so far."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from fund.errors import DataError
from fund.forecasting.edge import Worth
from fund.forecasting.explaining.explanation import Explanation
from fund.forecasting.forecast import Forecast
from fund.forecasting.life.watching import State


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
    worth: Worth = "unknown"
    """An edge where the interval lies wholly above 0, by more than the luck of all that was tried."""
    coverage: float | None = None
    """Mean share of outcomes inside the 80 % interval, over the same sessions."""
    calibration_error: float | None = None
    """Mean distance of stated probability and frequency, in ten groups of like probability."""
    drift: State = "unknown"
    """How it was faring when last looked at, before the session asked about."""


@runtime_checkable
class Explains(Protocol):
    """A source that can say why it ranks a name where it does."""

    def explanations(self, session: date, tickers: Collection[str]) -> Mapping[str, Explanation]:
        """Return why each name is scored as it is; a name without a view is absent."""
        ...


@runtime_checkable
class Disagreeing(Protocol):
    """A source that listens to others and can say how far they are apart."""

    def apart(self, session: date) -> Mapping[str, float]:
        """Return by ticker how far its members rank it apart; empty where it listens to nobody."""
        ...


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
    unavailable: Mapping[str, str]


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
        return self._gathered(session).by_ticker

    @property
    def silent(self) -> Mapping[str, str]:
        """Who had no forecast when the forecasters were last asked, and why; nobody is asked for it."""
        return self._last.unavailable if self._last is not None else {}

    def unavailable(self, session: date) -> Mapping[str, str]:
        """Return which forecasters have no forecast of a session though they should, by name with the reason.

        Without the first source nothing is ranked, and so nothing new is bought: another's order never
        takes its place in silence.

        Args:
            session: The session on whose close the forecasts were made.
        """
        return self._gathered(session).unavailable

    def explanations(self, session: date, tickers: Collection[str]) -> Mapping[str, Explanation]:
        """Return why the first source ranks some names where it does; one it cannot tell of is absent.

        Args:
            session: The session on whose close the forecasts were made.
            tickers: The names, such as AAPL.
        """
        first = self._sources[0] if self._sources else None
        found: dict[str, Explanation] = {}
        if not isinstance(first, Explains):
            return found
        for ticker in tickers:
            with suppress(DataError):
                found |= first.explanations(session, [ticker])
        return found

    def members_apart(self, session: date) -> Mapping[str, Mapping[str, float]]:
        """Return how far the members of each ensemble are apart, by its name and then by ticker.

        0 is all alike, 1 half of them at either end. One that cannot be heard is left out; `unavailable`
        says why.

        Args:
            session: The session on whose close the forecasts were made.
        """
        found = {}
        for source in self._sources:
            try:
                apart = source.apart(session) if isinstance(source, Disagreeing) else {}
            except DataError:
                continue
            if apart:
                found[source.record(session).forecaster] = apart
        return found

    def track_records(self, session: date) -> tuple[ForecasterRecord, ...]:
        """Return each forecaster's track record as it was known on a session; one without any is left out.

        Args:
            session: Only labels realised by this session count.
        """
        records = (_record(source, session) for source in self._sources)
        return tuple(record for record in records if record is not None)

    def _gathered(self, session: date) -> _Gathered:
        """Return what was said of a session; where somebody could not speak, it is asked again next time."""
        sources, last = self._sources, self._last
        if last is None or (last.session, last.sources) != (session, sources) or last.unavailable:
            last = self._last = _gather(sources, session)
        return last


def disagreement(forecasts: Sequence[Forecast]) -> float | None:
    """Return how far forecasters are apart on a name: its highest rank less its lowest, 0 to 1.

    None where fewer than two have a view.
    """
    ranks = [each.rank for each in forecasts]
    return max(ranks) - min(ranks) if len(ranks) > 1 else None


def _gather(sources: tuple[ForecastSource, ...], session: date) -> _Gathered:
    gathered: dict[str, tuple[Forecast, ...]] = {}
    unavailable: dict[str, str] = {}
    for number, source in enumerate(sources):
        try:
            said = source.at(session)
        except DataError as error:
            record = _record(source, session)
            unavailable[record.forecaster if record else f"forecaster {number + 1}"] = str(error)
            continue
        for forecast in said:
            if number == 0 or forecast.ticker in gathered:
                gathered[forecast.ticker] = (*gathered.get(forecast.ticker, ()), forecast)
    return _Gathered(session=session, sources=sources, by_ticker=gathered, unavailable=unavailable)


def _record(source: ForecastSource, session: date) -> ForecasterRecord | None:
    """Return a track record, None where there is none: one damaged forecaster does not silence the others."""
    try:
        return source.record(session)
    except DataError:
        return None
