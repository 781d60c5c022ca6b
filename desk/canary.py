"""Lets the canary look at the desk's own past: its decisions, taken again by the rules in any world."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import date
from types import TracebackType

from sqlalchemy import Engine

from agents.llm import DoorLimits, LLMDoor
from agents.roster import Roster
from db.engine import in_transaction
from db.past import Past
from desk.attention import Wishes
from desk.bootstrap import Desk
from desk.cycle import track_of
from desk.forecaster_catalogue import FORECASTERS
from desk.market import Market
from desk.rebuild import Rebuilder, Recorded
from desk.trained_sources import TrainedSource, live_features
from desk.universes import universe_at
from evals.canary.world import Moment, World
from fund.cycle import CycleRecord, decide
from fund.errors import QueryRefusedError
from fund.features.universe import Universe
from fund.forecasting.samples import make_samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.market.history import History
from graph.asking import DoorAsk
from graph.committee import build_committee
from graph.loop import LoopThread
from graph.recorded import NoCalls
from graph.research import Researcher
from graph.strategy import CommitteeStrategy
from tools.forecasts import ForecastTools

OFFLINE = "offline"
LATER = 7
"""Sessions that must follow a decision, so that there is a future to poison: its labels are known by then."""


class CanaryWorkshop(AbstractContextManager["CanaryWorkshop"]):
    """Makes the desk's tools over any history, and moments of its past; writes nothing and asks no LLM."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._exits = ExitStack()
        self._past = self._exits.enter_context(Rebuilder(desk, desk.settings))
        self._loop = LoopThread()
        self._exits.callback(self._loop.close)
        limits = DoorLimits(budget_usd=desk.mandate.llm_daily_budget_usd)
        self._door = LLMDoor(roster=Roster.of([OFFLINE]), log=NoCalls(), clock=desk.clock, limits=limits)
        self._exits.callback(lambda: self._loop.run(self._door.aclose()))
        self._committee = build_committee()
        self.history: History = desk.history
        self.engine: Engine = desk.engine

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def cycle_ids(self) -> tuple[str, ...]:
        """Return the decisions of the day that there is a future to, oldest first."""
        sessions = self.history.panel.sessions
        if len(sessions) <= LATER:
            return ()
        latest = sessions[-1 - LATER]
        return in_transaction(self.engine, lambda connection: Past(connection).daily_cycle_ids(latest))

    def moment(self, cycle_id: str) -> Moment | None:
        """Return a decision on record as a moment; None for one that cannot be taken again."""
        try:
            recorded = self._past.recorded(cycle_id)
        except QueryRefusedError:
            return None
        return Moment(
            cycle_id=cycle_id,
            session=recorded.then.session,
            as_of=recorded.then.as_of,
            lessons=tuple(source.trained for source in recorded.sources),
            decide=lambda world: self._decided(recorded, world),
        )

    def forecasts(self, history: History, lessons: Sequence[TrainedForecaster]) -> ForecastTools:
        """Return fresh tools over some artifacts; sessions beyond them are forecast from the history."""
        mandate = self._desk.mandate
        read = live_features(lessons, Market(history), mandate.benchmark, mandate.horizon_sessions)
        return ForecastTools([TrainedSource(each, live) for each, live in zip(lessons, read, strict=True)])

    def universe(self, history: History, session: date) -> Universe:
        """Return what a training on the close of a session reads."""
        return universe_at(history, session, self._desk.mandate.benchmark)

    def train(self, universe: Universe) -> Sequence[TrainedForecaster]:
        """Train every forecaster anew; nothing is kept."""
        schedule = self._desk.learning.schedule
        return train(
            make_samples(universe, schedule.horizon_sessions),
            FORECASTERS,
            schedule,
            universe_name="of a canary",
            data_version="of a canary",
            baselines=(),
            executor=self._desk.learning.executor,
        )

    def _decided(self, recorded: Recorded, world: World) -> CycleRecord:
        """Take a decision by the rules, whoever took it then, and also where trading was halted."""
        then = recorded.then
        track, wishes = track_of(recorded.mark), Wishes.recorded(then.inputs)
        strategy = CommitteeStrategy(
            name=f"committee/{OFFLINE}",
            committee=self._committee,
            research=Researcher(world.forecasts, world.memory, lambda: track, lambda: wishes.attention),
            ask_for=lambda cycle, session: DoorAsk(self._door, cycle),
            loop=self._loop,
        )
        return decide(
            strategy,
            world.view,
            recorded.book,
            recorded.mandate,
            cycle_id=then.cycle_id,
            inputs=then.inputs,
            reducing=then.inputs.get("reducing"),
            asked=wishes.exits,
        )
