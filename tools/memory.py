"""The desk's memory of its own past: trades that began alike, and sessions when the market was alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.memory import Memory, MemoryStore, Recollection
from fund.features.setup import CONDITIONS_EMBEDDER, TRADE_EMBEDDER
from fund.market.view import FloatArray
from fund.portfolio.book import ClosedTrade

T = TypeVar("T")
LOOK_AHEAD = 20
"""Sessions after which it is known what came of a market's state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarTrade:
    """A closed trade whose set-up was near the one asked about."""

    memory_id: str
    ticker: str
    opened: date
    held_sessions: int
    return_fraction: float
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarConditions:
    """A past session whose market was near the one asked about, and what came after."""

    memory_id: str
    session: date
    distance: float
    next_20: float
    """The benchmark's total return over the following 20 sessions."""


class MemoryTools:
    """Questions to memory; nothing is recalled before it was known.

    Over a connection it recalls what is written there and not committed, too.
    """

    def __init__(self, engine: Engine | Connection) -> None:
        self._engine = engine

    def similar_trades(
        self, setups: Sequence[FloatArray], as_of: datetime, count: int
    ) -> tuple[tuple[SimilarTrade, ...], ...]:
        """Return, for each set-up, the closed trades that began most alike, nearest first.

        Args:
            setups: Vectors of `trade_setup`.
            as_of: Only trades closed and known by then are recalled.
            count: How many to return for each set-up.
        """
        found = self._asked(
            lambda connection: MemoryStore(connection).recall_many(
                TRADE_EMBEDDER, setups, as_of=as_of, kind="trade", limit=count
            ),
        )
        return tuple(tuple(_trade(each) for each in nearest) for nearest in found)

    def similar_conditions(
        self, setup: FloatArray, as_of: datetime, count: int
    ) -> tuple[SimilarConditions, ...]:
        """Return the past sessions whose market was most like the one asked about, nearest first.

        Args:
            setup: A vector of `conditions_setup`.
            as_of: Only sessions whose following 20 sessions were over by then are recalled.
            count: How many to return.
        """
        found = self._asked(
            lambda connection: MemoryStore(connection).recall(
                CONDITIONS_EMBEDDER, setup, as_of=as_of, kind="conditions", limit=count
            ),
        )
        return tuple(_conditions(each) for each in found)

    def _asked(self, question: Callable[[Connection], T]) -> T:
        if isinstance(self._engine, Connection):
            return question(self._engine)
        return in_transaction(self._engine, question)


def remember_trades(
    connection: Connection,
    trades: Sequence[ClosedTrade],
    setups: Sequence[FloatArray],
    *,
    held_sessions: Sequence[int],
    known_at: datetime,
) -> int:
    """Keep closed trades by the set-up they were opened in; return how many were new."""
    memories = [
        Memory(
            memory_id=f"memory-{trade.trade_id}",
            kind="trade",
            ticker=trade.ticker,
            session=trade.closed,
            known_at=known_at,
            text=(
                f"{trade.ticker} held {held} sessions from {trade.opened.isoformat()}: "
                f"{trade.return_fraction:+.2%} net of costs"
            ),
            outcome={
                "opened": trade.opened.isoformat(),
                "held_sessions": held,
                "return_fraction": trade.return_fraction,
                "profit": str(trade.profit),
            },
            source_ids=(trade.trade_id,),
        )
        for trade, held in zip(trades, held_sessions, strict=True)
    ]
    return MemoryStore(connection).remember(TRADE_EMBEDDER, memories, setups)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastConditions:
    """A session's market by its vector, with what the benchmark did next."""

    session: date
    setup: FloatArray
    next_20: float
    known_at: datetime
    benchmark: str


def remember_conditions(connection: Connection, past: Sequence[PastConditions]) -> int:
    """Keep the states of the market whose sequel is known; return how many were new."""
    memories = [
        Memory(
            memory_id=f"conditions-{each.session.isoformat()}",
            kind="conditions",
            ticker=None,
            session=each.session,
            known_at=each.known_at,
            text=(
                f"The market of {each.session.isoformat()}: {each.benchmark} returned "
                f"{each.next_20:+.2%} over the next {LOOK_AHEAD} sessions"
            ),
            outcome={"next_20": each.next_20},
        )
        for each in past
    ]
    return MemoryStore(connection).remember(CONDITIONS_EMBEDDER, memories, [each.setup for each in past])


def _outcome(found: Recollection) -> Mapping[str, Any]:
    outcome = found.memory.outcome
    assert outcome is not None, f"memory {found.memory.memory_id} was kept without its outcome"
    return outcome


def _trade(found: Recollection) -> SimilarTrade:
    outcome = _outcome(found)
    return SimilarTrade(
        memory_id=found.memory.memory_id,
        ticker=found.memory.ticker or "",
        opened=date.fromisoformat(outcome["opened"]),
        held_sessions=outcome["held_sessions"],
        return_fraction=outcome["return_fraction"],
        distance=found.distance,
    )


def _conditions(found: Recollection) -> SimilarConditions:
    return SimilarConditions(
        memory_id=found.memory.memory_id,
        session=found.memory.session,
        distance=found.distance,
        next_20=_outcome(found)["next_20"],
    )
