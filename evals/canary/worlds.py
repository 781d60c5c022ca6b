"""Makes the worlds one moment is decided in: with no future, with the real one, and with poisoned ones."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from db.memory import MemoryKind
from db.spoilt_memory import forget_later, never_committed, spoil_later
from evals.canary.lessons import spoilt
from evals.canary.poison import MARKET, Poison, Store
from evals.canary.world import Moment, Plant, Workshop, World
from fund.errors import DeskError
from fund.market.history import History
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools

KINDS: dict[Store, MemoryKind] = {"trades": "trade", "conditions": "conditions"}


class Worlds:
    """Worlds of one workshop, all with the same plant in them; nothing is written that stays."""

    def __init__(self, workshop: Workshop, seed: int, plant: Plant) -> None:
        self._workshop = workshop
        self._poison = Poison(workshop.history, seed)
        self._plant = plant
        self._kept: dict[tuple[int, ...], ForecastTools] = {}
        self._made: dict[frozenset[Store] | None, History] = {}
        self._made_for: datetime | None = None

    def truncated(self, as_of: datetime) -> History:
        """Return the market as it was known: the future is not there."""
        return self._once(as_of, None)

    def poisoned_history(self, as_of: datetime, stores: Collection[Store]) -> History:
        """Return the market with another future in those of the stores that are the market's."""
        return self._once(as_of, frozenset(stores) & frozenset(MARKET))

    def _once(self, as_of: datetime, stores: frozenset[Store] | None) -> History:
        """Make each history of a moment once; those of the moment before are let go."""
        if self._made_for != as_of:
            self._made, self._made_for = {}, as_of
        if stores not in self._made:
            history, poison = self._workshop.history, self._poison
            self._made[stores] = history.truncated(as_of) if stores is None else poison.after(as_of, stores)
        return self._made[stores]

    @contextmanager
    def known(self, moment: Moment) -> Iterator[World]:
        """Give the world as it was known: the future is not there, and no tool was ever asked."""
        history = self.truncated(moment.as_of)
        with never_committed(self._workshop.engine) as connection:
            forget_later(connection, moment.as_of)
            forecasts = self._workshop.forecasts(history, moment.lessons)
            yield self.around(moment, history, forecasts, MemoryTools(connection))

    def as_it_is(self, moment: Moment, *, warmed: bool) -> World:
        """Return the world with its real future, and tools that have served every moment before.

        With `warmed` the next session is decided first, by the very same tools.
        """
        key = tuple(id(each) for each in moment.lessons)
        if key not in self._kept:
            self._kept[key] = self._workshop.forecasts(self._workshop.history, moment.lessons)
        memory = MemoryTools(self._workshop.engine)
        world = self.around(moment, self._workshop.history, self._kept[key], memory)
        if warmed and (tomorrow := world.tomorrow()) is not None:
            with suppress(DeskError):
                moment.decide(world.moved_to(tomorrow))
        return world

    @contextmanager
    def poisoned(self, moment: Moment, stores: Collection[Store]) -> Iterator[World]:
        """Give a world in which everything in some stores is absurd from the next moment on."""
        history = self.poisoned_history(moment.as_of, stores)
        spoils = "artifacts" in stores
        lessons = [spoilt(each, moment.session) if spoils else each for each in moment.lessons]
        with never_committed(self._workshop.engine) as connection:
            spoil_later(connection, moment.as_of, [kind for store, kind in KINDS.items() if store in stores])
            forecasts = self._workshop.forecasts(history, lessons)
            world = self.around(moment, history, forecasts, MemoryTools(connection))
            if "caches" in stores and (tomorrow := world.tomorrow()) is not None:
                with suppress(DeskError):
                    world.forecasts.by_ticker(tomorrow)
                    world.forecasts.track_records(tomorrow)
            yield world

    def around(
        self, moment: Moment, history: History, forecasts: ForecastTools, memory: MemoryTools
    ) -> World:
        """Return the world around a moment, with what is planted."""
        return self._plant(
            World(
                history=history,
                as_of=moment.as_of,
                view=history.view(moment.as_of),
                forecasts=forecasts,
                memory=memory,
                universe=lambda session: self._workshop.universe(history, session),
            )
        )
