"""The chat's history in PostgreSQL: plain rows in, plain rows out; every call is one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Engine, Row, and_, delete, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from db.chat_tables import elements, feedbacks, steps, threads, users
from db.column_types import storable, storable_within
from desk.chat import run_rows as chat_run_rows
from fund.errors import QueryRefusedError

MAX_NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage:
    """One page of a user's threads, newest first."""

    rows: tuple[Mapping[str, Any], ...]
    has_more: bool


class ChatStore:
    """Reads and writes the tables of schema `chat`; blocks, so call it from a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ensure_user(
        self, identifier: str, *, new_id: str, now: datetime, metadata: Mapping[str, object]
    ) -> Mapping[str, Any]:
        """Return the user of this name, made now if there was none."""
        values = {"id": new_id, "identifier": identifier, "created_at": now, "metadata": _clean(metadata)}
        with self._engine.begin() as connection:
            connection.execute(insert(users).values(values).on_conflict_do_nothing())
            return _one(connection.execute(select(users).where(users.c.identifier == identifier)).one())

    def user(self, identifier: str) -> Mapping[str, Any] | None:
        """Return the user of this name, if there is one."""
        with self._engine.connect() as connection:
            row = connection.execute(select(users).where(users.c.identifier == identifier)).first()
        return None if row is None else _one(row)

    def touch_user(self, identifier: str, metadata: Mapping[str, object]) -> None:
        """Lay new metadata over what is kept of a user."""
        with self._engine.begin() as connection:
            connection.execute(
                update(users)
                .where(users.c.identifier == identifier)
                .values(metadata=users.c.metadata.op("||")(literal(_clean(metadata), users.c.metadata.type)))
            )

    def thread_owner(self, thread_id: str) -> str | None:
        """Return the name of the thread's owner; None for a thread that is unknown or nobody's."""
        query = select(users.c.identifier).join(threads, threads.c.user_id == users.c.id)
        with self._engine.connect() as connection:
            return connection.execute(query.where(threads.c.id == thread_id)).scalar()

    def touch_thread(
        self,
        thread_id: str,
        *,
        now: datetime,
        name: str | None,
        user_id: str | None,
        metadata: Mapping[str, object] | None,
    ) -> None:
        """Make the thread or change what is given; a thread never changes its owner."""
        values: dict[str, object] = {"id": thread_id, "created_at": now, "user_id": user_id}
        changes: dict[str, object] = {}
        if user_id is not None:
            changes["user_id"] = func.coalesce(threads.c.user_id, user_id)
        if name is not None:
            values["name"] = changes["name"] = _title(name)
        if metadata is not None:
            values["metadata"] = _clean(metadata)
            changes["metadata"] = threads.c.metadata.op("||")(insert(threads).excluded.metadata)
        statement = insert(threads).values(values)
        with self._engine.begin() as connection:
            if changes:
                connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes))
            else:
                connection.execute(statement.on_conflict_do_nothing())

    def save_step(self, row: Mapping[str, object], *, now: datetime) -> None:
        """Write a step as it now is; a step never moves to another thread.

        Raises:
            QueryRefusedError: the id is taken by a step of another thread.
        """
        with self._engine.begin() as connection:
            _ensure_thread(connection, str(row["thread_id"]), now)
            statement = insert(steps).values(_clean(row))
            kept: dict[str, ColumnElement[Any]] = {
                name: statement.excluded[name] for name in row if name not in {"id", "thread_id"}
            }
            kept["created_at"] = func.coalesce(steps.c.created_at, statement.excluded.created_at)
            written = connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"],
                    set_=kept,
                    where=steps.c.thread_id == statement.excluded.thread_id,
                ).returning(steps.c.id)
            )
            _require(written.first(), "step", row)

    def save_element(self, row: Mapping[str, object], *, now: datetime) -> None:
        """Write a shown element with its bytes; an element never moves to another thread.

        Raises:
            QueryRefusedError: the id is taken by an element of another thread.
        """
        with self._engine.begin() as connection:
            _ensure_thread(connection, str(row["thread_id"]), now)
            statement = insert(elements).values(_clean(row))
            written = connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"],
                    set_={name: statement.excluded[name] for name in row if name not in {"id", "thread_id"}},
                    where=elements.c.thread_id == statement.excluded.thread_id,
                ).returning(elements.c.id)
            )
            _require(written.first(), "element", row)

    def delete_step(self, step_id: str, *, owner: str | None = None) -> None:
        """Delete a step with its feedback and elements; of an owner's threads only, where one is given."""
        with self._engine.begin() as connection:
            of_step = elements.c.step_id == step_id
            connection.execute(delete(elements).where(of_step, _owned(elements.c.thread_id, owner)))
            of_owner = _owned(steps.c.thread_id, owner)
            connection.execute(delete(steps).where(steps.c.id == step_id, of_owner))

    def delete_element(self, element_id: str, *, owner: str | None = None) -> None:
        """Delete one element with its bytes; of an owner's threads only, where one is given."""
        with self._engine.begin() as connection:
            of_owner = _owned(elements.c.thread_id, owner)
            connection.execute(delete(elements).where(elements.c.id == element_id, of_owner))

    def delete_thread(self, thread_id: str) -> None:
        """Delete a thread with everything in it."""
        with self._engine.begin() as connection:
            connection.execute(delete(threads).where(threads.c.id == thread_id))

    def thread(self, thread_id: str) -> Mapping[str, Any] | None:
        """Return the thread with its owner's name, its steps and its elements without their bytes."""
        with self._engine.connect() as connection:
            row = connection.execute(_with_owner().where(threads.c.id == thread_id)).first()
            if row is None:
                return None
            return {
                **_one(row),
                "steps": _thread_steps(connection, thread_id),
                "elements": _thread_elements(connection, thread_id),
            }

    def threads_of(
        self, user_id: str, *, first: int, after: str | None, search: str | None, feedback: int | None
    ) -> ThreadPage:
        """Return a page of the user's threads that starts after the given thread."""
        where: list[ColumnElement[bool]] = [threads.c.user_id == user_id]
        if after is not None:
            cursor = select(threads.c.position).where(threads.c.id == after).scalar_subquery()
            where.append(threads.c.position < cursor)
        if search:
            where.append(_mentions(search))
        if feedback is not None:
            rated = select(steps.c.thread_id).join(feedbacks).where(feedbacks.c.value == feedback)
            where.append(threads.c.id.in_(rated))
        query = _with_owner().where(and_(*where)).order_by(threads.c.position.desc()).limit(first + 1)
        with self._engine.connect() as connection:
            rows = [_one(row) for row in connection.execute(query)]
        return ThreadPage(rows=tuple(rows[:first]), has_more=len(rows) > first)

    def element(self, element_id: str, *, owner: str) -> Mapping[str, Any] | None:
        """Return an element with its bytes, if it lies in a thread of this owner."""
        query = (
            select(elements)
            .join(threads, elements.c.thread_id == threads.c.id)
            .join(users, threads.c.user_id == users.c.id)
            .where(elements.c.id == element_id, users.c.identifier == owner)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else _one(row)

    def save_feedback(self, row: Mapping[str, object], *, owner: str | None = None) -> None:
        """Write what the owner thinks of an answer; one opinion per step.

        Raises:
            QueryRefusedError: there is no such step, or it lies in another user's thread.
        """
        statement = insert(feedbacks).values(_clean(row))
        changed = {name: statement.excluded[name] for name in ("id", "value", "comment", "given_at")}
        with self._engine.begin() as connection:
            of_owner = _owned(steps.c.thread_id, owner)
            query = select(steps.c.id).where(steps.c.id == row["step_id"], of_owner)
            known = connection.execute(query).first()
            _require(known, "step", {"id": row["step_id"]})
            connection.execute(statement.on_conflict_do_update(index_elements=["step_id"], set_=changed))

    def begin_run(self, row: Mapping[str, object], *, now: datetime) -> None:
        """Write that an answer is being given."""
        with self._engine.begin() as connection:
            _ensure_thread(connection, str(row["thread_id"]), now)
            chat_run_rows.begin_run(connection, row, now)

    def end_run(self, run_id: str, **ended: Any) -> None:
        """Write how an answer ended, once."""
        with self._engine.begin() as connection:
            chat_run_rows.end_run(connection, run_id, **ended)

    def cut_off(
        self, thread_id: str, *, alive: Sequence[str], now: datetime
    ) -> tuple[Mapping[str, Any], ...]:
        """Close the answers of a thread that began and never ended, and return them."""
        with self._engine.begin() as connection:
            return chat_run_rows.cut_off(connection, thread_id, alive=alive, now=now)

    def opinions(self, *, most: int) -> tuple[Mapping[str, Any], ...]:
        """Return opinions, newest first, each with the trace of its answer."""
        return chat_run_rows.opinions(self._engine, most=most)

    def delete_feedback(self, feedback_id: str, *, owner: str | None = None) -> bool:
        """Delete an opinion; tell whether there was one, of this owner where one is given."""
        owned = select(steps.c.id).where(_owned(steps.c.thread_id, owner))
        with self._engine.begin() as connection:
            gone = connection.execute(
                delete(feedbacks).where(feedbacks.c.id == feedback_id, feedbacks.c.step_id.in_(owned))
            )
        return bool(gone.rowcount)


def _owned(thread_id: ColumnElement[Any], owner: str | None) -> ColumnElement[bool]:
    """Return the test that a row lies in a thread of this owner, or in one that is nobody's yet."""
    if owner is None:
        return true()
    mine = select(threads.c.id).outerjoin(users, threads.c.user_id == users.c.id)
    return thread_id.in_(mine.where(or_(users.c.identifier == owner, users.c.id.is_(None))))


def _one(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)


def _with_owner() -> Any:
    return select(threads, users.c.identifier.label("owner")).outerjoin(
        users, threads.c.user_id == users.c.id
    )


def _thread_steps(connection: Connection, thread_id: str) -> list[Mapping[str, Any]]:
    query = (
        select(
            steps,
            feedbacks.c.id.label("feedback_id"),
            feedbacks.c.value.label("feedback_value"),
            feedbacks.c.comment.label("feedback_comment"),
        )
        .outerjoin(feedbacks, feedbacks.c.step_id == steps.c.id)
        .where(steps.c.thread_id == thread_id)
        .order_by(steps.c.created_at, steps.c.position)
    )
    return [_one(row) for row in connection.execute(query)]


def _thread_elements(connection: Connection, thread_id: str) -> list[Mapping[str, Any]]:
    columns = [column for column in elements.c if column.name != "content"]
    query = select(*columns).where(elements.c.thread_id == thread_id).order_by(elements.c.position)
    return [_one(row) for row in connection.execute(query)]


def _ensure_thread(connection: Connection, thread_id: str, now: datetime) -> None:
    """A first step may be written before its thread; the order of the two is Chainlit's to choose."""
    connection.execute(
        insert(threads).values(id=thread_id, created_at=now).on_conflict_do_nothing(index_elements=["id"])
    )


def _mentions(search: str) -> ColumnElement[bool]:
    spoken = select(steps.c.thread_id).where(
        steps.c.type.in_(("user_message", "assistant_message")),
        steps.c.output.icontains(search, autoescape=True),
    )
    return or_(threads.c.name.icontains(search, autoescape=True), threads.c.id.in_(spoken))


def _require(found: object, kind: str, row: Mapping[str, object]) -> None:
    if found is None:
        raise QueryRefusedError(f"expected a {kind} of this thread, found {row['id']!r}; reload the page")


def _title(name: str) -> str:
    line = " ".join(storable(name).split())
    return line if len(line) <= MAX_NAME_CHARACTERS else f"{line[: MAX_NAME_CHARACTERS - 1]}…"


def _clean(row: Mapping[str, object]) -> dict[str, object]:
    return cast("dict[str, object]", storable_within(row))
