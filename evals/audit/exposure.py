"""Limits on what a book is exposed to: names, sides, sectors, gross, net, cash."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from evals.audit.ledger import ZERO, Trading
from evals.audit.tape import Tape
from evals.audit.violation import POINT, Violation, made_worse
from fund.mandate import Mandate

Weights = Mapping[str, Decimal]
Broken = tuple[str, str, Decimal, Decimal]
"""Limit, what it is about, value and cap."""


def exposure_broken(trading: Trading, tape: Tape, mandate: Mandate) -> Iterator[Violation]:
    """Yield the limits on exposure that the fills of a session broke."""
    session = tape.sessions[trading.place]
    for limit, about, value, cap in (
        *_names(trading, mandate),
        *_sectors(trading, tape, mandate),
        *_whole(trading, mandate),
    ):
        yield Violation(session=session, limit=limit, about=about, value=float(value), cap=float(cap))


def _names(trading: Trading, mandate: Mandate) -> Iterator[Broken]:
    limits, before = mandate.limits, trading.before
    for ticker, weight in sorted(trading.after.items()):
        was = before.get(ticker, ZERO)
        if made_worse(abs(weight), abs(was), limits.max_position):
            yield "max_position", ticker, abs(weight), limits.max_position
        if weight < min(was, ZERO) and not limits.allow_short:
            yield "allow_short", ticker, weight, ZERO
    held, had = (sum(abs(w) >= POINT for w in part.values()) for part in (trading.after, before))
    if held > max(limits.max_names, had):
        yield "max_names", "", Decimal(held), Decimal(limits.max_names)


def _sectors(trading: Trading, tape: Tape, mandate: Mandate) -> Iterator[Broken]:
    cap, held = mandate.limits.max_sector, _by_sector(trading.before, tape)
    for sector, side in sorted(_by_sector(trading.after, tape).items()):
        if made_worse(gross(side), gross(held.get(sector, {})), cap, POINT * len(side)):
            yield "max_sector", sector, gross(side), cap


def _whole(trading: Trading, mandate: Mandate) -> Iterator[Broken]:
    limits, before, after = mandate.limits, trading.before, trading.after
    slack = POINT * max(len(after), 1)
    net, was = net_of(after), net_of(before)
    if made_worse(gross(after), gross(before), limits.max_gross, slack):
        yield "max_gross", "", gross(after), limits.max_gross
    if made_worse(abs(net), abs(was), limits.max_net, slack):
        yield "max_net", "", net, limits.max_net
    if made_worse(net, was, 1 - limits.min_cash, slack):
        yield "min_cash", "", 1 - net, limits.min_cash
    if trading.cash < 0 and net > was:
        yield "cash", "", trading.cash, ZERO


def gross(weights: Weights) -> Decimal:
    """Return the sum of absolute weights."""
    return sum((abs(weight) for weight in weights.values()), ZERO)


def net_of(weights: Weights) -> Decimal:
    """Return the sum of weights."""
    return sum(weights.values(), ZERO)


def _by_sector(weights: Weights, tape: Tape) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    for ticker, weight in weights.items():
        found.setdefault(tape.sector(ticker), {})[ticker] = weight
    return found
