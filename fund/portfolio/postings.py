"""From an event to its journal transaction: deposits, fills, dividends, splits, series that end."""

from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache

from fund.errors import LedgerError
from fund.market.facts import CorporateAction
from fund.portfolio.book import Book, Position
from fund.portfolio.fill import Fill
from fund.portfolio.journal import MONEY_STEP, ZERO, Entry, Transaction

WHOLE = Decimal(1)
SHARE_STEP = Decimal("0.000001")
"""Fractions of a share, which only a split leaves, are rounded to this step."""
RATIO_STEP = Fraction(1, 1_000_000)
"""Split ratios are published to six decimals: 0.333333 is one for three."""


def post_deposit(amount: Decimal, session: date, at: datetime, deposit_id: str) -> Transaction:
    """Book money the owner brings in (negative: takes out)."""
    if not amount.is_finite() or amount == 0:
        raise LedgerError(f"deposit {deposit_id!r}: the amount must be finite and not 0, was {amount!r}")
    return Transaction(
        transaction_id=f"deposit-{deposit_id}",
        kind="deposit",
        session=session,
        at=at,
        entries=(Entry(account="cash", amount=amount), Entry(account="deposits", amount=-amount)),
    )


def post_fill(book: Book, fill: Fill) -> Transaction:
    """Book one fill at average cost; a fill through zero closes first and then opens the other side."""
    figures = (fill.quantity, fill.price, fill.commission)
    if not all(f.is_finite() for f in figures) or min(fill.quantity, fill.price) <= 0 or fill.commission < 0:
        raise LedgerError(
            f"fill {fill.fill_id!r}: quantity and price must be above 0, commission at least 0, was {fill!r}"
        )
    signed = fill.quantity if fill.side == "buy" else -fill.quantity
    held = book.positions.get(fill.ticker)
    closing = ZERO
    if held is not None and held.quantity * signed < 0:
        closing = min(abs(signed), abs(held.quantity)).copy_sign(signed)
    opening = signed - closing
    fee = Entry(account="fees", ticker=fill.ticker, amount=fill.commission)
    entries = [*_close(held, closing, fill.price), fee] if held is not None and closing else []
    if opening:
        entries.append(
            Entry(account="position", ticker=fill.ticker, amount=opening * fill.price, quantity=opening)
        )
    if not closing:
        entries.append(fee)
    entries.append(Entry(account="cash", amount=-(signed * fill.price) - fill.commission))
    return Transaction(
        transaction_id=f"fill-{fill.fill_id}",
        kind="fill",
        session=fill.session,
        at=fill.filled_at,
        entries=tuple(entries),
    )


def post_dividend(held: Position, action: CorporateAction, at: datetime) -> Transaction:
    """Pay a dividend on the quantity held before the ex-date; a short pays it."""
    cash = (held.quantity * action.value).quantize(MONEY_STEP, rounding=ROUND_HALF_EVEN)
    return Transaction(
        transaction_id=f"dividend-{action.ticker}-{action.ex_date.isoformat()}-{action.detail}",
        kind="dividend",
        session=action.ex_date,
        at=at,
        entries=(
            Entry(account="cash", amount=cash),
            Entry(account="dividends", ticker=action.ticker, amount=-cash),
        ),
        memo=action.detail,
    )


def post_split(held: Position, action: CorporateAction, price: Decimal | None, at: datetime) -> Transaction:
    """Multiply the shares; a fraction is paid in cash at `price`, the first price after the split.

    Without a price on the ex-date the fraction stays in the position: it is never valued at cost. A
    position too small to leave a millionth of a share is refused with `LedgerError`.
    """
    quantity = shares_after(held.quantity, action.value)
    if not quantity:
        raise LedgerError(f"split of {held.ticker}: {action.value} for 1 leaves nothing of {held.quantity}")
    whole = quantity.quantize(WHOLE, rounding=ROUND_DOWN)
    fraction = quantity - whole
    entries = [Entry(account="position", ticker=held.ticker, amount=ZERO, quantity=quantity - held.quantity)]
    if fraction and price is not None:
        cash = (fraction * price).quantize(MONEY_STEP, rounding=ROUND_HALF_EVEN)
        cost = held.cost if not whole else _share_of_cost(held.cost, fraction / quantity)
        entries += [
            Entry(account="position", ticker=held.ticker, amount=-cost, quantity=-fraction),
            Entry(account="realised", ticker=held.ticker, amount=cost - cash),
            Entry(account="cash", amount=cash),
        ]
    return Transaction(
        transaction_id=f"split-{action.ticker}-{action.ex_date.isoformat()}",
        kind="split",
        session=action.ex_date,
        at=at,
        entries=tuple(entries),
        memo=f"{action.value} for 1",
    )


@lru_cache(maxsize=256)
def split_ratio(ratio: Decimal) -> Fraction:
    """Return the fraction a published ratio stands for: one for three must leave no dust of a share.

    Raises `LedgerError` for a ratio that is no finite number above 0.
    """
    if not ratio.is_finite() or ratio <= 0:
        raise LedgerError(f"a split ratio must be finite and above 0, was {ratio!r}; quarantine the action")
    published = Fraction(ratio)
    simple = published.limit_denominator(100)
    return simple if abs(simple - published) < RATIO_STEP else published


def shares_after(quantity: Decimal, ratio: Decimal) -> Decimal:
    """Return the shares a split makes of `quantity`, to a millionth of a share."""
    exact = split_ratio(ratio)
    return (quantity * exact.numerator / exact.denominator).quantize(SHARE_STEP, rounding=ROUND_HALF_EVEN)


def post_delisting(held: Position, price: Decimal, session: date, at: datetime) -> Transaction:
    """Close a position whose series has ended, at its last traded price, without commission."""
    cash = held.quantity * price
    return Transaction(
        transaction_id=f"delisting-{held.ticker}-{session.isoformat()}",
        kind="delisting",
        session=session,
        at=at,
        entries=(*_close(held, -held.quantity, price), Entry(account="cash", amount=cash)),
        memo=f"series ended; closed at the last traded price {price}",
    )


def _close(held: Position, closing: Decimal, price: Decimal) -> list[Entry]:
    """Entries that take `closing` (signed against the position) out at cost and realise the difference."""
    whole = abs(closing) == abs(held.quantity)
    cost = held.cost if whole else _share_of_cost(held.cost, abs(closing / held.quantity))
    return [
        Entry(account="realised", ticker=held.ticker, amount=cost + closing * price),
        Entry(account="position", ticker=held.ticker, amount=-cost, quantity=closing),
    ]


def _share_of_cost(cost: Decimal, share: Decimal) -> Decimal:
    return (cost * share).quantize(MONEY_STEP, rounding=ROUND_HALF_EVEN)
