"""Books kept a second time, by somebody who never read the product: whole numbers, lists and the rules.

Money is in units of 10^-10 USD, shares in millionths, prices in 10^-4 USD: nothing is ever rounded but
where a rule says to what.
"""

from dataclasses import dataclass, field

SHARE, PRICE, MONEY = 10**6, 10**4, 10**10
MILLIONTH = MONEY // 10**6
"""Of a dollar, where a rule rounds."""


@dataclass(slots=True)
class NaiveLot:
    shares: int
    cost: int
    day: int


@dataclass(slots=True)
class NaiveBooks:
    """Cash, lots and what was earned, from events alone; FIFO, or one lot a ticker."""

    fifo: bool
    cash: int = 0
    net_deposits: int = 0
    realised: int = 0
    dividends: int = 0
    fees: int = 0
    borrow: int = 0
    day: int = 0
    """The day it is."""
    closings: int = 0
    """Parts of lots sold so far: each may round its cost one millionth of a dollar the other way."""
    lots: dict[str, list[NaiveLot]] = field(default_factory=dict)

    def shares(self, ticker: str) -> int:
        return sum(lot.shares for lot in self.lots.get(ticker, ()))

    def cost(self, ticker: str) -> int:
        return sum(lot.cost for lot in self.lots.get(ticker, ()))

    def money(self, amount: int) -> None:
        """Bring money in, or take it out."""
        self.cash += amount
        self.net_deposits += amount

    def fill(self, ticker: str, shares: int, price: int, commission: int) -> None:
        """Buy shares, or sell them where they are below zero."""
        self.cash -= shares * price + commission
        self.fees += commission
        held = self.shares(ticker)
        closing = 0
        if held * shares < 0:
            closing = max(shares, -held) if shares < 0 else min(shares, -held)
            self._close(ticker, closing, price)
        opening = shares - closing
        if opening:
            lots = self.lots.setdefault(ticker, [])
            if lots and not self.fifo:
                lots[0].shares += opening
                lots[0].cost += opening * price
            else:
                lots.append(NaiveLot(opening, opening * price, self.day))

    def dividend(self, ticker: str, value: int) -> None:
        """Pay a dividend on what is held, 10^-4 USD a share."""
        cash = rounded(self.shares(ticker) * value, MILLIONTH) * MILLIONTH
        self.cash += cash
        self.dividends += cash

    def lend(self, ticker: str, price: int, bps: int, days: int) -> None:
        """Charge a short."""
        owed = -self.shares(ticker) * price * bps * days
        fee = rounded(owed, 10_000 * 360 * MILLIONTH) * MILLIONTH
        self.cash -= fee
        self.borrow += fee

    def split(self, ticker: str, ratio: tuple[int, int], price: int | None) -> None:
        """Give new shares for old; a fraction of one is paid for at the price."""
        lots = self.lots[ticker]
        old = new = 0
        for lot in lots:
            old += lot.shares
            upto = rounded(old * ratio[0], ratio[1])
            lot.shares, new = upto - new, upto
        living = [lot for lot in lots if lot.shares]
        for place, lot in enumerate(lots):
            if not lot.shares:
                heir = next((each for each in lots[place:] if each.shares), living[-1])
                heir.cost, lot.cost = heir.cost + lot.cost, 0
        self.lots[ticker] = living
        fraction = (abs(new) % SHARE) * (1 if new > 0 else -1)
        if fraction and price is not None:
            cash = rounded(fraction * price, MILLIONTH) * MILLIONTH
            cost = self._take(ticker, -fraction)
            self.cash += cash
            self.realised += cash - cost

    def end(self, ticker: str, price: int) -> None:
        """Pay everybody off."""
        shares = self.shares(ticker)
        self.cash += shares * price
        self._close(ticker, -shares, price)

    def rename(self, old: str, new: str) -> None:
        """Carry lots over, the oldest first."""
        lots = self.lots.pop(old)
        there = self.lots.setdefault(new, [])
        if there and not self.fifo:
            there[0].shares += lots[0].shares
            there[0].cost += lots[0].cost
        else:
            there += lots
            there.sort(key=lambda lot: lot.day)

    def equity(self, marks: dict[str, int]) -> int:
        return self.cash + sum(self.shares(ticker) * marks[ticker] for ticker in self.lots)

    def _close(self, ticker: str, closing: int, price: int) -> None:
        cost = self._take(ticker, closing)
        self.realised += -closing * price - cost

    def _take(self, ticker: str, closing: int) -> int:
        """Take shares out of the lots, first in first out, and return what they cost."""
        lots = self.lots[ticker]
        cost = 0
        while closing:
            lot = lots[0]
            if abs(closing) >= abs(lot.shares):
                part, part_cost = -lot.shares, lot.cost
                lots.pop(0)
            else:
                part = closing
                part_cost = rounded(lot.cost * -part, lot.shares * MILLIONTH) * MILLIONTH
                lot.shares += part
                lot.cost -= part_cost
                self.closings += 1
            cost += part_cost
            closing -= part
        if not lots:
            del self.lots[ticker]
        return cost


def rounded(numerator: int, denominator: int) -> int:
    """Return a quotient rounded to the nearest whole, a half to the even one."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        whole += 1
    return whole
