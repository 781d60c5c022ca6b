"""What a past breaker said, and what the kill switch makes of an order that a session has touched."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from db.column_types import dump_json
from db.decisions import Decisions
from db.ledger import Ledger
from db.order_check import status_findings
from db.past import Past
from db.record_codec import to_plain
from db.trading_state import KILL_REASON, TradingState
from fund.errors import QueryRefusedError
from fund.execution.lifecycle import OrderState
from fund.risk.breaker import Trip
from support.books import an_order
from support.players import NOW
from support.records import a_cycle_record


def test_why_nothing_could_grow_is_told_again_word_for_word(connection: Connection) -> None:
    state = TradingState(connection)
    reducing = state.trip(Trip(state="reducing", cause="drawdown", reason="the book fell"), at=NOW)
    told = reducing.told
    state.resume(by="owner", reason="", at=NOW)
    assert told == "the circuit breaker is reducing: the book fell"
    assert Past(connection).reducing(reducing.label) == told
    assert Past(connection).reducing("closed@2") is None
    assert Past(connection).reducing("") is None
    with pytest.raises(QueryRefusedError, match="reducing@99 is missing"):
        Past(connection).reducing("reducing@99")


def test_an_order_that_works_is_cancelled_in_its_state_too(connection: Connection) -> None:
    order = replace(an_order(cycle_id="cycle-1"), time_in_force="gtc")
    record = a_cycle_record(orders=(order,))
    Decisions(connection).record_cycle(record, job="one", slot="1", recorded_at=record.as_of)
    Ledger(connection).record_orders([order])
    accepted = OrderState(order=order, status="accepted", sequence=1)
    connection.execute(
        text("UPDATE desk.orders SET status = 'accepted', state = CAST(:state AS jsonb)"),
        {"state": dump_json(to_plain(accepted))},
    )
    assert TradingState(connection).kill(by="owner", reason="", at=NOW) == 1
    assert list(status_findings(connection)) == []
    assert Ledger(connection).orders_of("cycle-1") == ((order, "cancelled", KILL_REASON),)
    assert Ledger(connection).working_orders() == ()
    assert Decimal(order.quantity) > 0
