"""Databases as desks of earlier versions left them, and what SQL finds in one."""

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from db.migrate import MIGRATIONS
from support.database import DatabaseServer
from tools.sql_questions import SqlQuestions


def desk_at(server: DatabaseServer, version: str) -> str:
    """Return the address of a new database as a desk of some version left it."""
    url = server.empty()
    engine = create_engine(url, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE SCHEMA desk")
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.commit()
    engine.dispose()
    return url


def dsn_of(url: str) -> str:
    """Return an address as psycopg reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def rows(questions: SqlQuestions, sql: str) -> list[tuple[object, ...]]:
    """Return what a statement finds."""
    return [tuple(row) for row in questions.ask(sql, "honest").rows]
