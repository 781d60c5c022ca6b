"""The first sentence of an answer about the book: exactly what was asked for, before all the rest."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from graph.chat_events import TextToken
from graph.intent import Extreme
from graph.replies.phrases import order_terms, percent, plural, quote, say, shares, usd
from tools.book_state import HeldAt, PortfolioState
from tools.holdings import coming_money
from tools.portfolio import Holding, OpenOrder, Portfolio

Book = Portfolio | PortfolioState
Held = Holding | HeldAt
RANKED: Mapping[Extreme, tuple[str, Callable[[Held], object]]] = {
    "largest": ("largest", lambda held: abs(held.value)),
    "smallest": ("smallest", lambda held: -abs(held.value)),
    "best": ("best", lambda held: held.unrealised),
    "worst": ("worst", lambda held: -held.unrealised),
}


def first_words(book: Book, asked: str, extreme: Extreme = "") -> Iterator[TextToken]:
    """Say the one thing that was asked of a book, as a paragraph of its own; nothing where all was asked.

    Args:
        book: The book, now or at a past close.
        asked: cash, equity, invested, orders, or why the one at the end is held; else nothing.
        extreme: The end of the positions that is asked for, by value or by what they have gained.
    """
    told = _SAID[asked](book) if asked in _SAID else ""
    if extreme in RANKED and not told:
        told = _at_the_end(book.holdings, extreme, why=asked == "why")
    if told:
        yield from say(f"{told}\n\n")


def held_at_the_end(book: Book, extreme: Extreme) -> tuple[str, ...]:
    """Return the ticker of the position at one end of a book, nothing of an empty one."""
    held: Sequence[Held] = book.holdings
    return (_at(held, extreme).ticker,) if held else ()


def listed_orders(orders: Sequence[OpenOrder]) -> str:
    """Name orders by side, shares and ticker, and say which of them are exits."""
    named = ((f"{order.side} {shares(order.quantity)} {order.ticker}", order.purpose) for order in orders)
    return ", ".join(f"{told} (an exit)" if purpose == "exit" else told for told, purpose in named)


def _cash(book: Book) -> str:
    coming = f" {coming_money(book.coming)}" if isinstance(book, Portfolio) and book.coming else ""
    return (
        f"There are {usd(book.cash)} in cash at the close of {book.session.isoformat()}, "
        f"{percent(book.exposure.cash)} of {usd(book.equity)} equity.{coming}"
    )


def _equity(book: Book) -> str:
    return f"The account is worth {usd(book.equity)} at the close of {book.session.isoformat()}."


def _invested(book: Book) -> str:
    names = plural(len(book.holdings), "name")
    return (
        f"{percent(book.exposure.gross)} of {usd(book.equity)} equity is invested, in {names}, at the close "
        f"of {book.session.isoformat()}."
    )


def _orders(book: Book) -> str:
    day = book.session.isoformat()
    if not book.open_orders:
        return f"No order is open at the close of {day}."
    named = "; ".join(
        f"{listed_orders([order])} {order_terms(order.kind, order.limit_price, order.stop_price)}"
        for order in book.open_orders
    )
    are = "order is" if len(book.open_orders) == 1 else "orders are"
    return f"{len(book.open_orders)} {are} open at the close of {day}: {named}."


def _at_the_end(held: Sequence[Held], extreme: Extreme, *, why: bool = False) -> str:
    """Name the position at one end of them, with the reason it is held where asked; nothing of none."""
    if not held:
        return ""
    word, found = RANKED[extreme][0], _at(held, extreme)
    reason = quote(found.why) if why and isinstance(found, Holding) else ""
    return (
        f"The {word} position is {found.ticker}: {usd(found.value)}, {percent(found.weight)} of equity, "
        f"{usd(found.unrealised, signed=True)} against its cost."
    ) + (f" Why it is held: {reason}" if reason else "")


def _at(held: Sequence[Held], extreme: Extreme) -> Held:
    rank = RANKED[extreme][1]
    return max(held, key=lambda each: (rank(each), each.ticker))


_SAID: Mapping[str, Callable[[Book], str]] = {
    "cash": _cash,
    "equity": _equity,
    "invested": _invested,
    "orders": _orders,
}
