"""Answers about the book: what is held and why, and how a name stands in it."""

from collections.abc import Iterator
from decimal import Decimal

from fund.portfolio.session_mark import SessionMark
from graph.chat_events import ChatEvent
from graph.desk_answers import TickerAnswer
from graph.intent import Extreme
from graph.replies.first_words import first_words, listed_orders
from graph.replies.phrases import cell, order_terms, percent, plural, quote, say, shares, table, usd
from tools.holdings import coming_money
from tools.portfolio import Holding, OpenOrder, Portfolio

EXPLAINED = 5
WHY_CHARACTERS = 56


def holdings_reply(portfolio: Portfolio, asked: str = "", extreme: Extreme = "") -> Iterator[ChatEvent]:
    """Say what is held and why; first the cash, the orders or the position that is asked for."""
    yield from first_words(portfolio, asked, extreme)
    held = portfolio.holdings
    day = portfolio.session.isoformat()
    if not held:
        yield from say(f"We hold nothing: all of {usd(portfolio.equity)} is in cash at the close of {day}.")
    else:
        invested = percent(portfolio.exposure.gross)
        yield from say(
            f"We hold {plural(len(held), 'name')}, with {invested} of {usd(portfolio.equity)} equity "
            f"invested and {usd(portfolio.cash)} ({percent(portfolio.exposure.cash)}) in cash, at the "
            f"closes of {day}. The open positions stand at {usd(portfolio.unrealised, signed=True)} "
            f"against their cost{_best_and_worst(held)}."
        )
    coming = f" {coming_money(portfolio.coming)}" if portfolio.coming and asked != "cash" else ""
    yield from say(_stale(held) + _waiting(portfolio.open_orders) + coming)
    yield from table("Holdings", _COLUMNS, [_row(holding) for holding in held])
    reasons = [_reason(holding) for holding in held[:EXPLAINED] if holding.why]
    if reasons:
        yield from say("\n\nWhy, for the largest, in the committee's words:\n" + "\n".join(reasons))


def held_on_reply(mark: SessionMark) -> Iterator[ChatEvent]:
    """Say what was held at a past close."""
    day, held = mark.session.isoformat(), sorted(mark.positions, key=lambda p: -abs(p.value))
    yield from say(
        f"At the close of {day} we held {plural(len(held), 'name')}, with equity of {usd(mark.equity)} and "
        f"{usd(mark.cash)} in cash. *What did you decide on {day}?* tells that day's decision."
    )
    yield from table(
        f"Holdings of {day}",
        ("Ticker", "Weight", "Value", "Unrealised", "Shares", "Mark"),
        [
            (
                p.ticker,
                percent(p.value / mark.equity),
                usd(p.value),
                usd(p.value - p.cost, signed=True),
                shares(p.quantity),
                usd(p.price) + (f" (stale, {p.priced_on.isoformat()})" if p.stale else ""),
            )
            for p in held
        ],
    )


def ticker_reply(answer: TickerAnswer) -> Iterator[ChatEvent]:
    """Say how a ticker stands: what is held of it, its price and its way, what it has brought."""
    seen, held = answer.snapshot, answer.holding
    name = f"{seen.ticker} ({quote(seen.name)}, {quote(seen.sector)})"
    if held is None:
        yield from say(f"We hold no {name}. ")
    else:
        yield from say(
            f"We hold {shares(held.quantity)} shares of {name}: {percent(held.weight)} of equity, worth "
            f"{usd(held.value)}, {usd(held.unrealised, signed=True)} "
            f"({percent(held.unrealised_fraction, signed=True)}) against its cost, opened "
            f"{held.opened.isoformat()}. "
        )
    stale = f", its last price before {answer.session.isoformat()}" if seen.stale else ""
    returns = ((seen.return_5, 5), (seen.return_20, 20), (seen.return_60, 60), (seen.return_120, 120))
    way = ", ".join(f"{percent(moved, signed=True)} over {n}" for moved, n in returns if moved is not None)
    yield from say(f"It closed at ${seen.price:,.2f} on {seen.session.isoformat()}{stale}")
    yield from say(f": {way} sessions, dividends included." if way else ".")
    if seen.volatility_20 is not None:
        yield from say(f" Its volatility over 20 sessions is {percent(seen.volatility_20)} a year.")
    if answer.closed:
        made = usd(sum((trade.profit for trade in answer.closed), Decimal(0)), signed=True)
        yield from say(f" {plural(len(answer.closed), 'closed trade')} in it came to {made}.")


_COLUMNS = (
    "Ticker",
    "Weight",
    "Unrealised",
    "Value",
    "Why",
    "Unrealised %",
    "Opened",
    "Sessions held",
    "Name",
    "Sector",
    "Shares",
    "Average cost",
    "Mark",
)
"""The answer first: at the width of a page the columns after Why are out of sight."""


def _row(holding: Holding) -> tuple[str | int | float | None, ...]:
    return (
        holding.ticker,
        percent(holding.weight),
        usd(holding.unrealised, signed=True),
        usd(holding.value),
        cell(holding.why, WHY_CHARACTERS) or "no reason on record",
        percent(holding.unrealised_fraction, signed=True),
        holding.opened.isoformat(),
        holding.held_sessions,
        holding.name,
        holding.sector,
        shares(holding.quantity),
        usd(holding.average_cost),
        usd(holding.mark) + (f" (stale, {holding.marked.isoformat()})" if holding.stale else ""),
    )


def _reason(holding: Holding) -> str:
    decided = f", decided {holding.why_session.isoformat()}" if holding.why_session else ""
    return f"- **{holding.ticker}** ({percent(holding.weight)}{decided}): {quote(holding.why)}"


def _waiting(orders: tuple[OpenOrder, ...]) -> str:
    if not orders:
        return " No order is waiting for the next open."
    due = [order for order in orders if order.kind == "market_on_open" and not order.filled]
    told = f" {plural(len(due), 'order')} to be filled at the next open: {listed_orders(due)}." if due else ""
    rest = [order for order in orders if order not in due]
    if rest:
        terms = ", ".join(f"{listed_orders([order])} {_terms(order)}" for order in rest)
        told += f" {plural(len(rest), 'order')} still working: {terms}."
    return told


def _terms(order: OpenOrder) -> str:
    terms = order_terms(order.kind, order.limit_price, order.stop_price)
    return f"{terms} ({shares(order.filled)} filled)" if order.filled else terms


def _best_and_worst(held: tuple[Holding, ...]) -> str:
    """Name the positions that gain and lose most, where there are several."""
    if len(held) < 2:
        return ""
    ranked = sorted(held, key=lambda holding: holding.unrealised)
    worst, best = (f"{h.ticker} with {usd(h.unrealised, signed=True)}" for h in (ranked[0], ranked[-1]))
    return f", the best {best}, the worst {worst}"


def _stale(held: tuple[Holding, ...]) -> str:
    stale = [f"{h.ticker} (last price {h.marked.isoformat()})" for h in held if h.stale]
    return f" Carried at a stale price: {', '.join(stale)}." if stale else ""
