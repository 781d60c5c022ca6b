"""A second vendor is asked about a sample of closes, and what it says otherwise is told, not averaged."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from desk.feeds.feed import Delivery, Disagreement, Feed
from fund.errors import FeedError

if TYPE_CHECKING:
    import polars as pl

log = logging.getLogger("conclave.feeds")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """How many names are checked, and how far two closes may be apart."""

    names: int = 20
    """So many names of a delivery, others every day; 0 for none."""
    tolerance: float = 0.005
    """Of the close that is delivered."""

    def disagreements(self, delivery: Delivery, feeds: Sequence[Feed]) -> tuple[Disagreement, ...]:
        """Return where a feed that did not tell a name says something else about its closes.

        That nobody else can be asked is no disagreement; it is logged.
        """
        if delivery.request.kind != "bars" or "feed" not in delivery.frame.columns or self.names == 0:
            return ()
        by = dict(delivery.frame.select("symbol", "feed").unique().iter_rows())
        sample = self._sample(sorted(by), delivery.request.last)
        found: list[Disagreement] = []
        for feed in feeds:
            theirs = tuple(name for name in sample if by[name] != feed.name)
            if not theirs:
                continue
            try:
                second = feed.fetch(replace(delivery.request, names=theirs))
            except FeedError as error:
                log.warning("a cross-check came to nothing: %s", error)
                continue
            found.extend(compared(delivery.frame, by, second.frame, feed.name, self.tolerance))
            told = set(second.frame["symbol"].to_list())
            sample = [name for name in sample if name not in told]
        for each in found:
            log.warning("closes of %s on %s differ: %s", each.name, each.session, dict(each.said))
        return tuple(found)

    def _sample(self, names: Sequence[str], day: date) -> list[str]:
        """Return names in an order that is another every day and the same in every process."""
        return sorted(names, key=lambda name: sha256(f"{day} {name}".encode()).digest())[: self.names]


def compared(
    ours: "pl.DataFrame", by: Mapping[str, str], theirs: "pl.DataFrame", feed: str, tolerance: float
) -> tuple[Disagreement, ...]:
    """Return the closes of two frames of bars that are further apart than the tolerance, by name and day."""
    import polars as pl

    both = ours.select("symbol", "date", "close").join(
        theirs.select("symbol", "date", pl.col("close").alias("second")), on=["symbol", "date"]
    )
    apart = (pl.col("second") - pl.col("close")).abs() > pl.col("close").abs() * tolerance
    return tuple(
        Disagreement(name=name, session=session, said={by[name]: close, feed: second})
        for name, session, close, second in both.filter(apart).sort("symbol", "date").iter_rows()
    )
