"""Memory asked in the desk's words: the nearest first, in one question, and nothing before it was known."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from db.memory import MemoryStore
from fund.errors import QueryRefusedError
from fund.features.setup import CONDITIONS_SCALES, TRADE_SCALES, embed_setup
from fund.portfolio.book import ClosedTrade
from support.books import MONDAY, TUESDAY, at_close
from support.database import DatabaseServer, own_database
from tools.memory import (
    MemoryTools,
    PastConditions,
    SimilarTrade,
    remember_conditions,
    remember_trades,
)

KNOWN = at_close(TUESDAY)
DIMENSIONS = len(TRADE_SCALES) + 1


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    """A memory of each test's own."""
    with own_database(database_server) as made:
        yield made


def a_trade(ticker: str = "AAPL", closed: date = TUESDAY, **changes: object) -> ClosedTrade:
    trade = ClosedTrade(
        trade_id=f"trade-{ticker}-{closed}",
        ticker=ticker,
        opened=MONDAY,
        closed=closed,
        bought=Decimal(1000),
        realised=Decimal(25),
        dividends=Decimal(3),
        fees=Decimal(2),
    )
    return replace(trade, **changes)  # type: ignore[arg-type]


def a_setup(**figures: float) -> np.ndarray:
    return embed_setup(figures, TRADE_SCALES)


def kept(engine: Engine, *trades: ClosedTrade, at: datetime = KNOWN, setup: np.ndarray | None = None) -> int:
    with engine.begin() as connection:
        return remember_trades(
            connection,
            trades,
            [a_setup(return_20=0.1) if setup is None else setup for _ in trades],
            held_sessions=[5] * len(trades),
            known_at=at,
        )


def similar(
    engine: Engine, setup: np.ndarray, as_of: datetime = KNOWN, count: int = 5
) -> tuple[SimilarTrade, ...]:
    (found,) = MemoryTools(engine).similar_trades([setup], as_of, count)
    return found


def test_a_trade_is_recalled_with_what_came_of_it_net_of_costs(engine: Engine) -> None:
    assert kept(engine, a_trade()) == 1
    (found,) = similar(engine, a_setup(return_20=0.1))
    assert found == SimilarTrade(
        memory_id=f"memory-trade-AAPL-{TUESDAY}",
        ticker="AAPL",
        opened=MONDAY,
        held_sessions=5,
        return_fraction=0.026,
        distance=pytest.approx(0.0, abs=1e-6),
    )


def test_the_nearest_come_first_and_only_so_many(engine: Engine) -> None:
    for n, move in enumerate((0.02, 0.30, -0.20, 0.09)):
        kept(engine, a_trade(f"T{n}"), setup=a_setup(return_20=move))
    found = similar(engine, a_setup(return_20=0.1), count=3)
    assert [each.ticker for each in found] == ["T3", "T1", "T0"]
    assert [each.distance for each in found] == sorted(each.distance for each in found)


def test_equally_near_ones_come_in_a_fixed_order(engine: Engine) -> None:
    kept(engine, a_trade("B"), a_trade("A"), a_trade("C"))
    assert [each.ticker for each in similar(engine, a_setup(return_20=0.1), count=2)] == ["A", "B"]


def test_many_set_ups_are_answered_each_for_itself(engine: Engine) -> None:
    up, down = a_setup(return_20=0.2, rank=0.9), a_setup(return_20=-0.2, rank=0.1)
    kept(engine, a_trade("UP"), setup=up)
    kept(engine, a_trade("DOWN"), setup=down)
    together = MemoryTools(engine).similar_trades([down, up, down], KNOWN, 1)
    assert [[each.ticker for each in found] for found in together] == [["DOWN"], ["UP"], ["DOWN"]]
    alone = [MemoryTools(engine).similar_trades([setup], KNOWN, 1)[0] for setup in (down, up, down)]
    assert list(together) == alone


@given(offsets=st.lists(st.integers(-5, 5), min_size=1, max_size=8), asked=st.integers(-6, 6))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_recalled_is_exactly_what_was_known(engine: Engine, offsets: list[int], asked: int) -> None:
    with engine.connect() as connection:
        for n, offset in enumerate(offsets):
            remember_trades(
                connection,
                [a_trade(f"T{n}")],
                [a_setup(return_20=n / 50)],
                held_sessions=[1],
                known_at=KNOWN + timedelta(seconds=offset),
            )
        store = MemoryStore(connection)
        found = store.recall(
            "trade-setup-1", a_setup(), as_of=KNOWN + timedelta(seconds=asked), kind="trade", limit=50
        )
        connection.rollback()
    assert {each.memory.ticker for each in found} == {
        f"T{n}" for n, offset in enumerate(offsets) if offset <= asked
    }


def test_a_trade_is_remembered_once_and_the_first_telling_stays(engine: Engine) -> None:
    assert kept(engine, a_trade()) == 1
    assert kept(engine, a_trade(realised=Decimal(999)), a_trade("MSFT")) == 1
    told = {each.ticker: each.return_fraction for each in similar(engine, a_setup())}
    assert told == {"AAPL": 0.026, "MSFT": 0.026}


def test_no_trades_are_no_work(engine: Engine) -> None:
    assert kept(engine) == 0
    assert similar(engine, a_setup()) == ()


def a_past(session: date = MONDAY, next_20: float = 0.031, **figures: float) -> PastConditions:
    return PastConditions(
        session=session,
        setup=embed_setup(figures, CONDITIONS_SCALES),
        next_20=next_20,
        known_at=KNOWN,
        benchmark="SPY",
    )


def test_a_market_is_recalled_with_what_the_benchmark_did_next(engine: Engine) -> None:
    with engine.begin() as connection:
        assert remember_conditions(connection, [a_past(return_20=-0.1), a_past(TUESDAY, -0.02)]) == 2
        assert remember_conditions(connection, [a_past(next_20=9.0)]) == 0
        assert remember_conditions(connection, []) == 0
    asked = embed_setup({"return_20": -0.1}, CONDITIONS_SCALES)
    nearest, other = MemoryTools(engine).similar_conditions(asked, KNOWN, 5)
    assert (nearest.session, nearest.next_20) == (MONDAY, 0.031)
    assert nearest.distance == pytest.approx(0.0, abs=1e-6)
    assert (other.session, other.next_20) == (TUESDAY, -0.02)
    assert MemoryTools(engine).similar_conditions(asked, KNOWN - timedelta(seconds=1), 5) == ()


def test_trades_and_markets_live_in_spaces_of_their_own(engine: Engine) -> None:
    kept(engine, a_trade())
    with engine.begin() as connection:
        remember_conditions(connection, [a_past()])
    assert len(similar(engine, a_setup())) == 1
    with pytest.raises(QueryRefusedError, match="cannot be compared"):
        similar(engine, embed_setup({}, CONDITIONS_SCALES))


@pytest.mark.parametrize("bad", [np.zeros(DIMENSIONS), np.full(DIMENSIONS, np.nan)])
def test_a_vector_without_a_direction_is_refused(engine: Engine, bad: np.ndarray) -> None:
    kept(engine, a_trade())
    with pytest.raises(QueryRefusedError, match="finite and not all zero"):
        similar(engine, bad)


def test_trades_without_their_set_ups_are_a_mistake_of_the_caller(connection: Connection) -> None:
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        remember_trades(connection, [a_trade()], [], held_sessions=[], known_at=KNOWN)
