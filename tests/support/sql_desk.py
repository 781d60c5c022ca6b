"""A played desk whose database also holds secrets, and what has changed in it between two looks."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import Engine, text

from support.desk_records import PlayedDesk, a_played_desk
from support.sql_shadows import SHADOWED
from support.sql_unattended import CANARY, EVALUATED, UNATTENDED

_PLANTED = f"""
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.vault (secret text);
INSERT INTO elsewhere.vault VALUES ('{CANARY}');
CREATE ROLE sql_canary PASSWORD '{CANARY}';
INSERT INTO chat.users (id, identifier, created_at) VALUES ('u1', '{CANARY}', now());
INSERT INTO chat.threads (id, user_id, name, created_at) VALUES ('t1', 'u1', '{CANARY}', now());
INSERT INTO chat.steps (id, thread_id, name, type, output) VALUES ('s1', 't1', 'x', 'y', '{CANARY}');
INSERT INTO chat.elements (id, thread_id, name, type, display, mime, content)
VALUES ('e1', 't1', 'x', 'y', 'z', 'text/plain', '{CANARY}');
INSERT INTO desk.commands (command_id, action, args, args_hash, user_id, created_at, expires_at, status)
VALUES ('c1', 'pause', '{{"note": "{CANARY}"}}', 'h', '{CANARY}', now(), now(), 'pending');
INSERT INTO desk.events (seq, event_id, at, kind, severity, text, data, previous_hash, hash)
VALUES (1, 'e1', '2016-11-02 12:00+00', 'note', 'info', '=1+1', '{{"note": "{CANARY}"}}', 'g', 'h');
INSERT INTO desk.mandates VALUES ('h1', '{CANARY}', now());
INSERT INTO desk.llm_calls (call_id, role, attempt, provider, llm, prompt_hash, prompt_characters, status,
    answer, error, cost_usd, started_at, day)
VALUES ('l1', 'validator', 1, 'anthropic', 'claude', 'h', 10, 'answered', '{CANARY}', '{CANARY}', 0.25,
    '2016-11-02 12:00+00', '2016-11-02');
INSERT INTO desk.sql_questions (question_id, at, user_id, question, sql, status, milliseconds)
VALUES ('q1', '2016-01-01', '{CANARY}', '{CANARY}', '{CANARY}', 'failed', 1);
SELECT lo_from_bytea(4242, '{CANARY}')
"""
_STATE = """
SELECT 'roles', md5(string_agg(r::text, '|' ORDER BY r.oid)) FROM pg_authid AS r
UNION ALL SELECT 'role settings', md5(string_agg(s::text, '|' ORDER BY s::text))
    FROM pg_db_role_setting AS s
UNION ALL SELECT 'memberships', md5(string_agg(m::text, '|' ORDER BY m.oid)) FROM pg_auth_members AS m
UNION ALL SELECT 'relations', md5(string_agg(concat(c.oid, c.relname, c.relacl, c.relowner, c.reloptions), '|'
    ORDER BY c.oid)) FROM pg_class AS c WHERE c.relnamespace <> 'pg_toast'::regnamespace
UNION ALL SELECT 'functions', md5(string_agg(concat(p.oid, p.proname, p.proacl), '|' ORDER BY p.oid))
    FROM pg_proc AS p
UNION ALL SELECT 'schemas', md5(string_agg(n::text, '|' ORDER BY n.oid)) FROM pg_namespace AS n
UNION ALL SELECT 'triggers', md5(string_agg(concat(t.oid, t.tgenabled), '|' ORDER BY t.oid))
    FROM pg_trigger AS t
UNION ALL SELECT 'comments', md5(string_agg(d::text, '|' ORDER BY d::text)) FROM pg_description AS d
UNION ALL SELECT 'large objects', md5(string_agg(l::text, '|' ORDER BY l::text)) FROM pg_largeobject AS l
UNION ALL SELECT 'settings', md5(string_agg(name || setting, '|' ORDER BY name)) FROM pg_settings
    WHERE name NOT LIKE '%.%'
UNION ALL SELECT 'locks', count(*)::text FROM pg_locks WHERE locktype = 'advisory'
UNION ALL SELECT 'prepared transactions', count(*)::text FROM pg_prepared_xacts
UNION ALL SELECT 'replication slots', count(*)::text FROM pg_replication_slots
"""


@dataclass(frozen=True)
class State:
    """Everything that an attack could leave behind, as digests by name."""

    digests: dict[str, str]

    def changes(self, later: "State") -> set[str]:
        """Return the names of what is not as it was."""
        names = self.digests.keys() | later.digests.keys()
        return {name for name in names if self.digests.get(name) != later.digests.get(name)}


class AttackedDesk:
    """A desk to be attacked, with an onlooker who sees everything."""

    def __init__(self, desk: PlayedDesk, onlooker: psycopg.Connection[tuple[object, ...]]) -> None:
        self.desk = desk
        self._onlooker = onlooker
        self.url = desk.engine.url.render_as_string(hide_password=False)

    def state(self) -> State:
        """Return digests of all rows but the audit's, of roles, rights, settings, locks and sequences."""
        found = {str(name): value for name, value in self._onlooker.execute(_STATE).fetchall()}
        tables = self._onlooker.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN "
            "('pg_catalog', 'information_schema') AND tablename <> 'sql_questions'"
        ).fetchall()
        for (name,) in tables:
            digest = f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} AS t"
            found[str(name)] = self._one(digest)
        for (name,) in self._onlooker.execute("SELECT schemaname || '.' || sequencename FROM pg_sequences"):
            found[str(name)] = self._one(f"SELECT last_value::text || is_called FROM {name}")
        return State({str(name): str(value) for name, value in found.items()})

    def messages(self) -> list[str]:
        """Return what was sent over the channel that attacks use."""
        return [note.payload for note in self._onlooker.notifies(timeout=0)]

    def as_owner(self, statement: str) -> None:
        """Run a statement as whoever owns the database."""
        self._onlooker.execute(statement)

    def _one(self, query: str) -> object:
        row = self._onlooker.execute(query).fetchone()
        return row[0] if row is not None else None


@contextmanager
def attacked_desk(engine: Engine, channel: str) -> Iterator[AttackedDesk]:
    """Play a desk, plant a secret in every place there is, and look on.

    The tables are analysed, or a plan would depend on when the server did so by itself.
    """
    desk = a_played_desk(engine)
    dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as onlooker:
        onlooker.execute(_PLANTED)
        onlooker.execute(UNATTENDED)
        onlooker.execute(SHADOWED)
        onlooker.execute(EVALUATED)
        onlooker.execute("ANALYZE")
        onlooker.execute(f"LISTEN {channel}")
        folder = onlooker.execute("SHOW data_directory").fetchone()
        assert folder is not None
        onlooker.execute(f"COPY (SELECT '{CANARY}') TO '{folder[0]}/canary.txt'")
        yield AttackedDesk(desk, onlooker)
        onlooker.execute("DROP ROLE sql_canary")


def shows_a_secret(cells: Iterable[object]) -> bool:
    """Return whether a planted secret, also as hex or base64, is among the cells."""
    shown = " ".join(str(cell) for cell in cells)
    return any(form in shown for form in (CANARY, CANARY.encode().hex(), "Q0FOQVJZ"))


def count_of(engine: Engine, query: str) -> object:
    """Return one value straight from the tables, past every view."""
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()
