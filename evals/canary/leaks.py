"""Planted leaks, one for each store: what a careless hand would write, put around a decision's tools."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

from evals.canary.poison import Store
from evals.canary.world import Plant, World
from fund.features.universe import Universe
from fund.forecasting.forecast import Forecast
from fund.market.bars import Bar, Mark
from fund.market.facts import CorporateAction, Headline, Observation, Report
from fund.market.view import FloatArray, MarketView
from tools.forecasts import ForecasterRecord, ForecastTools
from tools.memory import MemoryTools, SimilarConditions, SimilarTrade

WHENEVER = datetime(9000, 1, 1, tzinfo=UTC)
AHEAD = 6
"""Sessions that a careless training reads too far: a horizon of five and the one that fills."""


class _View:
    """A view that answers as the true one, but for what a leak below says otherwise."""

    def __init__(self, world: World) -> None:
        self._true: Any = world.view
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._true, name)

    @property
    def _later(self) -> Any:
        """The view of the next session; of this one where the world ends."""
        tomorrow = self._world.tomorrow()
        return self._true if tomorrow is None else self._world.moved_to(tomorrow).view


class OneBarTooFar(_View):
    """Reads the close of the next session."""

    def mark(self, ticker: str) -> Mark:
        """Return the close after this one."""
        mark: Mark = self._later.mark(ticker)
        return replace(mark, stale=self._true.mark(ticker).stale)

    def bars(self, ticker: str, count: int) -> tuple[Bar, ...]:
        """Return bars up to the one after the last."""
        return cast("tuple[Bar, ...]", self._later.bars(ticker, count))


class SplitTooEarly(_View):
    """Applies tomorrow's splits and dividends today."""

    def total_return_index(self, ticker: str, count: int) -> FloatArray:
        """Return the index, grown by what goes ex tomorrow."""
        index: FloatArray = self._true.total_return_index(ticker, count).copy()
        for action in self.actions(ticker, self._true.session):
            index[-1:] *= float(action.value) if action.kind == "split" else 1.0 + float(action.value)
        return index

    def actions(self, ticker: str, after: date) -> tuple[CorporateAction, ...]:
        """Return what happened, and what happens tomorrow."""
        return cast("tuple[CorporateAction, ...]", self._later.actions(ticker, after))


class TomorrowsMembers(_View):
    """Reads the index of the next session."""

    def members(self) -> frozenset[str]:
        """Return tomorrow's members."""
        return cast("frozenset[str]", self._later.members())


class MacroByDay(_View):
    """Reads a value from the day it is about, not from when it was published or revised."""

    def macro(self, series_id: str, count: int = 1) -> tuple[Observation, ...]:
        """Return the values of the last days, as they stand in the end."""
        timeline = self._world.history.macro_by_series.get(series_id)
        facts = () if timeline is None else timeline.facts
        latest = {fact.day: fact for fact in facts if fact.day <= self._true.session}
        return tuple(latest[day] for day in sorted(latest))[-count:]


class NewsByDay(_View):
    """Reads a headline from the day it is dated, not from the moment it was out."""

    def headlines(self, count: int) -> tuple[Headline, ...]:
        """Return the day's headlines, also those not out yet."""
        today = self._true.as_of.date()
        facts = self._world.history.headlines_by_time.facts
        return tuple(fact for fact in facts if fact.known_at.date() <= today)[-count:][::-1]


class FilingByPeriod(_View):
    """Reads a report from the end of the period it is on, not from when it was filed."""

    def report(self, ticker: str) -> Report | None:
        """Return the report on the last period, filed or not."""
        timeline = self._world.history.reports_by_ticker.get(ticker)
        facts = () if timeline is None else timeline.facts
        ended = [fact for fact in facts if fact.end_date <= self._true.session]
        return max(reversed(ended), key=lambda fact: fact.end_date, default=None)


