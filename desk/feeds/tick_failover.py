"""Several sources of ticks as one: a ticker that the first has nothing of is asked of the next."""

from collections.abc import Sequence

from desk.feeds.watched import Closing
from fund.errors import FeedError
from fund.market.ticks import Tick, TickSource


class TickFailover:
    """Sources in the order in which they are asked."""

    def __init__(self, sources: Sequence[TickSource]) -> None:
        self._sources = tuple(sources)

    @property
    def name(self) -> str:
        """The name of the first source."""
        return self._sources[0].name

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        """Return the newest tick of each ticker any source has one of; raises the last error if none answers.

        A ticker that the first sources do not have, and the last cannot be asked about, is left out.
        """
        found: dict[str, Tick] = {}
        failures: list[FeedError] = []
        for source in self._sources:
            wanted = [ticker for ticker in tickers if ticker not in found]
            if not wanted:
                break
            try:
                found.update({tick.ticker: tick for tick in source.latest(wanted)})
            except FeedError as error:
                failures.append(error)
        if len(failures) == len(self._sources):
            raise failures[-1]
        return tuple(found.values())

    def close(self) -> None:
        """Let the connections of the sources go."""
        for source in self._sources:
            if isinstance(source, Closing):
                source.close()
