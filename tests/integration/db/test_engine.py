"""Connections: in UTC, bounded, checked; transactions: whole, and again when the connection was lost."""

import re
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from db.engine import ATTEMPTS, connect, in_transaction, transaction, trouble
from db.events import Events
from db.migrate import migrate
from fund.errors import ConfigError
from support.records import an_event


def test_a_connection_works_in_utc_within_a_time_limit(database_url: str) -> None:
    engine = connect(database_url, statement_timeout_seconds=7)
    with engine.connect() as connection:
        shown = connection.execute(
            text("SELECT current_setting('timezone'), current_setting('statement_timeout')")
        ).one()
    assert tuple(shown) == ("UTC", "7s")
    engine.dispose()


def test_a_statement_over_its_limit_is_cancelled(database_url: str) -> None:
    engine = connect(database_url)
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = '10ms'"))
        with pytest.raises(OperationalError, match="statement timeout"):
            connection.execute(text("SELECT pg_sleep(60)"))
    engine.dispose()


def test_the_usual_spellings_of_a_url_are_understood(database_url: str) -> None:
    rest = database_url.partition("://")[2]
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        connect(f"{scheme}://{rest}").dispose()


def test_an_owner_can_be_asked_for_without_the_application_role(database_url: str) -> None:
    engine = connect(database_url, role=None)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == "postgres"
    engine.dispose()


@pytest.mark.parametrize("use", [connect, migrate])
def test_an_unreachable_database_is_named_without_its_password(use: Callable[[str], object]) -> None:
    with pytest.raises(ConfigError) as refused:
        use("postgresql://desk:s3cret%40word@127.0.0.1:1/desk")
    message = str(refused.value)
    assert "127.0.0.1:1/desk" in message
    assert "DESK_DATABASE_URL" in message
    assert "s3cret" not in message
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_missing_database_is_named(database_url: str) -> None:
    with pytest.raises(ConfigError, match='database "nowhere" does not exist'):
        connect(
            database_url.replace("/test_", "/nowhere?x=").partition("?x=")[0]
            + "?"
            + database_url.partition("?")[2]
        )


@pytest.mark.parametrize("url", ["not a url", "postgresql://u:s3cret@host:port/desk", "", "http://u:s3cret@"])
def test_what_is_no_database_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigError, match="DESK_DATABASE_URL must") as refused:
        connect(url)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_transaction_is_whole_or_nothing(engine: Engine) -> None:
    def half() -> None:
        with transaction(engine) as connection:
            Events(connection).append([an_event("half")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with transaction(engine) as connection:
        assert Events(connection).latest() == ()


def test_a_lost_connection_is_replaced_and_the_work_done_once(engine: Engine) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> int:
        attempts.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        Events(connection).append([an_event("after a loss")])
        if len(attempts) == 1:
            connection.execute(text("RESET ROLE"))
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return len(attempts)

    assert in_transaction(engine, work) == 2
    assert len(set(attempts)) == 2
    with transaction(engine) as connection:
        assert len(Events(connection).latest()) == 1


def test_work_whose_connection_is_lost_every_time_is_given_up(engine: Engine) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError) as lost:
        in_transaction(engine, work)
    assert len(attempts) == ATTEMPTS
    assert re.search("went away .*terminating connection.* did not happen", str(trouble(lost.value)))


def test_work_whose_commit_was_done_and_its_answer_lost_is_done_over(engine: Engine) -> None:
    attempts: list[int] = []

    def lose_the_answer(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.commit()
        driver.close()

    def work(connection: Connection) -> int:
        attempts.append(1)
        return Events(connection).append([an_event("answer lost")])

    event.listen(engine, "commit", lose_the_answer, once=True)
    assert in_transaction(engine, work) == 0, "the second time it is there already"
    assert len(attempts) == 2


def test_a_server_without_room_is_said_to_have_none() -> None:
    full = psycopg.errors.DiskFull("could not extend file: No space left on device")
    assert "has no room to work (could not extend file" in str(trouble(full))


def test_a_pooled_connection_that_died_is_not_handed_out(engine: Engine) -> None:
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with engine.connect() as first, engine.connect() as second:
        second.execute(text("RESET ROLE"))
        second.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        second.execute(text("SET ROLE desk_app"))
        first.invalidate()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_an_error_of_the_statement_itself_is_not_repeated(engine: Engine) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.execute(text("SELECT * FROM desk.nothing"))

    with pytest.raises(DBAPIError, match="nothing"):
        in_transaction(engine, work)
    assert attempts == [1]
