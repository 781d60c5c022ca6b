"""Hearings that a schedule or an event calls: asked for once a slot, held by the worker, and told."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from hashlib import sha256
from threading import Event as Flag

from sqlalchemy import Connection

from db.engine import in_transaction
from db.events import Event, Events
from db.hearings import AskedHearing, Hearings, HearingStatus
from db.trading_state import TradingState
from desk.bootstrap import Desk
from desk.discovery import DiscoveryRun, run_discovery
from desk.hearing import hear, told
from desk.logs import logged_as
from desk.web.api_cycles import CycleStanding
from fund.cycle import CycleRecord
from fund.errors import ConfigError, DataError, DeskError, NoDataError, QueryRefusedError
from graph.desk_control import HeardName

PICKERS = "discovery"
"""The job of requests that go to the pickers, not to the committee."""
ON_EVENT = "event"
"""The job of hearings that an event called, by whatever watches the market."""
MOST_TICKERS = 60
SHOWN = 4
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_.-]{0,60}")


class HearingRoom:
    """Takes requests for hearings from anywhere, and holds them one after the other."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.asked: Callable[[], None] = lambda: None
        """Told when somebody has asked, so that nobody waits for the next round."""

    @property
    def pickers(self) -> "PickersRoom":
        """The same room for requests to the pickers."""
        return PickersRoom(self)

    def submit(self, *, slot: str, tickers: Sequence[str], reason: str, by: str, job: str = ON_EVENT) -> str:
        """Ask for a hearing and return its id at once; the same slot of the same job gets the first id.

        Raises `DataError` for more names than a committee looks at, `QueryRefusedError` for what is no
        ticker of the market data.
        """
        if len(tickers) > MOST_TICKERS:
            raise DataError(f"expected at most {MOST_TICKERS} names for a hearing, found {len(tickers)}")
        self._require_known(tickers)
        asked = AskedHearing(
            hearing_id=hearing_id_of(job, slot),
            job=job,
            slot=slot,
            tickers=tuple(tickers),
            occasion=reason,
            asked_by=by,
            asked_at=self._desk.clock.now(),
        )
        hearing_id = in_transaction(self._desk.engine, lambda connection: Hearings(connection).ask(asked))
        self.asked()
        return hearing_id

    def status(self, cycle_id: str) -> CycleStanding | None:
        """Return how a hearing stands, None when there is no such."""
        asked = self.asked_for(cycle_id)
        if asked is None:
            return None
        return CycleStanding(
            cycle_id=asked.hearing_id,
            status=asked.status,
            tickers=asked.tickers,
            reason=asked.occasion,
            by=asked.asked_by,
            detail=asked.said,
        )

    def asked_for(self, hearing_id: str) -> AskedHearing | None:
        """Return a hearing as it was asked for and what came of it, None when there is no such."""
        return in_transaction(self._desk.engine, lambda connection: Hearings(connection).get(hearing_id))

    def hold_waiting(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Hold the hearings that wait, until `stopped`; returns how many were held."""
        waiting = in_transaction(self._desk.engine, lambda connection: Hearings(connection).waiting())
        held = 0
        for asked in waiting:
            if stopped():
                break
            try:
                self.hold(asked.hearing_id)
            except DeskError as error:
                self._settle(asked, "failed", str(error))
            held += 1
        return held

    def hold(self, hearing_id: str) -> str:
        """Hold a hearing and return what came of it in a sentence; one that is settled is not held again.

        While the breaker is open nobody is asked.
        """
        desk = self._desk
        asked = self.asked_for(hearing_id)
        if asked is None:
            raise NoDataError(f"expected a hearing that was asked for, found {hearing_id!r}")
        if asked.status != "waiting":
            return asked.said
        if asked.job == PICKERS:
            return self._settle(asked, "heard", discovered(run_discovery(desk, self._now(), hearing_id)))
        standing = in_transaction(desk.engine, lambda connection: TradingState(connection).get())
        if standing.is_paused:
            return self._settle(asked, "skipped", standing.told)
        with logged_as(cycle_id=hearing_id, job=asked.job):
            record = hear(desk, hearing_id, asked.tickers, stop=Flag(), occasion=asked.occasion)
        said = _said(told(record, asked.tickers, desk.seating.label).names, record)
        return self._settle(asked, "heard", said, record)

    def _now(self) -> datetime:
        """Return the desk's moment: that of its last close, in a replay."""
        mark = self._desk.player.last_mark()
        return self._desk.clock.now() if self._desk.is_live or mark is None else mark.at

    def _settle(
        self, asked: AskedHearing, status: HearingStatus, said: str, record: CycleRecord | None = None
    ) -> str:
        assert status != "waiting"
        now = self._desk.clock.now()
        kept = None if record is None else replace(record, orders=())

        def settle(connection: Connection) -> None:
            if Hearings(connection).settle(asked.hearing_id, status, said, at=now, record=kept):
                event = Event(
                    event_id=asked.hearing_id,
                    at=now,
                    kind=f"{'discovery' if asked.job == PICKERS else 'hearing'}_{status}",
                    severity="info" if status == "heard" else "warning",
                    text=f"{asked.occasion or asked.job}: {said}",
                    data={"job": asked.job, "slot": asked.slot, "tickers": list(asked.tickers)},
                )
                Events(connection).append([event])

        in_transaction(self._desk.engine, settle)
        return said

    def _require_known(self, tickers: Sequence[str]) -> None:
        history = self._desk.history
        session = self._desk.player.last_session() or history.first_session
        known = history.view(history.calendar.decision_time(session)).tickers()
        for ticker in tickers:
            if ticker not in known:
                near = ", ".join(get_close_matches(ticker, known, n=3)) or "none is near it"
                raise QueryRefusedError(
                    f"expected a ticker of the market data, found {ticker!r}; nearest: {near}"
                )


class PickersRoom:
    """Takes requests for runs of the discovery, which wait their turn among the hearings."""

    def __init__(self, room: HearingRoom) -> None:
        self._room = room

    def submit(self, *, slot: str, tickers: Sequence[str], reason: str, by: str) -> str:
        """Ask for a run and return its id at once; the same slot gets the first id."""
        return self._room.submit(slot=slot, tickers=tickers, reason=reason, by=by, job=PICKERS)

    def status(self, cycle_id: str) -> CycleStanding | None:
        """Return how a run stands, None when there is no such."""
        return self._room.status(cycle_id)


def discovered(run: DiscoveryRun) -> str:
    """Return in a sentence what a run of the discovery came to."""
    if not run.suggestions:
        return "the pickers suggested nothing"
    named = ", ".join(each.candidate.ticker for each in run.suggestions[:SHOWN])
    more = f" and {len(run.suggestions) - SHOWN} more" if len(run.suggestions) > SHOWN else ""
    return f"the pickers suggest {named}{more}"


def hearing_id_of(job: str, slot: str) -> str:
    """Return the id of a slot's hearing: readable where the slot's name is plain, a digest where not."""
    if not slot:
        raise ConfigError("expected a name for the slot of a hearing, found none")
    named = slot if _PLAIN.fullmatch(slot) else sha256(slot.encode()).hexdigest()[:24]
    return f"hearing-{job}-{named}"


def _said(names: Sequence[HeardName], record: CycleRecord) -> str:
    if record.status != "decided":
        return f"nothing was decided: {record.cause}"
    would = [f"{name.ticker} {name.would}" for name in names if name.would]
    if not would:
        return "the committee would change nothing; nothing was ordered"
    more = f" and {len(would) - SHOWN} more" if len(would) > SHOWN else ""
    return f"the committee would trade {', '.join(would[:SHOWN])}{more}; nothing was ordered"
