"""Alembic's entry: runs on the connection that `migrate` holds, never on one of its own."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema="desk",
)
with context.begin_transaction():
    context.run_migrations()
