"""Seeded lives of a book against books kept a second time; `make soak` lives ten thousand of them."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from fund.portfolio import lot_entries
from fund.portfolio.book import Book
from support.random_books import OPERATIONS, RandomLife, run_sequence


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_the_money_is_right_after_everything_that_happens(first: int) -> None:
    for seed in range(first, first + 10):
        run_sequence(seed, 200)


def test_every_kind_of_event_and_both_kinds_of_lots_occur() -> None:
    lives = [RandomLife(seed=seed, chance=Random(seed)) for seed in range(10)]
    for life in lives:
        for _ in range(200):
            life.live()
    kinds = {transaction.kind for life in lives for transaction in life.journal}
    assert kinds == {
        "deposit",
        "withdrawal",
        "fill",
        "dividend",
        "split",
        "borrow",
        "ticker_change",
        "merger",
        "delisting",
    }
    assert {life.naive.fifo for life in lives} == {True, False}
    held = [position for life in lives for position in life.book.positions.values()]
    assert max(len(position.lots) for position in held) > 2
    assert {position.quantity > 0 for position in held} == {True, False}
    assert len(OPERATIONS) == 8


@pytest.mark.parametrize(
    "damage",
    [
        lambda book: replace(book, cash=book.cash + 1),
        lambda book: replace(book, fees=book.fees + 1, borrow=book.borrow - 1),
        lambda book: replace(book, deposits=book.deposits + 1, withdrawals=book.withdrawals - 1),
        lambda book: replace(book, positions={}),
    ],
)
def test_a_book_that_is_a_dollar_off_is_found_with_its_seed(damage: Callable[[Book], Book]) -> None:
    life = RandomLife(seed=7, chance=Random(7))
    for _ in range(30):
        life.live()
    life.book = damage(life.book)
    with pytest.raises(AssertionError, match="seed 7, operation 30: "):
        life.check()


def test_a_transaction_that_never_reached_the_journal_is_found() -> None:
    life = RandomLife(seed=7, chance=Random(7))
    for _ in range(30):
        life.live()
    life.journal.pop()
    with pytest.raises(AssertionError, match="a replay of the journal is another book"):
        life.check_replay()


def test_selling_the_newest_lot_first_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = lot_entries.taken
    monkeypatch.setattr(lot_entries, "taken", lambda lots, closing: honest(lots[::-1], closing))
    seed = next(n for n in range(20) if RandomLife(seed=n, chance=Random(n)).naive.fifo)
    with pytest.raises(AssertionError, match=rf"seed {seed}, operation \d+: the lots of"):
        run_sequence(seed, 200)
