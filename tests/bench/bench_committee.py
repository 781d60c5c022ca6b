"""One decision over 20 names: what it asks of an LLM at worst, and what it costs apart from that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from time import process_time

from agents.clients import ChatClient, as_written
from agents.llm import DoorLimits, LLMDoor
from agents.llm_spec import LLMSpec
from agents.prices import Price
from agents.roster import Roster, Seat
from agents.scripted import ScriptedChatModel
from db.engine import transaction
from db.memory import MemoryKind, MemoryStore
from desk.bootstrap import Desk
from fund.clock import SystemClock
from fund.cycle import CycleRecord, Strategy, decide
from fund.market.history import History
from graph.asking import DoorAsk
from graph.call_log import DatabaseCallLog
from graph.checkpoints import libpq_url, open_checkpoints
from graph.committee import Committee, build_committee
from graph.loop import LoopThread
from graph.research import Researcher, TrackRecord
from graph.strategy import CommitteeStrategy
from support.bench_desk import first_start, open_bench_desk
from support.bench_memories import remember_made
from support.bench_talker import Heard, Talker
from support.benchmark import Figure, counted, median, single
from tools.memory import MemoryTools

SESSIONS = 15
LLM_SECONDS = 0.05


def measure() -> Iterator[Figure]:
    """Count on the last played session of the whole bundle, and time decisions before and after it."""
    with open_bench_desk(first_start().folder) as desk:
        seats = Seats(desk)
        last = desk.player.last_session()
        assert last is not None
        plain = seats.heard_in(last, "plain")
        yield counted("names the committee looked at", "", seats.names(last), bound=20)
        yield counted("LLM calls, the proposal sent back once", "", plain.calls, bound=20)
        yield counted("prompt characters of them all, schemas included", "", plain.characters, bound=250_000)
        yield counted("serial LLM steps", "", plain.serial, bound=5)
        slipped = seats.heard_in(last, "slipped", Talker(slips=True, seconds=LLM_SECONDS))
        yield counted("LLM calls, and every answer repaired once", "", slipped.calls, bound=20)
        yield counted("prompt characters then", "", slipped.characters, bound=250_000)
        yield from _flat(seats, desk, last)
        yield from _processor_time(seats, desk)


class Seats:
    """Committees around the played desk's evidence, each with a speaker of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._book = desk.player.book()

    def heard_in(
        self, session: date, name: str, talker: Talker | None = None, history: History | None = None
    ) -> Heard:
        """Let a talkative LLM decide a session; return what it was sent."""
        talker = talker or Talker(seconds=LLM_SECONDS)
        with_talker = _Seated(self._desk, talker)
        try:
            record = self.decide(with_talker.strategy, session, name, history)
        finally:
            with_talker.close()
        assert record.status == "decided", record.cause
        return talker.heard

    def decide(
        self, strategy: Strategy, session: date, name: str, history: History | None = None
    ) -> CycleRecord:
        """Decide on a session's close from the book as it stands; nothing is recorded but the calls."""
        desk = self._desk
        past = history or desk.history
        return decide(
            strategy,
            past.view(past.calendar.decision_time(session)),
            self._book,
            desk.mandate,
            cycle_id=f"bench-{name}-{session.isoformat()}",
            inputs={},
        )

    def names(self, session: date) -> int:
        """Return how many candidates a decision has."""
        record = self.decide(self._desk.seating.rules, session, "names")
        assert record.proposal is not None
        return len(record.proposal.evidence["evidence"]["candidates"])


class _Seated:
    """A committee that asks a talker through the real door, with checkpoints and the call log."""

    def __init__(self, desk: Desk, talker: Talker) -> None:
        self._loop = LoopThread()
        saver, self._pool = self._loop.run(open_checkpoints(libpq_url(desk.stores.url)))
        self._door = LLMDoor(
            roster=Roster(seats=(_seat(talker),)),
            log=DatabaseCallLog(desk.engine),
            clock=SystemClock(),
            limits=DoorLimits(budget_usd=Decimal(10_000)),
        )
        committee: Committee = build_committee(saver)
        self.strategy = CommitteeStrategy(
            name="committee/talker",
            committee=committee,
            research=Researcher(desk.forecasts, MemoryTools(desk.engine), TrackRecord),
            ask_for=lambda cycle, _: DoorAsk(self._door, cycle, blind_seed=cycle),
            loop=self._loop,
        )

    def close(self) -> None:
        self._loop.run(self._pool.close())
        self._loop.run(self._door.aclose())
        self._loop.close()


