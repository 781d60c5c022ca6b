"""Double entry: every movement of money is a transaction whose entries sum to zero.

Amounts are debits when positive. Cash and positions (at cost) are assets, fees and borrow expenses;
deposits, dividends and realised profit are credits and therefore negative, withdrawals debits. A book is
a fold over transactions.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from fund.errors import LedgerError

Account = Literal["cash", "position", "fees", "dividends", "borrow", "realised", "deposits", "withdrawals"]
TransactionKind = Literal[
    "deposit",
    "withdrawal",
    "fill",
    "dividend",
    "split",
    "borrow",
    "ticker_change",
    "merger",
    "delisting",
]

MONEY_STEP = Decimal("0.000001")
"""Where a division leaves no exact amount (cost of a part of a lot), it is rounded to this step."""
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a transaction, USD; quantity moves only on the position account."""

    account: Account
    amount: Decimal
    ticker: str | None = None
    quantity: Decimal = ZERO
    lot: str = ""
    """Which lot a position entry moves; empty where cost is averaged over the whole position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Entries that belong together and sum to zero."""

    transaction_id: str
    kind: TransactionKind
    session: date
    at: datetime
    entries: tuple[Entry, ...]
    memo: str = ""

    def __post_init__(self) -> None:
        total = sum((entry.amount for entry in self.entries), ZERO)
        if total != 0:
            raise LedgerError(f"transaction {self.transaction_id!r}: entries must sum to 0, was {total}")
