"""A desk while it is served: its state for the landing page, its health, and its end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from db.engine import transaction
from db.ledger import Ledger
from desk.bootstrap import Desk
from desk.chat.conversation import Conversation
from desk.due import waits_for
from desk.feeds.report import feed_reports, feeds_health
from desk.metrics import DeskMetrics
from desk.readiness import forecasters_of, readiness_of
from desk.web.face import HealthItem, Metric, StatusPage, TrackRecord
from desk.worker import DeskWorker
from fund.portfolio.session_mark import SessionMark
from graph.desk_control import DeskStatus
from graph.desk_tools import DeskTools
from tools.breaker import breaker_standing
from tools.refused import refused_lately


class Keeper(Protocol):
    """What works in the background of a served desk."""

    def health(self) -> HealthItem:
        """Say how it stands."""
        ...


class RunningDesk:
    """The desk as the web server sees it."""

    def __init__(
        self,
        desk: Desk,
        worker: DeskWorker,
        conversation: Conversation,
        release: Callable[[], Awaitable[None]],
        keepers: Sequence[Keeper] = (),
        tools: DeskTools | None = None,
    ) -> None:
        self._desk = desk
        self._worker = worker
        self._conversation = conversation
        self._release = release
        self._keepers = keepers
        self._metrics = DeskMetrics(desk, worker, tools)

    @property
    def conversation(self) -> Conversation:
        """Return the conversation the chat page speaks with."""
        return self._conversation

    @property
    def mode(self) -> Literal["replay", "live"]:
        """Return the mode, which may be said to anybody."""
        return self._worker.status().mode

    def status(self) -> StatusPage:
        """Read the desk's figures."""
        return status_page(self._desk, self._worker, self.health())

    def health(self) -> Sequence[HealthItem]:
        """Check what must work."""
        kept = (keeper.health() for keeper in self._keepers)
        desk = self._desk
        feeds = feeds_health(feed_reports(desk.settings, desk.engine, desk.clock), desk.clock.now())
        lame = (each for each in (forecasters_of(desk),) if each.detail)
        return (*health_of(desk), *lame, *kept, *([feeds] if feeds else ()), *_clock_health(self._worker))

    def readiness(self) -> Sequence[HealthItem]:
        """Check what must be there before work is given to this desk."""
        return readiness_of(self._desk, self._worker)

    def metrics(self) -> Sequence[Metric]:
        """Return the desk's figures."""
        return self._metrics.read(self.health())

    async def stop(self) -> None:
        """Let the session being played end, then release everything."""
        await asyncio.to_thread(self._worker.close)
        await self._release()


def _clock_health(worker: DeskWorker) -> tuple[HealthItem, ...]:
    return (HealthItem(name="real clock", ok=False, detail=worker.failed),) if worker.failed else ()


def health_of(desk: Desk) -> tuple[HealthItem, ...]:
    """Check what must work: the database and the market data."""
    history = desk.history
    span = f"{history.first_session.isoformat()} to {history.last_session.isoformat()}"
    known = f"{len(history.panel.tickers)} tickers, {span}"
    if not desk.is_live:
        known += f"; known to the desk up to {desk.player.last_session() or history.first_session}"
    problem, left_out = desk.market.problem, desk.market.left_out
    said = "; ".join(str(each) for each in (problem, left_out) if each)
    sound = not problem and not (left_out and left_out.of_prices)
    detail = f"{said} (known so far: {known})" if said else known
    return (_database_of(desk), HealthItem(name="market data", ok=sound, detail=detail))


def _database_of(desk: Desk) -> HealthItem:
    try:
        with desk.engine.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
    except SQLAlchemyError as error:
        return HealthItem(name="database", ok=False, detail=type(error).__name__)
    kind = "embedded PostgreSQL" if desk.stores.postgres else "PostgreSQL"
    return HealthItem(name="database", ok=True, detail=f"{kind} {version}")


def status_page(desk: Desk, worker: DeskWorker, health: Sequence[HealthItem] = ()) -> StatusPage:
    """Return the desk in figures."""
    status = worker.status()
    with transaction(desk.engine) as connection:
        curve = Ledger(connection).equity_curve()
        breaker = breaker_standing(connection, desk.mandate.breaker)
        refused = refused_lately(connection).refusals
    last = curve[-1] if curve else None
    return StatusPage(
        mode=status.mode,
        session=status.session if last else None,
        next_session=status.next_session,
        decides_at=_decides_at(desk, status),
        waits_for=_waits_for(desk, status),
        unplayed_sessions=status.unplayed,
        equity=last.equity if last else None,
        cash=last.cash if last else None,
        positions=len(last.positions) if last else 0,
        trading=breaker.status.word,
        breaker=breaker,
        refused=refused,
        provider=status.provider,
        record=_record(desk.mandate.benchmark, curve),
        health=tuple(health),
    )


def _decides_at(desk: Desk, status: DeskStatus) -> datetime | None:
    following = status.next_session
    return desk.history.calendar.decision_time(following) if desk.is_live and following else None


def _waits_for(desk: Desk, status: DeskStatus) -> str:
    if not desk.is_live or status.next_session is None:
        return ""
    return waits_for(desk.history, status.next_session, desk.clock.now(), desk.mandate.benchmark)


def _record(benchmark: str, curve: Sequence[SessionMark]) -> TrackRecord | None:
    """Return the record over the sessions since the first close; nothing was earned on the first.

    Lines are what the first close's equity came to, net of deposits: unit values, not equity.
    """
    if len(curve) < 2:
        return None
    indices = [mark.benchmark_index for mark in curve if mark.benchmark_index is not None]
    whole = len(indices) == len(curve)
    first, unit = float(curve[0].equity), curve[0].unit_value
    return TrackRecord(
        return_fraction=curve[-1].unit_value / unit - 1,
        benchmark=benchmark,
        benchmark_fraction=indices[-1] / indices[0] - 1 if whole else None,
        sessions=len(curve) - 1,
        equity=tuple(first * mark.unit_value / unit for mark in curve),
        benchmark_equity=tuple(first * index / indices[0] for index in indices) if whole else (),
    )
