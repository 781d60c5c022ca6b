"""Asking a vendor that takes one name at a time, and keeping what was answered when it stops midway."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from desk.feeds.failure import Reason, VendorError
from desk.feeds.feed import Kind
from desk.feeds.frames import Row

log = logging.getLogger("conclave.feeds")
ENDS: frozenset[Reason] = frozenset({"limit", "key_refused", "resting"})
"""After these no other name is answered either."""
FAILURES_IN_A_ROW = 3
"""So many names asked in vain one after the other, and the rest is left for later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What became of the names."""

    rows: tuple[Row, ...]
    missing: tuple[str, ...]
    unanswered: tuple[str, ...]


def one_by_one(kind: Kind, names: Sequence[str], ask: Callable[[str], Iterable[Row]]) -> Answers:
    """Ask for each name; `VendorError` where not one of them was answered.

    A name without a bar or a value is missing; that there is no action and no headline is an answer.
    """
    rows: list[Row] = []
    missing: list[str] = []
    failed: list[str] = []
    last: VendorError | None = None
    in_a_row = 0
    for place, name in enumerate(names):
        try:
            found = list(ask(name))
        except VendorError as error:
            if error.reason == "unknown_name":
                missing.append(name)
                in_a_row = 0
                continue
            last, in_a_row = error, in_a_row + 1
            if error.reason in ENDS or in_a_row == FAILURES_IN_A_ROW:
                failed.extend(names[place:])
                break
            failed.append(name)
            continue
        in_a_row = 0
        rows.extend(found)
        if not found and kind in ("bars", "macro"):
            missing.append(name)
    if last is not None:
        if len(failed) == len(names):
            raise last
        log.warning("%s; %d of %d names are left for later", last, len(failed), len(names))
    return Answers(rows=tuple(rows), missing=tuple(missing), unanswered=tuple(failed))


def batch_by_batch(
    batches: Sequence[Sequence[str]], ask: Callable[[Sequence[str]], Iterable[Row]]
) -> Answers:
    """Ask for the names of each batch at once; after a failure the rest is left for later.

    Raises `VendorError` where the first one fails. Which names are missing is for the caller to say.
    """
    rows: list[Row] = []
    for place, names in enumerate(batches):
        try:
            rows.extend(list(ask(names)))
        except VendorError as error:
            if not place:
                raise
            rest = tuple(name for batch in batches[place:] for name in batch)
            log.warning("%s; %d names are left for later", error, len(rest))
            return Answers(rows=tuple(rows), missing=(), unanswered=rest)
    return Answers(rows=tuple(rows), missing=(), unanswered=())
