"""Ticks from a program of one's own, asked over HTTP."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fund.errors import FeedError
from fund.market.ticks import Tick

if TYPE_CHECKING:
    import httpx

SECONDS = 10.0
AT_ONCE = 250
"""Tickers in one question: the address stays below 4 kB."""
LARGEST_ANSWER = 2_000_000


class HttpTicks:
    """Asks GET url?tickers=A,B, to be answered {"ticks": [{"ticker", "at", "price", "volume"}]}.

    `at` is ISO 8601 with a zone, `price` USD, `volume` the shares since the open or absent.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: httpx.Client | None = None

    @property
    def name(self) -> str:
        """Return a short name for records."""
        return "http"

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        """Return the newest tick of each ticker; `FeedError` where the answer is none."""
        return [tick for part in _parts(tickers) for tick in self._ask(part)]

    def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, tickers: Sequence[str]) -> Iterator[Tick]:
        import httpx

        if self._client is None:
            self._client = httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False)
        try:
            response = self._client.get(self._url, params={"tickers": ",".join(tickers)})
        except httpx.HTTPError as error:
            raise FeedError(
                f"expected ticks from DESK_MONITOR__SOURCE_URL, found {type(error).__name__}; "
                "start the program there"
            ) from error
        if response.status_code != 200 or len(response.content) > LARGEST_ANSWER:
            raise FeedError(
                f"expected ticks from DESK_MONITOR__SOURCE_URL, found HTTP {response.status_code} with "
                f"{len(response.content)} bytes; look into that program's log"
            )
        yield from ticks_in(response.content)


def ticks_in(body: bytes) -> Iterator[Tick]:
    """Yield the ticks of an answer; one that cannot be read makes the whole answer a `FeedError`."""
    try:
        rows = json.loads(body)["ticks"]
        yield from [_tick(row) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FeedError(
            f"expected JSON such as {{'ticks': [...]}}, found {body[:60]!r} ({type(error).__name__}); "
            "correct the program at DESK_MONITOR__SOURCE_URL"
        ) from error


def _tick(row: Any) -> Tick:
    volume = row.get("volume")
    return Tick(
        ticker=str(row["ticker"]),
        at=datetime.fromisoformat(row["at"]),
        price=float(row["price"]),
        volume=None if volume is None else float(volume),
    )


def _parts(tickers: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(tickers), AT_ONCE):
        yield tickers[begin : begin + AT_ONCE]
