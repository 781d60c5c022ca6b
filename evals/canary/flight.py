"""A flight of the canary: many moments of the past by lot, and every leak there is planted once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from evals.canary.canary import Canary, Leak
from evals.canary.leaks import LEAKS
from evals.canary.poison import STORES, Store
from evals.canary.world import Moment, Workshop
from fund.errors import NoDataError

CLOSELY_EVERY = 40
"""Of so many dates one is looked at closely: features, forecasts and fingerprint made anew."""
PLANTED_DATES = 12
"""Dates a planted leak is looked for at most; most show on the first."""
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """What came of looking at many moments."""

    seed: int
    dates: int
    first: date
    last: date
    on_record: int
    """Decisions of the past that could have been drawn."""
    closely: int
    trained_again: int
    stores: tuple[Store, ...]
    leaks: tuple[Leak, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One leak that was planted, and whether it was caught."""

    store: Store
    caught: bool
    """Whether its own store was blamed."""
    dates: int
    """Looked at until it was."""
    leak: Leak | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Which moments there are to draw from."""

    cycle_ids: Sequence[str]
    moment: Callable[[str], Moment | None]
    """None for one that cannot be taken again from what is on record."""

    def drawn(self, count: int, seed: int) -> tuple[str, ...]:
        """Return so many by lot, newest first, or all there are."""
        lot = np.random.default_rng(seed).permutation(len(self.cycle_ids))[:count]
        return tuple(self.cycle_ids[place] for place in sorted(lot.tolist(), reverse=True))


def fly(
    workshop: Workshop,
    past: Past,
    *,
    dates: int,
    seed: int,
    retrain: int,
    stores: Collection[Store] = STORES,
    told: Told,
) -> Flight:
    """Look at so many moments; raises `NoDataError` where none is on record that has a future."""
    canary = Canary(workshop, seed, stores=stores)
    leaks: list[Leak] = []
    moments: list[tuple[str, date]] = []
    drawn, closely = past.drawn(dates, seed), 0
    for place, cycle_id in enumerate(drawn):
        told("Deciding in three worlds", place, len(drawn))
        moment = past.moment(cycle_id)
        if moment is None:
            continue
        close = len(moments) % CLOSELY_EVERY == 0
        closely += close
        leaks += canary.look(moment, closely=close)
        moments.append((cycle_id, moment.session))
    if not moments:
        raise NoDataError("no decision is on record with sessions after it; play some, then look again")
    told("Deciding in three worlds", len(drawn), len(drawn))
    again = [cycle_id for cycle_id, _ in moments[::-1]][:retrain] if "training" in stores else []
    for place, cycle_id in enumerate(again):
        told("Training anew", place, len(again))
        moment = past.moment(cycle_id)
        if moment is not None:
            leaks += canary.train_again(moment)
        told("Training anew", place + 1, len(again))
    return Flight(
        seed=seed,
        dates=len(moments),
        first=moments[-1][1],
        last=moments[0][1],
        on_record=len(past.cycle_ids),
        closely=closely,
        trained_again=len(again),
        stores=tuple(store for store in STORES if store in stores),
        leaks=tuple(leaks),
    )


def plant_each(
    workshop: Workshop, past: Past, stores: Sequence[Store], *, seed: int, told: Told
) -> tuple[Planted, ...]:
    """Plant one leak after the other, and look until each is caught."""
    found = []
    drawn = past.drawn(PLANTED_DATES, seed)
    for place, store in enumerate(stores):
        told("Planting leaks", place, len(stores))
        found.append(_looked_for(Canary(workshop, seed, plant=LEAKS[store]), past, drawn, store))
    told("Planting leaks", len(stores), len(stores))
    return tuple(found)


def _looked_for(canary: Canary, past: Past, drawn: Sequence[str], store: Store) -> Planted:
    looked = 0
    for cycle_id in drawn:
        moment = past.moment(cycle_id)
        if moment is None:
            continue
        looked += 1
        caught = next((leak for leak in canary.look(moment) if leak.store == store), None)
        if caught is not None:
            return Planted(store=store, caught=True, dates=looked, leak=caught)
    return Planted(store=store, caught=False, dates=looked, leak=None)
