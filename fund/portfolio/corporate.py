"""A session's corporate actions: what can be believed is booked, the rest refused with a reason."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from fund.market.facts import ABSURD_PRICE as ABSURD_PRICE
from fund.market.facts import ABSURD_RATIO, CorporateAction
from fund.market.refusal import Refusal, RefusalReason, refusal
from fund.portfolio.book import Book
from fund.portfolio.endings import post_merger, post_stated_delisting, post_ticker_change
from fund.portfolio.journal import Transaction
from fund.portfolio.position import Position
from fund.portfolio.postings import post_dividend, post_split, shares_after

ABSURD_PREMIUM = 20
"""Times the last close that nobody has paid for a share."""
_ORDER = ("dividend", "split", "merger", "delisting", "ticker_change")

Refused = tuple[RefusalReason, str]


@dataclass(slots=True, kw_only=True)
class Actions:
    """The book as a session's actions are booked one by one, with what became of them."""

    book: Book
    transactions: list[Transaction] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    believed: list[CorporateAction] = field(default_factory=list)
    """All but dividends, whether something is held or not: orders are restated by them."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Old ticker to new, of changes that can be believed."""
    ended: dict[str, str] = field(default_factory=dict)
    """Tickers merged or delisted in this session, held or not, to which of the two."""


def book_actions(
    book: Book,
    actions: Sequence[CorporateAction],
    opens: Mapping[str, Decimal],
    *,
    session: date,
    at: datetime,
    last_prices: Mapping[str, Decimal] = MappingProxyType({}),
    known: Set[str] | None = None,
) -> Actions:
    """Book the actions of a session on what is held; nothing refused moves the book by a cent.

    Dividends come before splits (they are stated per share of before), ticker changes last. A fraction a
    split leaves is paid at the ticker's price in `opens`, and stays where there is none. `last_prices` are
    closes of the session before: a dividend that is not below its own is not believed. A new ticker must
    be `known` (None: any is), or the position would be without a price. An action on what was never held
    is none of the book's business; on what has ended it is refused.
    """
    done = Actions(book=book)
    seen: dict[tuple[object, ...], CorporateAction] = {}
    waiting = {action.ticker for action in actions if action.kind == "ticker_change"}
    for action in _in_order(actions):
        problem = _unbelievable(action, session, last_prices)
        if problem is None:
            first = seen.setdefault((action.ticker, action.kind, _name(action)), action)
            if first is not action and first == action:
                continue
            problem = _unbookable(action, done.book, waiting, known) if first is action else _second(first)
        if problem is not None:
            done.refused.append(_refusal(action, session, problem))
            continue
        _note(done, action)
        waiting.discard(action.ticker if action.kind == "ticker_change" else "")
        if (held := done.book.positions.get(action.ticker)) is not None:
            posted = _POST[action.kind](done.book, held, action, opens.get(action.ticker), at)
            done.book = done.book.apply(posted)
            done.transactions.append(posted)
    return done


def new_tickers(actions: Sequence[CorporateAction]) -> frozenset[str]:
    """Return the tickers that some are to change to."""
    return frozenset(action.detail for action in actions if action.kind == "ticker_change")


def _in_order(actions: Sequence[CorporateAction]) -> list[CorporateAction]:
    """Return the actions in the order they take effect; a chain of new tickers from its far end."""
    plain = [action for action in actions if action.kind != "ticker_change"]
    plain.sort(key=lambda a: (a.ticker, _ORDER.index(a.kind), a.detail))
    changes = sorted((a for a in actions if a.kind == "ticker_change"), key=lambda a: (a.ticker, a.detail))
    ordered: list[CorporateAction] = []
    while changes:
        leaving = {change.ticker for change in changes}
        free = [change for change in changes if change.detail not in leaving - {change.ticker}]
        ordered += free or changes
        changes = (
            [] if not free else [change for change in changes if change.detail in leaving - {change.ticker}]
        )
    return plain + ordered


