"""Deposit and withdrawal: the owner's money, booked at the next open."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from db.commands import Command
from fund.errors import QueryRefusedError
from tools.cash import CashAction, OwnersCash, amount_of
from tools.control_action import Asked, Confirmation, Ground, Plain
from tools.control_words import money

BOOKED = "money is booked at the next open"


@dataclass(frozen=True, slots=True)
class MoveCash:
    """Brings money in or takes it out."""

    way: CashAction
    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return the amount, where it can be moved now."""
        self.ground.require_ahead(BOOKED)
        return {"amount": str(self._cash.require(connection, self.way, asked.amount))}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"{self.way} {money(_amount(args))}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        title, way = self.title(args), "into" if self.way == "deposit" else "out of"
        return (
            f"{title[:1].upper()}{title[1:]}: booked {way} the paper account at the open of the next "
            "session. Returns and drawdown are counted without it."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say what cash and equity are before and after, and what is free of it."""
        return self._cash.before_and_after(connection, self.way, _amount(args))

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Book it under the lock on the account."""
        self.ground.require_ahead(BOOKED)
        return self._cash.move(connection, command, by=word.by, at=word.at)

    @property
    def _cash(self) -> OwnersCash:
        return OwnersCash(self.ground.calendar, self.ground.mandate.limits.min_cash)


def _amount(args: Plain) -> Decimal:
    amount = amount_of(args)
    if amount is None:
        raise QueryRefusedError(f"expected the amount of the command, found {dict(args)!r}; ask again")
    return amount
