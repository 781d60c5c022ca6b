"""A record never changes: each is read once, what patterns need of it is kept, and new ones are added."""

from sqlalchemy import event, text

from db.decisions import Decisions
from support.database import DatabaseServer
from support.desk_records import PlayedDesk
from support.fresh_desks import a_fresh_desk
from tools.decisions_once import DecisionsOnce
from tools.heard import Heard


def statements_of(desk: PlayedDesk, tools: DecisionsOnce) -> list[tuple[str, object]]:
    """Return what was asked of the database while everything was read."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, given: object, *_: object) -> None:
        asked.append((statement, given))

    event.listen(desk.engine, "before_cursor_execute", note)
    try:
        with desk.engine.connect() as connection:
            tools.every(connection)
    finally:
        event.remove(desk.engine, "before_cursor_execute", note)
    return asked


def test_only_what_is_new_is_read_again(database_server: DatabaseServer) -> None:
    with a_fresh_desk(database_server, sessions=3) as desk:
        tools = DecisionsOnce()
        with desk.engine.connect() as connection:
            first = tools.every(connection)
            last = connection.execute(text("SELECT max(seq) FROM desk.cycles")).scalar()
        ((_, given),) = statements_of(desk, tools)
        assert str(last) in str(given)
        desk.play()
        with desk.engine.connect() as connection:
            second = tools.every(connection)
        assert [record.cycle_id for record in second[:3]] == [record.cycle_id for record in first]
        assert all(kept is was for kept, was in zip(second, first, strict=False))
        assert len(second) == 4


def test_what_patterns_need_of_a_record_is_kept_whole(database_server: DatabaseServer) -> None:
    with a_fresh_desk(database_server, sessions=3) as desk, desk.engine.connect() as connection:
        kept = DecisionsOnce().every(connection)
        for short in kept:
            whole = Decisions(connection).get(short.cycle_id)
            assert whole is not None
            for field in ("session", "equity", "weights_before", "review", "orders", "exits", "resized"):
                assert getattr(short, field) == getattr(whole, field), field
            had, has = Heard(whole), Heard(short)
            assert has.candidates == had.candidates != ()
            assert has.regime == had.regime
            assert has.concerns() == had.concerns()
            assert has.convictions() == had.convictions()
            assert has.targets() == had.targets()
            assert list(has.probabilities()) == list(had.probabilities())
            for ticker in had.candidates:
                seen, was = has.seen(ticker), had.seen(ticker)
                assert seen is not None
                assert was is not None
                assert seen.sector == was.sector
                assert [each.rank for each in seen.forecasts] == [each.rank for each in was.forecasts]
                assert has.figure("risk_officer", ticker) == had.figure("risk_officer", ticker)
        assert all(not record.proposal.reasons for record in kept if record.proposal)
