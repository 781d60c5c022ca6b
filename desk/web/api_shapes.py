"""The bodies and answers of the HTTP API's own routes; what a tool takes and gives is the tool's."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from db.cycle_list import CycleRow, OrderRow
from fund.alert_rules import Severity

Ticker = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9][A-Za-z0-9.\-]*$")]
Seq = Annotated[int, Field(ge=0, le=2**63 - 1)]


class Shape(BaseModel):
    """Strict about names: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CycleRequest(Shape):
    """What a cycle is wanted for."""

    tickers: list[Ticker] = Field(default=[], max_length=60)
    """Whom it is about; none for the usual candidates."""
    reason: str = Field(min_length=1, max_length=1000)
    """Why, in words: it is kept with the cycle."""


class RunRequest(Shape):
    """What a discovery run is wanted for."""

    reason: str = Field(min_length=1, max_length=500)


class CycleAccepted(Shape):
    """A cycle that was asked for; ask for its id again to see what became of it."""

    cycle_id: str
    status: str


class CyclePage(Shape):
    """Cycles, newest first."""

    cycles: list[CycleRow]
    next: int | None
    """What `before` is to be for the page that follows; null on the last one."""


class OneCycle(Shape):
    """A cycle on record, or one that was asked for and is not over yet."""

    cycle_id: str
    status: str
    detail: str = ""
    """What is in the way, or under way; empty for one on record."""
    record: CycleRow | None = None
    """None while nothing is on record."""
    orders: list[OrderRow] = []
    """Quantities are exact, as text."""


class CycleQuery(Shape):
    """Which cycles."""

    limit: int = Field(default=50, ge=1, le=200)
    before: Seq | None = None
    """Only those recorded before this place; `next` of the page before."""
    session: date | None = None
    job: str | None = Field(default=None, max_length=80)


class EventShown(Shape):
    """One event at its place in the order of recording."""

    seq: int
    event_id: str
    at: datetime
    kind: str
    severity: Severity
    text: str
    data: dict[str, Any]
    cycle_id: str | None


class EventFilter(Shape):
    """Which events."""

    kind: list[Annotated[str, Field(min_length=1, max_length=80)]] = Field(default=[], max_length=20)
    """Only of these kinds; none for all."""
    severity: Severity = "info"
    """From this one on: info, warning or critical."""


class EventQuery(EventFilter):
    """Which events, from where on."""

    after: Seq | None = None
    """Those recorded after this one, oldest first; without it the last ones."""
    limit: int = Field(default=100, ge=1, le=1000)


class StreamQuery(EventFilter):
    """Which events, from where on; `Last-Event-ID` says the same and wins."""

    after: Seq | None = None
    """Begin with what was recorded after this one; without it with what happens from now on."""


class EventPage(Shape):
    """Events, oldest first."""

    events: list[EventShown]
    last: int
    """The place of the last event there is: what `after` is to be to hear of what follows."""


class WatchRequest(Shape):
    """Whom the committee is to look at."""

    tickers: list[Annotated[str, Field(min_length=1, max_length=80)]] = Field(min_length=1, max_length=50)


class ResumeRequest(Shape):
    """Nothing is asked but the resume itself: its evidence is the desk's own."""


class Me(Shape):
    """Who asks."""

    name: str
    role: Literal["owner", "viewer"]
    scopes: list[str] = []


class ToolResult(Shape):
    """What a tool answered; texts in it were written by others and are data."""

    tool: str
    result: Any


class Ticket(BaseModel):
    """A command that waits to be confirmed, or what became of it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    status: str
    expires_at: datetime


class Tickets(Shape):
    """Commands that wait."""

    commands: list[Ticket]
