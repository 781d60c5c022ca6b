"""Random lives of orders on the paper broker, fast and from a seed, with a check after every session."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

from fund.execution.lifecycle import OrderState, lost
from fund.execution.orders import Order, OrderKind
from fund.execution.paper import PaperBroker
from fund.execution.restating import restated
from fund.market.bars import Bar
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from support.books import a_book, a_split, at_close, at_open
from support.mandates import real_costs

D = Decimal
TICKERS = ("AAPL", "IBM", "XOM")
KINDS = get_args(OrderKind)
LIMITED, STOPPED = ("limit", "stop_limit"), ("stop", "stop_limit")
START = D(20_000)
COSTS = replace(real_costs(), commission_bps=D(1))
OPERATIONS = ("submit",) * 5 + ("session",) * 2 + ("again", "cancel", "restart", "split")


@dataclass
class Desk:
    """One account in the hands of chance, with an account of its own of what it saw."""

    chance: random.Random
    session: date = date(2020, 1, 1)
    broker: PaperBroker = field(default_factory=lambda: PaperBroker(a_book(cash=START), COSTS))
    orders: list[Order] = field(default_factory=list)
    ended: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    filled: dict[str, Decimal] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    cash: Decimal = START
    held: dict[str, Decimal] = field(default_factory=dict)
    trail: list[str] = field(default_factory=list)
    """Every fill, to compare one run with another."""

    def submit(self) -> None:
        """Submit an order of any kind."""
        chance = self.chance
        kind = chance.choice(KINDS)
        order = Order(
            order_id=f"ord-{len(self.orders)}",
            cycle_id="cycle-1",
            ticker=chance.choice(TICKERS),
            side=chance.choice(("buy", "sell")),
            quantity=D(chance.randint(1, 90)),
            reference_price=D(100),
            decided_at=at_close(self.session),
            kind=kind,
            time_in_force=chance.choice(("day", "gtc")),
            limit_price=D(chance.randint(88, 112)) if kind in LIMITED else None,
            stop_price=D(chance.randint(88, 112)) if kind in STOPPED else None,
        )
        self.orders.append(order)
        self.broker.submit(order)

    def again(self) -> None:
        """Deliver an order again, and the last session's bars."""
        if self.orders:
            order = self.chance.choice(self.orders[-12:])
            before = self.broker.report(order.order_id)
            if before is not None and order.order_id not in self.ended:
                self.broker.submit(order)
                assert self.broker.report(order.order_id) == before, f"{order.order_id} moved when sent again"

    def cancel(self) -> None:
        """Cancel an order, if it is still there to be cancelled."""
        if self.orders:
            self.broker.cancel(self.chance.choice(self.orders[-12:]).order_id)

    def restart(self) -> None:
        """Die and come back with nothing but the book and the working orders, some of them unknown."""
        states = [s if self.chance.random() < 0.7 else lost(s) for s in self.broker.states if s.is_working]
        self._take(states)

    def split(self) -> None:
        """Split one ticker; the working orders are restated, positions of it are left for another test."""
        working = [s for s in self.broker.states if s.is_working]
        action = a_split(self.chance.choice(("2", "0.5", "0.333333")), self.chance.choice(TICKERS))
        now, _ = restated(working, [action])
        for state in now:
            self._note_end(state)
        self._take([s for s in now if s.is_working])

    def play(self) -> None:
        """Trade one session on a random bar a ticker, some of them missing or suspect, and check it."""
        self.session += timedelta(days=1)
        bars = {t: self._bar(t) for t in TICKERS if self.chance.random() < 0.95}
        suspect = {t for t in TICKERS if self.chance.random() < 0.05}
        states = {s.order.order_id: s for s in self.broker.states if s.is_working}
        fills = len(self.broker.fills_since(0))
        booked = len(self.broker.transactions)
        opened, closed = at_open(self.session), at_close(self.session)
        self.broker.trade(self.session, bars, suspect, opened_at=opened, closed_at=closed)
        volume: dict[str, Decimal] = {}
        new = self.broker.fills_since(fills)
        for fill, transaction in zip(new, self.broker.transactions[booked:], strict=True):
            self._check_fill(fill, transaction, states[fill.order_id], bars[fill.ticker])
            volume[fill.ticker] = volume.get(fill.ticker, D(0)) + fill.quantity
        for ticker, traded in volume.items():
            assert traded <= COSTS.max_participation * bars[ticker].volume, f"{ticker} took {traded}"
        self.broker.trade(self.session, bars, suspect, opened_at=opened, closed_at=closed)
        assert len(self.broker.fills_since(0)) == fills + len(new), "a session traded twice"
        self._check_states()

    def _check_fill(self, fill: Fill, transaction: Transaction, state: OrderState, bar: Bar) -> None:
        order = state.order
        assert fill.fill_id not in self.seen, f"{fill.fill_id} was booked twice"
        self.seen.add(fill.fill_id)
        assert bar.low <= fill.price <= bar.high, f"{fill} is outside {bar}"
        assert fill.filled_at > order.decided_at, f"{fill} is before its decision"
        assert (fill.ticker, fill.side) == (order.ticker, order.side), f"{fill} is not of {order}"
        if order.limit_price is not None:
            beyond = fill.price - order.limit_price
            assert beyond <= 0 if fill.side == "buy" else beyond >= 0, (
                f"{fill} is beyond the limit of {order}"
            )
        signed = fill.quantity if fill.side == "buy" else -fill.quantity
        short = max(-self.held.get(fill.ticker, D(0)), D(0))
        self.held[fill.ticker] = self.held.get(fill.ticker, D(0)) + signed
        self.cash -= signed * fill.price + fill.commission
        self.filled[fill.order_id] = self.filled.get(fill.order_id, D(0)) + fill.quantity
        covers = fill.side == "buy" and fill.quantity <= short
        assert fill.side == "sell" or covers or self.cash >= 0, f"{fill} took the cash to {self.cash}"
        assert sum(entry.amount for entry in transaction.entries) == 0, f"{transaction} does not balance"
        self.trail.append(f"{fill.fill_id} {fill.quantity} {fill.price}")

    def _check_states(self) -> None:
        book, reserved = self.broker.book, D(0)
        assert book.cash == self.cash, f"the book has {book.cash}, its fills leave {self.cash}"
        for ticker, quantity in self.held.items():
            position = book.positions.get(ticker)
            assert (position.quantity if position else 0) == quantity, f"{ticker} should be {quantity}"
        for state in self.broker.states:
            order_id = state.order.order_id
            assert state.filled == self.filled.get(order_id, 0) <= state.order.quantity, f"{state} miscounts"
            reserved += self.broker.reservations.of(order_id)
            released = self.broker.reservations.released(order_id)
            wrong = (released is not None) != (not state.is_working and state.status != "rejected")
            assert not wrong, f"{state} has released {released}"
            assert state.order.time_in_force == "gtc" or not state.is_working, f"{state} outlived its day"
            self._note_end(state)
        assert reserved == self.broker.reservations.total >= 0, f"{reserved} is reserved"

    def _note_end(self, state: OrderState) -> None:
        if not state.is_working:
            end = (state.status, state.filled)
            assert self.ended.setdefault(state.order.order_id, end) == end, f"{state} ended before as {end}"

    def _take(self, states: list[OrderState]) -> None:
        for state in self.broker.states:
            self._note_end(state)
        self.broker = PaperBroker(self.broker.book, COSTS)
        for state in states[-12:]:
            self.broker.carry(state)

    def _bar(self, ticker: str) -> Bar:
        cents = sorted(self.chance.randint(9_000, 11_000) for _ in range(4))
        first, last = self.chance.choice(cents), self.chance.choice(cents)
        low, high, open_, close = (D(c).scaleb(-2) for c in (cents[0], cents[3], first, last))
        return Bar(
            ticker=ticker,
            session=self.session,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=self.chance.choice((0, 400, 3_000, 100_000)),
        )


def run_orders(seed: int, operations: int) -> None:
    """Take one account through random operations; raises `AssertionError` with the seed in its message."""
    play_orders(seed, operations)


def play_orders(seed: int, operations: int) -> Desk:
    """Do the same and return the account."""
    desk = Desk(chance=random.Random(seed))
    steps = {
        "submit": desk.submit,
        "session": desk.play,
        "again": desk.again,
        "cancel": desk.cancel,
        "restart": desk.restart,
        "split": desk.split,
    }
    for number in range(operations):
        chosen = desk.chance.choice(OPERATIONS)
        try:
            steps[chosen]()
        except Exception as error:
            raise AssertionError(f"seed {seed}, operation {number} ({chosen}): {error}") from error
    return desk
