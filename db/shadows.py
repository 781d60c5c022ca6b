"""What shadows said and what came of it: one row per decision and shadow, appended and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, insert, select

from db.ledger_rows import aware
from db.once import insert_all
from db.shadow_tables import shadow_decisions, shadow_returns, shadow_views
from db.tables import cycles
from fund.discovery.forward import HORIZONS

IN_FORCE = "committee in force"
"""The name under which the committee that trades stands beside its shadows."""
ShadowStatus = Literal["decided", "held", "absent"]
"""Held: asked, and no usable answer. Absent: nobody was there to answer; it counts as no decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDecision:
    """What one shadow, or the committee in force, made of a decision's evidence."""

    cycle_id: str
    shadow: str
    in_force: bool
    speaker: str
    status: ShadowStatus
    cause: str | None
    session: date
    calls: int
    input_tokens: int | None
    """None where no LLM was asked."""
    output_tokens: int | None
    cost_usd: Decimal
    milliseconds: float | None
    """What the calls took, the two researchers side by side; None without a call."""
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowView:
    """One name in one such decision; weights are fractions of equity."""

    cycle_id: str
    shadow: str
    ticker: str
    conviction: float | None
    """Of its quant researcher; None where it said none."""
    wanted: Decimal | None
    """What it proposed; None leaves the position as it is."""
    held: Decimal
    allowed: Decimal
    """What the limits leave of it: what it would hold."""
    side: int
    """1 where it would buy, -1 where it would sell, 0 neither; exits by rule are nobody's view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowReturn:
    """What buying a name at the open after a decision came to; None where it cannot be told."""

    session: date
    ticker: str
    horizon_sessions: int
    exit_session: date
    gross: float | None
    benchmark: float | None
    cost: float | None
    """Of a round trip, as a fraction of what was bought."""
    why: str | None
    filled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A decision that is to be put to shadows, and to whom it was put already."""

    cycle_id: str
    session: date
    recorded_at: datetime
    done: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDue:
    """A return that can be filled once its horizon is over."""

    session: date
    ticker: str
    horizon_sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCount:
    """What one shadow adds up to, for a monitoring system."""

    shadow: str
    status: str
    decisions: int
    cost_usd: float
    seconds: float
    timed: int
    """Decisions whose time is known."""


class Shadows:
    """Reads and appends what shadows said, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, decision: ShadowDecision, views: Sequence[ShadowView]) -> bool:
        """Keep a decision with its views and return whether it was new; the first stays."""
        row = {**_row(decision), "recorded_at": aware(decision.recorded_at)}
        if not insert_all(self._connection, shadow_decisions, [row]):
            return False
        if views:
            self._connection.execute(insert(shadow_views), [_row(each) for each in views])
        return True

    def put(self, *, after: date, mandate_hash: str) -> tuple[Put, ...]:
        """Return the daily decisions after a session under one mandate that asked somebody, oldest first."""
        done = func.array_agg(shadow_decisions.c.shadow).filter(shadow_decisions.c.shadow.is_not(None))
        chosen = (
            select(cycles.c.cycle_id, cycles.c.session, cycles.c.recorded_at, done.label("done"))
            .outerjoin(shadow_decisions, shadow_decisions.c.cycle_id == cycles.c.cycle_id)
            .where(
                cycles.c.job == "daily",
                cycles.c.status != "halted",
                cycles.c.session > after,
                cycles.c.inputs["mandate_hash"].astext == mandate_hash,
            )
            .group_by(cycles.c.cycle_id)
            .order_by(cycles.c.seq)
        )
        return tuple(
            Put(
                cycle_id=row.cycle_id,
                session=row.session,
                recorded_at=row.recorded_at,
                done=frozenset(row.done or ()),
            )
            for row in self._connection.execute(chosen)
        )

    def decisions(self, session: date | None = None) -> tuple[ShadowDecision, ...]:
        """Return what is on record, optionally of one session: the committee in force first, by session."""
        table = shadow_decisions
        chosen = select(table).order_by(table.c.session, table.c.in_force.desc(), table.c.shadow)
        return tuple(
            ShadowDecision(**row) for row in self._connection.execute(_of(chosen, session)).mappings()
        )

    def views(self, session: date | None = None) -> tuple[ShadowView, ...]:
        """Return the views on record, optionally of one session, by ticker."""
        views, made = shadow_views, shadow_decisions
        chosen = (
            select(views)
            .join(made, (made.c.cycle_id == views.c.cycle_id) & (made.c.shadow == views.c.shadow))
            .order_by(made.c.session, views.c.ticker, made.c.in_force.desc(), views.c.shadow)
        )
        return tuple(ShadowView(**row) for row in self._connection.execute(_of(chosen, session)).mappings())

    def last_session(self) -> date | None:
        """Return the newest session on record, None before the first."""
        found: date | None = self._connection.execute(select(func.max(shadow_decisions.c.session))).scalar()
        return found

    def unfilled(self) -> tuple[ReturnDue, ...]:
        """Return every name and horizon of which no return is known yet, the oldest session first."""
        views, made, known = shadow_views, shadow_decisions, shadow_returns
        named = (
            select(made.c.session, views.c.ticker)
            .join(views, (made.c.cycle_id == views.c.cycle_id) & (made.c.shadow == views.c.shadow))
            .distinct()
            .order_by(made.c.session, views.c.ticker)
        )
        filled = {
            tuple(row)
            for row in self._connection.execute(
                select(known.c.session, known.c.ticker, known.c.horizon_sessions)
            )
        }
        return tuple(
            ReturnDue(session=row.session, ticker=row.ticker, horizon_sessions=horizon)
            for row in self._connection.execute(named)
            for horizon in HORIZONS
            if (row.session, row.ticker, horizon) not in filled
        )

    def fill(self, returns: Sequence[ShadowReturn]) -> int:
        """Keep returns and return how many were new; one that is there already stays as it is."""
        rows = [{**_row(each), "filled_at": aware(each.filled_at)} for each in returns]
        return len(insert_all(self._connection, shadow_returns, rows))

    def returns(self, horizon_sessions: int, *, known_by: date) -> Mapping[tuple[date, str], ShadowReturn]:
        """Return what is known by a session's close over one horizon, by session and ticker."""
        table = shadow_returns
        chosen = select(table).where(
            table.c.horizon_sessions == horizon_sessions, table.c.exit_session <= known_by
        )
        found = (ShadowReturn(**row) for row in self._connection.execute(chosen).mappings())
        return {(each.session, each.ticker): each for each in found}

    def counts(self) -> tuple[ShadowCount, ...]:
        """Return what every shadow adds up to, by how its decisions ended."""
        made = shadow_decisions.c
        kept = (made.shadow, made.status)
        chosen = select(
            *kept,
            func.count().label("decisions"),
            func.sum(made.cost_usd).label("cost_usd"),
            func.coalesce(func.sum(made.milliseconds) / 1000, 0).label("seconds"),
            func.count(made.milliseconds).label("timed"),
        )
        rows = self._connection.execute(chosen.group_by(*kept).order_by(*kept)).mappings()
        return tuple(ShadowCount(**{**row, "cost_usd": float(row["cost_usd"])}) for row in rows)


def _row(value: ShadowDecision | ShadowView | ShadowReturn) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _of(chosen: Select[Any], session: date | None) -> Select[Any]:
    return chosen if session is None else chosen.where(shadow_decisions.c.session == session)
