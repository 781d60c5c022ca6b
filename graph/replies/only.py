"""Answers about one half of a list: only what lost, or only what won."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.intent import Only
from graph.replies.phrases import percent, plural, say, table, usd
from tools.portfolio import Portfolio
from tools.track_record import TradeList


def trades_only_reply(found: TradeList, only: Only) -> Iterator[ChatEvent]:
    """Say which closed trades of a span lost, or won."""
    lost = only == "losers"
    kept = [trade for trade in found.closed if (trade.profit < 0 if lost else trade.profit > 0)]
    kept.sort(key=lambda trade: trade.profit, reverse=not lost)
    verb = "lost" if lost else "made money"
    yield from say(f"{len(kept)} of {plural(len(found.closed), 'closed trade')} of {found.span} {verb}.")
    yield from table(
        "Trades that lost" if lost else "Trades that made money",
        ("Ticker", "Profit", "Return", "Opened", "Closed"),
        [
            (
                trade.ticker,
                usd(trade.profit, signed=True),
                percent(trade.return_fraction, signed=True),
                trade.opened.isoformat(),
                trade.closed.isoformat(),
            )
            for trade in kept
        ],
    )


def holdings_only_reply(found: Portfolio, only: Only) -> Iterator[ChatEvent]:
    """Say which holdings stand below their cost, or above it."""
    lost = only == "losers"
    kept = [held for held in found.holdings if (held.unrealised < 0 if lost else held.unrealised > 0)]
    kept.sort(key=lambda held: held.unrealised, reverse=not lost)
    side = "below" if lost else "above"
    day = found.session.isoformat()
    stands = "stands" if len(kept) == 1 else "stand"
    whole = plural(len(found.holdings), "holding")
    yield from say(f"{len(kept)} of {whole} {stands} {side} cost at the closes of {day}.")
    yield from table(
        f"Holdings {side} cost",
        ("Ticker", "Unrealised", "Unrealised %", "Value", "Opened"),
        [
            (
                held.ticker,
                usd(held.unrealised, signed=True),
                percent(held.unrealised_fraction, signed=True),
                usd(held.value),
                held.opened.isoformat(),
            )
            for held in kept
        ],
    )
