"""Check and reservation are one transaction under a lock on the account (INV-10)."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text

from db.column_types import dump_json
from db.decisions import Decisions
from db.engine import transaction
from db.ledger import Ledger
from db.placement import Placement
from db.record_codec import to_plain
from fund.execution.lifecycle import OrderState
from support.books import MONDAY, an_order
from support.database import DatabaseServer, own_database
from support.mandates import some_limits
from support.records import a_cycle_record, a_deposit
from support.rivals import rivalry

PRICES = {"AAPL": Decimal(100)}
HALF = some_limits(max_position=Decimal("0.5"))


@pytest.fixture
def account(database_server: DatabaseServer) -> Iterator[Engine]:
    """An account with 100,000 USD and 300 shares on order."""
    with own_database(database_server) as engine:
        with transaction(engine) as connection:
            order = an_order(quantity=300, order_id="first", cycle_id="cycle-1")
            record = a_cycle_record(orders=(order,))
            Ledger(connection).append([a_deposit()])
            Decisions(connection).record_cycle(record, job="one", slot="1", recorded_at=record.as_of)
            Ledger(connection).record_orders([order])
        yield engine


@pytest.mark.parametrize("status", ["pending", "accepted", "partially_filled", "unknown"])
def test_what_is_on_order_takes_up_its_room_until_it_is_known_to_have_ended(
    account: Engine, status: str
) -> None:
    with transaction(account) as connection:
        connection.execute(text("UPDATE desk.orders SET status = :status"), {"status": status})
        fitting = Placement(connection).fit(
            [an_order(quantity=300, order_id="second")], HALF, prices=PRICES, sectors={}
        )
    assert [(order.order_id, order.quantity) for order in fitting.placed] == [("second", Decimal(200))]
    assert [(refused.quantity, refused.cap) for refused in fitting.unplaced] == [(100, "max_position")]


@pytest.mark.parametrize("status", ["cancelled", "expired", "rejected"])
def test_an_order_that_ended_unfilled_gives_its_room_back(account: Engine, status: str) -> None:
    with transaction(account) as connection:
        connection.execute(text("UPDATE desk.orders SET status = :status"), {"status": status})
        fitting = Placement(connection).fit(
            [an_order(quantity=300, order_id="second")], HALF, prices=PRICES, sectors={}
        )
        assert Placement(connection).commitments().cash == 100_000
    assert (len(fitting.placed), fitting.unplaced) == (1, ())


def test_the_basis_changes_with_the_journal_and_with_every_order_that_works(account: Engine) -> None:
    with transaction(account) as connection:
        placement = Placement(connection)
        seen = [placement.basis()]
        for change in (
            "UPDATE desk.orders SET status = 'accepted'",
            "UPDATE desk.orders SET status = 'expired'",
        ):
            connection.execute(text(change))
            seen.append(placement.basis())
        Ledger(connection).append([a_deposit(1, "second", MONDAY)])
        seen.append(placement.basis())
        assert placement.basis() == seen[-1]
        connection.rollback()
    assert len(set(seen)) == 4


def test_what_a_split_left_of_an_order_is_what_takes_up_room(account: Engine) -> None:
    """200 of 300 shares are left, two for one makes 400 at half the price of them."""
    with transaction(account) as connection:
        (order,) = Ledger(connection).open_orders()
        restated = replace(order, quantity=Decimal(500), reference_price=order.reference_price / 2)
        state = OrderState(order=restated, status="partially_filled", filled=Decimal(100))
        connection.execute(
            text("UPDATE desk.orders SET status = 'partially_filled', state = CAST(:state AS jsonb)"),
            {"state": dump_json(to_plain(state))},
        )
        promised = Placement(connection).commitments()
        assert promised.promised == {"AAPL": Decimal(400)}
        assert promised.cash == 100_000 - 400 * order.reference_price / 2
        connection.rollback()


def test_threads_that_decide_on_one_account_at_once_never_break_a_cap_together(
    database_server: DatabaseServer,
) -> None:
    with own_database(database_server) as engine:
        tally = rivalry(engine, threads=8, rounds=6)
    assert tally.broken == []
    assert [tally.rounds[rival] for rival in range(8)] == [6] * 8
    assert tally.shrunk > 0
    assert tally.filled > 0
