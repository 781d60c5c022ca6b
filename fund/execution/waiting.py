"""What an increase waits for: the reductions decided with it, whose place in the book and cash it takes.

A review allows a target as a whole. Where some of its reductions do not trade, the rest of it is another
book than the one that was allowed. So every increase trades in the proportion f of the reduction that traded
least: the book is then a mixture of the one before and the target, with reductions that went further than f.
A limit that is convex in the weights (gross, sector, cash, variance, CVaR) allows the mixture where it
allowed both ends, and a reduction of long positions breaks none of them. How many names are held is not
convex: nothing is opened while what was to be closed is held. In a book of longs and shorts a reduction of
one side whose counterpart does not trade may still carry the net over its cap, because no reduction waits.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fund.execution.bar_fills import AT_THE_OPEN
from fund.execution.lifecycle import OrderState
from fund.execution.orders import ZERO, in_steps
from fund.portfolio.book import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """An order that brings a position nearer to zero."""

    order_id: str
    wanted: Decimal
    """Shares."""
    closes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Increase:
    """An order that lets a position grow, and what was decided with it and comes before it."""

    wanted: Decimal
    """Shares."""
    covers: Decimal
    """Of those, what brings the position to zero first: nothing holds it up."""
    opens: bool
    """Whether nothing is held of its ticker."""
    after: tuple[Reduction, ...]

    def may_trade(self, traded: Mapping[str, Decimal], step: Decimal) -> Decimal:
        """Return how many shares may trade, given what each of the reductions did."""
        if self.opens and any(r.closes and traded.get(r.order_id, ZERO) < r.wanted for r in self.after):
            return ZERO
        least = min(
            (traded.get(each.order_id, ZERO) / each.wanted for each in self.after), default=Decimal(1)
        )
        return (
            self.wanted if least >= 1 else self.covers + in_steps((self.wanted - self.covers) * least, step)
        )


def increases_of(working: Sequence[OrderState], book: Book) -> dict[str, Increase]:
    """Return the increases that meet the next open by the ids of their orders, in order of arrival."""
    held = {ticker: position.quantity for ticker, position in book.positions.items()}
    reduced: defaultdict[str, list[Reduction]] = defaultdict(list)
    found: dict[str, Increase] = {}
    for state in working:
        order, wanted = state.order, state.remaining
        if order.kind not in AT_THE_OPEN:
            continue
        had, change = held.get(order.ticker, ZERO), wanted if order.side == "buy" else -wanted
        held[order.ticker] = had + change
        covers = min(abs(had), wanted) if had * change < 0 else ZERO
        if covers == wanted:
            closes = had + change == 0
            reduced[order.cycle_id].append(Reduction(order_id=order.order_id, wanted=wanted, closes=closes))
        else:
            after = tuple(reduced[order.cycle_id])
            found[order.order_id] = Increase(wanted=wanted, covers=covers, opens=had == 0, after=after)
    return found
