"""A desk that discovers: who picked what, what it returned, what the list and the committee make of it."""

from datetime import date, datetime

from sqlalchemy import text

from db.engine import transaction
from desk.bootstrap import Desk
from desk.discovery import run_discovery
from desk.discovery_returns import fill_forward_returns

pytest_plugins = ["support.desks"]


def played(desk: Desk) -> tuple[date, ...]:
    last = desk.player.last_session()
    assert last is not None
    with transaction(desk.engine) as connection:
        rows = connection.execute(text("SELECT session FROM desk.equity_daily ORDER BY session"))
        return tuple(rows.scalars())


def at(desk: Desk, session: date) -> datetime:
    return desk.history.calendar.decision_time(session)


def test_try(desk: Desk) -> None:
    sessions = played(desk)
    print(len(sessions), sessions[0], sessions[-1])
    for s in sessions[::10]:
        r = run_discovery(desk, at(desk, s), f"run-{s}")
        print(
            s,
            r.run.overlap,
            [(t.picker, t.speaker, round(t.weight, 3), t.names, t.silent) for t in r.run.pickers],
        )
        print([(p.candidate.ticker, round(p.candidate.score, 2)) for p in r.suggestions], r.changes)
    print(r.suggestions[0])
    print(fill_forward_returns(desk))
    assert 0
