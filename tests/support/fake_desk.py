"""A desk whose conversation is a script: every kind of event on demand, without a market or a book."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from desk.chat.conversation import (
    BlindDecision,
    Chart,
    ChatEvent,
    DecisionRated,
    Failure,
    Fate,
    Progress,
    Starter,
    StepFinished,
    StepStarted,
    Table,
    TextToken,
    Ticket,
)
from desk.web.face import HealthItem, Metric, StatusPage, TrackRecord

GREETING = "Replay mode: the desk's clock stands at Tue 31 Jan 2017, 40 sessions unplayed."
EXPIRES = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)

Script = Callable[[str], Iterable[ChatEvent]]


def words(text: str) -> list[ChatEvent]:
    return [TextToken(text=part) for part in text.split(" ", 1)[0:1]] + [
        TextToken(text=f" {part}") for part in text.split(" ")[1:]
    ]


def a_cycle() -> list[ChatEvent]:
    return [
        StepStarted(step_id="cycle", parent_id=None, name="Session Wed 1 Feb 2017", kind="cycle"),
        StepStarted(
            step_id="macro", parent_id="cycle", name="Macro researcher", kind="role", input="The brief"
        ),
        StepFinished(step_id="macro", output="Neutral, 80 % invested.", seconds=0.4),
        StepStarted(step_id="manager", parent_id="cycle", name="Portfolio manager", kind="role"),
        StepStarted(step_id="recall", parent_id="manager", name="Recall similar trades", kind="tool"),
        StepFinished(step_id="recall", output="no memory", seconds=0.1, failed=True),
        StepFinished(step_id="manager", output="12 targets.", seconds=1.2),
        StepFinished(step_id="cycle", output="3 orders.", seconds=2.0),
        *words("The session is played: 3 orders filled."),
    ]


def a_chart() -> Chart:
    days = [f"2016-{month:02d}-01" for month in range(1, 13)]
    book = [1_000_000.0 * (1 + 0.004 * i + (0.01 if i % 3 else -0.008)) for i in range(12)]
    spy = [1_000_000.0 * (1 + 0.003 * i) for i in range(12)]
    line = {"type": "scatter", "mode": "lines", "x": days}
    return Chart(
        title="Equity against SPY",
        figure={
            "data": [{**line, "y": book, "name": "Book"}, {**line, "y": spy, "name": "SPY, same money"}],
            "layout": {"yaxis": {"tickprefix": "$"}},
        },
    )


def a_table(rows: int = 3) -> Table:
    names = ("AAPL", "MSFT", "JPM", "XOM", "GE", "KO")
    return Table(
        title="Positions",
        columns=("Ticker", "Shares", "Weight", "Note"),
        rows=tuple(
            (names[i % 6], 100 + i, 0.05 + i / 1000, "=HYPERLINK(1)" if i == 0 else "") for i in range(rows)
        ),
    )


def a_ticket(command_id: str = "pause-1") -> Ticket:
    return Ticket(
        command_id=command_id,
        description="The desk plans no orders until you resume it.",
        expires_at=EXPIRES,
    )


@dataclass
class FakeConversation:
    """Answers by the first word of the question; remembers what was asked, confirmed and declined."""

    scripts: dict[str, Script] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    confirmed: list[tuple[str, str]] = field(default_factory=list)
    declined: list[tuple[str, str]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    """Open command ids by the thread they belong to."""
    stopped: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    """What an answer that comes "later" waits for."""
    sheet: tuple[BlindDecision, ...] = ()
    """What "rate" shows, one after the other."""
    background: dict[str, str] = field(default_factory=dict)
    """What comes of the work that goes on in the background, by the thread it was begun in."""
    rated: list[tuple[str, str, str]] = field(default_factory=list)
    wished: list[tuple[str | None, bool]] = field(default_factory=list)
    """By whom, and whether briefly, each question was to be answered."""

    async def answer(
        self, thread_id: str, user: str, text: str, *, profile: str | None = None, brief: bool = False
    ) -> AsyncIterator[ChatEvent]:
        self.asked.append((thread_id, user, text))
        self.wished.append((profile, brief))
        command = text.split()[0].lower()
        if command == "crash":
            yield TextToken(text="So far")
            raise RuntimeError("password=hunter2 in table desk.fills")
        if command == "wait":
            yield StepStarted(step_id="long", parent_id=None, name="A long search", kind="tool")
            yield TextToken(text="Waiting")
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped += 1
        if command == "later":
            yield TextToken(text="One moment. ")
            await asyncio.to_thread(self.released.wait, 20)
        if command == "play":
            async for event in self._played():
                yield event
            return
        if command == "pause":
            self.pending["pause-1"] = thread_id
        for event in self.scripts.get(command, self._script)(text):
            yield event

    async def _played(self) -> AsyncIterator[ChatEvent]:
        """Play two sessions; the second role of the first waits until it is released."""
        yield Progress(label="Sessions played", done=0, total=2)
        first, wait, rest = a_cycle()[:4], asyncio.to_thread(self.released.wait, 20), a_cycle()[4:]
        for event in first:
            yield event
        try:
            await wait
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        for event in rest:
            yield event
        yield Progress(label="Sessions played", done=2, total=2)

    def _script(self, text: str) -> Iterable[ChatEvent]:
        match text.split()[0].lower():
            case "advance":
                yield Progress(label="Playing sessions", done=0, total=2)
                yield Progress(label="Playing sessions", done=1, total=2)
                yield from a_cycle()
                yield Progress(label="Playing sessions", done=2, total=2)
            case "how":
                yield from words("The book is up 4.12 % over 120 sessions; SPY rose 3.05 %.")
                yield a_chart()
                yield a_table()
            case "hold":
                yield from words("Six names, NYSE:JPM the largest. <b>Not bold</b>")
                yield a_table(rows=24)
            case "pause":
                yield from words("That needs your click.")
                yield a_ticket()
            case "fail":
                yield Failure(text="The price feed could not be read.", log_id="ab12cd34")
            case "rate":
                yield self.sheet[0]
            case "odd":
                yield Chart(title="Odd", figure={"data": [{"type": "no such trace"}]})
            case _:
                yield from words(f"You asked: {text}")

    async def confirm(self, command_id: str, user: str) -> AsyncIterator[ChatEvent]:
        async for event in self._decide(command_id, user, self.confirmed, "Trading is paused."):
            yield event

    async def decline(self, command_id: str, user: str) -> AsyncIterator[ChatEvent]:
        async for event in self._decide(command_id, user, self.declined, "Nothing was changed."):
            yield event

    async def _decide(
        self, command_id: str, user: str, done: list[tuple[str, str]], said: str
    ) -> AsyncIterator[ChatEvent]:
        if self.pending.pop(command_id, None) is None:
            yield TextToken(text="This offer is no longer open.")
            return
        done.append((command_id, user))
        yield TextToken(text=said)

    async def open_tickets(self, thread_id: str, user: str | None = None) -> tuple[Ticket, ...]:
        mine = (thread_id, f"a script of {user}")
        return tuple(a_ticket(command) for command, thread in self.pending.items() if thread in mine)

    async def fate(self, command_id: str) -> Fate | None:
        if command_id in self.pending:
            return "pending"
        if any(command_id == command for command, _ in self.confirmed):
            return "executed"
        return "declined" if any(command_id == command for command, _ in self.declined) else "expired"

    def profiles(self) -> tuple[str, ...]:
        return ("an LLM", "Offline rules")

    def greeting(self) -> str:
        return GREETING

    def starters(self) -> tuple[Starter, ...]:
        return (
            Starter(label="What do we hold, and why?", message="hold"),
            Starter(label="How are we doing?", message="how are we doing"),
            Starter(label="Advance five days", message="advance 5 days"),
            Starter(label="Pause trading", message="pause trading"),
        )

    async def forget(self, thread_id: str) -> None:
        self.forgotten.append(thread_id)

    def going_on(self, thread_id: str) -> AsyncIterator[ChatEvent] | None:
        said = self.background.pop(thread_id, None)
        return None if said is None else self._ended(said)

    async def _ended(self, said: str) -> AsyncIterator[ChatEvent]:
        for event in words(said):
            yield event

    async def rate(self, row: str, rating: str, user: str) -> AsyncIterator[ChatEvent]:
        at = [each.row for each in self.sheet].index(row)
        self.rated.append((row, rating, user))
        yield DecisionRated(row=row, place=at + 1, rating=rating, ratings=self.sheet[at].ratings)
        for following in self.sheet[at + 1 : at + 2]:
            yield following

    async def open_decision(self, user: str) -> BlindDecision | None:
        return next((each for each in self.sheet[len(self.rated) :]), None)


def a_status(**changes: object) -> StatusPage:
    curve = tuple(1_000_000 * (1 + 0.0004 * i + 0.004 * ((i * 7) % 5 - 2) / 5) for i in range(121))
    known: dict[str, object] = {
        "mode": "replay",
        "session": date(2017, 1, 31),
        "next_session": date(2017, 2, 1),
        "unplayed_sessions": 40,
        "equity": Decimal("1041234.56"),
        "cash": Decimal("203411.10"),
        "positions": 16,
        "trading": "running",
        "provider": "offline rules, no LLM",
        "record": TrackRecord(
            return_fraction=0.0412,
            benchmark="SPY",
            benchmark_fraction=0.0305,
            sessions=120,
            equity=curve,
            benchmark_equity=tuple(1_000_000 * (1 + 0.000254 * i) for i in range(121)),
        ),
        "health": (HealthItem(name="database", ok=True), HealthItem(name="bar lake", ok=True)),
    }
    return StatusPage(**(known | changes))  # type: ignore[arg-type]


@dataclass
class FakeDesk:
    """Shows a made status, and counts its starts and stops."""

    conversation: FakeConversation = field(default_factory=FakeConversation)
    page: StatusPage = field(default_factory=a_status)
    mode: Literal["replay", "live"] = "replay"
    stopped: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    """What an answer that comes "later" waits for."""

    def status(self) -> StatusPage:
        return self.page

    def health(self) -> Sequence[HealthItem]:
        return self.page.health

    def readiness(self) -> Sequence[HealthItem]:
        return self.page.health

    def metrics(self) -> Sequence[Metric]:
        return (Metric(name="conclave_cycles_total", help="Cycles run.", kind="counter", value=3),)

    async def stop(self) -> None:
        self.stopped += 1