def _unbelievable(
    action: CorporateAction, session: date, last_prices: Mapping[str, Decimal]
) -> Refused | None:
    """Return why an action cannot be believed, whoever holds what."""
    if action.ex_date != session:
        return "other_day", f"expected an ex date of {session}"
    if not action.ticker.strip():
        return "unknown_ticker", "expected a ticker"
    value = action.value
    if not value.is_finite() or value < 0 or (value == 0 and action.kind != "delisting"):
        return "bad_figure", "expected a finite figure above 0"
    if action.kind == "ticker_change":
        if not action.detail.strip() or action.detail == action.ticker:
            return "unknown_ticker", "expected another ticker to change to"
        return None if value == 1 else ("bad_figure", "expected a value of 1")
    if action.kind == "split":
        absurd = not 1 / ABSURD_RATIO <= value <= ABSURD_RATIO
        return ("too_large", f"expected at most {ABSURD_RATIO} shares for one") if absurd else None
    return _unpayable(action, last_prices.get(action.ticker))


def _name(action: CorporateAction) -> str:
    """Return what tells two actions of a kind, ticker and day apart: only dividends come in several."""
    return action.detail if action.kind == "dividend" else ""


def _second(first: CorporateAction) -> Refused:
    return "duplicate", f"expected one {first.kind} of {first.ticker} a day, the first at {first.value}"


def _unpayable(action: CorporateAction, last: Decimal | None) -> Refused | None:
    if action.value > ABSURD_PRICE:
        return "absurd_price", f"expected at most {ABSURD_PRICE} USD a share"
    if last is None:
        return None
    if action.kind == "dividend" and action.value >= last:
        return "absurd_price", f"expected a dividend below the last close, {last}"
    if action.value > last * ABSURD_PREMIUM:
        return "absurd_price", f"expected at most {ABSURD_PREMIUM} times the last close, {last}"
    return None


def _unbookable(
    action: CorporateAction, book: Book, waiting: Set[str], known: Set[str] | None
) -> Refused | None:
    """Return why an action that may be true cannot be booked; `waiting` are tickers yet to be renamed."""
    held = book.positions.get(action.ticker)
    if held is None:
        how = book.ended.get(action.ticker)
        if how is None:
            return None
        reason: RefusalReason = "nothing_held" if how == "ticker_change" else "after_delisting"
        return reason, f"expected a position, but a {how} took it away"
    if action.kind == "split" and not shares_after(held.quantity, action.value):
        return "leaves_nothing", f"expected a split that leaves something of {held.quantity} shares"
    if action.kind != "ticker_change":
        return None
    there = book.positions.get(action.detail)
    if known is not None and action.detail not in known:
        return "unknown_ticker", f"expected {action.detail} to have a price"
    if there is not None and action.detail in waiting:
        return "taken_ticker", f"expected {action.detail} to be free, it has not changed its own ticker"
    if there is not None and there.quantity * held.quantity < 0:
        return "taken_ticker", f"expected {action.detail} not to be held on the other side"
    return None


def _note(done: Actions, action: CorporateAction) -> None:
    if action.kind != "dividend":
        done.believed.append(action)
    if action.kind == "ticker_change":
        done.renamed[action.ticker] = action.detail
    elif action.kind in ("merger", "delisting"):
        done.ended[action.ticker] = action.kind


def _refusal(action: CorporateAction, session: date, problem: Refused) -> Refusal:
    reason, expected = problem
    found = f"{action.kind} of {action.ticker!r} on {action.ex_date} at {action.value} ({action.detail!r})"
    return refusal("action", reason, session, action.ticker or None, f"{expected}, found {found}")


_Post = Callable[[Book, Position, CorporateAction, Decimal | None, datetime], Transaction]
_POST: Mapping[str, _Post] = {
    "dividend": lambda book, held, action, price, at: post_dividend(held, action, at),
    "split": lambda book, held, action, price, at: post_split(held, action, price, at),
    "merger": lambda book, held, action, price, at: post_merger(held, action, at),
    "delisting": lambda book, held, action, price, at: post_stated_delisting(held, action, at),
    "ticker_change": lambda book, held, action, price, at: post_ticker_change(book, action, at),
}
