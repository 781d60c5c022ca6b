"""The independent check: every violation that a traded book executed, from its fills, the bars, the mandate.

Rule: a limit is broken by trading where, after the fills of a session, it is exceeded at the prices that
the decision saw (the closes before, in the shares of that day), and exceeded by more than before the fills
at the same prices. What prices do between decision, fill and close is drift, and no violation. Limits on
trading itself (growth and turnover in a session, shares of a day's volume) are counted at the same prices.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from evals.audit.exposure import exposure_broken
from evals.audit.halted import standings
from evals.audit.ledger import ZERO, Fill, Ledger, Trading
from evals.audit.measured import measured_broken
from evals.audit.tape import Tape
from evals.audit.trades import trades_broken
from evals.audit.violation import POINT, Violation
from fund.mandate import Mandate

CENT = Decimal("0.01")


def audited(
    tape: Tape, mandate: Mandate, first: int, last: int, answer: Mapping[str, Any]
) -> tuple[Violation, ...]:
    """Return every violation of a book that began with the mandate's cash at the close of `first`."""
    ledger = Ledger(tape=tape, cash=mandate.initial_cash, borrow_bps=mandate.costs.borrow_bps)
    decided = {close["session"]: close["looked_at"] for close in answer["closes"]}
    trading = tuple(ledger.walk(first, last, answer["fills"]))
    found: list[Violation] = []
    stood = standings(ledger.equity, mandate.breaker)
    for each in trading:
        day = tape.sessions[each.decided].isoformat()
        found += exposure_broken(each, tape, mandate)
        found += trades_broken(each, tape, mandate)
        found += measured_broken(each, tape, mandate, decided.get(day, ()))
        if stood[each.decided - first] != "closed":
            found += _grown_while_halted(each, tape)
        if day not in decided:
            found.append(_simple(tape, each.place, "undecided", ZERO))
    found += _outside(tape, first, last, answer["fills"])
    found += _told_wrong(tape, first, ledger.equity, answer["equity"])
    return tuple(found)


def _grown_while_halted(trading: Trading, tape: Tape) -> Iterator[Violation]:
    for ticker, growth in sorted(trading.grown.items()):
        if growth > POINT:
            yield _simple(tape, trading.place, "halted", growth, ticker)


def _outside(tape: Tape, first: int, last: int, fills: Sequence[Fill]) -> Iterator[Violation]:
    """Yield the fills that are of no session of the book: nothing was decided before them."""
    own = {day.isoformat() for day in tape.sessions[first + 1 : last + 1]}
    for fill in fills:
        if fill["session"] not in own:
            day, value = date.fromisoformat(fill["session"]), float(fill["quantity"])
            yield Violation(session=day, limit="undecided", about=fill["ticker"], value=value, cap=0.0)


def _told_wrong(tape: Tape, first: int, equity: list[Decimal], told: list[str]) -> Iterator[Violation]:
    """Yield the first close at which a book is not worth what it says."""
    for place, (own, said) in enumerate(zip(equity, told, strict=True)):
        if abs(own - Decimal(said)) > CENT:
            yield _simple(tape, first + place, "books", Decimal(said) - own)
            return


def _simple(tape: Tape, place: int, limit: str, value: Decimal, about: str = "") -> Violation:
    return Violation(session=tape.sessions[place], limit=limit, about=about, value=float(value), cap=0.0)
