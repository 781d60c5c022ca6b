"""Ticks over HTTP: what is asked, what is read, and what is no answer."""

import json

import pytest

from desk.monitor.http_ticks import AT_ONCE, HttpTicks
from fund.errors import FeedError
from fund.market.ticks import Tick
from support.ticks import OPEN
from support.wire_stub import WireReply, page, wire

ROW = {"ticker": "AAPL", "at": "2026-01-13T09:30:00-05:00", "price": 101.5, "volume": 1200}


def answered(body: object, status: int = 200) -> WireReply:
    return WireReply(status=status, body=json.dumps(body).encode())


def test_ticks_are_asked_for_by_ticker_and_read() -> None:
    rows = [ROW, {"ticker": "MSFT", "at": "2026-01-13T14:30:00Z", "price": 400}]
    with wire(answered({"ticks": rows})) as stub:
        source = HttpTicks(f"{stub.url}/ticks")
        found = source.latest(["AAPL", "MSFT"])
        source.close()
        source.close()
    assert list(found) == [
        Tick(ticker="AAPL", at=OPEN, price=101.5, volume=1200.0),
        Tick(ticker="MSFT", at=OPEN, price=400.0),
    ]
    assert stub.heard[0].path == "/ticks?tickers=AAPL%2CMSFT"
    assert source.name == "http"


def test_many_tickers_are_asked_for_in_parts() -> None:
    tickers = [f"T{n:04}" for n in range(AT_ONCE + 1)]
    with wire(answered({"ticks": []}), answered({"ticks": [ROW]})) as stub:
        source = HttpTicks(stub.url)
        assert len(source.latest(tickers)) == 1
        source.close()
    assert [request.path.count("T0") for request in stub.heard] == [AT_ONCE, 1]
    assert all(len(request.path) < 4096 for request in stub.heard)


def test_a_figure_that_cannot_be_true_is_read_for_the_sieve_to_refuse() -> None:
    with wire(
        WireReply(body=b'{"ticks": [{"ticker": "A", "at": "2026-01-13T09:30:00", "price": NaN}]}')
    ) as stub:
        source = HttpTicks(stub.url)
        (tick,) = source.latest(["A"])
        source.close()
    assert not tick.is_sound


@pytest.mark.parametrize(
    "reply",
    [
        page(),
        answered({"note": "You have reached the limit of 25 requests a day"}),
        answered([ROW]),
        answered({"ticks": [{**ROW, "price": None}]}),
        answered({"ticks": [{**ROW, "price": "a lot"}]}),
        answered({"ticks": [{**ROW, "at": "yesterday"}]}),
        answered({"ticks": [{**ROW, "at": 5}]}),
        answered({"ticks": ["AAPL"]}),
        answered({"ticks": None}),
        WireReply(body=b""),
        WireReply(body=b"[" * 100_000),
        answered({"ticks": [ROW]}, status=500),
        answered({"ticks": [ROW]}, status=301),
        answered({"ticks": [ROW]}, status=429),
        WireReply(body=b" " * 2_000_001),
    ],
)
def test_what_is_no_answer_is_a_failure_of_the_feed(reply: WireReply) -> None:
    with wire(reply) as stub:
        source = HttpTicks(stub.url)
        with pytest.raises(FeedError, match="DESK_MONITOR__SOURCE_URL"):
            source.latest(["AAPL"])
        source.close()


def test_a_program_that_is_not_there_is_a_failure_of_the_feed() -> None:
    with wire() as stub:
        url = stub.url
    source = HttpTicks(url)
    with pytest.raises(FeedError, match="ConnectError"):
        source.latest(["AAPL"])
    source.close()
