"""What changed in the book between two closes: bought, sold, and how the weights moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fund.portfolio.earnings import earned_between
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.session_mark import MarkedPosition, SessionMark
from tools.exposure import rounded

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameChange:
    """What became of one name between two closes; amounts in USD, weights as fractions of equity."""

    ticker: str
    change: str
    """opened, closed, grown, reduced, kept, or traded where it was opened and closed between the two."""
    quantity_before: Decimal
    quantity: Decimal
    weight_before: Decimal
    weight: Decimal
    bought: Decimal
    """Value of the purchases between the two closes."""
    sold: Decimal
    profit: Decimal
    """Realised and unrealised, with dividends, less fees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChange:
    """The book at two closes, side by side; USD."""

    first: date
    last: date
    note: str
    equity_before: Decimal
    equity: Decimal
    cash_before: Decimal
    cash: Decimal
    deposits: Decimal
    """Brought in between the two, less what was taken out."""
    profit: Decimal
    """Change of equity less those deposits."""
    fills: int
    names: tuple[NameChange, ...]
    """The largest change of weight first."""


def book_change(
    before: SessionMark,
    after: SessionMark,
    transactions: Sequence[Transaction],
    fills: Sequence[Fill],
    note: str = "",
) -> BookChange:
    """Compare two recorded closes; `transactions` are the journal up to the later, `fills` all there are."""
    between = [fill for fill in fills if before.session < fill.session <= after.session]
    earned = earned_between(transactions, before.session, after.session)
    old, new = _by_ticker(before), _by_ticker(after)
    profits: dict[str, Decimal] = {}
    present: dict[str, str] = {}
    for each in earned.positions:
        present |= {each.opened_as: each.ticker, each.ticker_before or each.ticker: each.ticker}
        was = old[each.ticker_before] if each.ticker_before else None
        now = new[each.ticker] if each.quantity else None
        gain = (now.value - now.cost if now else ZERO) - (was.value - was.cost if was else ZERO)
        profits[each.ticker] = profits.get(each.ticker, ZERO) + each.booked + gain
    then = {present.get(ticker, ticker): position for ticker, position in old.items()}
    names = {*then, *new, *(present.get(fill.ticker, fill.ticker) for fill in between)}
    changes = [
        _change(
            ticker,
            (then.get(ticker), before.equity),
            (new.get(ticker), after.equity),
            [fill for fill in between if present.get(fill.ticker, fill.ticker) == ticker],
            profits.get(ticker, ZERO),
        )
        for ticker in names
    ]
    deposits = after.deposits - before.deposits
    return BookChange(
        first=before.session,
        last=after.session,
        note=note,
        equity_before=before.equity,
        equity=after.equity,
        cash_before=before.cash,
        cash=after.cash,
        deposits=deposits,
        profit=after.equity - before.equity - deposits,
        fills=len(between),
        names=tuple(sorted(changes, key=lambda c: (-abs(c.weight - c.weight_before), c.ticker))),
    )


def _by_ticker(mark: SessionMark) -> Mapping[str, MarkedPosition]:
    return {position.ticker: position for position in mark.positions}


def _change(
    ticker: str,
    then: tuple[MarkedPosition | None, Decimal],
    now: tuple[MarkedPosition | None, Decimal],
    fills: Sequence[Fill],
    profit: Decimal,
) -> NameChange:
    traded = {"buy": ZERO, "sell": ZERO}
    for fill in fills:
        traded[fill.side] += fill.quantity * fill.price
    (was, equity_before), (held, equity) = then, now
    return NameChange(
        ticker=ticker,
        change=_word(was, held, traded),
        quantity_before=was.quantity if was else ZERO,
        quantity=held.quantity if held else ZERO,
        weight_before=rounded(was.value / equity_before) if was else ZERO,
        weight=rounded(held.value / equity) if held else ZERO,
        bought=traded["buy"],
        sold=traded["sell"],
        profit=profit,
    )


def _word(was: MarkedPosition | None, held: MarkedPosition | None, traded: Mapping[str, Decimal]) -> str:
    if was is None or held is None:
        return "opened" if held else "closed" if was else "traded"
    side = 1 if held.quantity > 0 else -1
    added = (traded["buy"] - traded["sell"]) * side
    return "grown" if added > 0 else "reduced" if added < 0 else "kept"
