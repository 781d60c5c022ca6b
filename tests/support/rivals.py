"""Several threads that decide on one account at once, and a count of its money without `fund`."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
from sqlalchemy import Connection, Engine, text

from db.decisions import Decisions
from db.engine import transaction
from db.ledger import Ledger
from db.placement import Placement
from fund.execution.commitments import Commitments
from fund.execution.orders import Order
from fund.portfolio.book import Book
from fund.portfolio.postings import post_fill
from fund.risk.limits import RiskLimits
from support.books import MONDAY, a_fill, an_order, at_close
from support.mandates import some_limits
from support.records import a_cycle_record, a_deposit

DEPOSIT = 100_000
PRICES: Mapping[str, Decimal] = {
    "AAA": Decimal(50),
    "BBB": Decimal("81.5"),
    "CCC": Decimal(30),
    "DDD": Decimal(7),
}
SECTORS = {"AAA": "tech", "BBB": "tech", "CCC": "energy", "DDD": "energy"}
LIMITS = some_limits(
    max_position=Decimal("0.30"),
    max_sector=Decimal("0.50"),
    max_gross=Decimal("0.80"),
    max_net=Decimal("0.80"),
    min_cash=Decimal("0.25"),
)
_BOOKED = text(
    "SELECT account, ticker, sum(amount) AS amount, sum(quantity) AS quantity FROM desk.journal_entries "
    "GROUP BY account, ticker"
)
_OPEN = text("SELECT ticker, side, quantity FROM desk.orders WHERE status = 'pending'")
_FILL = text(
    "WITH done AS (UPDATE desk.orders SET status = 'filled' WHERE order_id = :id AND status = 'pending' "
    "RETURNING order_id) SELECT count(*) FROM done"
)


@dataclass
class Tally:
    """What some rivals came to."""

    rounds: Counter[int] = field(default_factory=Counter)
    placed: Counter[int] = field(default_factory=Counter)
    shrunk: int = 0
    filled: int = 0
    broken: list[str] = field(default_factory=list)
    book: Book = field(default_factory=Book)
    """What is filled so far; only who holds the account touches it."""


def rivalry(engine: Engine, *, threads: int, rounds: int, seed: int = 1) -> Tally:
    """Let threads decide on one account, each on what it read before, and count after every placement."""
    with transaction(engine) as connection:
        Ledger(connection).append([a_deposit(DEPOSIT)])
    tally = Tally(book=Book().apply(a_deposit(DEPOSIT)))

    def decide(rival: int) -> None:
        rng = np.random.default_rng([seed, rival])
        for number in range(rounds):
            _round(engine, rival, number, rng, tally)
            tally.rounds[rival] += 1

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(decide, rival) for rival in range(threads)]:
            done.result()
    return tally


def _round(engine: Engine, rival: int, number: int, rng: np.random.Generator, tally: Tally) -> None:
    cycle_id = f"rival-{rival}-{number}"
    with transaction(engine) as connection:
        seen = Placement(connection).commitments()
    wanted = _wishes(cycle_id, seen, rng)
    with transaction(engine) as connection:
        fitting = Placement(connection).fit(wanted, LIMITS, prices=PRICES, sectors=SECTORS)
        record = a_cycle_record(cycle_id, MONDAY, orders=fitting.placed)
        Decisions(connection).record_cycle(
            record, job=f"rival-{rival}", slot=str(number), recorded_at=record.as_of
        )
        ledger = Ledger(connection)
        ledger.record_orders(fitting.placed)
        tally.broken += broken_caps(connection, LIMITS)
        tally.placed[rival] += len(fitting.placed)
        tally.shrunk += len(fitting.unplaced)
        if rng.random() < 0.25:
            _settle(connection, ledger, tally)
            tally.broken += broken_caps(connection, LIMITS)


def _wishes(cycle_id: str, seen: Commitments, rng: np.random.Generator) -> tuple[Order, ...]:
    """Targets near the caps from what was seen, which by now may be another account."""
    orders = []
    for ticker in rng.permutation(sorted(PRICES)):
        target = Decimal(int(rng.integers(0, 32))) / 100 * DEPOSIT / PRICES[ticker]
        change = int(target - seen.promised.get(ticker, Decimal(0)))
        if change and rng.random() < 0.7:
            side = "buy" if change > 0 else "sell"
            orders.append(
                an_order(
                    ticker,
                    side,
                    abs(change),
                    order_id=f"{cycle_id}-{ticker}",
                    cycle_id=cycle_id,
                    reference_price=PRICES[ticker],
                    decided_at=at_close(MONDAY),
                )
            )
    return tuple(sorted(orders, key=lambda order: order.side == "buy"))


def _settle(connection: Connection, ledger: Ledger, tally: Tally) -> None:
    """Fill everything that works at the marks, free of costs, as the account's broker."""
    posted = []
    for order in ledger.open_orders():
        fill = a_fill(
            order.ticker,
            order.side,
            order.quantity,
            order.reference_price,
            fill_id=f"fil-{order.order_id}",
            order_id=order.order_id,
            session=MONDAY + timedelta(days=1),
        )
        posted.append(post_fill(tally.book, fill))
        tally.book = tally.book.apply(posted[-1])
        assert connection.execute(_FILL, {"id": order.order_id}).scalar_one() == 1
    ledger.append(posted)
    tally.filled += len(posted)


def broken_caps(connection: Connection, limits: RiskLimits) -> list[str]:
    """Return what of position, gross, sector, cash and shorts is broken if everything that works fills."""
    shares: dict[str, Fraction] = {}
    cash = Fraction(0)
    for row in connection.execute(_BOOKED):
        if row.account == "cash":
            cash += Fraction(row.amount)
        elif row.account == "position":
            shares[row.ticker] = shares.get(row.ticker, Fraction(0)) + Fraction(row.quantity)
    for row in connection.execute(_OPEN):
        signed = Fraction(row.quantity) * (1 if row.side == "buy" else -1)
        shares[row.ticker] = shares.get(row.ticker, Fraction(0)) + signed
        cash -= signed * Fraction(PRICES[row.ticker])
    values = {ticker: count * Fraction(PRICES[ticker]) for ticker, count in shares.items()}
    equity = cash + sum(values.values())
    sectors = Counter[str]()
    for ticker, value in values.items():
        sectors[SECTORS[ticker]] += value  # type: ignore[assignment]
    figures = {
        "equity": (equity != DEPOSIT, equity),
        "cash": (cash < Fraction(limits.min_cash) * equity, cash),
        "gross": (sum(map(abs, values.values())) > Fraction(limits.max_gross) * equity, values),
        "position": (any(abs(v) > Fraction(limits.max_position) * equity for v in values.values()), values),
        "sector": (any(v > Fraction(limits.max_sector) * equity for v in sectors.values()), sectors),
        "short": (any(v < 0 for v in values.values()), values),
    }
    return [f"{name}: {found}" for name, (wrong, found) in figures.items() if wrong]
