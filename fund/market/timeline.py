"""Facts in the order they became known, so that "what was known by then" is one bisection."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from fund.errors import DataError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Fact = TypeVar("Fact", bound="DataclassInstance")
Moment = TypeVar("Moment", date, datetime)


class Timeline(Generic[Fact, Moment]):
    """Dated facts, oldest first; facts known at the same moment stand in the order of their content.

    The order does not depend on the order they arrived in, and a later fact never comes before an
    earlier one: appending a future leaves every prefix, and its fingerprint, as it was.
    """

    __slots__ = ("_chain", "_moments", "facts")

    def __init__(self, facts: Iterable[Fact], moment: Callable[[Fact], Moment]) -> None:
        dated = sorted(((moment(fact), fact) for fact in facts), key=lambda pair: pair[0])
        self.facts = _settle_ties(dated)
        self._moments: list[Moment] = [known for known, _ in dated]
        self._chain: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self.facts)

    def count(self, by: Moment) -> int:
        """Return how many facts were known by a moment, that moment included."""
        return bisect_right(self._moments, by)

    def known(self, by: Moment) -> tuple[Fact, ...]:
        """Return every fact known by a moment, oldest first."""
        return self.facts[: self.count(by)]

    def between(self, after: Moment, by: Moment) -> tuple[Fact, ...]:
        """Return the facts that became known later than `after` and not later than `by`."""
        return self.facts[self.count(after) : self.count(by)]

    def fingerprint(self, by: Moment) -> bytes:
        """Return a digest of everything known by a moment; equal facts give equal digests."""
        if self._chain is None:
            self._chain = _chained(self.facts)
        return self._chain[self.count(by)]


def grouped(
    facts: Iterable[Fact], name: Callable[[Fact], str], moment: Callable[[Fact], Moment]
) -> dict[str, Timeline[Fact, Moment]]:
    """Return one timeline for each name (a ticker, a series)."""
    groups: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[name(fact)].append(fact)
    return {each: Timeline(group, moment) for each, group in groups.items()}


def fingerprint(timelines: Mapping[str, Timeline[Fact, Moment]], by: Moment) -> bytes:
    """Return one digest of everything known by a moment in several timelines; empty ones do not count."""
    parts = (
        name.encode() + b"\0" + timelines[name].fingerprint(by)
        for name in sorted(timelines)
        if timelines[name].count(by)
    )
    return sha256(b"".join(parts)).digest()


class Dated(Protocol):
    """A fact with the moment from which a decision may read it."""

    @property
    def known_at(self) -> datetime:
        """The moment, timezone-aware."""
        ...


def known_at(fact: Dated) -> datetime:
    """Return when a fact became known; `DataError` for one that is undated or dated without a timezone."""
    moment = fact.known_at
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise DataError(
            f"expected a known_at with a timezone, found {moment!r} in {fact!r}; date it in UTC or leave it "
            "out"
        )
    return moment


def canonical(fact: "DataclassInstance") -> bytes:
    """Return a record's content as bytes: the same for equal content, whatever made it."""
    return repr([_plain(getattr(fact, name)) for name in fact.__dataclass_fields__]).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, date) else value


def _settle_ties(dated: list[tuple[Moment, Fact]]) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    start = 0
    for end in range(1, len(dated) + 1):
        if end == len(dated) or dated[end][0] != dated[start][0]:
            tied = [fact for _, fact in dated[start:end]]
            facts += sorted(tied, key=canonical) if len(tied) > 1 else tied
            start = end
    return tuple(facts)


def _chained(facts: tuple[Fact, ...]) -> list[bytes]:
    chain = [sha256(b"").digest()]
    for fact in facts:
        chain.append(sha256(chain[-1] + canonical(fact)).digest())
    return chain
