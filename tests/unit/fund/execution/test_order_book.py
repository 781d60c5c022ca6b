"""The order book: best price first, then who came first, against a list that is searched from the start."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import LedgerError
from fund.execution.order_book import LimitOrderBook

D = Decimal


def book_of(*resting: tuple[str, str, int, int]) -> LimitOrderBook:
    book = LimitOrderBook()
    for order_id, side, quantity, price in resting:
        assert book.add(order_id, side, D(quantity), D(price)) == ()  # type: ignore[arg-type]
    return book


def told(trades: tuple) -> list[str]:  # type: ignore[type-arg]
    return [f"{t.resting_id} {t.quantity} @ {t.price}" for t in trades]


def test_the_best_price_trades_first_and_at_one_price_who_came_first() -> None:
    book = book_of(("a", "sell", 5, 101), ("b", "sell", 5, 100), ("c", "sell", 5, 100))
    assert told(book.add("x", "buy", D(12), D(101))) == ["b 5 @ 100", "c 5 @ 100", "a 2 @ 101"]
    assert book.depth("sell") == ((101, 3),)


def test_what_does_not_match_rests_at_its_limit_and_without_one_is_gone() -> None:
    book = book_of(("a", "sell", 5, 101))
    assert told(book.add("x", "buy", D(9), D(101))) == ["a 5 @ 101"]
    assert book.depth("buy") == ((101, 4),)
    assert told(book.add("y", "sell", D(9), None)) == ["x 4 @ 101"]
    assert book.best("buy") is book.best("sell") is None


def test_a_place_in_the_queue_is_what_stands_before_it() -> None:
    book = book_of(("a", "buy", 5, 99), ("b", "buy", 7, 99), ("c", "buy", 1, 99))
    assert [book.ahead_of(each) for each in "abcx"] == [0, 5, 12, None]
    assert book.cancel("a") == 5
    assert book.cancel("a") == 0
    assert book.ahead_of("c") == 7
    book.add("x", "sell", D(3), None)
    assert book.ahead_of("c") == 4


def test_a_part_fill_keeps_its_place() -> None:
    book = book_of(("a", "sell", 5, 100), ("b", "sell", 5, 100))
    book.add("x", "buy", D(2), D(100))
    assert told(book.add("y", "buy", D(4), D(100))) == ["a 3 @ 100", "b 1 @ 100"]


@pytest.mark.parametrize("bad", ["0", "-1", "NaN", "Infinity"])
def test_figures_that_are_none_are_refused(bad: str) -> None:
    book = LimitOrderBook()
    with pytest.raises(LedgerError, match="above 0"):
        book.add("a", "buy", D(bad), D(1))
    with pytest.raises(LedgerError, match="above 0"):
        book.add("a", "buy", D(1), D(bad))
    assert book.depth("buy") == ()


def test_an_id_rests_once() -> None:
    with pytest.raises(LedgerError, match="cancel it first"):
        book_of(("a", "buy", 1, 99), ("a", "buy", 1, 98))


@dataclass
class NaiveBook:
    """A list of (side, price, time, id, quantity), searched whole every time."""

    rows: list[list] = field(default_factory=list)  # type: ignore[type-arg]
    time: int = 0

    def add(self, order_id: str, side: str, quantity: Decimal, limit: Decimal | None) -> list[str]:
        self.time += 1
        sign, trades = (1 if side == "buy" else -1), []
        while quantity > 0:
            others = [r for r in self.rows if r[0] != side and (limit is None or sign * r[1] <= sign * limit)]
            if not others:
                break
            best = min(others, key=lambda r: (sign * r[1], r[2]))
            traded = min(quantity, best[4])
            trades.append(f"{best[3]} {traded} @ {best[1]}")
            quantity -= traded
            best[4] -= traded
            self.rows = [r for r in self.rows if r[4] > 0]
        if quantity > 0 and limit is not None:
            self.rows.append([side, limit, self.time, order_id, quantity])
        return trades

    def cancel(self, order_id: str) -> Decimal:
        left = sum((r[4] for r in self.rows if r[3] == order_id), D(0))
        self.rows = [r for r in self.rows if r[3] != order_id]
        return left

    def depth(self, side: str) -> tuple[tuple[Decimal, Decimal], ...]:
        prices = sorted({r[1] for r in self.rows if r[0] == side}, reverse=side == "buy")
        return tuple((p, sum((r[4] for r in self.rows if r[:2] == [side, p]), D(0))) for p in prices)


actions = st.tuples(
    st.sampled_from(["buy", "sell", "cancel"]), st.integers(1, 9), st.none() | st.integers(97, 103)
)


@given(st.lists(actions, max_size=40))
def test_it_trades_as_a_list_searched_from_the_start_does(moves: list[tuple[str, int, int | None]]) -> None:
    book, naive = LimitOrderBook(), NaiveBook()
    for number, (action, size, price) in enumerate(moves):
        if action == "cancel":
            assert book.cancel(f"o{size}") == naive.cancel(f"o{size}")
            continue
        limit = None if price is None else D(price)
        fast = book.add(f"o{number}", action, D(size), limit)  # type: ignore[arg-type]
        assert told(fast) == naive.add(f"o{number}", action, D(size), limit)
        for side in ("buy", "sell"):
            assert book.depth(side) == naive.depth(side)  # type: ignore[arg-type]
        bid, ask = book.best("buy"), book.best("sell")
        assert bid is None or ask is None or bid < ask
