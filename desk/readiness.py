"""Whether work may be given to a desk: its database and schema, its market data, its worker."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from db.migrate import newest_revision, revision_of
from desk.bootstrap import Desk
from desk.web.face import HealthItem
from desk.worker import DeskWorker


def readiness_of(desk: Desk, worker: DeskWorker) -> tuple[HealthItem, ...]:
    """Check everything; details are said to anybody, so they name no place and no figure."""
    return (
        *_database(desk),
        _item("market data", not desk.market.problem, "the feed could not be taken in; the log says why"),
        _item("worker", worker.is_alive, "the desk is ending"),
        forecasters_of(desk),
        _item("real clock", not worker.failed, "the last round ended early; the log says why"),
    )


def forecasters_of(desk: Desk) -> HealthItem:
    """Say who of the forecasters cannot speak; a desk without its champion buys nothing new."""
    lame = {version.rsplit("-", 1)[0] for version in desk.learning.unavailable} | desk.forecasts.silent.keys()
    champion = desk.sources[0].card.forecaster if desk.sources else ""
    said = f"unavailable: {', '.join(sorted(lame))}; the log says why" if lame else ""
    return HealthItem(name="forecasters", ok=champion not in desk.forecasts.silent, detail=said)


def _database(desk: Desk) -> tuple[HealthItem, HealthItem]:
    away, needed = "it does not answer", newest_revision()
    try:
        with desk.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            found = revision_of(connection)
    except SQLAlchemyError:
        return _item("database", False, away), _item(
            "migrations", False, "nobody can tell: the database is away"
        )
    said = f"the schema is at {found or 'nothing'}, this program needs {needed}; run `desk migrate`"
    return _item("database", True, away), _item("migrations", found == needed, said)


def _item(name: str, ok: bool, why_not: str) -> HealthItem:
    return HealthItem(name=name, ok=ok, detail="" if ok else why_not)
