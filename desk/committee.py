"""Seats the committee: roster, door, graph, checkpoints and research, joined for one desk."""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

from agents.llm import DoorLimits, LLMDoor
from agents.llm_spec import Provider
from agents.prices import Price
from agents.roster import Keys, Roster, Seat
from desk.llm_budget import check_budget
from desk.settings import Settings
from desk.stores import Stores
from fund.mandate import Mandate
from graph.asking import DoorAsk
from graph.call_log import DatabaseCallLog
from graph.checkpoints import forget_threads, libpq_url, open_checkpoints
from graph.committee import Committee, build_committee
from graph.loop import LoopThread
from graph.research import Attention, Researcher, TrackRecord
from graph.strategy import CommitteeStrategy
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools

logger = logging.getLogger("conclave.committee")
Veil = Callable[[date], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """The committee under those who are configured, and the rules that replay the past."""

    strategy: CommitteeStrategy
    rules: CommitteeStrategy
    """Offline rules without checkpoints: what they say costs nothing to be said again."""
    label: str
    """ "offline rules, no LLM", or the names of the LLMs; with their roles, where there are several."""
    roster: Roster
    """Who is asked for which role."""
    blind: Veil
    """Whether names, dates and prices of a session are hidden from who decides on it."""
    forget: Callable[[str], None]
    """Deletes the checkpoints of a cycle that is on record."""
    seat: Seat
    """Whom the conversation may ask too."""
    others: tuple[Seat, ...]
    """The LLMs of other providers the deployment has access to, whom only the conversation may ask."""
    log: DatabaseCallLog
    limits: DoorLimits


def roster_of(settings: Settings, mandate: Mandate) -> Roster:
    """Return who is asked, at the mandate's prices: the chosen provider's LLM or the offline rules, and for
    single roles whom the mandate names.

    A configured LLM is not backed by the rules: a desk that silently changed its mind's maker would
    be judged on the wrong one. Where no LLM answers the book is held. A deployment that is told to ask
    nobody (DESK_PROVIDER=offline) asks nobody for any role.
    """
    by_role = {} if settings.provider == "offline" else {e.role: e.llm for e in mandate.llm_roster}
    return roster_for(spec_of(settings.chosen_provider, settings), settings, mandate, by_role=by_role)


def spec_of(provider: Provider, settings: Settings) -> str:
    """Return the LLM a deployment names for a provider, as a roster writes it."""
    match provider:
        case "anthropic":
            return f"anthropic:{settings.anthropic_llm}"
        case "openai":
            return f"openai:{settings.openai_llm}"
        case "compatible":
            return f"compatible:{settings.compatible_llm}@{settings.compatible_base_url}"
        case _:
            return "offline"


def other_providers(settings: Settings) -> tuple[Provider, ...]:
    """Return the providers the deployment has access to beside the chosen one; none beside the rules."""
    access: dict[Provider, object] = {
        "anthropic": settings.anthropic_api_key,
        "openai": settings.openai_api_key,
        "compatible": settings.compatible_base_url and settings.compatible_llm,
    }
    chosen = settings.chosen_provider
    if chosen == "offline":
        return ()
    return tuple(provider for provider, has in access.items() if has and provider != chosen)


def roster_for(
    spec: str, settings: Settings, mandate: Mandate, *, by_role: Mapping[str, str] | None = None
) -> Roster:
    """Return a roster of one LLM, with the deployment's key for it; `ConfigError` where there is none."""
    keys = Keys(
        anthropic=settings.anthropic_api_key,
        openai=settings.openai_api_key,
        compatible=settings.compatible_api_key,
    )
    return Roster.of(
        [addressed(spec, settings)],
        keys,
        prices=stated_prices(mandate),
        by_role={role: addressed(each, settings) for role, each in (by_role or {}).items()},
    )


def addressed(spec: str, settings: Settings) -> str:
    """Return an LLM's full spec: one of the deployment's own server needs no address."""
    own = settings.compatible_base_url
    return f"{spec}@{own}" if own and spec.startswith("compatible:") and "@http" not in spec else spec


def stated_prices(mandate: Mandate) -> dict[str, Price]:
    """Return what the mandate says LLMs cost, by LLM."""
    return {p.llm_id: Price(input=p.input, output=p.output, known=True) for p in mandate.llm_prices}


def seat_committee(
    stores: Stores,
    forecasts: ForecastTools,
    track_record: Callable[[], TrackRecord],
    attention: Callable[[], Attention],
    *,
    blind: bool,
    exits: ExitStack,
) -> Seating:
    """Build the committee; `exits` closes its loop, its pool and its clients.

    `blind` hides names, dates and prices from an LLM that decides in the past, because it may remember
    how the story went: once the next session has opened on the wall's clock. Rules remember nothing
    and are shown everything.
    """
    roster, log = roster_of(stores.settings, stores.mandate), DatabaseCallLog(stores.engine)
    check_budget(roster, stores.mandate)
    limits = DoorLimits(budget_usd=stores.mandate.llm_daily_budget_usd)
    loop = LoopThread()
    exits.callback(loop.close)
    saver, pool = loop.run(open_checkpoints(libpq_url(stores.url)))
    exits.callback(lambda: loop.run(pool.close()))
    research = Researcher(forecasts, MemoryTools(stores.engine), track_record, attention)

    def seated(name: str, who: Roster, committee: Committee, veils: Veil) -> CommitteeStrategy:
        door = LLMDoor(roster=who, log=log, clock=stores.clock, limits=limits)
        exits.callback(lambda: loop.run(door.aclose()))
        loop.run(_check_keys(door))
        return CommitteeStrategy(
            name=f"committee/{name}",
            committee=committee,
            research=research,
            ask_for=lambda cycle, session: DoorAsk(
                door, cycle, blind_seed=cycle if veils(session) else None, unveiled=who.rule_roles
            ),
            loop=loop,
        )

    calendar = stores.market.history.calendar

    def veiled(session: date) -> bool:
        past = calendar.open_at(calendar.next_session(session)) <= stores.clock.now()
        has_llm = any(not seat.is_rules for seat in roster.everybody)
        return blind and has_llm and past and not attention().present

    others = tuple(
        roster_for(spec_of(each, stores.settings), stores.settings, stores.mandate).seats[0]
        for each in other_providers(stores.settings)
    )
    for seat in others:
        exits.callback(lambda each=seat: loop.run(each.aclose()))  # type: ignore[misc]

    return Seating(
        strategy=seated(roster.providers, roster, build_committee(saver), veiled),
        rules=seated("offline", Roster.of(["offline"]), build_committee(), lambda _: False),
        label=roster.label,
        roster=roster,
        blind=veiled,
        forget=lambda cycle_id: loop.run(forget_threads(saver, [cycle_id])),
        seat=roster.seats[0],
        others=others,
        log=log,
        limits=limits,
    )


async def _check_keys(door: LLMDoor) -> None:
    """Refuse to start with a key that its provider refuses; a provider that is away may come back."""
    for problem in await door.check_keys():
        logger.warning("%s", problem)
