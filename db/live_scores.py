"""What live forecasts turned out to be worth, and how forecasters were faring: appended, never changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from db.forecaster_tables import forecaster_drifts, live_scores
from db.ledger_rows import aware
from db.once import insert_all
from db.record_codec import to_plain
from fund.forecasting.life.live_score import LiveScore
from fund.forecasting.life.watching import State, Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftState:
    """How a version was faring when it was last looked at."""

    version: str
    session: date
    state: State
    reasons: tuple[str, ...]
    """In sentences, with their figures; training it anew is due for any one of them."""
    figures: Mapping[str, Any]
    """Everything it rests on, as plain JSON."""
    at: datetime


class LiveScores:
    """Scores and drift over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, scores: Sequence[LiveScore], *, at: datetime) -> int:
        """Keep scores and return how many were new; one that is there already stays as it is."""
        rows = [asdict(each) | {"filled_at": aware(at)} for each in scores]
        return len(insert_all(self._connection, live_scores, rows))

    def filled(self, versions: Collection[str]) -> dict[str, frozenset[date]]:
        """Return the sessions of versions that are scored, or have a reason why not, in one read."""
        table = live_scores
        chosen = select(table.c.version, table.c.session).where(table.c.version.in_(list(versions)))
        found: dict[str, set[date]] = {version: set() for version in versions}
        for row in self._connection.execute(chosen):
            found[row.version].add(row.session)
        return {version: frozenset(sessions) for version, sessions in found.items()}

    def of(self, version: str) -> tuple[LiveScore, ...]:
        """Return the scores of a version, oldest first."""
        return self.of_each([version])[version]

    def of_each(self, versions: Collection[str]) -> dict[str, tuple[LiveScore, ...]]:
        """Return the scores of versions, oldest first, in one read."""
        table, names = live_scores, LiveScore.__dataclass_fields__
        chosen = select(table).where(table.c.version.in_(list(versions))).order_by(table.c.session)
        found: dict[str, list[LiveScore]] = {version: [] for version in versions}
        for row in self._connection.execute(chosen).mappings():
            found[row["version"]].append(LiveScore(**{name: row[name] for name in names}))
        return {version: tuple(scores) for version, scores in found.items()}

    def note(self, watched: Watched, *, at: datetime) -> bool:
        """Keep how a version was faring on a session; False where it was looked at on that session before."""
        known = select(forecaster_drifts.c.session).where(
            forecaster_drifts.c.version == watched.version, forecaster_drifts.c.session == watched.session
        )
        if self._connection.execute(known).scalar() is not None:
            return False
        told = {"version", "session", "state", "reasons"}
        figures = {name: to_plain(getattr(watched, name)) for name in _WATCHED if name not in told}
        row = {
            "version": watched.version,
            "session": watched.session,
            "state": watched.state,
            "reasons": [each.told for each in watched.reasons],
            "figures": figures | {"reasons": to_plain(watched.reasons)},
            "at": aware(at),
        }
        self._connection.execute(insert(forecaster_drifts), row)
        return True

    def drift(self, versions: Collection[str], until: date | None = None) -> dict[str, DriftState]:
        """Return how versions were faring when last looked at, by a session; those never seen are absent."""
        table = forecaster_drifts
        newest = select(table).ext(distinct_on(table.c.version))
        newest = newest.order_by(table.c.version, table.c.session.desc())
        chosen = newest.where(table.c.version.in_(list(versions)))
        if until is not None:
            chosen = chosen.where(table.c.session <= until)
        found = self._connection.execute(chosen).mappings()
        return {row["version"]: DriftState(**{**row, "reasons": tuple(row["reasons"])}) for row in found}


_WATCHED = tuple(Watched.__dataclass_fields__)
