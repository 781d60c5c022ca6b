"""Seats a committee for a past decision: the rules again, the recorded answers, or another LLM."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from typing import Any, get_args

from agents.brief import Evidence
from agents.calls import CallLog
from agents.llm import DoorLimits, LLMDoor
from agents.llm_spec import LLMSpec, Provider
from agents.prices import price_of
from agents.roster import Roster, Seat
from db.engine import in_transaction
from db.past import Past
from desk.bootstrap import Desk
from desk.changes import Change
from desk.committee import roster_for, stated_prices
from desk.llm_budget import check_budget
from desk.settings import Settings
from fund.cycle import CycleRecord
from fund.errors import QueryRefusedError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from graph.asking import DoorAsk
from graph.call_log import DatabaseCallLog
from graph.committee import build_committee
from graph.context import AskRole, RoleTurn
from graph.loop import LoopThread
from graph.recorded import NoCalls, RecordedAsk, RecordedCalls, silences_in
from graph.research import Researcher
from graph.strategy import CommitteeStrategy

COMMITTEE = "committee/"
OFFLINE = "offline"


class AskingAgain:
    """Makes strategies that decide as a past cycle did; `exits` closes their loop and connections."""

    def __init__(self, desk: Desk, asked: Settings, exits: ExitStack) -> None:
        self._desk = desk
        self._asked = asked
        self._exits = exits
        self._log = DatabaseCallLog(desk.engine)
        self._loop = LoopThread()
        exits.callback(self._loop.close)
        self._committee = build_committee()

    def strategy(
        self, then: CycleRecord, mandate: Mandate, research: Researcher, change: Change
    ) -> CommitteeStrategy:
        """Return who decides: as it was then, or with the one change.

        Raises `QueryRefusedError` for a cycle that no committee decided, `ConfigError` for an LLM that
        cannot be asked.
        """
        if not then.strategy.startswith(COMMITTEE):
            raise QueryRefusedError(
                f"this decision cannot be replayed: it was taken by {then.strategy!r}, which is no committee"
            )
        provider, ask = self._asker(then, mandate, change)
        shown = change.ask(ask)

        def evidence_for(view: MarketView, book: Book, _reviewed_under: Mandate) -> Evidence:
            return change.evidence(research(view, book, mandate), view)

        return CommitteeStrategy(
            name=f"{COMMITTEE}{provider}",
            committee=self._committee,
            research=evidence_for,
            ask_for=lambda cycle, session: shown,
            loop=self._loop,
        )

    def _asker(self, then: CycleRecord, mandate: Mandate, change: Change) -> tuple[str, AskRole]:
        provider = then.strategy.removeprefix(COMMITTEE)
        if change.llm is not None:
            return self._another(then, change.llm)
        if provider == OFFLINE:
            return provider, self._rules(then)
        return provider, self._recorded(then, mandate, change)

    def _recorded(self, then: CycleRecord, mandate: Mandate, change: Change) -> AskRole:
        """Ask those who answered then, open-eyed or under the pseudonyms of that cycle, from the record.

        A role that was the rules' alone is asked anew.
        """
        heard = in_transaction(self._desk.engine, lambda c: Past(c).heard(then.cycle_id))
        prices = stated_prices(mandate)

        def seat(provider: str, llm: str) -> Seat:
            spec = LLMSpec(provider=_provider(provider), llm=llm, base_url="")
            return Seat(spec=spec, price=prices.get(spec.llm_id) or price_of(spec.provider, llm))

        by_role = {role: tuple(seat(*each) for each in llms) for role, llms in heard.items()}
        ruled = frozenset(role for role, seats in by_role.items() if all(seat.is_rules for seat in seats))
        everybody = tuple(seat for seats in by_role.values() for seat in seats)
        door = self._door(Roster(seats=everybody, by_role=by_role), RecordedCalls(self._log))
        seeds = (then.cycle_id, None)
        changed = f"the change ({change.label}) alters what it is told, and only --llm asks an LLM"
        recorded = RecordedAsk(
            [DoorAsk(door, then.cycle_id, blind_seed=seed) for seed in seeds] if by_role else [],
            answered=frozenset(by_role),
            silences=silences_in(then.cause),
            because=changed if change.label else "its brief, its prompt or the schema is not what it was",
        )
        rules = self._rules(then)

        async def asked(role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
            return await (rules if role in ruled else recorded)(role, evidence, earlier)

        return asked

    def _rules(self, then: CycleRecord) -> DoorAsk:
        return DoorAsk(self._door(Roster.of([OFFLINE]), NoCalls()), then.cycle_id)

    def _another(self, then: CycleRecord, name: str) -> tuple[str, AskRole]:
        """Ask another LLM under a cycle id of its own, blind where it could remember how the story went."""
        roster = roster_for(name, self._asked, self._desk.mandate)
        provider = roster.seats[0].spec.provider
        if provider == OFFLINE:
            return provider, self._rules(then)
        check_budget(roster, self._desk.mandate)
        seed = then.cycle_id if self._is_past(then.session) else None
        asked_as = f"replay-{then.cycle_id}"
        return provider, DoorAsk(self._door(roster, self._log), asked_as, blind_seed=seed)

    def _door(self, roster: Roster, log: CallLog) -> LLMDoor:
        limits = DoorLimits(budget_usd=self._desk.mandate.llm_daily_budget_usd)
        door = LLMDoor(roster=roster, log=log, clock=self._desk.clock, limits=limits)
        self._exits.callback(lambda: self._loop.run(door.aclose()))
        return door

    def _is_past(self, session: date) -> bool:
        calendar = self._desk.history.calendar
        return calendar.open_at(calendar.next_session(session)) <= self._desk.clock.now()


def _provider(name: str) -> Provider:
    return next(known for known in get_args(Provider) if known == name)
