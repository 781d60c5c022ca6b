"""Shares and cash of a book, walked session by session from its fills: what it held before and after them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from evals.audit.tape import Action, Tape

SILENT_SESSIONS = 6
"""A position without a bar for as many sessions has ended, and is paid out at its last close."""
MILLIONTH = Decimal("0.000001")
ZERO = Decimal(0)
BORROW_YEAR = 360
Fill = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trading:
    """What the fills of one session made of a book, valued as the decision before them saw it.

    Weights are fractions of the equity of the close before, at the closes of that session: what prices do
    between a decision and its fills is drift and no trading.
    """

    place: int
    """Of the session of the fills; it was decided on the close before."""
    before: Mapping[str, Decimal]
    after: Mapping[str, Decimal]
    equity: Decimal
    """USD, of the close before."""
    cash: Decimal
    """USD, as it really stood after the fills."""
    fills: tuple[Fill, ...]

    @property
    def decided(self) -> int:
        """Return the place of the close that was decided on."""
        return self.place - 1

    @property
    def grown(self) -> dict[str, Decimal]:
        """Return by how much of equity each name that grew has grown."""
        return {t: abs(w) - kept for t, w in self.after.items() if abs(w) > (kept := self._kept(t))}

    @property
    def reduced(self) -> Decimal:
        """Return how much of equity was given up of what was held."""
        return sum((abs(w) - self._kept(t) for t, w in self.before.items()), ZERO)

    def _kept(self, ticker: str) -> Decimal:
        was, is_ = self.before.get(ticker, ZERO), self.after.get(ticker, ZERO)
        return min(abs(was), abs(is_)) if was * is_ > 0 else ZERO


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Walks a book from its first close; nothing is held before it."""

    tape: Tape
    cash: Decimal
    borrow_bps: Decimal = ZERO
    shares: dict[str, Decimal] = field(default_factory=dict)
    equity: list[Decimal] = field(default_factory=list)
    """USD at each close, as it is worked out here."""

    def walk(self, first: int, last: int, fills: Sequence[Fill]) -> Iterator[Trading]:
        """Yield the trading of every session with fills, from the close at `first` to that at `last`."""
        by_session: dict[str, list[Fill]] = {}
        for fill in fills:
            by_session.setdefault(fill["session"], []).append(fill)
        self.equity.append(self.cash)
        for place in range(first + 1, last + 1):
            today = by_session.get(self.tape.sessions[place].isoformat(), [])
            before, equity = dict(self.shares), self.equity[-1]
            self._lend(place)
            for action in self.tape.actions(place):
                if action.ticker in self.shares:
                    self._act(action, place)
            for fill in today:
                self._book(fill)
            if today:
                yield self._trading(place, before, equity, today)
            self._close(place)

    def _trading(
        self, place: int, before: Mapping[str, Decimal], equity: Decimal, fills: Sequence[Fill]
    ) -> Trading:
        """Value both books at the closes before, shares of after a split at what each was worth then.

        A name that was changed in between is called by its new ticker in both, at what the old one closed.
        """
        changed = {a.ticker: a.detail for a in self.tape.actions(place) if a.kind == "ticker_change"}
        former = {new: old for old, new in changed.items() if self.tape.last(new, place - 1) is None}

        def weight(ticker: str, shares: Decimal, *, split: bool) -> Decimal:
            price = self.tape.mark(ticker, place - 1) or ZERO
            made = self.tape.split(ticker, place)
            worth = shares * price / equity
            return worth * made.denominator / made.numerator if split else worth

        held: dict[str, Decimal] = {}
        for ticker, shares in ((t, q) for t, q in before.items() if q):
            name = changed.get(ticker, ticker)
            held[name] = held.get(name, ZERO) + weight(ticker, shares, split=False)
        return Trading(
            place=place,
            before=held,
            after={t: weight(former.get(t, t), q, split=True) for t, q in self.shares.items() if q},
            equity=equity,
            cash=self.cash,
            fills=tuple(fills),
        )

    def _book(self, fill: Fill) -> None:
        quantity, price = Decimal(fill["quantity"]), Decimal(fill["price"])
        signed = quantity if fill["side"] == "buy" else -quantity
        self.cash -= signed * price + Decimal(fill["commission"])
        self.shares[fill["ticker"]] = self.shares.get(fill["ticker"], ZERO) + signed

    def _close(self, place: int) -> None:
        """Pay out what has ended, and note the equity of the close."""
        worth = ZERO
        for ticker, shares in sorted(self.shares.items()):
            mark, last = self.tape.mark(ticker, place), self.tape.last(ticker, place)
            if not shares or mark is None or last is None:
                del self.shares[ticker]
            elif place - last >= SILENT_SESSIONS:
                self.cash += self.shares.pop(ticker) * mark
            else:
                worth += shares * mark
        self.equity.append(self.cash + worth)

    def _act(self, action: Action, place: int) -> None:
        shares = self.shares[action.ticker]
        if action.kind == "dividend":
            self.cash += _booked(shares * action.value)
        elif action.kind == "split":
            made = _booked(shares * action.ratio.numerator / action.ratio.denominator)
            opened = self.tape.price(action.ticker, "open", place)
            whole = made.to_integral_value(rounding="ROUND_DOWN")
            if made != whole and opened is not None:
                self.cash += _booked((made - whole) * opened)
                made = whole
            self.shares[action.ticker] = made
        elif action.kind == "ticker_change":
            del self.shares[action.ticker]
            self.shares[action.detail] = self.shares.get(action.detail, ZERO) + shares
        else:
            self.cash += self.shares.pop(action.ticker) * action.value

    def _lend(self, place: int) -> None:
        """Charge every short for the nights since the close before."""
        nights = (self.tape.sessions[place] - self.tape.sessions[place - 1]).days
        for ticker, shares in self.shares.items():
            mark = self.tape.mark(ticker, place - 1)
            if shares < 0 and self.borrow_bps and mark is not None:
                yearly = -shares * mark * self.borrow_bps / 10_000
                self.cash -= _booked(yearly * nights / BORROW_YEAR)


def _booked(amount: Decimal) -> Decimal:
    """Return an amount, or shares, as they are booked: to a millionth."""
    return amount.quantize(MILLIONTH, rounding=ROUND_HALF_EVEN)
