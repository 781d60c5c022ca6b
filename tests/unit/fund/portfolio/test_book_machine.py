"""A book as a state machine: Hypothesis looks for the order of events that breaks it, and shrinks it."""

from decimal import Decimal
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fund.portfolio.book import check_identity
from support import random_books as events
from support.naive_books import SHARE, NaiveBooks
from support.random_books import TICKERS, RandomLife, a_price, usd

tickers = st.sampled_from(TICKERS)
prices = st.integers(1, 50_000_000)


class BookMachine(RuleBasedStateMachine):
    """Every event as a rule; the second books say after each what the book must be."""

    @initialize(fifo=st.booleans())
    def open_the_books(self, fifo: bool) -> None:
        self.life = RandomLife(seed=0, chance=Random(0))
        self.life.naive = NaiveBooks(fifo=fifo)

    def at(self, ticker: str, price: int, chance: int) -> RandomLife:
        life = self.life
        life.number += 1
        life.naive.day = life.number
        life.day += events.timedelta(days=1)
        life.chance.seed(chance)
        life.prices[ticker] = price
        return life

    @rule(ticker=tickers, price=prices, shares=st.integers(1, 500 * SHARE), buys=st.booleans())
    def trade(self, ticker: str, price: int, shares: int, buys: bool) -> None:
        life = self.at(ticker, price, 0)
        events.booked_fill(life, ticker, shares if buys else -shares, price, 100_000_000)

    @rule(ticker=tickers, price=prices)
    def close(self, ticker: str, price: int) -> None:
        life = self.at(ticker, price, 0)
        if held := life.naive.shares(ticker):
            events.booked_fill(life, ticker, -held, price, 0)

    @rule(ticker=tickers, price=prices, chance=st.integers(0, 500))
    def money(self, ticker: str, price: int, chance: int) -> None:
        events.money(self.at(ticker, price, chance), ticker, price)

    @rule(ticker=tickers, price=st.integers(10, 50_000_000), chance=st.integers(0, 500))
    def pay(self, ticker: str, price: int, chance: int) -> None:
        life = self.at(ticker, price, chance)
        events.dividend(life, ticker, price)
        events.borrow(life, ticker, price)

    @rule(ticker=tickers, price=prices, chance=st.integers(0, 500))
    def split(self, ticker: str, price: int, chance: int) -> None:
        events.split(self.at(ticker, price, chance), ticker, price)

    @rule(ticker=tickers, price=prices, chance=st.integers(0, 500))
    def change(self, ticker: str, price: int, chance: int) -> None:
        events.change(self.at(ticker, price, chance), ticker, price)

    @rule(ticker=tickers, price=prices, chance=st.integers(0, 500))
    def end(self, ticker: str, price: int, chance: int) -> None:
        events.ending(self.at(ticker, price, chance), ticker, price)

    @rule(ticker=tickers, price=prices, chance=st.integers(0, 500))
    def lie(self, ticker: str, price: int, chance: int) -> None:
        before = self.life.book
        events.nonsense(self.at(ticker, price, chance), ticker, price)
        assert self.life.book == before

    @invariant()
    def the_second_books_agree(self) -> None:
        if hasattr(self, "life"):
            self.life.check()

    @invariant()
    def what_was_earned_is_the_sum_of_its_parts_at_any_price(self) -> None:
        if hasattr(self, "life"):
            check_identity(self.life.book, dict.fromkeys(TICKERS, Decimal("0.0001")))
            check_identity(self.life.book, dict.fromkeys(TICKERS, a_price(99_999_999)))

    def teardown(self) -> None:
        if hasattr(self, "life"):
            self.life.check_replay()
            left = self.life.book.cash - usd(self.life.naive.net_deposits)
            if not self.life.book.positions:
                book = self.life.book
                assert left == book.realised + book.dividends - book.fees - book.borrow


TestBook = BookMachine.TestCase
TestBook.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
