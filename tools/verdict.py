"""What a cycle did with one ticker, and the one reason that decided it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fund.cycle import CycleRecord
from fund.execution.orders import Order
from fund.risk.exits import EXITS, OWNER_RULE, Exit
from fund.risk.limits import Clamp
from tools.heard import Heard

Outcome = Literal["bought", "sold", "kept", "not_bought"]
Cause = Literal[
    "ordered",
    "exit",
    "halted",
    "no_answer",
    "kept",
    "too_small",
    "limit",
    "not_tradable",
    "validator",
    "risk_officer",
    "no_conviction",
    "no_target",
    "no_evidence",
    "not_a_candidate",
]
WEAK_CONVICTION = 0.2
ZERO = Decimal(0)
EXIT_NAMES = {
    OWNER_RULE: "owner's word",
    "atr_stop": "ATR stop",
    "trailing_stop": "trailing stop",
    "take_profit": "take-profit",
    "time_stop": "time stop",
}
NOT_ASKED = "From prices alone: no LLM was asked for that."
BY_WORD = "No LLM was asked for that."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome for a ticker, its cause, and one sentence that says both."""

    outcome: Outcome
    cause: Cause
    sentence: str


def verdict_on(record: CycleRecord, ticker: str) -> Verdict:
    """Return what became of a ticker in a cycle: every path ends in one honest reason."""
    held = record.weights_before.get(ticker, ZERO)
    outcome: Outcome = "kept" if held else "not_bought"
    for look in (_exited, _ordered, _not_decided, _clamped, _left_alone, _passed_over):
        found = look(record, ticker)
        if found is not None:
            cause, sentence = found
            if any(order.ticker == ticker for order in record.orders):
                outcome = "bought" if _order_of(record, ticker).side == "buy" else "sold"
            return Verdict(outcome=outcome, cause=cause, sentence=sentence)
    looked_at = len(Heard(record).candidates)
    sentence = (
        f"{ticker} was not among the {looked_at} names the committee looked at."
        if looked_at
        else f"The strategy {record.strategy} said nothing of {ticker}."
    )
    return Verdict(outcome=outcome, cause="not_a_candidate", sentence=sentence)


def exit_of(record: CycleRecord, ticker: str) -> Exit | None:
    """Return the exit that closes a ticker in a cycle, None where none is due."""
    return next((each for each in record.exits if each.ticker == ticker), None)


def exit_words(closed: Exit) -> str:
    """Say at what price an exit was due, against which level and entry."""
    level = f", level {closed.level:,.2f}" if closed.level is not None else ""
    held = f"held {closed.sessions_held} {'session' if closed.sessions_held == 1 else 'sessions'}"
    return f"closed at {closed.price:,.2f}{level}, entry {closed.entry:,.2f}, {held}"


def plain_cause(record: CycleRecord) -> str:
    """Return why nothing was decided, without the name of the error that said it."""
    return re.sub(r"^\w+Error: ", "", record.cause or "no cause is on record")


Finding = tuple[Cause, str] | None


def _exited(record: CycleRecord, ticker: str) -> Finding:
    closed = exit_of(record, ticker)
    if closed is None:
        return None
    name = EXIT_NAMES.get(closed.rule, closed.rule)
    orders = [order for order in record.orders if order.ticker == ticker]
    acted = f"{orders[0].side} {_shares(orders[0])}" if orders else "no order was placed"
    said = "" if record.status == "decided" else f" Nothing else was decided ({record.status})."
    asked = BY_WORD if closed.rule == OWNER_RULE else NOT_ASKED
    return "exit", (f"The {name} closes {ticker}: {acted}. It {exit_words(closed)}. {asked}{said}")


