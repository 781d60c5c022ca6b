"""A register of two rules in use, without a desk: how each fares, and what became of it."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from db.engine import transaction
from db.events import Events
from db.forecasters import Forecasters, RegisteredForecaster
from db.live_scores import LiveScores
from db.retrainings import Retraining, Retrainings
from desk.learning import Learning
from desk.market import Market
from desk.retraining import Retrainer
from desk.setting_groups import RetrainPlan
from desk.universes import universe_at
from fund.clock import FixedClock
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster
from fund.forecasting.life.watching import Reason, Watched
from fund.forecasting.registry import Registry
from fund.forecasting.samples import Samples, make_samples
from fund.forecasting.validation import Schedule
from support.committee import small_history
from support.records import NOON

OWN = (MomentumForecaster(), ReversalForecaster())
SESSIONS = small_history().panel.sessions
FIRST, NOW, LATER = SESSIONS[540], SESSIONS[570], SESSIONS[585]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A desk's register, without the desk."""

    learning: Learning
    folder: Path

    def retrainer(self, **planned: int) -> Retrainer:
        return Retrainer(learning=self.learning, planned=RetrainPlan(**planned), folder=self.folder)

    def rows(self, name: str) -> list[RegisteredForecaster]:
        with transaction(self.learning.engine) as connection:
            return [row for row in Forecasters(connection).all() if row.name == name]

    def roles(self, name: str) -> list[tuple[str, bool]]:
        return [(row.role, row.active) for row in self.rows(name)]

    def steps(self) -> list[Retraining]:
        with transaction(self.learning.engine) as connection:
            return list(Retrainings(connection).since(FIRST))

    def told(self, kind: str) -> list[str]:
        with transaction(self.learning.engine) as connection:
            return [each.event.text for each in Events(connection).latest(kind=kind)]

    def fares(self, version: str, session: date, *causes: str, state: str = "drifting") -> None:
        """Put on record how a version was faring."""
        reasons = tuple(
            Reason(cause=cause, figure=9.0, threshold=5.0, n=40, told=f"its {cause} say so")  # type: ignore[arg-type]
            for cause in causes
        )
        watched = Watched(
            version=version,
            session=session,
            state=state,  # type: ignore[arg-type]
            reasons=reasons,
            age_sessions=1,
            scored_sessions=100,
            rank_ic=None,
            residual=None,
            decay=None,
            inputs=(),
        )
        with transaction(self.learning.engine) as connection:
            LiveScores(connection).note(watched, at=NOON)


@cache
def samples(last: date) -> Samples:
    """What is learned from; computed once a session for all desks of this file."""
    return make_samples(universe_at(small_history(), last, "SPY"), 5)


def a_learning(engine: Engine, folder: Path) -> Learning:
    """A register whose two rules were trained on what was known at first."""
    learning = Learning(
        engine=engine,
        registry=Registry(folder / "forecasters"),
        market=Market(small_history()),
        benchmark="SPY",
        schedule=Schedule(refit_sessions=63),
        clock=FixedClock(NOON),
    )
    learning.train(FIRST)
    return learning


def leader(world: World) -> str:
    """Who leads over five sessions."""
    with transaction(world.learning.engine) as connection:
        found = Forecasters(connection).champion(5)
    assert found is not None
    return found.version


def drifting(world: World, session: date = NOW) -> str:
    """Let the leader be drifting on a session, and return its version."""
    version = leader(world)
    world.fares(version, session, "errors")
    return version
