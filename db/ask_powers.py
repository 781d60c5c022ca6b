"""What the role of SQL questions must not be able to do, asked of the server itself before any question."""

from typing import Any

import psycopg

FORBIDDEN_FUNCTIONS = (
    r"^(set_config|pg_sleep.*|lo_.*|lo(read|write|import|export)|.*_to_xml.*|ts_stat|ts_rewrite|pg_notify"
    r"|pg_(try_)?advisory_.*|pg_(cancel|terminate)_backend|pg_export_snapshot"
    r"|pg_current_xact_id|txid_current|pg_read_.*|pg_ls_.*|pg_stat_file|pg_reload_conf|pg_rotate_logfile"
    r"|pg_promote|pg_switch_wal|pg_create_.*|pg_drop_.*|pg_copy_.*|pg_logical_.*|pg_replication_.*"
    r"|pg_stat_reset.*|dblink.*|query_to_.*|repeat|lpad|rpad|format|array_fill)$"
)
"""Functions that wait, lock, write, notify, reach files or other sessions, or fill memory, by name."""
LARGEST_TEMPORARY_KIB = 65_536

_CHECK = """
WITH me AS (SELECT * FROM pg_roles WHERE rolname = current_user),
relations AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reloptions,
           n.nspname = %(schema)s AND c.relkind = 'v' AS is_view
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
)
SELECT 'the session works as ' || current_user FROM me WHERE rolname <> %(role)s
UNION ALL SELECT 'the role may do more than read' FROM me
    WHERE rolsuper OR rolinherit OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
UNION ALL SELECT 'the role is a member of ' || roleid::regrole::text FROM pg_auth_members
    WHERE member = (SELECT oid FROM me)
UNION ALL SELECT 'the role owns ' || oid::regclass::text FROM pg_class
    WHERE relowner = (SELECT oid FROM me)
UNION ALL SELECT 'the role may read ' || nspname || '.' || relname FROM relations
    WHERE NOT is_view AND (has_table_privilege(oid, 'SELECT') OR has_any_column_privilege(oid, 'SELECT'))
UNION ALL SELECT 'the role may not read ask.' || relname FROM relations
    WHERE is_view AND NOT has_table_privilege(oid, 'SELECT')
UNION ALL SELECT 'the role may change ' || nspname || '.' || relname FROM relations
    WHERE has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
    OR has_any_column_privilege(oid, 'INSERT, UPDATE, REFERENCES')
UNION ALL SELECT 'no security barrier on ask.' || relname FROM relations
    WHERE is_view AND NOT coalesce('security_barrier=true' = ANY (reloptions), false)
UNION ALL SELECT 'the role may make things in schema ' || nspname FROM pg_namespace
    WHERE has_schema_privilege(oid, 'CREATE')
UNION ALL SELECT 'the role may use schema ' || nspname FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'public', %(schema)s)
    AND has_schema_privilege(oid, 'USAGE')
UNION ALL SELECT 'the role may move sequence ' || oid::regclass::text FROM pg_class
    WHERE CASE WHEN relkind = 'S' THEN has_sequence_privilege(oid, 'USAGE, UPDATE') END
UNION ALL SELECT 'the role may call ' || oid::regprocedure::text FROM pg_proc
    WHERE has_function_privilege(oid, 'EXECUTE')
    AND (prosecdef OR (pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f'
                       AND proname ~ %(functions)s))
UNION ALL SELECT 'the role may set ' || parname FROM pg_parameter_acl
    WHERE has_parameter_privilege(current_user, parname, 'SET')
UNION ALL SELECT 'the transaction may write' WHERE current_setting('transaction_read_only') <> 'on'
UNION ALL SELECT 'no time limit' WHERE current_setting('statement_timeout') = '0'
UNION ALL SELECT 'no limit on temporary files' FROM pg_settings
    WHERE name = 'temp_file_limit' AND NOT setting::bigint BETWEEN 0 AND %(temporary)s
LIMIT 20
"""


def complaints(connection: psycopg.Connection[Any], role: str, schema: str) -> tuple[str, ...]:
    """Return what is wrong with the powers of the open transaction; nothing is wrong when it is empty."""
    found = connection.execute(
        _CHECK,
        {
            "role": role,
            "schema": schema,
            "functions": FORBIDDEN_FUNCTIONS,
            "temporary": LARGEST_TEMPORARY_KIB,
        },
    )
    return tuple(str(row[0]) for row in found.fetchall())