def _ordered(record: CycleRecord, ticker: str) -> Finding:
    if not any(order.ticker == ticker for order in record.orders):
        return None
    order = _order_of(record, ticker)
    before = record.weights_before.get(ticker, ZERO)
    after = _reviewed(record).get(ticker, ZERO)
    shares = _shares(order)
    moved = f"taking its target from {before:.2%} to {after:.2%} of equity"
    cuts = _cuts(record, ticker)
    if cuts and record.proposal is not None and ticker not in record.proposal.weights:
        return "ordered", (
            f"The limits, not the committee, decided to {order.side} {shares}, {moved}: "
            f"{cuts[-1].limit} ({cuts[-1].reason})."
        )
    cut = f" {cuts[-1].limit} had cut the target from {cuts[0].before:.2%} to {after:.2%}." if cuts else ""
    sized = next((each for each in record.resized if each.ticker == ticker), None)
    size = (
        f" The sizing rule {sized.rule} had changed the target from {sized.before:.2%} to {sized.after:.2%}."
        if sized is not None
        else ""
    )
    return "ordered", f"The committee decided to {order.side} {shares}, {moved}.{size}{cut}"


def _not_decided(record: CycleRecord, ticker: str) -> Finding:
    cause = plain_cause(record)
    if record.status == "halted":
        return "halted", f"Trading was halted, so nothing was decided: {cause}."
    if record.proposal is None:
        return "no_answer", f"The committee gave no answer, so the whole book was held: {cause}."
    return None


def _clamped(record: CycleRecord, ticker: str) -> Finding:
    cuts = _cuts(record, ticker)
    held = record.weights_before.get(ticker, ZERO)
    if not cuts or (cuts[-1].after != ZERO and cuts[-1].after != held):
        return None
    last = cuts[-1]
    if last.limit in ("universe", "untradable"):
        return "not_tradable", f"{ticker} could not be traded: {last.reason}."
    return "limit", (
        f"A limit cut {ticker} from {cuts[0].before:.2%} to {last.after:.2%}: {last.limit} ({last.reason})."
    )


def _left_alone(record: CycleRecord, ticker: str) -> Finding:
    """A target that needs no trade, or a position nobody asked to change."""
    weights = record.proposal.weights if record.proposal is not None else {}
    held = record.weights_before.get(ticker, ZERO)
    heard = Heard(record)
    if ticker in weights and weights[ticker] != ZERO:
        cuts = _cuts(record, ticker)
        target = cuts[-1].after if cuts else weights[ticker]
        cut = f", cut from {weights[ticker]:.2%} by {cuts[-1].limit}," if cuts else ""
        return "too_small", (
            f"The target of {target:.2%}{cut} was too near the {held:.2%} held to be worth a trade."
        )
    if held:
        return "kept", f"{ticker} was held at {held:.2%} and kept: the committee asked for no change."
    factor = heard.figure("risk_officer", ticker)
    if ticker in weights and factor == 0:
        return "risk_officer", f"The risk officer cut the target in {ticker} to zero."
    return None


def _passed_over(record: CycleRecord, ticker: str) -> Finding:
    heard = Heard(record)
    missing = heard.missing(ticker)
    if ticker not in heard.candidates:
        return ("no_evidence", f"{ticker} was left out: {missing}.") if missing else None
    concern = heard.figure("validator", ticker)
    wanted = heard.figure("portfolio_manager", ticker)
    if concern is not None and not wanted:
        return "validator", f"The validator objected to {ticker} (severity {concern:.2f}) and it was dropped."
    conviction = heard.figure("quant_researcher", ticker)
    if conviction is None:
        return "no_conviction", f"{ticker} was a candidate, but the quant researcher had no view on it."
    if conviction < WEAK_CONVICTION:
        return "no_conviction", (
            f"{ticker} was a candidate, but the quant researcher's conviction was only {conviction:+.2f}."
        )
    return "no_target", (
        f"{ticker} was a candidate with a conviction of {conviction:+.2f}, but the portfolio manager "
        "set no target: other names came first."
    )


def _order_of(record: CycleRecord, ticker: str) -> Order:
    return next(order for order in record.orders if order.ticker == ticker)


def _shares(order: Order) -> str:
    return f"{order.quantity:f} {'share' if order.quantity == 1 else 'shares'} of {order.ticker}"


def _cuts(record: CycleRecord, ticker: str) -> list[Clamp]:
    """Return what limits cut of a ticker; an exit is told by itself."""
    clamps = record.review.clamps if record.review is not None else ()
    return [c for c in clamps if c.ticker == ticker and c.limit not in EXITS]


def _reviewed(record: CycleRecord) -> Mapping[str, Decimal]:
    return record.review.weights if record.review is not None else {}
