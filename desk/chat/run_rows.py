"""Answers as rows: begun, ended, cut off, and what users thought of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, and_, case, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from db.chat_tables import feedbacks, runs, steps, threads
from db.column_types import storable_within

CUT_OFF = "Cut off: the desk ended."
DEEPEST = 12
"""Levels a step can lie below the step of its answer."""


def begin_run(connection: Connection, row: Mapping[str, object], now: datetime) -> None:
    """Write that an answer is being given."""
    connection.execute(insert(runs).values({**_clean(row), "started_at": now}))


def end_run(
    connection: Connection,
    run_id: str,
    *,
    now: datetime,
    outcome: str,
    tools: Sequence[Mapping[str, object]],
    tokens: int | None,
) -> None:
    """Write how it ended; an answer ends once."""
    values = _clean({"ended_at": now, "outcome": outcome, "tools": list(tools), "tokens": tokens})
    connection.execute(update(runs).where(runs.c.id == run_id, runs.c.ended_at.is_(None)).values(values))


def cut_off(
    connection: Connection, thread_id: str, *, alive: Sequence[str], now: datetime
) -> tuple[Mapping[str, Any], ...]:
    """Close what began and never ended, with every step it left open; return those answers."""
    ended = connection.execute(
        update(runs)
        .where(runs.c.thread_id == thread_id, runs.c.ended_at.is_(None), runs.c.id.not_in(alive))
        .values(ended_at=now, outcome="cut_off")
        .returning(runs)
    ).all()
    if ended and not alive:
        silent = and_(steps.c.output == "", steps.c.type != "run")
        connection.execute(
            update(steps)
            .where(
                steps.c.thread_id == thread_id,
                steps.c.started_at.is_not(None),
                steps.c.ended_at.is_(None),
            )
            .values(ended_at=now, output=case((silent, CUT_OFF), else_=steps.c.output))
        )
    return tuple(_one(row) for row in ended)


def opinions(engine: Engine, *, most: int) -> tuple[Mapping[str, Any], ...]:
    """Return opinions, newest first, each with its answer's text and the trace of its run."""
    line = (
        select(steps.c.id.label("rated"), steps.c.id, steps.c.parent_id, literal(0).label("depth"))
        .join(feedbacks, feedbacks.c.step_id == steps.c.id)
        .cte("line", recursive=True)
    )
    above = steps.alias("above")
    line = line.union_all(
        select(line.c.rated, above.c.id, above.c.parent_id, line.c.depth + 1)
        .join(above, above.c.id == line.c.parent_id)
        .where(line.c.depth < DEEPEST)
    )
    run_of = select(line.c.rated, runs).join(runs, runs.c.step_id == line.c.id).subquery()
    query = (
        select(
            feedbacks.c.id,
            feedbacks.c.value,
            feedbacks.c.comment,
            feedbacks.c.given_at,
            feedbacks.c.step_id,
            steps.c.thread_id,
            steps.c.output,
            run_of.c.id.label("run_id"),
            run_of.c.question,
            run_of.c.profile,
            run_of.c.outcome,
            run_of.c.tools,
            run_of.c.tokens,
        )
        .join(steps, steps.c.id == feedbacks.c.step_id)
        .join(threads, threads.c.id == steps.c.thread_id)
        .outerjoin(run_of, run_of.c.rated == feedbacks.c.step_id)
        .order_by(feedbacks.c.given_at.desc().nulls_last(), feedbacks.c.id)
        .limit(most)
    )
    with engine.connect() as connection:
        return tuple(_one(row) for row in connection.execute(query))


def _one(row: Any) -> dict[str, Any]:
    return dict(row._mapping)


def _clean(row: Mapping[str, object]) -> dict[str, Any]:
    return dict(storable_within(row))
