"""Where two decisions differ first, in the order in which a decision comes about."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MADE_OF = ("inputs", "equity", "cash", "weights_before", "proposal", "marks", "review", "orders")
"""Parts of a record in the order in which they come about."""
MADE_OF_PROPOSAL = ("evidence", "answers", "weights")
"""Of a proposal, what was shown comes before what was said."""
NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that two decisions fill in otherwise."""

    field: str
    """Its path in the record, such as proposal.evidence.evidence.candidates.3.price."""
    known: str
    """What it is to one who only has what was known."""
    found: str


def first_difference(known: str, found: str) -> Difference | None:
    """Return the first field in which two records' JSON differ; None where they are the same bytes."""
    if known == found:
        return None
    return next(_walk("", json.loads(known), json.loads(found)), None) or Difference(
        field="spelling", known=known[:80], found=found[:80]
    )


def _walk(path: str, one: Any, other: Any) -> Iterator[Difference]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}, key=_comes):
            yield from _walk(_below(path, name), one.get(name), other.get(name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (here, there) in enumerate(zip(one, other, strict=True)):
            yield from _walk(_below(path, str(place)), here, there)
    elif one != other or type(one) is not type(other):
        yield Difference(field=path, known=_shown(one), found=_shown(other))


def _comes(name: str) -> tuple[int, str]:
    order = (*MADE_OF, *MADE_OF_PROPOSAL)
    return (order.index(name) if name in order else len(order), name)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: Any) -> str:
    text = NOTHING if value is None else json.dumps(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
