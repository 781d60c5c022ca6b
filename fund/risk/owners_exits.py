"""Positions that their owner wants closed: exits by a person's word, whatever anybody thinks (INV-12)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fund.errors import DataError
from fund.market.bars import Mark
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.risk.exits import OWNER_RULE, Exit, ExitCheck, ExitSkip, exit_by_word, unusable
from fund.risk.limits import ZERO, is_weight

WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersExit:
    """One position, or a part of it, that a person wants closed."""

    request_id: str
    ticker: str
    by: str
    """Who asked for it."""
    fraction: Decimal = WHOLE
    """Of what is held when it is decided: above 0, at most 1."""


def with_owners_exits(
    check: ExitCheck, view: MarketView, book: Book, marks: Mapping[str, Mark], asked: Sequence[OwnersExit]
) -> ExitCheck:
    """Return what is due at a close with the owner's exits put first; at most one exit a ticker.

    Of a position that also a price wants closed, an exit of the whole is the owner's and one of a part is
    the price's, which closes all of it. What is gone by now, or has no price of today, is skipped and said.
    """
    by_price = {each.ticker for each in check.due}
    due: list[Exit] = []
    skipped: list[ExitSkip] = []
    left: dict[str, Decimal] = {}
    for wish in sorted(asked, key=lambda each: (each.ticker, each.request_id)):
        position = book.positions.get(wish.ticker)
        reason = "nothing of it is held any more" if position is None else unusable(marks.get(wish.ticker))
        if position is None or reason is not None:
            skipped.append(ExitSkip(ticker=wish.ticker, rule=OWNER_RULE, reason=reason or ""))
        elif wish.fraction == WHOLE or wish.ticker not in by_price:
            due.append(exit_by_word(view, position, marks[wish.ticker].price, _why(wish)))
            left[wish.ticker] = WHOLE - wish.fraction
    named = {each.ticker for each in due}
    due += [each for each in check.due if each.ticker not in named]
    return replace(
        check,
        due=tuple(sorted(due, key=lambda each: each.ticker)),
        skipped=(*check.skipped, *skipped),
        left=left,
    )


def weights_left(
    check: ExitCheck, wanted: Mapping[str, Decimal], current: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """Return the weight at which each due exit leaves its position: nothing, or the rest of a partial one.

    A strategy that wants still less of it gets that; more, or the other side, it does not get.
    """
    targets: dict[str, Decimal] = {}
    for each in check.due:
        most = current[each.ticker] * check.left.get(each.ticker, ZERO)
        asked = wanted.get(each.ticker, most)
        if not is_weight(asked):
            asked = most
        less = asked * most > 0 and abs(asked) < abs(most)
        targets[each.ticker] = ZERO if asked * most <= 0 else asked if less else most
    return targets


def to_input(asked: Sequence[OwnersExit]) -> str:
    """Return the owner's exits as a record keeps them among its inputs."""
    rows = [[each.request_id, each.ticker, str(each.fraction), each.by] for each in asked]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def from_input(text: str) -> tuple[OwnersExit, ...]:
    """Return what `to_input` was given; raises `DataError` for a text that is none of its own."""
    try:
        return tuple(
            OwnersExit(request_id=request_id, ticker=ticker, by=by, fraction=Decimal(fraction))
            for request_id, ticker, fraction, by in json.loads(text)
        )
    except (ValueError, TypeError, ArithmeticError) as error:
        raise DataError(f"expected the owner's exits of a record, found {text[:80]!r}") from error


def _why(wish: OwnersExit) -> str:
    part = "" if wish.fraction == WHOLE else f", {wish.fraction:.0%} of it"
    return f"{OWNER_RULE}: {wish.by} asked for it to be closed{part} ({wish.request_id})"
