"""Seats the committee: roster, door, graph, checkpoints and research, joined for one desk."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import Engine

from agents.llm import DoorLimits, LLMDoor
from agents.roster import Keys, Roster
from desk.settings import Settings
from fund.clock import Clock
from fund.mandate import Mandate
from graph.asking import DoorAsk
from graph.call_log import DatabaseCallLog
from graph.checkpoints import libpq_url, open_checkpoints
from graph.committee import build_committee
from graph.loop import LoopThread
from graph.research import Researcher, TrackRecord
from graph.strategy import CommitteeStrategy
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools


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
    *,
    settings: Settings,
    mandate: Mandate,
    engine: Engine,
    url: str,
    forecasts: ForecastTools,
    track_record: Callable[[], TrackRecord],
    clock: Clock,
    blind: bool,
    exits: ExitStack,
) -> Seating:
    """Build the committee; `exits` closes its loop, its pool and its clients.

    `blind` hides names, dates and prices from an LLM that plays in the past, because it remembers how
    the story went; rules remember nothing and are shown everything.
    """
    roster = roster_of(settings)
    door = LLMDoor(
        roster=roster,
        log=DatabaseCallLog(engine),
        clock=clock,
        limits=DoorLimits(budget_usd=mandate.llm_daily_budget_usd),
    )
    loop = LoopThread()
    exits.callback(loop.close)
    saver, pool = loop.run(open_checkpoints(libpq_url(url)))
    exits.callback(lambda: loop.run(pool.close()))
    exits.callback(lambda: loop.run(door.aclose()))
    speaks_blind = blind and settings.chosen_provider != "offline"
    strategy = CommitteeStrategy(
        name=f"committee/{settings.chosen_provider}",
        committee=build_committee(saver),
        research=Researcher(forecasts, MemoryTools(engine), track_record),
        ask_for=lambda cycle_id: DoorAsk(door, cycle_id, blind_seed=cycle_id if speaks_blind else None),
        loop=loop,
    )
    return Seating(strategy=strategy, label=", ".join(seat.label for seat in roster.seats))