class _Memory(MemoryTools):
    """Memory that answers as the true one, but for what a leak below says otherwise."""

    def __init__(self, true: MemoryTools) -> None:
        self._true = true

    def similar_trades(
        self, setups: Sequence[FloatArray], as_of: datetime, count: int
    ) -> tuple[tuple[SimilarTrade, ...], ...]:
        return self._true.similar_trades(setups, as_of, count)

    def similar_conditions(
        self, setup: FloatArray, as_of: datetime, count: int
    ) -> tuple[SimilarConditions, ...]:
        return self._true.similar_conditions(setup, as_of, count)


class TradesWhenever(_Memory):
    """Recalls trades regardless of when they were known."""

    def similar_trades(
        self, setups: Sequence[FloatArray], as_of: datetime, count: int
    ) -> tuple[tuple[SimilarTrade, ...], ...]:
        """Return the nearest trades of all time."""
        return self._true.similar_trades(setups, WHENEVER, count)


class ConditionsWhenever(_Memory):
    """Recalls states of the market regardless of when their sequel was known."""

    def similar_conditions(
        self, setup: FloatArray, as_of: datetime, count: int
    ) -> tuple[SimilarConditions, ...]:
        """Return the nearest sessions of all time."""
        return self._true.similar_conditions(setup, WHENEVER, count)


class _Forecasts(ForecastTools):
    """Forecasts that are answered as the true ones, but for what a leak below says otherwise."""

    def __init__(self, true: ForecastTools) -> None:
        self._true = true

    def by_ticker(self, session: date) -> Mapping[str, tuple[Forecast, ...]]:
        return self._true.by_ticker(session)

    def track_records(self, session: date) -> tuple[ForecasterRecord, ...]:
        return self._true.track_records(session)

    def unavailable(self, session: date) -> Mapping[str, str]:
        """Return who truly cannot speak."""
        return self._true.unavailable(session)


class LabelsTooEarly(_Forecasts):
    """Counts every label the artifact was ever judged on, as one trained through them would."""

    def track_records(self, session: date) -> tuple[ForecasterRecord, ...]:
        """Return the records by the last label there is."""
        return self._true.track_records(date.max)


class KeptWithoutDate(_Forecasts):
    """Keeps the first answer, and gives it for every session."""

    _kept: Mapping[str, tuple[Forecast, ...]] | None = None

    def by_ticker(self, session: date) -> Mapping[str, tuple[Forecast, ...]]:
        """Return what was asked for first."""
        if self._kept is None:
            self._kept = self._true.by_ticker(session)
        return self._kept


def _read_too_far(world: World) -> World:
    """Let a training read the sessions that its labels need beside those it may read."""
    sessions = world.history.panel.sessions

    def universe(session: date) -> Universe:
        beyond = [day for day in sessions if day > session][:AHEAD]
        return world.universe(beyond[-1] if beyond else session)

    return replace(world, universe=universe)


def _view(kind: type[_View]) -> Plant:
    return lambda world: replace(world, view=cast("MarketView", kind(world)))


def _memory(kind: Callable[[MemoryTools], MemoryTools]) -> Plant:
    return lambda world: replace(world, memory=kind(world.memory))


def _forecasts(kind: Callable[[ForecastTools], ForecastTools]) -> Plant:
    return lambda world: replace(world, forecasts=kind(world.forecasts))


LEAKS: Mapping[Store, Plant] = {
    "bars": _view(OneBarTooFar),
    "actions": _view(SplitTooEarly),
    "membership": _view(TomorrowsMembers),
    "macro": _view(MacroByDay),
    "news": _view(NewsByDay),
    "filings": _view(FilingByPeriod),
    "trades": _memory(TradesWhenever),
    "conditions": _memory(ConditionsWhenever),
    "artifacts": _forecasts(LabelsTooEarly),
    "training": _read_too_far,
    "caches": _forecasts(KeptWithoutDate),
}
