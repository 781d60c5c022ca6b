"""From what a strategy would like to hold to how much of it: the mandate's sizing rule, before any limit.

A rule decides about the names the proposal wants to hold and about nothing else: an explicit zero stays
zero, a name that is missing stays missing, and no side flips.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.book_rules import share_out
from fund.portfolio.marking import current_mark
from fund.portfolio.name_rules import atr_sizes, kelly_sizes, volatility_sizes
from fund.portfolio.proposal import Proposal
from fund.portfolio.sizing_rules import AS_PROPOSED, PER_NAME_RULES
from fund.portfolio.terms import ZERO, Situation, Sized, Terms, is_target, to_weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Resized:
    """One target a sizing rule changed."""

    ticker: str
    before: Decimal
    after: Decimal
    rule: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """A proposal after the mandate's sizing rule, and what the rule did to it."""

    proposal: Proposal
    resized: tuple[Resized, ...] = ()
    """In order of tickers; empty where the proposal stands as it was."""
    notes: tuple[str, ...] = ()
    """What else the record should say: a rule that could not be applied, a target no book can keep."""


def arrange(proposal: Proposal, view: MarketView, book: Book, mandate: Terms) -> Arrangement:
    """Apply the mandate's sizing rule to the names the proposal wants to hold.

    Kelly, ATR and the volatility target only shrink. The rules over the whole book share the proposal's
    gross weight out anew, within the limits, and never use more of it. A name that lacks what its rule
    needs (odds, history, a price) does not grow: it keeps the smaller of its target and what is held on
    that side. Where no book can be built the proposal stands as it is, with a note.
    """
    rules = mandate.sizing
    wanted = {t: w for t, w in sorted(proposal.weights.items()) if is_target(w)}
    if rules.rule == AS_PROPOSED or not wanted:
        return Arrangement(proposal=proposal)
    marks = {ticker: current_mark(view, ticker).price for ticker in sorted(book.positions)}
    situation = Situation(
        wanted=wanted,
        held=book.weights(marks),
        odds={t: odds for t, odds in proposal.odds.items() if odds.usable},
        equity=book.equity(marks),
        asked=frozenset(proposal.weights),
        view=view,
        terms=mandate,
    )
    sized = _RULES[rules.rule](situation) if rules.rule in PER_NAME_RULES else share_out(situation)
    after = _kept_in_bounds(sized, situation)
    resized = tuple(
        Resized(ticker=t, before=w, after=after[t], rule=rules.rule, why=sized.why[t])
        for t, w in wanted.items()
        if after[t] != w
    )
    return Arrangement(
        proposal=replace(proposal, weights={**proposal.weights, **after}), resized=resized, notes=sized.notes
    )


def _kept_in_bounds(sized: Sized, situation: Situation) -> dict[str, Decimal]:
    """Return the new targets: never a larger one by a rule per name, never more gross than was proposed."""
    wanted, shrinks = situation.wanted, situation.terms.sizing.rule in PER_NAME_RULES
    after = {}
    for ticker, target in wanted.items():
        size = sized.sizes.get(ticker)
        if size is None or (shrinks and size >= abs(target)):
            after[ticker] = target
        else:
            after[ticker] = size.copy_sign(target)
    budget = sum((abs(w) for w in wanted.values()), ZERO)
    over = sum((abs(w) for w in after.values()), ZERO) - budget
    if over > 0:
        largest = max(after, key=lambda t: (abs(after[t]), t))
        after[largest] = to_weight(abs(after[largest]) - over).copy_sign(wanted[largest])
    return after


_RULES: Mapping[str, Callable[[Situation], Sized]] = {
    "kelly": kelly_sizes,
    "atr_risk": atr_sizes,
    "volatility_target": volatility_sizes,
}
