"""Limits on what a book is exposed to: names, sides, sectors, gross, net, cash."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from evals.audit.ledger import ZERO, Trading
from evals.audit.tape import Tape
from evals.audit.violation import POINT, Violation, made_worse
from fund.mandate import Mandate

Weights = Mapping[str, Decimal]


def exposure_broken(trading: Trading, tape: Tape, mandate: Mandate) -> Iterator[Violation]:
    """Yield the limits on exposure that the fills of a session broke."""
    limits, session = mandate.limits, tape.sessions[trading.place]
    before, after = trading.before, trading.after

    def broken(limit: str, about: str, value: Decimal | int, cap: Decimal | int) -> Violation:
        return Violation(session=session, limit=limit, about=about, value=float(value), cap=float(cap))

    for ticker, weight in sorted(after.items()):
        was = abs(before.get(ticker, ZERO))
        if made_worse(abs(weight), was, limits.max_position):
            yield broken("max_position", ticker, abs(weight), limits.max_position)
        if weight < min(before.get(ticker, ZERO), ZERO) and not limits.allow_short:
            yield broken("allow_short", ticker, weight, 0)
    sectors, held = _by_sector(after, tape), _by_sector(before, tape)
    for sector, side in sorted(sectors.items()):
        was = gross(held.get(sector, {}))
        if made_worse(gross(side), was, limits.max_sector, POINT * len(side)):
            yield broken("max_sector", sector, gross(side), limits.max_sector)
    slack = POINT * max(len(after), 1)
    if made_worse(gross(after), gross(before), limits.max_gross, slack):
        yield broken("max_gross", "", gross(after), limits.max_gross)
    net, was = net_of(after), net_of(before)
    if made_worse(abs(net), abs(was), limits.max_net, slack):
        yield broken("max_net", "", net, limits.max_net)
    if made_worse(net, was, 1 - limits.min_cash, slack):
        yield broken("min_cash", "", 1 - net, limits.min_cash)
    if trading.cash < 0 and net > was:
        yield broken("cash", "", trading.cash, 0)
    if len(after) > limits.max_names and len(after) > len(before):
        yield broken("max_names", "", len(after), limits.max_names)


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
