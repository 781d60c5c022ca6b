"""The trainings that drift, decay or age called for, and what came of each: appended, never changed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from db.forecaster_tables import forecaster_retrainings
from db.ledger_rows import aware
from db.locks import Lock, hold
from fund.forecasting.life.retraining import Cause, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraining:
    """One step of a training that was called for: that it was begun, or how it ended."""

    name: str
    horizon_sessions: int
    session: date
    """After whose close it was called for."""
    cause: Cause
    because_of: str
    """The version that was faring so."""
    why: str
    """The same in a sentence with its figures."""
    status: Status
    version: str | None = None
    """What was made, a challenger; None unless made."""
    trial_id: str | None = None
    """Its place in the chain of trials."""
    train_first: date | None = None
    train_last: date | None = None
    said: str = ""
    """What came of it, or why it came to nothing."""
    at: datetime


class Retrainings:
    """Appends and reads them over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, step: Retraining) -> bool:
        """Append a step; False for one made after a session that is made already, by whoever was first."""
        hold(self._connection, Lock.FORECASTERS)
        table = forecaster_retrainings
        if step.status == "made" and any(_same(step, each) for each in self.since(step.session)):
            return False
        last = self._connection.execute(select(func.max(table.c.seq))).scalar() or 0
        row = asdict(step) | {"seq": last + 1, "at": aware(step.at)}
        self._connection.execute(insert(table), row)
        return True

    def since(self, session: date) -> tuple[Retraining, ...]:
        """Return every step after the close of a session or of a later one, oldest first."""
        table = forecaster_retrainings
        return self._found(select(table).where(table.c.session >= session).order_by(table.c.seq))

    def latest(self, *, limit: int = 20) -> tuple[Retraining, ...]:
        """Return how the last ones ended, the newest first."""
        table = forecaster_retrainings
        ended = select(table).where(table.c.status != "begun").order_by(table.c.seq.desc()).limit(limit)
        return self._found(ended)

    def _found(self, chosen: Select[Any]) -> tuple[Retraining, ...]:
        names = Retraining.__dataclass_fields__
        rows = self._connection.execute(chosen).mappings()
        return tuple(Retraining(**{name: row[name] for name in names}) for row in rows)


def _same(one: Retraining, other: Retraining) -> bool:
    """Tell whether both are made of one name and horizon after one session."""
    return other.status == "made" and (one.name, one.horizon_sessions, one.session) == (
        other.name,
        other.horizon_sessions,
        other.session,
    )
