"""Answers about the whole account at a close, and about what changed between two."""

from collections.abc import Iterator

from graph.chat_events import Chart, ChatEvent
from graph.intent import Dimension, Extreme
from graph.replies.first_words import first_words, listed_orders
from graph.replies.limits import cap_of, limit_name, sample_of, shown
from graph.replies.phrases import Cell, percent, plural, quote, say, shares, table, usd
from tools.book_change import BookChange, NameChange
from tools.book_state import HeldAt, PortfolioState, Stop
from tools.exposure_chart import exposure_bars, exposure_figure

EXIT_WORDS = {
    "atr_stop": "ATR stop",
    "trailing_stop": "trailing stop",
    "take_profit": "take-profit",
    "time_stop": "time stop",
}
NAMED = 3


def state_reply(
    state: PortfolioState, dimension: Dimension = "", asked: str = "", extreme: Extreme = ""
) -> Iterator[ChatEvent]:
    """Say what the account is worth and holds at a close, what it has earned, and where its exits stand.

    First the weights by sector or by bucket, the stops, the profit or the position that is asked for.
    """
    day = state.session.isoformat()
    yield from first_words(state, asked, extreme)
    if asked == "stops":
        yield from say(f"{_stops_asked(state)}\n\n")
        yield from _stops(state)
    if asked == "profit":
        yield from say(f"{_profit_asked(state)}\n\n")
    if asked == "deposits":
        yield from say(f"Deposits less withdrawals come to {usd(state.net_deposits)} since the start.\n\n")
    yield from say(_split(state, dimension))
    yield from say(
        f"At the close of {day} the account is worth {usd(state.equity)}: {usd(state.value)} in "
        f"{plural(len(state.holdings), 'name')} and {usd(state.cash)} in cash. "
    )
    if state.note:
        yield from say(f"{state.note} ")
    yield from say(f"{_earned(state)} {_at_work(state)}{_orders(state)}{_exits(state)}")
    yield from table(f"Holdings, {day}", _HOLDINGS, [_row(held, state) for held in state.holdings])
    if state.holdings:
        yield Chart(title=f"Exposure, {day}", figure=exposure_figure(exposure_bars(state)))
    yield from _tables(state, asked)


def difference_reply(change: BookChange) -> Iterator[ChatEvent]:
    """Say what was bought and sold between two closes, and what the book gained."""
    opened = [name for name in change.names if name.change == "opened"]
    closed = [name for name in change.names if name.change == "closed"]
    brought = f" beside {usd(change.deposits, signed=True)} of net deposits" if change.deposits else ""
    yield from say(
        f"From the close of {change.first.isoformat()} to that of {change.last.isoformat()} the book went "
        f"from {usd(change.equity_before)} to {usd(change.equity)}, {usd(change.profit, signed=True)}"
        f"{brought}. {_named(opened, 'opened')} and {_named(closed, 'closed')}, in "
        f"{plural(change.fills, 'fill')}; cash went from {usd(change.cash_before)} to {usd(change.cash)}."
    )
    if change.note:
        yield from say(f" {change.note}")
    yield from table(
        "What changed",
        (
            "Ticker",
            "Change",
            "Weight before",
            "Weight",
            "Profit",
            "Bought",
            "Sold",
            "Shares before",
            "Shares",
        ),
        [
            (
                name.ticker,
                name.change,
                percent(name.weight_before),
                percent(name.weight),
                usd(name.profit, signed=True),
                usd(name.bought),
                usd(name.sold),
                shares(name.quantity_before),
                shares(name.quantity),
            )
            for name in change.names
        ],
    )


_HOLDINGS = (
    "Ticker",
    "Weight",
    "Unrealised",
    "Nearest exit",
    "Value",
    "Bucket",
    "Sector",
    "Shares",
    "Average cost",
    "Mark",
    "Opened",
    "Sessions held",
)


def _row(held: HeldAt, state: PortfolioState) -> tuple[Cell, ...]:
    nearest = next((stop for stop in state.stops if stop.ticker == held.ticker), None)
    return (
        held.ticker,
        percent(held.weight),
        usd(held.unrealised, signed=True),
        _stop(nearest) if nearest else "none",
        usd(held.value),
        held.bucket,
        held.sector,
        shares(held.quantity),
        usd(held.average_cost),
        usd(held.mark) + (f" (stale, {held.marked.isoformat()})" if held.stale else ""),
        held.opened.isoformat(),
        held.held_sessions,
    )


def _split(state: PortfolioState, dimension: Dimension) -> str:
    if dimension == "sector":
        weights = list(state.exposure.sectors.items())
    elif dimension == "bucket":
        weights = [(use.bucket, use.weight) for use in state.buckets]
    else:
        return ""
    told = ", ".join(f"{quote(name)} {percent(weight)}" for name, weight in weights)
    return f"By {dimension}: {told} of equity. " if told else ""