def _seat(talker: Talker) -> Seat:
    price = Price(input=Decimal(3), output=Decimal(15), known=True)
    spec = LLMSpec(provider="compatible", llm="talker", base_url="http://127.0.0.1:9/v1")
    chat = ScriptedChatModel(script=talker)
    client = ChatClient(chat=chat, bind=as_written, schema_in_prompt=True)
    return Seat(spec=spec, price=price, _client=client)


def _flat(seats: Seats, desk: Desk, session: date) -> Iterator[Figure]:
    """Compare the characters sent with half the history, and with ten times the memories."""
    whole = seats.heard_in(session, "whole")
    half = seats.heard_in(session, "half", history=_second_half(desk.history))
    yield counted(
        "characters with twice the history, as a ratio", "", whole.characters / half.characters, bound=1.05
    )
    _remember_tenfold(desk, session)
    crowded = seats.heard_in(session, "crowded")
    yield counted(
        "characters with ten times the memories, as a ratio",
        "",
        crowded.characters / whole.characters,
        bound=1.05,
    )
    same = (whole.calls, whole.serial) == (half.calls, half.serial) == (crowded.calls, crowded.serial)
    yield counted("differences in calls or serial steps between them", "", float(not same), bound=0)


def _remember_tenfold(desk: Desk, session: date) -> None:
    known_at = desk.history.calendar.decision_time(session)
    kinds: tuple[MemoryKind, ...] = ("trade", "conditions")
    with transaction(desk.engine) as connection:
        for kind in kinds:
            before = MemoryStore(connection).count(kind, as_of=known_at)
            assert before > 0
            assert remember_made(connection, kind, 9 * before, known_at=known_at) == 10 * before


def _processor_time(seats: Seats, desk: Desk) -> Iterator[Figure]:
    """Time decisions on sessions of the training and beyond it; the first of each loads libraries."""
    sessions = desk.history.panel.sessions
    end = sessions.index(desk.sources[0].last)
    trained, live = sessions[end - SESSIONS : end + 1], sessions[end + 1 : end + 2 + SESSIONS]
    talkative = _Seated(desk, Talker())
    strategies: dict[str, Strategy] = {
        "offline rules": desk.seating.strategy,
        "an LLM that answers at once": talkative.strategy,
    }
    try:
        for who, strategy in strategies.items():
            for span, days in (("of the training", trained), ("beyond it", live)):
                seconds = [_processor_seconds(seats, desk, strategy, day) for day in days]
                what = f"processor time, {who}, a session {span}"
                yield median(what, "s", seconds[1:], bound=0.5)
                if strategy is desk.seating.strategy and days is live:
                    yield single(f"{what}, the first, which loads the compiler", "s", seconds[0])
    finally:
        talkative.close()


def _processor_seconds(seats: Seats, desk: Desk, strategy: Strategy, session: date) -> float:
    """Time a decision that finds no forecasts of an earlier one."""
    desk.forecasts.use(desk.sources)
    started = process_time()
    record = seats.decide(strategy, session, f"timed by {strategy.name}")
    seconds = process_time() - started
    assert record.status == "decided", record.cause
    return seconds


def _second_half(history: History) -> History:
    """Return the history as if it had begun half as long ago."""
    panel = history.panel
    start = len(panel.sessions) // 2
    names = ("open", "high", "low", "close", "volume", "total_return_index")
    cut = {name: getattr(panel, name)[start:] for name in names}
    began = history.calendar.open_at(panel.sessions[start])
    return replace(
        history,
        panel=replace(panel, sessions=panel.sessions[start:], **cut),
        actions=tuple(action for action in history.actions if action.ex_date >= began.date()),
        headlines=tuple(fact for fact in history.headlines if fact.known_at >= began),
        reports=tuple(fact for fact in history.reports if fact.known_at >= began),
        macro=tuple(fact for fact in history.macro if fact.known_at >= began),
    )
