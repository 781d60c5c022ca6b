"""What closing positions would come to by the books: orders, costs, and the limits before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection

from db.ledger import Ledger
from db.trading_state import TradingState
from fund.errors import NoDataError
from fund.execution.lifecycle import OrderState
from fund.execution.orders import in_steps
from fund.mandate import Mandate
from fund.market.bars import Mark
from fund.market.view import MarketView
from fund.portfolio.book import Book, Position
from fund.portfolio.marking import current_mark
from fund.risk.limits import UNKNOWN_SECTOR
from fund.risk.owners_exits import WHOLE
from tools.control_action import Ground
from tools.control_words import money, shares, waiting
from tools.exposure import Exposure, exposure_of

ZERO = Decimal(0)


def closing_lines(
    ground: Ground, connection: Connection, tickers: Sequence[str], fraction: Decimal
) -> tuple[str, ...]:
    """Return what closing a fraction of some positions would do, a line each, all by the last close."""
    ledger, view, mandate = Ledger(connection), ground.view(), ground.mandate
    book, orders = ledger.load_book(), ledger.working_orders()
    decided, traded = ground.next_sessions(connection)
    marks = {ticker: current_mark(view, ticker) for ticker in book.positions}
    parts = {
        ticker: _part(book.positions[ticker], fraction, mandate)
        for ticker in tickers
        if ticker in book.positions
    }
    lines = [
        f"Decided first at the close of {decided.isoformat()}, traded at the open of {traded.isoformat()}."
    ]
    lines += [
        _order_line(book.positions[t], quantity, fraction, marks[t], view, mandate)
        for t, quantity in parts.items()
    ]
    lines += _limit_lines(book, marks, parts, view, mandate)
    lines += _before_it([each for each in orders if each.order.ticker in tickers], ground, connection)
    if ground.status().unplayed == 1:
        lines.append(
            "The data end with the session that decides it: there is no open to trade at after that."
        )
    lines.append("Nothing keeps the committee from buying it again later.")
    return tuple(lines)


def _part(held: Position, fraction: Decimal, mandate: Mandate) -> Decimal:
    """Return the shares that go, above 0: all, or in steps what a part comes to."""
    whole = abs(held.quantity)
    return whole if fraction == WHOLE else whole - in_steps(whole * (WHOLE - fraction), mandate.share_step)


def _order_line(
    held: Position, quantity: Decimal, fraction: Decimal, mark: Mark, view: MarketView, mandate: Mandate
) -> str:
    verb = "Sell" if held.quantity > 0 else "Buy back"
    size = f"all {shares(quantity)}" if fraction == WHOLE else f"about {shares(quantity)}"
    volume = _volume(view, held.ticker)
    value, costs = quantity * mark.price, mandate.costs
    commission = costs.commission(quantity, value)
    slippage = costs.slippage(mark.price, quantity, volume) * quantity
    gain = quantity / abs(held.quantity) * (held.quantity * mark.price - held.cost)
    stale = f", stale since {mark.session.isoformat()}: it waits for a price" if mark.stale else ""
    capped = quantity > mandate.costs.max_participation * volume
    slow = " More than a session's volume allows: the rest follows, decision by decision." if capped else ""
    return (
        f"{verb} {size} {held.ticker}: {money(value)} at the last close of {money(mark.price)}{stale}, "
        f"commission about {money(commission)}, slippage about {money(slippage)}, "
        f"{'gain' if gain >= 0 else 'loss'} of about {money(abs(gain))} before costs. "
        f"The open sets the price.{slow}"
    )


def _volume(view: MarketView, ticker: str) -> int:
    try:
        return view.bars(ticker, 1)[-1].volume
    except NoDataError:
        return 0


def _limit_lines(
    book: Book,
    marks: Mapping[str, Mark],
    parts: Mapping[str, Decimal],
    view: MarketView,
    mandate: Mandate,
) -> list[str]:
    before = exposure_of(book, view)
    after = exposure_of(_without(book, marks, parts), view)
    names = len(book.positions), sum(1 for t, p in book.positions.items() if parts.get(t) != abs(p.quantity))
    limits = mandate.limits
    lines = [
        _change("Gross exposure", before.gross, after.gross, f"at most {limits.max_gross:.2%}"),
        _change("Net exposure", before.net, after.net, f"at most {limits.max_net:.2%}"),
        _change("Cash", before.cash, after.cash, f"at least {limits.min_cash:.2%}"),
    ]
    lines += _sector_lines(before, after, {_sector(view, ticker) for ticker in parts}, limits.max_sector)
    return [*lines, f"Names held: {names[0]} now, {names[1]} after (at most {limits.max_names})."]


def _sector_lines(before: Exposure, after: Exposure, sectors: set[str], cap: Decimal) -> Iterator[str]:
    for sector in sorted(sectors):
        was, is_then = before.sectors.get(sector, ZERO), after.sectors.get(sector, ZERO)
        yield _change(sector, was, is_then, f"at most {cap:.2%}")


def _sector(view: MarketView, ticker: str) -> str:
    return view.instrument(ticker).sector or UNKNOWN_SECTOR


def _change(name: str, before: Decimal, after: Decimal, cap: str) -> str:
    return f"{name}: {before:.2%} of equity now, {after:.2%} after ({cap})."


def _without(book: Book, marks: Mapping[str, Mark], parts: Mapping[str, Decimal]) -> Book:
    """Return the book as if the parts had traded at their marks, costs left out."""
    positions, cash = dict(book.positions), book.cash
    for ticker, quantity in parts.items():
        held = positions.pop(ticker)
        sign = 1 if held.quantity > 0 else -1
        cash += sign * quantity * marks[ticker].price
        rest = held.quantity - sign * quantity
        if rest:
            positions[ticker] = replace(held, quantity=rest, lots=())
    return replace(book, cash=cash, positions=positions)


def _before_it(orders: Sequence[OrderState], ground: Ground, connection: Connection) -> list[str]:
    """Say what happens before the exit is decided: orders that wait, and how the breaker stands."""
    mark, told = Ledger(connection).last_mark(), TradingState(connection).get().told
    assert mark is not None
    lines = list(waiting(orders, "Trades before it", ground.calendar.next_session(mark.session)))
    return [*lines, f"This goes through although {told}."] if told else lines
