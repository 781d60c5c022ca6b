"""Orders that go on, as the database keeps them: a restart continues, an end stays, and verify knows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, text

from db.decisions import Decisions
from db.finding import Finding
from db.ledger import Ledger
from db.verify import verify_ledger
from fund.execution.orders import Order
from fund.portfolio.book import Book
from fund.settlement import Settlement, settle
from support.books import TUESDAY, a_bar, a_split, an_order, at_close, at_open
from support.mandates import a_mandate, some_costs
from support.records import a_cycle_record, a_deposit

D = Decimal
WEDNESDAY = date(2016, 3, 9)
WAITING = an_order(kind="limit", limit_price=D(97), time_in_force="gtc", quantity=10, purpose="exit")
COSTS = some_costs(max_participation=D("0.1"))


def wrong(connection: Connection) -> list[Finding]:
    """Return what is wrong with the books; closes and events of decisions are not kept here."""
    return [each for each in verify_ledger(connection) if each.table not in {"equity_daily", "events"}]


def decide(connection: Connection, *orders: Order) -> None:
    ledger = Ledger(connection)
    ledger.append([a_deposit()])
    record = a_cycle_record(orders=orders)
    Decisions(connection).record_cycle(record, job="daily", slot="1", recorded_at=record.as_of)
    ledger.record_orders(orders)


def played(connection: Connection, day: date, **changes: object) -> Settlement:
    """Settle what the database says is working, and record it."""
    ledger = Ledger(connection)
    settlement = settled(ledger, day, **changes)
    ledger.record_settlement(settlement)
    return settlement


def settled(ledger: Ledger, day: date, **changes: object) -> Settlement:
    values: dict[str, object] = {
        "session": day,
        "opened_at": at_open(day),
        "closed_at": at_close(day),
        "bars": {"AAPL": a_bar(session=day, low=95, volume=60)},
        "suspect_opens": set(),
        "actions": (),
        "working": ledger.working_orders(),
    }
    return settle((), ledger.load_book(), a_mandate(costs=COSTS), **(values | changes))  # type: ignore[arg-type]


def status_of(connection: Connection) -> list[tuple[str, str | None]]:
    return [(status, why) for _, status, why in Ledger(connection).orders_of("cycle-1")]


def test_an_order_of_any_kind_is_read_as_it_was_written(connection: Connection) -> None:
    stop = an_order("XOM", "sell", kind="stop_limit", stop_price=D("9.5"), limit_price=D("9.25"))
    decide(connection, WAITING, stop)
    assert Ledger(connection).open_orders() == (WAITING, stop)
    assert [s.order for s in Ledger(connection).working_orders()] == [WAITING, stop]


def test_a_restart_goes_on_with_what_is_filled_so_far(connection: Connection) -> None:
    decide(connection, WAITING)
    first = played(connection, TUESDAY)
    assert status_of(connection) == [("partially_filled", None)]
    assert Ledger(connection).working_orders() == first.working
    assert [(s.filled, s.remaining) for s in first.working] == [(6, 4)]
    played(connection, WEDNESDAY)
    assert status_of(connection) == [("filled", None)]
    assert Ledger(connection).working_orders() == ()
    assert [fill.quantity for fill in Ledger(connection).fills()] == [4, 6]
    assert wrong(connection) == []


def test_an_earlier_session_delivered_again_moves_nothing_back(connection: Connection) -> None:
    decide(connection, WAITING)
    first = played(connection, TUESDAY)
    assert Ledger(connection).record_settlement(first) == 0
    quiet = {"bars": {"AAPL": a_bar(session=WEDNESDAY)}, "actions": [a_split(2, ex_date=WEDNESDAY)]}
    second = played(connection, WEDNESDAY, **quiet)
    Ledger(connection).record_settlement(first)
    assert Ledger(connection).working_orders() == second.working
    assert [(s.order.quantity, s.filled, s.order.limit_price) for s in second.working] == [(14, 6, D("48.5"))]
    assert Ledger(connection).open_orders() == (WAITING,)
    assert wrong(connection) == []


def test_how_a_day_order_ended_is_recorded_with_its_reason(connection: Connection) -> None:
    decide(
        connection,
        replace(WAITING, time_in_force="day"),
        replace(WAITING, order_id="far", limit_price=D(50), time_in_force="day"),
        replace(WAITING, order_id="dear", limit_price=D(99), quantity=D(100_000)),
    )
    played(connection, TUESDAY)
    assert status_of(connection) == [
        ("expired", "volume_cap"),
        ("expired", "not_reached"),
        ("rejected", "insufficient_cash"),
    ]
    assert wrong(connection) == []


def test_a_gtc_order_that_a_settlement_does_not_mention_stays(connection: Connection) -> None:
    decide(connection, WAITING, an_order("XOM"))
    Ledger(connection).record_settlement(
        settle(
            (),
            Book().apply(a_deposit()),
            a_mandate(),
            session=TUESDAY,
            opened_at=at_open(TUESDAY),
            bars={},
            suspect_opens=set(),
            actions=(),
        )
    )
    assert status_of(connection) == [("pending", None), ("expired", "nothing_left")]


@pytest.fixture
def tampered(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        decide(connection, WAITING, an_order("XOM"))
        played(connection, TUESDAY)
        connection.execute(text("RESET ROLE"))
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    ("edit", "row", "told"),
    [
        ("status = 'filled'", "ord-AAPL-buy", "its state says partially_filled"),
        ("reason = 'so'", "ord-AAPL-buy", "its state says partially_filled"),
        ("state = NULL, status = 'pending'", "ord-AAPL-buy", "recorded pending, but its fills come to 6"),
        ("state = jsonb_set(state, '{filled}', '\"5\"')", "ord-AAPL-buy", "but its fills come to 6"),
        ("state = jsonb_set(state, '{filled}', '\"99\"')", "ord-AAPL-buy", "its state does not hold"),
        ("state = '{}'", "ord-AAPL-buy", "its state does not hold"),
        ("status = 'filled', state = NULL", "ord-XOM-buy", "recorded filled, but its fills come to 0"),
    ],
)
def test_verify_holds_a_status_against_the_fills(
    tampered: Connection, edit: str, row: str, told: str
) -> None:
    assert wrong(tampered) == []
    tampered.execute(text(f"UPDATE desk.orders SET {edit} WHERE order_id = :row"), {"row": row})
    found = wrong(tampered)
    assert [(f.table, f.row) for f in found] == [("orders", row)]
    assert told in found[0].problem


def test_an_order_that_ended_before_its_state_was_kept_is_no_finding(tampered: Connection) -> None:
    tampered.execute(text("UPDATE desk.orders SET state = NULL, status = 'expired'"))
    assert wrong(tampered) == []
