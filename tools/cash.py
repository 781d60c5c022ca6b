"""Money that the owner brings in or takes out between two sessions, booked at the next open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any, Literal

from sqlalchemy import Connection

from db.commands import Command
from db.events import Event, Events
from db.ledger import Ledger
from db.placement import Placement
from db.trading_state import TradingState
from fund.errors import QueryRefusedError
from fund.market.calendar import SessionCalendar
from fund.portfolio.postings import post_deposit, post_withdrawal
from fund.portfolio.session_mark import SessionMark

CashAction = Literal["deposit", "withdraw"]
SHORT_MARGIN = Decimal("1.5")
"""Of what is sold short: its proceeds and half as much again (Regulation T, 12 CFR 220.12)."""
CENT, ZERO = Decimal("0.01"), Decimal(0)
MOST = Decimal(1_000_000_000_000)
"""A slip of the finger is larger than this; no account of a person or a small fund is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeCash:
    """What may be taken out, and what the rest of the cash is for; USD."""

    cash: Decimal
    reserved: Decimal
    """By buys that still work."""
    short: Decimal
    """What is kept for shorts: 150 % of their value at the last close."""
    floor: Decimal
    """What the mandate keeps in cash, of the equity at the last close."""

    @property
    def free(self) -> Decimal:
        """Return what may be taken out, down to a cent."""
        left = self.cash - self.reserved - self.short - self.floor
        return max(left, ZERO).quantize(CENT, rounding=ROUND_DOWN)

    @property
    def sentence(self) -> str:
        """Say what is free and where the rest goes."""
        kept = [(self.reserved, "reserved by buy orders"), (self.short, "kept for what is sold short")]
        kept.append((self.floor, "kept by the mandate's cash floor"))
        told = ", ".join(f"{amount:,.2f} {why}" for amount, why in kept if amount)
        return f"{self.free:,.2f} USD are free of {self.cash:,.2f} USD in cash" + (
            f" ({told})" if told else ""
        )


class OwnersCash:
    """Books deposits and withdrawals over a connection of the caller's, whose transaction they belong to."""

    def __init__(self, calendar: SessionCalendar, min_cash: Decimal) -> None:
        self._calendar = calendar
        self._min_cash = min_cash

    def require(self, connection: Connection, action: CashAction, amount: Decimal | None) -> Decimal:
        """Return an amount that may be moved now, USD.

        Raises:
            QueryRefusedError: It is no amount of whole cents above 0, the desk has not played its first
                session, or more is to be taken out than is free.
        """
        if amount is None or not amount.is_finite() or not 0 < amount <= MOST or amount % CENT:
            raise QueryRefusedError(
                f"expected an amount in USD above 0 and in whole cents, such as 5000 or 99.95, found "
                f"{'none' if amount is None else str(amount)!r}"
            )
        mark = self._last_mark(connection)
        if action == "withdraw":
            free = self._free(connection, mark)
            if amount > free.free:
                raise QueryRefusedError(
                    f"{amount:,.2f} USD cannot be taken out: {free.sentence}; take out less, or let "
                    "something be sold first"
                )
        return amount.quantize(CENT)

    def before_and_after(
        self, connection: Connection, action: CashAction, amount: Decimal
    ) -> tuple[str, ...]:
        """Say what cash and equity come to with an amount moved, and what of the cash is free before it."""
        mark = self._last_mark(connection)
        free = self._free(connection, mark)
        change = amount if action == "deposit" else -amount
        equity = mark.equity + free.cash - mark.cash
        session = self._calendar.next_session(mark.session)
        return (
            f"Booked at the open of {session.isoformat()}.",
            f"Cash {free.cash:,.2f} USD becomes {free.cash + change:,.2f} USD.",
            f"Equity at the last close {equity:,.2f} USD becomes {equity + change:,.2f} USD.",
            f"Before it, {free.sentence}.",
        )

    def move(self, connection: Connection, command: Command, *, by: str, at: datetime) -> str:
        """Book what a command that was just used up says, dated the next open, and return a sentence.

        Holds the account and the breaker until the caller's transaction ends, so that a session that is
        being decided is decided on again (INV-10). The journal's id is the command's: delivered twice it
        is booked once.

        Raises:
            QueryRefusedError: As `require`, under the lock.
        """
        Placement(connection).hold()
        TradingState(connection).held()
        action: CashAction = "deposit" if command.action == "deposit" else "withdraw"
        amount = self.require(connection, action, amount_of(command.args))
        ledger = Ledger(connection)
        session = self._calendar.next_session(self._last_mark(connection).session)
        opened = self._calendar.open_at(session)
        if action == "deposit":
            booked = post_deposit(amount, session, opened, command.command_id)
        else:
            booked = post_withdrawal(ledger.load_book(), amount, session, opened, command.command_id)
        ledger.append([booked])
        done = "deposited" if action == "deposit" else "withdrawn"
        told = f"{amount:,.2f} USD are {done}, booked at the open of {session.isoformat()}."
        Events(connection).append(
            [
                Event(
                    event_id=booked.transaction_id,
                    at=at,
                    kind=booked.kind,
                    severity="info",
                    text=f"{by}: {told}",
                    data={
                        "amount": str(amount),
                        "session": session.isoformat(),
                        "transaction": booked.transaction_id,
                        "by": by,
                    },
                )
            ]
        )
        return f"{told} Returns and drawdown are counted without it."

    def _last_mark(self, connection: Connection) -> SessionMark:
        mark = Ledger(connection).last_mark()
        if mark is None:
            raise QueryRefusedError(
                "the account opens with its first session, which has not been played yet; play it first"
            )
        return mark

    def _free(self, connection: Connection, mark: SessionMark) -> FreeCash:
        cash, reserved = Ledger(connection).load_book().cash, Placement(connection).reserved()
        equity = mark.equity + cash - mark.cash
        short = sum((-held.value for held in mark.positions if held.quantity < 0), ZERO)
        short *= SHORT_MARGIN
        return FreeCash(cash=cash, reserved=reserved, short=short, floor=self._min_cash * max(equity, ZERO))


def amount_of(args: Mapping[str, Any]) -> Decimal | None:
    """Return the amount of a command's arguments, USD; None where it has none."""
    amount = args.get("amount")
    return Decimal(amount) if isinstance(amount, str) else None
