"""The first sentence of an answer about the book: exactly what was asked for, before all the rest."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from graph.chat_events import TextToken
from graph.intent import Extreme
from graph.replies.phrases import order_terms, percent, plural, say, shares, usd
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
        asked: cash, equity, invested or orders; anything else is told elsewhere.
        extreme: The end of the positions that is asked for, by value or by what they have gained.
    """
    told = _SAID[asked](book) if asked in _SAID else ""
    if extreme in RANKED and not told:
        told = _at_the_end(book.holdings, extreme)
    if told:
        yield from say(f"{told}\n\n")


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


def _at_the_end(held: Sequence[Held], extreme: Extreme) -> str:
    """Name the position at one end of them; nothing of none."""
    if not held:
        return ""
    word, rank = RANKED[extreme]
    found = max(held, key=lambda each: (rank(each), each.ticker))
    return (
        f"The {word} position is {found.ticker}: {usd(found.value)}, {percent(found.weight)} of equity, "
        f"{usd(found.unrealised, signed=True)} against its cost."
    )


_SAID: Mapping[str, Callable[[Book], str]] = {
    "cash": _cash,
    "equity": _equity,
    "invested": _invested,
    "orders": _orders,
}
