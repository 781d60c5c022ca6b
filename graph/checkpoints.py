"""LangGraph's checkpoints on the desk's PostgreSQL, over a pool that survives dropped connections."""

import logging
from collections.abc import Iterable

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

log = logging.getLogger("conclave.checkpoints")
Pool = AsyncConnectionPool[AsyncConnection[DictRow]]


async def open_checkpoints(conninfo: str) -> tuple[AsyncPostgresSaver, Pool]:
    """Open a checked pool and the saver on it, with its tables in schema `graph`.

    Args:
        conninfo: A libpq connection string or URL, without a driver name.

    Returns:
        The saver, and the pool for the caller to close.
    """
    pool: Pool = AsyncConnectionPool(
        conninfo,
        min_size=1,
        max_size=4,
        open=False,
        check=AsyncConnectionPool.check_connection,
        kwargs={
            "autocommit": True,
            "prepare_threshold": 0,
            "row_factory": dict_row,
            "options": "-c search_path=graph,public",
        },
    )
    try:
        await pool.open(wait=True, timeout=30)
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
    except BaseException:
        await pool.close()
        raise
    return saver, pool


async def forget_threads(saver: AsyncPostgresSaver, thread_ids: Iterable[str]) -> None:
    """Delete the checkpoints of finished threads: the record keeps what matters of them.

    One that cannot be deleted now stays, and is in nobody's way.
    """
    for thread_id in thread_ids:
        try:
            await saver.adelete_thread(thread_id)
        except psycopg.Error:
            log.warning("the checkpoints of %s could not be deleted", thread_id, exc_info=True)


def libpq_url(url: str) -> str:
    """Return an SQLAlchemy URL as libpq understands it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
