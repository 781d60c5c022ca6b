"""Schema: one chain of migrations that gives the tables the code knows, on any fresh database."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from db import chat_tables
from db import tables as desk_tables
from db.ask import AskDatabase
from db.ask_tables import ASK_APPEND_ONLY
from db.discovery_tables import APPEND_ONLY_OF_DISCOVERY
from db.engine import connect, transaction
from db.eval_tables import APPEND_ONLY_OF_EVALS
from db.forecaster_tables import APPEND_ONLY_OF_FORECASTERS
from db.migrate import MIGRATIONS, check_server, migrate
from db.owner_tables import APPEND_ONLY_OF_THE_OWNER
from db.shadow_tables import APPEND_ONLY_OF_SHADOWS
from db.tables import APPEND_ONLY
from fund.errors import ConfigError, LedgerError, QueryRefusedError
from support.database import DatabaseServer

HISTORY = (
    *APPEND_ONLY,
    *APPEND_ONLY_OF_THE_OWNER,
    *APPEND_ONLY_OF_DISCOVERY,
    *APPEND_ONLY_OF_SHADOWS,
    *APPEND_ONLY_OF_EVALS,
    *APPEND_ONLY_OF_FORECASTERS,
    *ASK_APPEND_ONLY,
)


@pytest.fixture
def empty_url(database_server: DatabaseServer) -> Iterator[str]:
    """A database that nothing was done to."""
    url = database_server.empty()
    yield url
    database_server.drop(url)


def test_a_fresh_database_is_migrated_and_a_second_time_is_nothing(empty_url: str) -> None:
    revision = migrate(empty_url)
    assert migrate(empty_url) == revision
    engine = create_engine(empty_url, poolclass=NullPool)
    with engine.connect() as connection:
        schemas = connection.execute(text("SELECT nspname FROM pg_namespace")).scalars().all()
        stored = connection.execute(text("SELECT version_num FROM desk.alembic_version")).scalar_one()
    assert {"desk", "chat", "graph", "ask"} <= set(schemas)
    assert stored == revision


def test_the_migrations_give_exactly_the_tables_the_code_knows(database_url: str) -> None:
    for path in Path(desk_tables.__file__).parent.glob("*_tables.py"):
        import_module(f"db.{path.stem}")
    engine = create_engine(database_url, poolclass=NullPool)
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: (
            name in ("desk", "chat") if kind == "schema" else name != "alembic_version"
        ),
        "compare_server_default": True,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, [desk_tables.metadata, chat_tables.metadata]) == []


def test_a_database_of_a_newer_desk_is_refused_untouched(empty_url: str) -> None:
    migrate(empty_url)
    engine = create_engine(empty_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE desk.alembic_version SET version_num = 'v9999'"))
    with pytest.raises(ConfigError, match="is at revision 'v9999', this desk knows up to"):
        migrate(empty_url)


def test_a_failed_migration_leaves_nothing_behind(empty_url: str) -> None:
    engine = create_engine(empty_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA chat"))
        connection.execute(text("CREATE TABLE chat.users (id text)"))
    with pytest.raises(ConfigError, match='cannot be prepared for the desk: schema "chat" already exists'):
        migrate(empty_url)
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'desk'"))
        assert tables.scalars().all() == []


def test_the_application_role_reaches_every_table_and_rewrites_no_history(database_url: str) -> None:
    question = text(
        "SELECT has_table_privilege(:name, 'INSERT'), "
        "has_table_privilege(:name, 'UPDATE') OR has_table_privilege(:name, 'DELETE') "
        "OR has_table_privilege(:name, 'TRUNCATE')"
    )
    engine = connect(database_url)
    with transaction(engine) as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == "desk_app"
        for table in (*desk_tables.metadata.sorted_tables, *chat_tables.metadata.sorted_tables):
            inserts, rewrites = connection.execute(question, {"name": table.fullname}).one()
            assert inserts, table.fullname
            assert rewrites == (table not in HISTORY), table.fullname
    engine.dispose()


def test_every_append_only_table_has_its_trigger(database_url: str) -> None:
    engine = connect(database_url)
    with transaction(engine) as connection:
        found = connection.execute(
            text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")
        )
        assert set(found.scalars()) == {table.fullname for table in HISTORY}
    engine.dispose()


@pytest.fixture
def tenant_url(empty_url: str) -> Iterator[str]:
    """A database owned by a login that is no superuser, on a server that has pgvector installed in it."""
    admin = create_engine(empty_url, poolclass=NullPool)
    with admin.begin() as connection:
        connection.execute(text("CREATE EXTENSION vector"))
        connection.execute(text("CREATE ROLE tenant LOGIN"))
        database = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"ALTER DATABASE {database} OWNER TO tenant"))
    yield empty_url.replace("postgres@", "tenant@")
    with admin.begin() as connection:
        connection.execute(text("REASSIGN OWNED BY tenant TO postgres"))
        connection.execute(text("DROP OWNED BY tenant"))
        connection.execute(text("DROP ROLE tenant"))


def current_user(url: str) -> str:
    engine = connect(url)
    with transaction(engine) as connection:
        user = str(connection.execute(text("SELECT current_user")).scalar_one())
    engine.dispose()
    return user


def test_a_login_without_rights_on_roles_is_held_by_the_triggers(tenant_url: str) -> None:
    migrate(tenant_url)
    assert current_user(tenant_url) == "tenant"
    engine = connect(tenant_url)

    def rewrite() -> None:
        with transaction(engine) as connection:
            connection.execute(text("DELETE FROM desk.events"))

    with pytest.raises(LedgerError, match="append-only"):
        rewrite()
    engine.dispose()


def test_where_functions_cannot_be_taken_from_everybody_sql_questions_are_refused(tenant_url: str) -> None:
    migrate(tenant_url)
    database = AskDatabase(tenant_url)
    with pytest.raises(QueryRefusedError, match="SQL questions are switched off"):
        database.run("SELECT 1 AS one")
    database.close()


def test_a_login_that_may_grant_the_role_takes_it(empty_url: str, tenant_url: str) -> None:
    admin = create_engine(empty_url, poolclass=NullPool)
    with admin.begin() as connection:
        connection.execute(text("GRANT desk_app TO tenant WITH ADMIN TRUE, SET FALSE, INHERIT FALSE"))
    migrate(tenant_url)
    assert current_user(tenant_url) == "desk_app"
    with admin.begin() as connection:
        connection.execute(text("REVOKE desk_app FROM tenant CASCADE"))


@pytest.mark.parametrize("version", [90_624, 150_012])
def test_a_server_that_is_too_old_is_refused(version: int) -> None:
    with pytest.raises(ConfigError, match="must be PostgreSQL 16 or newer, was"):
        check_server(version)
    check_server(160_000)


def test_each_migration_has_its_script_and_says_what_it_is_for() -> None:
    versions = Path(MIGRATIONS) / "versions"
    for migration in versions.glob("v*.py"):
        assert migration.with_suffix(".sql").is_file(), migration.name
        assert migration.read_text().startswith('"""'), migration.name
