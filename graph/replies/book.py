"""Answers about the book: what is held and why, and how much of every limit is used."""

from collections.abc import Iterator
from decimal import Decimal

from graph.chat_events import ChatEvent
from graph.replies.phrases import cell, percent, plural, quote, say, shares, table, usd
from tools.exposure import LimitsReport
from tools.portfolio import Holding, Portfolio

EXPLAINED = 5
WHY_CHARACTERS = 56
LIMIT_NAMES = {
    "max_position": "largest position",
    "max_sector": "largest sector",
    "max_gross": "gross exposure",
    "max_net": "net exposure",
    "min_cash": "cash",
    "max_names": "names held",
}


def holdings_reply(portfolio: Portfolio) -> Iterator[ChatEvent]:
    """Say what is held and why."""
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
            "against their cost."
        )
    yield from say(_stale(held))
    yield from table("Holdings", _COLUMNS, [_row(holding) for holding in held])
    reasons = [_reason(holding) for holding in held[:EXPLAINED] if holding.why]
    if reasons:
        yield from say("\n\nWhy, for the largest, in the committee's words:\n" + "\n".join(reasons))
    if portfolio.open_orders:
        listed = ", ".join(f"{o.side} {shares(o.quantity)} {o.ticker}" for o in portfolio.open_orders)
        yield from say(
            f"\n\n{plural(len(portfolio.open_orders), 'order')} to be filled at the next open: {listed}."
        )


def limits_reply(report: LimitsReport) -> Iterator[ChatEvent]:
    """Say how much of every limit is used."""
    over = [use for use in report.limits if not use.kept]
    state = (
        "every limit is kept"
        if not over
        else f"prices have moved {plural(len(over), 'figure')} past a limit, which the next orders cut back"
    )
    yield from say(
        f"At the closes of {report.session.isoformat()} {state}: gross exposure is "
        f"{percent(report.exposure.gross)} and cash {percent(report.exposure.cash)} of equity. "
        f"Short positions are {'allowed' if report.shorts_allowed else 'not allowed'}. "
        f"The limits come from the mandate {report.mandate} and cannot be changed from the chat."
    )
    rows = [
        (
            LIMIT_NAMES.get(use.limit, use.limit) + (f" ({use.detail})" if use.detail else ""),
            _amount(use.limit, use.value),
            ("at least " if use.kind == "least" else "at most ") + _amount(use.limit, use.cap),
            "kept" if use.kept else "exceeded",
        )
        for use in report.limits
    ]
    yield from table("Limits", ("Limit", "Now", "Cap", "State"), list(rows))
    sectors = [(sector, percent(weight)) for sector, weight in report.exposure.sectors.items()]
    yield from table("Sectors", ("Sector", "Weight"), list(sectors))


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


def _stale(held: tuple[Holding, ...]) -> str:
    stale = [f"{h.ticker} (last price {h.marked.isoformat()})" for h in held if h.stale]
    return f" Carried at a stale price: {', '.join(stale)}." if stale else ""


def _amount(limit: str, value: Decimal) -> str:
    return f"{value:.0f}" if limit == "max_names" else percent(value)