def _stops_asked(state: PortfolioState) -> str:
    """Say how many positions have an exit by price, and which is nearest to its own."""
    day = state.session.isoformat()
    priced = [stop for stop in state.stops if stop.level is not None]
    if not priced:
        return f"No position has a stop or another exit by price at the close of {day}."
    names = len({stop.ticker for stop in priced})
    have = "position has" if names == 1 else "positions have"
    nearest = priced[0]
    return (
        f"{names} {have} a stop or another exit by price at the close of {day}; the nearest is "
        f"{nearest.ticker}'s {_stop(nearest)}."
    )


def _profit_asked(state: PortfolioState) -> str:
    return (
        f"Realised profit is {usd(state.realised, signed=True)} and unrealised "
        f"{usd(state.unrealised, signed=True)}, from the start to the close of {state.session.isoformat()}, "
        "before dividends and fees."
    )


def _earned(state: PortfolioState) -> str:
    borrow = f", less {usd(state.borrow)} for borrowed shares" if state.borrow else ""
    return (
        f"Since the start, beyond {usd(state.net_deposits)} of net deposits: realised "
        f"{usd(state.realised, signed=True)}, unrealised {usd(state.unrealised, signed=True)}, dividends "
        f"{usd(state.dividends, signed=True)}, less {usd(state.fees)} in fees{borrow}."
    )


def _at_work(state: PortfolioState) -> str:
    exposure = state.exposure
    told = f"Exposure is {percent(exposure.gross)} gross and {percent(exposure.net)} net"
    if exposure.sectors:
        sector, weight = next(iter(exposure.sectors.items()))
        told += f", the largest sector {sector} with {percent(weight)}"
    over = [limit_name(use) for use in state.limits if use.kept is False]
    return told + (f"; past a limit: {', '.join(over)}." if over else "; every limit is kept.")


def _orders(state: PortfolioState) -> str:
    if not state.open_orders:
        return " No order waits."
    return f" {plural(len(state.open_orders), 'order')} waiting: {listed_orders(state.open_orders)}."


def _exits(state: PortfolioState) -> str:
    priced = [stop for stop in state.stops if stop.level is not None]
    nearest = f" Nearest to an exit: {priced[0].ticker}, {_stop(priced[0])}." if priced else ""
    skipped = f" Not judged: {'; '.join(state.stops_skipped)}." if state.stops_skipped else ""
    return nearest + skipped


def _stop(stop: Stop) -> str:
    name = EXIT_WORDS.get(stop.rule, stop.rule)
    if stop.level is None:
        return f"{name}, {plural(stop.sessions_left or 0, 'session')} left"
    return f"{name} at {usd(stop.level)} ({percent(stop.away, signed=True)})"


def _tables(state: PortfolioState, asked: str) -> Iterator[ChatEvent]:
    yield from table(
        "Limits",
        ("Limit", "Value", "Cap", "Used", "Measured on"),
        [
            (limit_name(use), shown(use, use.value), cap_of(use), percent(use.used, digits=0), sample_of(use))
            for use in state.limits
        ],
    )
    if asked != "stops":
        yield from _stops(state)
    yield from table(
        "Buckets",
        ("Bucket", "Weight", "Cap", "Names"),
        [
            (
                use.bucket,
                percent(use.weight),
                percent(use.cap) if use.cap is not None else "none",
                ", ".join(use.tickers),
            )
            for use in state.buckets
        ],
    )
    yield from table(
        "Profit by name, since the start",
        ("Ticker", "Profit", "Realised", "Unrealised", "Dividends", "Fees", "Borrow"),
        [
            (
                each.ticker,
                *(usd(amount, signed=True) for amount in (each.profit, each.realised, each.unrealised)),
                *(usd(amount) for amount in (each.dividends, each.fees, each.borrow)),
            )
            for each in state.profits
        ],
    )


def _stops(state: PortfolioState) -> Iterator[ChatEvent]:
    yield from table(
        "Stops and other exits",
        ("Ticker", "Rule", "Level", "Away", "Sessions left", "How"),
        [
            (
                stop.ticker,
                EXIT_WORDS.get(stop.rule, stop.rule),
                usd(stop.level) if stop.level is not None else "",
                percent(stop.away, signed=True) if stop.away is not None else "",
                stop.sessions_left,
                stop.meaning,
            )
            for stop in state.stops
        ],
    )


def _named(names: list[NameChange], word: str) -> str:
    if not names:
        return f"no name was {word}"
    said = ", ".join(name.ticker for name in names[:NAMED])
    more = len(names) - NAMED
    were = "was" if len(names) == 1 else "were"
    return f"{plural(len(names), 'name')} {were} {word} ({said}{f' and {more} more' if more > 0 else ''})"
