"""Hearings that a schedule or an event asked for: one row each, from the asking to what was said."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, select, update
from sqlalchemy.dialects.postgresql import insert

from db.column_types import storable
from db.job_tables import hearings
from db.ledger_rows import aware
from db.record_codec import from_json, to_json
from fund.cycle import CycleRecord

HearingStatus = Literal["waiting", "heard", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHearing:
    """What the committee was asked to look at, and what came of it."""

    hearing_id: str
    job: str
    slot: str
    tickers: tuple[str, ...]
    """None for the usual candidates."""
    occasion: str
    """Why it was called, in a sentence with its figures."""
    asked_by: str
    asked_at: datetime
    status: HearingStatus = "waiting"
    settled_at: datetime | None = None
    session: date | None = None
    as_of: datetime | None = None
    said: str = ""


class Hearings:
    """Asks for hearings and keeps what was said, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, asked: AskedHearing) -> str:
        """Ask for a hearing; the second of the same job and slot is the first. Returns its id."""
        fresh = insert(hearings).values(
            hearing_id=asked.hearing_id,
            job=asked.job,
            slot=asked.slot,
            tickers=[storable(ticker) for ticker in asked.tickers],
            occasion=storable(asked.occasion),
            asked_by=asked.asked_by,
            asked_at=aware(asked.asked_at),
            status="waiting",
        )
        self._connection.execute(fresh.on_conflict_do_nothing())
        chosen = select(hearings.c.hearing_id).where(
            hearings.c.job == asked.job, hearings.c.slot == asked.slot
        )
        return str(self._connection.execute(chosen).scalar_one())

    def get(self, hearing_id: str) -> AskedHearing | None:
        """Return one hearing, None when there is no such."""
        return next(iter(self._all(select(hearings).where(hearings.c.hearing_id == hearing_id))), None)

    def of_slot(self, job: str, slot: str) -> AskedHearing | None:
        """Return the hearing of a slot, None before it was asked for."""
        chosen = select(hearings).where(hearings.c.job == job, hearings.c.slot == slot)
        return next(iter(self._all(chosen)), None)

    def record(self, hearing_id: str) -> CycleRecord | None:
        """Return what the committee said whole, None where it has not spoken."""
        chosen = select(hearings.c.record).where(hearings.c.hearing_id == hearing_id)
        text = self._connection.execute(chosen).scalar()
        return None if text is None else from_json(CycleRecord, text)

    def waiting(self) -> tuple[AskedHearing, ...]:
        """Return those that wait, the first asked first."""
        chosen = select(hearings).where(hearings.c.status == "waiting")
        return self._all(chosen.order_by(hearings.c.asked_at, hearings.c.hearing_id))

    def latest(self, limit: int = 20) -> tuple[AskedHearing, ...]:
        """Return the last hearings, newest first."""
        chosen = select(hearings).order_by(hearings.c.asked_at.desc(), hearings.c.hearing_id)
        return self._all(chosen.limit(limit))

    def settle(
        self,
        hearing_id: str,
        status: Literal["heard", "failed", "skipped"],
        said: str,
        *,
        at: datetime,
        record: CycleRecord | None = None,
    ) -> bool:
        """Settle a hearing that waits; False where it is settled already."""
        settled: dict[str, Any] = {"status": status, "said": storable(said), "settled_at": aware(at)}
        if record is not None:
            settled |= {"session": record.session, "as_of": aware(record.as_of), "record": to_json(record)}
        change = update(hearings).where(hearings.c.hearing_id == hearing_id, hearings.c.status == "waiting")
        return self._connection.execute(change.values(settled)).rowcount == 1

    def _all(self, chosen: Select[Any]) -> tuple[AskedHearing, ...]:
        return tuple(_asked(row) for row in self._connection.execute(chosen).mappings())


def _asked(row: RowMapping) -> AskedHearing:
    given = {name: row[name] for name in AskedHearing.__dataclass_fields__ if name != "tickers"}
    return AskedHearing(tickers=tuple(row["tickers"]), **given)
