"""What goes into the books comes out to the last digit, whatever the digits and the words (INV-3, INV-4)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from db.decisions import Decisions
from db.ledger import Ledger
from db.once import insert_once
from db.tables import closed_trades, equity_daily, fills, journal_transactions
from db.verify import verify_ledger
from fund.errors import LedgerError
from fund.portfolio.book import ClosedTrade, replay
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Entry, Transaction
from support.books import MONDAY, TUESDAY, a_fill, an_order, at_open
from support.records import a_cycle_record

few = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
odd = [Decimal(text) for text in ("1E+12", "1E-15", "0.10", "-0", "123456789012.123456789012")]
amounts = st.decimals(-(10**12), 10**12, places=12) | st.sampled_from(odd)
positive = amounts.map(abs).filter(bool)
words = st.text(max_size=12)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
accounts = st.sampled_from(["cash", "position", "fees", "dividends", "realised", "deposits"])


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    """Balanced transactions of any accounts, amounts and words."""
    entries = []
    for number in range(draw(st.integers(1, 3))):
        amount, quantity = draw(amounts), draw(amounts)
        first, second, ticker = draw(accounts), draw(accounts), draw(st.none() | st.just(f"T{number}"))
        entries.append(Entry(account=first, amount=amount, ticker=ticker, quantity=quantity))
        entries.append(Entry(account=second, amount=amount.copy_negate(), ticker=ticker))
    return Transaction(
        transaction_id=f"t-{draw(st.integers(0, 10**9))}",
        kind=draw(st.sampled_from(["deposit", "fill", "dividend", "split", "delisting"])),
        session=draw(st.dates()),
        at=draw(moments),
        entries=tuple(entries),
        memo=draw(words),
    )


@given(st.lists(transactions(), max_size=5, unique_by=lambda each: each.transaction_id))
@few
def test_any_journal_comes_back_to_the_last_digit_and_its_chain_holds(
    connection: Connection, journal: list[Transaction]
) -> None:
    with connection.begin_nested() as savepoint:
        assert Ledger(connection).append(journal) == len(journal)
        back = list(Ledger(connection).journal())
        assert [each.entries for each in back] == [each.entries for each in journal]
        assert [each.memo for each in back] == [each.memo.replace("\x00", "\ufffd") for each in journal]
        assert [(each.at, each.session, each.kind) for each in back] == [
            (each.at, each.session, each.kind) for each in journal
        ]
        assert Ledger(connection).append(journal) == 0
        broken = [each for each in verify_ledger(connection) if "hash chain" in each.problem]
        assert broken == []
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        savepoint.rollback()


@given(
    st.lists(transactions(), min_size=2, max_size=6, unique_by=lambda each: each.transaction_id), st.data()
)
@few
def test_how_a_journal_is_cut_into_deliveries_changes_nothing(
    connection: Connection, journal: list[Transaction], data: st.DataObject
) -> None:
    heads = []
    for cuts in (sorted(data.draw(st.lists(st.integers(0, len(journal)), max_size=4))), []):
        with connection.begin_nested() as savepoint:
            for start, end in zip([0, *cuts], [*cuts, len(journal)], strict=True):
                Ledger(connection).append(journal[max(0, start - 1) : end])
            heads.append(
                connection.execute(text("SELECT hash FROM desk.journal_transactions ORDER BY seq")).all()
            )
            savepoint.rollback()
    assert heads[0] == heads[1]
    assert len(heads[0]) == len(journal)


@given(st.builds(a_fill, quantity=positive, price=positive, commission=amounts.map(abs), filled_at=moments))
@few
def test_a_fill_comes_back_to_the_last_digit(connection: Connection, fill: Fill) -> None:
    with connection.begin_nested() as savepoint:
        record = a_cycle_record(orders=(an_order(order_id=fill.order_id),))
        Decisions(connection).record_cycle(record, job="daily", slot="1", recorded_at=record.as_of)
        Ledger(connection).record_orders(record.orders)
        row = {name: getattr(fill, name) for name in Fill.__dataclass_fields__}
        assert insert_once(connection, fills, [row]) == 1
        assert insert_once(connection, fills, [row]) == 0
        assert Ledger(connection).fills() == (fill,)
        savepoint.rollback()


@given(
    st.builds(
        ClosedTrade,
        trade_id=st.just("t"),
        ticker=words.filter(lambda word: "\x00" not in word),
        opened=st.dates(),
        closed=st.dates(),
        bought=amounts,
        realised=amounts,
        dividends=amounts,
        fees=amounts,
    )
)
@few
def test_a_closed_trade_comes_back_to_the_last_digit(connection: Connection, trade: ClosedTrade) -> None:
    with connection.begin_nested() as savepoint:
        row = {name: getattr(trade, name) for name in ClosedTrade.__dataclass_fields__}
        insert_once(connection, closed_trades, [row])
        assert Ledger(connection).closed_trades() == (trade,)
        savepoint.rollback()


@pytest.mark.parametrize("column", ["bought", "realised", "dividends", "fees", "ticker", "opened"])
def test_the_same_trade_with_one_other_figure_is_refused_and_named(
    connection: Connection, column: str
) -> None:
    row: dict[str, object] = {"trade_id": "t", "ticker": "AAPL", "opened": MONDAY, "closed": TUESDAY}
    row |= dict.fromkeys(("bought", "realised", "dividends", "fees"), Decimal("1.50"))
    insert_once(connection, closed_trades, [row])
    other = {"ticker": "XOM", "opened": TUESDAY}.get(column, Decimal("1.51"))
    with pytest.raises(LedgerError, match=rf"closed_trades .* with {column} .* came again"):
        insert_once(connection, closed_trades, [row | {column: other}])
    assert insert_once(connection, closed_trades, [row | {"fees": Decimal("1.5")}]) == 0, "1.5 is 1.50"


def test_one_batch_may_hold_new_and_known_rows(connection: Connection) -> None:
    row: dict[str, object] = {"ticker": "AAPL", "opened": MONDAY, "closed": TUESDAY}
    row |= dict.fromkeys(("bought", "realised", "dividends", "fees"), Decimal(1))
    batch = [row | {"trade_id": name} for name in ("a", "b")]
    assert insert_once(connection, closed_trades, batch) == 2
    assert insert_once(connection, closed_trades, [*batch, row | {"trade_id": "c"}]) == 1
    assert insert_once(connection, closed_trades, []) == 0


def test_a_figure_no_row_can_hold_is_refused_before_anything_is_written(connection: Connection) -> None:
    row = {"session": MONDAY, "at": at_open(MONDAY), "unit_value": float("nan"), "positions": []}
    with pytest.raises(LedgerError, match=r"a row of equity_daily must hold finite figures"):
        insert_once(connection, equity_daily, [row])
    assert connection.execute(equity_daily.select()).all() == []


def test_a_journal_of_thousands_is_one_book(connection: Connection) -> None:
    deposits = [
        Transaction(
            transaction_id=f"d{number}",
            kind="deposit",
            session=MONDAY,
            at=at_open(MONDAY),
            entries=(
                Entry(account="cash", amount=Decimal("0.01") * number),
                Entry(account="deposits", amount=Decimal("-0.01") * number),
            ),
        )
        for number in range(1, 6_001)
    ]
    assert Ledger(connection).append(deposits) == 6_000
    assert Ledger(connection).load_book() == replay(deposits)
    assert Ledger(connection).load_book().cash == Decimal("180030.00")
    count = connection.execute(journal_transactions.select().with_only_columns(journal_transactions.c.seq))
    assert count.scalars().all() == list(range(1, 6_001))
