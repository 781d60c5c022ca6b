"""A second accounting, in plain decimals and dictionaries: slow, and written from the rules alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

import numpy as np

from fund.market.facts import CorporateAction
from fund.market.panel import BarPanel
from fund.market.quality import suspect_opens
from fund.market.splits import split_ratio

ZERO = Decimal(0)
MILLIONTH = Decimal("0.000001")
SILENT = 6


@dataclass(kw_only=True)
class NaiveAccount:
    """An account of one backtest, as it stands."""

    cash: Decimal
    step: Decimal
    bps: Decimal
    per_share: Decimal
    borrow_bps: Decimal
    held: dict[str, Decimal] = field(default_factory=dict)
    marks: dict[str, Decimal] = field(default_factory=dict)
    last_bar: dict[str, int] = field(default_factory=dict)
    orders: dict[str, Decimal] = field(default_factory=dict)
    traded: Decimal = ZERO
    fees: Decimal = ZERO
    fills: int = 0

    @property
    def equity(self) -> Decimal:
        return self.cash + sum((q * self.marks[t] for t, q in self.held.items()), ZERO)

    def borrow(self, days: int) -> None:
        for ticker, quantity in self.held.items():
            if quantity < 0:
                self.cash += quantity * self.marks[ticker] * self.bps_of(self.borrow_bps) * days / 360

    def book(self, actions: Sequence[CorporateAction], opens: Mapping[str, Decimal]) -> None:
        rank = {"dividend": 0, "split": 1, "merger": 2, "delisting": 2}
        for action in sorted(actions, key=lambda each: rank[each.kind]):
            ticker, quantity = action.ticker, self.held.get(action.ticker, ZERO)
            if action.kind == "dividend":
                self.cash += quantity * action.value
            elif action.kind == "split":
                self._split(ticker, quantity, action.value, opens.get(ticker))
            else:
                self.cash += self.held.pop(ticker, ZERO) * action.value
                self.orders.pop(ticker, None)

    def fill(self, opens: Mapping[str, Decimal]) -> None:
        orders, self.orders = self.orders, {}
        waiting = {ticker: quantity for ticker, quantity in sorted(orders.items()) if ticker in opens}
        for ticker, quantity in list(waiting.items()):
            holding = self.held.get(ticker, ZERO)
            if holding * quantity < 0:
                closes = max(quantity, -holding) if quantity < 0 else min(quantity, -holding)
                self._trade(ticker, closes, opens[ticker])
                waiting[ticker] -= closes
        for ticker, quantity in waiting.items():
            price = opens[ticker]
            if quantity > 0:
                quantity = self._payable(quantity, price)
            if quantity:
                self._trade(ticker, quantity, price)

    def mark(self, row: int, closes: Mapping[str, Decimal]) -> None:
        for ticker, price in closes.items():
            self.marks[ticker], self.last_bar[ticker] = price, row
        for ticker in [t for t in self.held if row - self.last_bar[t] >= SILENT]:
            self.cash += self.held.pop(ticker) * self.marks[ticker]

    def plan(self, weights: Mapping[str, Decimal], closes: Mapping[str, Decimal]) -> None:
        equity = self.equity
        if equity <= 0:
            return
        for ticker, weight in weights.items():
            if ticker not in closes:
                continue
            holding = self.held.get(ticker, ZERO)
            goal = self._down(weight * equity / closes[ticker])
            change = goal - holding
            if goal and goal * holding >= 0:
                change = self._down(change)
            if change:
                self.orders[ticker] = change

    def bps_of(self, bps: Decimal) -> Decimal:
        return bps / 10_000

    def _split(self, ticker: str, quantity: Decimal, value: Decimal, price: Decimal | None) -> None:
        exact = split_ratio(value)

        def after(shares: Decimal) -> Decimal:
            return (shares * exact.numerator / exact.denominator).quantize(
                MILLIONTH, rounding=ROUND_HALF_EVEN
            )

        if ticker in self.marks:
            self.marks[ticker] = self.marks[ticker] * exact.denominator / exact.numerator
        waiting = self.orders.get(ticker, ZERO)
        reduces = waiting * quantity < 0 and abs(waiting) <= abs(quantity)
        if ticker in self.orders:
            self.orders[ticker] = self._down(after(waiting))
        if not quantity:
            return
        shares = after(quantity)
        whole = shares.quantize(Decimal(1), rounding=ROUND_DOWN)
        if price is not None:
            self.cash += (shares - whole) * price
            shares = whole
        if reduces:
            most = abs(shares)
            self.orders[ticker] = max(min(self.orders[ticker], most), -most)
        self.held[ticker] = shares
        if not shares:
            del self.held[ticker]

    def _payable(self, wanted: Decimal, price: Decimal) -> Decimal:
        if wanted * price + self._fee(wanted, price) <= self.cash:
            return wanted
        most = min(wanted, self._down(max(self.cash, ZERO) / price))
        return max(self._down((self.cash - self._fee(most, price)) / price), ZERO)

    def _trade(self, ticker: str, quantity: Decimal, price: Decimal) -> None:
        fee = self._fee(quantity, price)
        self.cash -= quantity * price + fee
        self.traded += abs(quantity) * price
        self.fees += fee
        self.fills += 1
        self.held[ticker] = self.held.get(ticker, ZERO) + quantity
        if not self.held[ticker]:
            del self.held[ticker]

    def _fee(self, quantity: Decimal, price: Decimal) -> Decimal:
        return abs(quantity) * (price * self.bps_of(self.bps) + self.per_share)

    def _down(self, quantity: Decimal) -> Decimal:
        return quantity.quantize(self.step, rounding=ROUND_DOWN)


def naive_equity(
    panel: BarPanel,
    actions: Sequence[CorporateAction],
    targets: np.ndarray,
    account: NaiveAccount,
) -> list[Decimal]:
    """Play targets through a panel; the account is left as it ends, the equity of every close returned."""
    suspect = suspect_opens(panel)
    equities: list[Decimal] = []
    before: date | None = None
    for row, session in enumerate(panel.sessions):
        closes = _prices(panel.tickers, panel.close[row])
        opens = _prices(panel.tickers, np.where(suspect[row], np.nan, panel.open[row]))
        if before is not None:
            account.borrow((session - before).days)
        account.book([each for each in actions if each.ex_date == session and each.is_plausible], opens)
        account.fill(opens)
        account.mark(row, closes)
        equities.append(account.equity)
        account.plan(_prices(panel.tickers, targets[row]), closes)
        before = session
    return equities


def _prices(tickers: Sequence[str], values: np.ndarray) -> dict[str, Decimal]:
    return {
        ticker: Decimal(repr(float(value)))
        for ticker, value in zip(tickers, values, strict=True)
        if np.isfinite(value)
    }
