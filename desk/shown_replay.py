"""How a replayed decision looks in a terminal."""

from collections.abc import Iterator
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table

from desk.difference import Difference, Leg
from fund.risk.limits import Clamp

MOST_PATHS = 12


def replayed(difference: Difference) -> tuple[RenderableType, ...]:
    """Return the verdict, what differs ticker by ticker, and what was made of other inputs than today's."""
    return (_verdict(difference), *_details(difference))


def _verdict(difference: Difference) -> str:
    changed = f", {difference.change}" if difference.change else ""
    if difference.same:
        return (
            f"{difference.cycle_id}{changed}: the same decision, byte for byte "
            f"(sha256 {difference.sha256_then})."
        )
    return (
        f"{difference.cycle_id}{changed}: another decision. On record sha256 {difference.sha256_then}, "
        f"now {difference.sha256_now}."
    )


def _details(difference: Difference) -> Iterator[RenderableType]:
    if (difference.status_then, difference.cause_then) != (difference.status_now, difference.cause_now):
        yield f"Then {_outcome(difference.status_then, difference.cause_then)}"
        yield f"Now {_outcome(difference.status_now, difference.cause_now)}"
    elif difference.cause_then:
        yield f"Then and now {_outcome(difference.status_then, difference.cause_then)}"
    if not difference.same:
        yield _table(difference)
    yield from (f"No longer cut: {_cut(clamp)}" for clamp in difference.clamps_gone)
    yield from (f"Now cut: {_cut(clamp)}" for clamp in difference.clamps_new)
    if not difference.same:
        listed, more = difference.paths[:MOST_PATHS], len(difference.paths) - MOST_PATHS
        yield f"Differs in: {', '.join(listed)}" + (f" and {more} more" if more > 0 else "")
    for each in difference.inputs:
        yield f"{each.name} was {each.then[:16]}, today {each.today[:16]}: {each.meaning}."


def _table(difference: Difference) -> Table:
    table = Table(
        "Ticker", "Held", "Proposed then", "now", "After limits then", "now", "Order then", "now", "Changed"
    )
    for each in difference.tickers:
        table.add_row(
            each.ticker,
            f"{each.before:.2%}",
            *_both(each.then, each.now),
            each.then.order,
            each.now.order,
            "yes" if each.changed else "",
        )
    return table


def _both(then: Leg, now: Leg) -> tuple[str, ...]:
    return tuple(map(_weight, (then.proposed, now.proposed, then.allowed, now.allowed)))


def _weight(weight: Decimal | None) -> str:
    return "" if weight is None else f"{weight:.2%}"


def _outcome(status: str, cause: str) -> str:
    return f"{status}: {cause}" if cause else status


def _cut(clamp: Clamp) -> str:
    return f"{clamp.ticker or 'the book'} by {clamp.limit}, {clamp.before} to {clamp.after}: {clamp.reason}"
