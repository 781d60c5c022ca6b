"""What a decision that was taken again says differently, ticker by ticker and value by value."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from desk.learning import INPUT
from desk.rebuild import Rebuilt
from fund.cycle import CycleRecord
from fund.risk.limits import Clamp

ZERO = Decimal(0)
USED_AGAIN = "the recorded one was used again"
MADE_OF = (
    "inputs",
    "equity",
    "cash",
    "weights_before",
    "proposal.evidence.evidence",
    "proposal.evidence.answers",
    "proposal",
    "marks",
    "review",
    "orders",
)
"""Parts of a record in the order in which they come about."""
PRESENT = "the present one was used, so the bytes can differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What one decision says of one ticker; None where it says nothing."""

    proposed: Decimal | None
    allowed: Decimal | None
    """The weight after review."""
    order: str
    """Side and quantity; empty without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerDifference:
    """One ticker in both decisions."""

    ticker: str
    before: Decimal
    """Weight in the book, which both decisions found."""
    then: Leg
    now: Leg

    @property
    def changed(self) -> bool:
        """Tell whether the two say different things."""
        return self.then != self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDifference:
    """An input whose value today is not the one on record, and what that means for the replay."""

    name: str
    then: str
    today: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything a replay has to say."""

    cycle_id: str
    change: str
    same: bool
    sha256_then: str
    sha256_now: str
    status_then: str
    status_now: str
    cause_then: str
    cause_now: str
    tickers: tuple[TickerDifference, ...]
    clamps_gone: tuple[Clamp, ...]
    clamps_new: tuple[Clamp, ...]
    inputs: tuple[InputDifference, ...]
    paths: tuple[str, ...]
    """Where in the record's JSON the two differ, such as `review.weights.AAPL`: causes before effects."""


def difference_of(rebuilt: Rebuilt) -> Difference:
    """Return the difference between a decision on record and the same one taken again."""
    then, now = rebuilt.then, rebuilt.now
    clamps_then, clamps_now = _clamps(then), _clamps(now)
    return Difference(
        cycle_id=then.cycle_id,
        change=rebuilt.change,
        same=rebuilt.same,
        sha256_then=sha256(rebuilt.stored.text.encode()).hexdigest(),
        sha256_now=sha256(rebuilt.text.encode()).hexdigest(),
        status_then=then.status,
        status_now=now.status,
        cause_then=then.cause or "",
        cause_now=now.cause or "",
        tickers=tuple(_tickers(then, now)),
        clamps_gone=tuple(clamp for clamp in clamps_then if clamp not in clamps_now),
        clamps_new=tuple(clamp for clamp in clamps_now if clamp not in clamps_then),
        inputs=tuple(_inputs(then.inputs, rebuilt.today)),
        paths=_causes_first(_paths("", json.loads(rebuilt.stored.text), json.loads(rebuilt.text))),
    )


def _clamps(record: CycleRecord) -> tuple[Clamp, ...]:
    return record.review.clamps if record.review else ()


def _tickers(then: CycleRecord, now: CycleRecord) -> Iterator[TickerDifference]:
    legs_then, legs_now = _legs(then), _legs(now)
    silent = Leg(proposed=None, allowed=None, order="")
    for ticker in sorted(legs_then.keys() | legs_now.keys()):
        yield TickerDifference(
            ticker=ticker,
            before=now.weights_before.get(ticker, ZERO),
            then=legs_then.get(ticker, silent),
            now=legs_now.get(ticker, silent),
        )


def _legs(record: CycleRecord) -> dict[str, Leg]:
    """Return what a decision says of every ticker that it proposes, allows or orders."""
    asked = record.proposal.weights if record.proposal else {}
    allowed = record.review.weights if record.review else {}
    orders = {order.ticker: f"{order.side} {order.quantity:f}" for order in record.orders}
    return {
        ticker: Leg(proposed=asked.get(ticker), allowed=allowed.get(ticker), order=orders.get(ticker, ""))
        for ticker in asked.keys() | allowed.keys() | orders.keys()
    }


def _inputs(then: Mapping[str, str], today: Mapping[str, str]) -> Iterator[InputDifference]:
    for name in sorted(then.keys() | today.keys()):
        was, is_now = then.get(name, "not on record"), today.get(name, "none")
        if was != is_now:
            again = name == "mandate_hash" or name.startswith(INPUT)
            meaning = USED_AGAIN if again else PRESENT
            yield InputDifference(name=name, then=was, today=is_now, meaning=meaning)


def _causes_first(paths: Iterator[str]) -> tuple[str, ...]:
    """Return paths in the order in which a decision is made: what it saw, who said what, what came of it."""

    def place(path: str) -> int:
        return next((n for n, part in enumerate(MADE_OF) if path.startswith(part)), 0)

    return tuple(sorted(paths, key=place))


def _paths(path: str, then: Any, now: Any) -> Iterator[str]:
    """Yield where two JSON values differ, lists of different lengths as a whole."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() | now.keys()):
            inner = f"{path}.{key}" if path else key
            if key in then and key in now:
                yield from _paths(inner, then[key], now[key])
            else:
                yield inner
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (left, right) in enumerate(zip(then, now, strict=True)):
            yield from _paths(f"{path}[{place}]", left, right)
    elif then != now:
        yield path
