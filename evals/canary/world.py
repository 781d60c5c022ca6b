"""What a decision reads that has a time, and one decision of the past that can be taken in any world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import Engine

from fund.cycle import CycleRecord
from fund.features.universe import Universe
from fund.forecasting.trained import TrainedForecaster
from fund.market.history import History
from fund.market.view import MarketView
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything around one decision: the market, what the forecasters say, what is remembered."""

    history: History
    """All facts of this world, later ones too; a decision is only ever given the view."""
    as_of: datetime
    view: MarketView
    forecasts: ForecastTools
    memory: MemoryTools
    universe: Callable[[date], Universe]
    """What a training on the close of a session reads."""

    @property
    def session(self) -> date:
        """The last session that had closed at the moment."""
        return self.history.view(self.as_of).session

    def tomorrow(self) -> date | None:
        """Return the next session that has bars in this world, None where there is none."""
        after = (day for day in self.history.panel.sessions if day > self.session)
        return next(after, None)

    def moved_to(self, session: date) -> "World":
        """Return the same world, with the very same tools, a session later or earlier."""
        as_of = self.history.calendar.decision_time(session)
        return replace(self, as_of=as_of, view=self.history.view(as_of))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One decision of the desk's past, with all of it that is no datum of market, memory or forecaster."""

    cycle_id: str
    session: date
    as_of: datetime
    lessons: Sequence[TrainedForecaster]
    """The artifacts that were in force."""
    decide: Callable[[World], CycleRecord]
    """Takes the decision in a world; the same world gives the same record."""


Plant = Callable[[World], World]
"""Puts a leak between a decision and its world, by wrapping what the decision is handed."""


def nothing_planted(world: World) -> World:
    """Return the world as it is."""
    return world


class Workshop(Protocol):
    """How the desk makes its own tools, over whichever history it is given."""

    @property
    def history(self) -> History:
        """The world as it is."""
        ...

    @property
    def engine(self) -> Engine:
        """Where the desk's memory is."""
        ...

    def forecasts(self, history: History, lessons: Sequence[TrainedForecaster]) -> ForecastTools:
        """Return fresh tools over some artifacts; sessions beyond them are forecast from the history."""
        ...

    def universe(self, history: History, session: date) -> Universe:
        """Return what a training on the close of a session reads."""
        ...

    def train(self, universe: Universe) -> Sequence[TrainedForecaster]:
        """Train every forecaster anew; nothing is kept."""
        ...
