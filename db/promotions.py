"""When which version of a forecaster was put to use, by whom and why: appended, never changed."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, insert, select

from db.forecaster_tables import forecaster_promotions
from db.forecasters import Placed
from db.ledger_rows import aware
from db.locks import Lock, hold

Kind = Literal["trained", "promoted", "rolled_back", "unpinned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """One time a version was put to use."""

    seq: int
    version: str
    name: str
    horizon_sessions: int
    kind: Kind
    """By a training in place of an older one, or by a person; `unpinned` lets trainings replace it again."""
    role: str
    previous: str | None
    """The version it took the place of."""
    by: str
    why: str
    explanation: str
    """Why a figure too good to believe was accepted; empty where none was."""
    command_id: str | None
    """The command that was confirmed for it; None of a training."""
    at: datetime
    pinned: bool = False
    """Whether a person chose it over newer ones: no training takes its place until a person says so."""


class Promotions:
    """Appends and reads promotions over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(
        self,
        placed: Placed,
        kind: Kind,
        *,
        by: str,
        why: str,
        at: datetime,
        explanation: str = "",
        command_id: str | None = None,
        pinned: bool = False,
    ) -> Promotion:
        """Append what was put to use and return it with its number; the caller's transaction holds both."""
        hold(self._connection, Lock.FORECASTERS)
        last = self._connection.execute(select(func.max(forecaster_promotions.c.seq))).scalar() or 0
        made = Promotion(
            seq=last + 1,
            version=placed.version,
            name=placed.name,
            horizon_sessions=placed.horizon_sessions,
            kind=kind,
            role=placed.role,
            previous=placed.previous,
            by=by,
            why=why,
            explanation=explanation,
            command_id=command_id,
            at=aware(at),
            pinned=pinned,
        )
        self._connection.execute(insert(forecaster_promotions), asdict(made))
        return made

    def latest(self, horizon_sessions: int | None = None, *, limit: int = 20) -> tuple[Promotion, ...]:
        """Return the last promotions, the newest first, of one horizon or of all."""
        table = forecaster_promotions
        chosen = select(table).order_by(table.c.seq.desc()).limit(limit)
        if horizon_sessions is not None:
            chosen = chosen.where(table.c.horizon_sessions == horizon_sessions)
        return tuple(Promotion(**row) for row in self._connection.execute(chosen).mappings())

    def pinned(self, horizon_sessions: int) -> Promotion | None:
        """Return the promotion that pins who leads a horizon; None where a training may take its place.

        The last word of a person counts, and only while the version it named still leads.
        """
        table = forecaster_promotions
        chosen = (
            select(table)
            .where(table.c.horizon_sessions == horizon_sessions, table.c.role == "champion")
            .order_by(table.c.seq.desc())
            .limit(1)
        )
        row = self._connection.execute(chosen).mappings().one_or_none()
        found = None if row is None else Promotion(**row)
        return found if found is not None and found.pinned else None

    def before(self, version: str) -> str | None:
        """Return whose place a champion took when it was last put to use; None where nobody is on record.

        Rollbacks do not count: after one, the version before that one comes next. Nor does the end of a pin.
        """
        table = forecaster_promotions
        chosen = (
            select(table.c.previous)
            .where(
                table.c.version == version,
                table.c.role == "champion",
                table.c.kind.in_(("trained", "promoted")),
            )
            .order_by(table.c.seq.desc())
            .limit(1)
        )
        found: str | None = self._connection.execute(chosen).scalar()
        return found
