"""The canary: one decision in three worlds, and which store is to blame where they do not agree."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np

from db.record_codec import to_json
from evals.canary.comparing import Difference, first_difference
from evals.canary.poison import STORES, Store
from evals.canary.world import Moment, Plant, Workshop, World, nothing_planted
from evals.canary.worlds import Worlds
from fund.errors import DeskError
from fund.features.universe import Universe
from fund.forecasting.recent import recent_features
from fund.forecasting.trained import TrainedForecaster
from fund.market.history import History
from fund.market.panel import BarPanel
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools

BEYOND = 26
"""Sessions past a moment up to which a training is done anew: more than a refit interval."""
UNNAMED = "unnamed"
"""Where a later datum was that no store's poison shows alone."""
APART: frozenset[Store] = frozenset({"training", "caches"})
"""Stores that no world is poisoned by: they are looked at in a way of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """That something of one moment depends on what became known after it."""

    cycle_id: str
    session: date
    store: str
    """Where the later datum was."""
    difference: Difference


class Canary:
    """Looks at one moment after another; newest first, what is kept of one is of the next one's future."""

    def __init__(
        self,
        workshop: Workshop,
        seed: int,
        *,
        stores: Collection[Store] = STORES,
        plant: Plant = nothing_planted,
    ) -> None:
        self._workshop = workshop
        self._stores = frozenset(stores)
        self._worlds = Worlds(workshop, seed, plant)

    def look(self, moment: Moment, *, closely: bool = False) -> tuple[Leak, ...]:
        """Return what leaks into one moment's decision, and into a training on its close.

        With `closely` the features of the session, the forecasts made of them and the fingerprint of what
        was known are computed anew from the poisoned history, too.
        """
        found = [*self._decisions(moment)]
        if "training" in self._stores:
            found += self._training(moment)
        if closely:
            found += self._closely(moment)
        return tuple(found)

    def train_again(self, moment: Moment) -> tuple[Leak, ...]:
        """Train to sessions past a moment, on what really came and on a poisoned future, and compare.

        What is said of the moment itself must be the same bytes: its forecasts and the track record.
        """
        history = self._workshop.history
        last = [day for day in history.panel.sessions if day >= moment.session][: BEYOND + 1][-1]
        said = []
        for given in (history, self._worlds.poisoned_history(moment.as_of, self._stores)):
            made = self._workshop.train(self._workshop.universe(given, last))
            said.append(to_json([_of_moment(each, moment.session) for each in made]))
        return _leaks(moment, "training", first_difference(*said))

    def _decisions(self, moment: Moment) -> Iterator[Leak]:
        with self._worlds.known(moment) as world:
            known = _told(moment, world)
        found = self._as_it_is(moment)
        if known != found or known != self._poisoned(moment, self._stores):
            yield from self._blamed(moment, known)

    def _as_it_is(self, moment: Moment) -> str:
        return _told(moment, self._worlds.as_it_is(moment, warmed="caches" in self._stores))

    def _poisoned(self, moment: Moment, stores: Collection[Store]) -> str:
        with self._worlds.poisoned(moment, stores) as world:
            return _told(moment, world)

    def _blamed(self, moment: Moment, known: str) -> tuple[Leak, ...]:
        """Poison store by store beside a world that is as it is; what changes the decision is to blame."""
        fresh = self._poisoned(moment, ())
        found: list[Leak] = []
        for store in (each for each in STORES if each in self._stores - APART):
            found += _leaks(moment, store, first_difference(fresh, self._poisoned(moment, {store})))
        if "caches" in self._stores:
            found += _leaks(moment, "caches", first_difference(fresh, self._as_it_is(moment)))
        if found:
            return tuple(found)
        all_at_once = first_difference(known, self._poisoned(moment, self._stores))
        return _leaks(moment, UNNAMED, all_at_once or first_difference(known, fresh))

    def _training(self, moment: Moment) -> tuple[Leak, ...]:
        """Compare what a training on the close would read: all that it learns is a function of that."""
        history = self._workshop.history
        known = self._read(moment, self._worlds.truncated(moment.as_of))
        for given in (history, self._worlds.poisoned_history(moment.as_of, self._stores)):
            difference = _difference_of(known, self._read(moment, given))
            if difference is not None:
                return _leaks(moment, "training", difference)
        return ()

    def _read(self, moment: Moment, history: History) -> Universe:
        memory = MemoryTools(self._workshop.engine)
        return self._worlds.around(moment, history, ForecastTools(), memory).universe(moment.session)

    def _closely(self, moment: Moment) -> Iterator[Leak]:
        history, seen = self._workshop.history, moment.as_of
        truncated = self._worlds.truncated(seen)
        poisoned = self._worlds.poisoned_history(seen, self._stores)
        versions = [to_json({"data_version": each.version_at(seen)}) for each in (history, poisoned)]
        yield from _leaks(moment, UNNAMED, first_difference(*versions))
        if not moment.lessons:
            return
        horizon = moment.lessons[0].card.horizon_sessions
        recent = [
            recent_features(self._read(moment, each), horizon) for each in (truncated, history, poisoned)
        ]
        for each in moment.lessons:
            known, *found = [to_json(each.forecast(one)) for one in recent]
            for said in found:
                yield from _leaks(moment, "training", first_difference(known, said))


def _told(moment: Moment, world: World) -> str:
    """Return a decision's JSON; one that cannot be taken in a world is told by its error."""
    try:
        return to_json(moment.decide(world))
    except DeskError as error:
        return to_json({"refused": f"{type(error).__name__}: {error}"})


def _leaks(moment: Moment, store: str, difference: Difference | None) -> tuple[Leak, ...]:
    if difference is None:
        return ()
    leak = Leak(cycle_id=moment.cycle_id, session=moment.session, store=store, difference=difference)
    return (leak,)


def _difference_of(known: Universe, found: Universe) -> Difference | None:
    """Return the first part in which two universes are not the same bytes."""
    for name in ("sessions", "tickers"):
        one, other = getattr(known.panel, name), getattr(found.panel, name)
        if one != other:
            last = f"{len(one)} up to {one[-1]}", f"{len(other)} up to {other[-1]}"
            return Difference(field=name, known=last[0], found=last[1])
    matrices = [each.name for each in fields(BarPanel) if each.name not in ("sessions", "tickers")]
    parts = [(name, getattr(known.panel, name), getattr(found.panel, name)) for name in matrices]
    parts += [(name, getattr(known, name), getattr(found, name)) for name in ("members", "sectors")]
    for name, one, other in parts:
        if not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
            return Difference(field=name, known=str(np.nansum(one)), found=str(np.nansum(other)))
    return None


def _of_moment(trained: TrainedForecaster, session: date) -> object:
    """Return what an artifact says of a session, without the version, which names its data."""
    forecasts = [replace(each, version="") for each in trained.at(session)]
    return {"forecasts": forecasts, "record": replace(trained.track_record(session), version="")}
