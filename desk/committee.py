"""Seats the committee: roster, door, graph, checkpoints and research, joined for one desk."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from agents.llm import DoorLimits, LLMDoor
from agents.roster import Keys, Roster
from desk.settings import Settings
from desk.stores import Stores
from graph.asking import DoorAsk
from graph.call_log import DatabaseCallLog
from graph.checkpoints import libpq_url, open_checkpoints
from graph.committee import build_committee
from graph.loop import LoopThread
from graph.research import Researcher, TrackRecord
from graph.strategy import CommitteeStrategy
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools

log = logging.getLogger("conclave.committee")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """A committee ready to decide, and how its speakers are to be called."""

    strategy: CommitteeStrategy
    label: str
    """ "offline rules, no LLM", or the names of the LLMs in the order they are asked."""


def roster_of(settings: Settings) -> Roster:
    """Return who is asked: the chosen provider's LLM, or the offline rules.

    A configured LLM is not backed by the rules: a desk that silently changed its mind's maker would
    be judged on the wrong one. Where no LLM answers the book is held.
    """
    keys = Keys(
        anthropic=settings.anthropic_api_key,
        openai=settings.openai_api_key,
        compatible=settings.compatible_api_key,
    )
    match settings.chosen_provider:
        case "anthropic":
            spec = f"anthropic:{settings.anthropic_llm}"
        case "openai":
            spec = f"openai:{settings.openai_llm}"
        case "compatible":
            spec = f"compatible:{settings.compatible_llm}@{settings.compatible_base_url}"
        case _:
            spec = "offline"
    return Roster.of([spec], keys)


def seat_committee(
    stores: Stores,
    forecasts: ForecastTools,
    track_record: Callable[[], TrackRecord],
    *,
    blind: bool,
    exits: ExitStack,
) -> Seating:
    """Build the committee; `exits` closes its loop, its pool and its clients.

    `blind` hides names, dates and prices from an LLM that plays in the past, because it remembers how
    the story went; rules remember nothing and are shown everything.
    """
    provider = stores.settings.chosen_provider
    roster = roster_of(stores.settings)
    door = LLMDoor(
        roster=roster,
        log=DatabaseCallLog(stores.engine),
        clock=stores.clock,
        limits=DoorLimits(budget_usd=stores.mandate.llm_daily_budget_usd),
    )
    loop = LoopThread()
    exits.callback(loop.close)
    saver, pool = loop.run(open_checkpoints(libpq_url(stores.url)))
    exits.callback(lambda: loop.run(pool.close()))
    exits.callback(lambda: loop.run(door.aclose()))
    speaks_blind = blind and provider != "offline"
    strategy = CommitteeStrategy(
        name=f"committee/{provider}",
        committee=build_committee(saver),
        research=Researcher(forecasts, MemoryTools(stores.engine), track_record),
        ask_for=lambda cycle_id: DoorAsk(door, cycle_id, blind_seed=cycle_id if speaks_blind else None),
        loop=loop,
        free=provider == "offline",
    )
    loop.run(_check_keys(door))
    return Seating(strategy=strategy, label=", ".join(seat.label for seat in roster.seats))


async def _check_keys(door: LLMDoor) -> None:
    """Refuse to start with a key that its provider refuses; a provider that is away may come back."""
    for problem in await door.check_keys():
        log.warning("%s", problem)
