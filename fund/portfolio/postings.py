"""From an event to its journal transaction: money in and out, fills, borrow fees, dividends, splits."""

from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from fund.errors import LedgerError
from fund.market.facts import CorporateAction
from fund.market.splits import split_ratio
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill
from fund.portfolio.journal import MONEY_STEP, ZERO, Entry, Transaction
from fund.portfolio.lot_entries import close_entries, closed_out, taken
from fund.portfolio.position import Lot, LotMethod, Position

WHOLE = Decimal(1)
SHARE_STEP = Decimal("0.000001")
"""Fractions of a share, which only a split leaves, are rounded to this step."""
BORROW_YEAR = 360
"""Days of the year a borrow rate is stated for (ACT/360, as money markets count)."""


def post_deposit(amount: Decimal, session: date, at: datetime, deposit_id: str) -> Transaction:
    """Book money the owner brings in."""
    if not amount.is_finite() or amount <= 0:
        raise LedgerError(
            f"deposit {deposit_id!r}: the amount must be finite and above 0, was {amount!r}; "
            "money taken out is a withdrawal"
        )
    return Transaction(
        transaction_id=f"deposit-{deposit_id}",
        kind="deposit",
        session=session,
        at=at,
        entries=(Entry(account="cash", amount=amount), Entry(account="deposits", amount=-amount)),
    )


def post_withdrawal(
    book: Book, amount: Decimal, session: date, at: datetime, withdrawal_id: str
) -> Transaction:
    """Book money the owner takes out; `LedgerError` above the cash that is there."""
    if not amount.is_finite() or not 0 < amount <= book.cash:
        raise LedgerError(
            f"withdrawal {withdrawal_id!r}: the amount must be above 0 and at most the cash, "
            f"{book.cash} USD, was {amount!r}; sell something first or take out less"
        )
    return Transaction(
        transaction_id=f"withdrawal-{withdrawal_id}",
        kind="withdrawal",
        session=session,
        at=at,
        entries=(Entry(account="cash", amount=-amount), Entry(account="withdrawals", amount=amount)),
    )


def post_borrow(
    held: Position, price: Decimal, rate: Decimal, days: int, session: date, at: datetime
) -> Transaction:
    """Book the fee for borrowing a short over some calendar days: |quantity| x price x rate x days / 360.

    `rate` is a fraction a year, counted ACT/360; the fee is rounded to a millionth of a dollar.
    """
    figures = (price, rate)
    if not all(f.is_finite() for f in figures) or price <= 0 or rate < 0 or days < 1 or held.quantity >= 0:
        raise LedgerError(
            "a borrow fee needs a short, a price above 0, a rate of at least 0 and a day, was "
            f"{held.quantity} {held.ticker} at {price}, {rate} over {days} days"
        )
    fee = (-held.quantity * price * rate * days / BORROW_YEAR).quantize(MONEY_STEP, rounding=ROUND_HALF_EVEN)
    return Transaction(
        transaction_id=f"borrow-{held.ticker}-{session.isoformat()}",
        kind="borrow",
        session=session,
        at=at,
        entries=(
            Entry(account="borrow", ticker=held.ticker, amount=fee),
            Entry(account="cash", amount=-fee),
        ),
        memo=f"{days} days at {rate} a year on a mark of {price}",
    )


def post_fill(book: Book, fill: Fill, *, lots: LotMethod = "average") -> Transaction:
    """Book one fill; a fill through zero closes first and then opens the other side.

    What it closes leaves the oldest lots first, one entry a lot. What it opens joins the one unnamed lot
    (average cost), or is a lot of its own named after the fill (FIFO).
    """
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
    entries = [*close_entries(held.ticker, held.lots, closing, fill.price), fee] if held and closing else []
    if opening:
        entries.append(
            Entry(
                account="position",
                ticker=fill.ticker,
                amount=opening * fill.price,
                quantity=opening,
                lot=fill.fill_id if lots == "fifo" else "",
            )
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
    lots, entries = _split_lots(held, action.value)
    if fraction and price is not None:
        cash = (fraction * price).quantize(MONEY_STEP, rounding=ROUND_HALF_EVEN)
        out = taken(lots, -fraction)
        entries += [
            Entry(account="position", ticker=held.ticker, amount=-cost, quantity=part, lot=lot)
            for lot, part, cost in out
        ]
        cost = sum((cost for _, _, cost in out), ZERO)
        entries += [
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


def _split_lots(held: Position, ratio: Decimal) -> tuple[list[Lot], list[Entry]]:
    """Return the lots after a split with the entries that make them; together exactly the split position.

    A lot of which nothing is left hands its cost to the lot after it, the last one to the one before.
    """
    before = after = ZERO
    shares: list[Decimal] = []
    for lot in held.lots:
        before += lot.quantity
        upto = shares_after(before, ratio)
        shares.append(upto - after)
        after = upto
    costs = [lot.cost for lot in held.lots]
    living = [place for place, quantity in enumerate(shares) if quantity]
    for place, quantity in enumerate(shares):
        if not quantity:
            heir = next((each for each in living if each > place), living[-1])
            costs[heir], costs[place] = costs[heir] + costs[place], ZERO
    changes = list(zip(held.lots, shares, costs, strict=True))
    entries = [
        Entry(
            account="position",
            ticker=held.ticker,
            amount=cost - lot.cost,
            quantity=quantity - lot.quantity,
            lot=lot.lot_id,
        )
        for lot, quantity, cost in sorted(changes, key=lambda change: not change[1])
    ]
    return [replace(lot, quantity=q, cost=c) for lot, q, c in changes if q], entries


def shares_after(quantity: Decimal, ratio: Decimal) -> Decimal:
    """Return the shares a split makes of `quantity`, to a millionth of a share."""
    exact = split_ratio(ratio)
    return (quantity * exact.numerator / exact.denominator).quantize(SHARE_STEP, rounding=ROUND_HALF_EVEN)


def post_delisting(held: Position, price: Decimal, session: date, at: datetime) -> Transaction:
    """Close a position whose series has ended, at its last traded price, without commission."""
    return Transaction(
        transaction_id=f"delisting-{held.ticker}-{session.isoformat()}",
        kind="delisting",
        session=session,
        at=at,
        entries=closed_out(held, price),
        memo=f"series ended; closed at the last traded price {price}",
    )
