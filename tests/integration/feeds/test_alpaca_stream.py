"""Trades over a stream: the newest of each name, through errors, cuts and restarts of the other side."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest

from desk.alerts.destination import destination
from desk.feeds.alpaca_stream import AlpacaStream
from desk.feeds.failure import Reason, VendorError
from desk.feeds.keys import Key
from fund.market.ticks import Tick
from support.stream_stub import KEY_ID, PATIENCE_SECONDS, StreamStub, stream_server
from support.vendor_stub import KEY
from support.wire_stub import WireReply, page, wire

NAMES = ["NVDA", "MSFT"]


@pytest.fixture
def stub() -> Iterator[StreamStub]:
    """The other side."""
    with stream_server() as made:
        yield made


@pytest.fixture
def stream(stub: StreamStub) -> Iterator[AlpacaStream]:
    """Our side, which tries again at once."""
    made = stream_to(stub)
    yield made
    made.close()


def stream_to(stub: StreamStub, key: str = KEY) -> AlpacaStream:
    host = f"127.0.0.1:{stub.port}"
    there = destination(f"http://{host}/v2/iex", hosts=(), local_hosts={host})
    return AlpacaStream(there, KEY_ID, Key(secret=key), waits=(0.0,))


def trade(name: str, price: float, second: int, number: int = 1, **changes: object) -> dict[str, object]:
    at = f"2024-06-14T15:30:{second:02d}.123456789Z"
    return {"T": "t", "S": name, "p": price, "s": 10, "t": at, "i": number, "x": "V", **changes}


def waited(stream: AlpacaStream, is_so: Callable[[Sequence[Tick]], bool], names: list[str]) -> Sequence[Tick]:
    """Return the ticks as soon as they are as they should be; woken by the stream itself."""
    for _ in range(50):
        stream.changed.clear()
        try:
            found = stream.latest(names)
        except VendorError:
            found = ()
        if is_so(found):
            return found
        assert stream.changed.wait(PATIENCE_SECONDS), f"nothing changed any more; found {found!r}"
    raise AssertionError("expected the ticks to come")


def broken(stream: AlpacaStream) -> VendorError:
    """Return why the stream is broken, as soon as it is."""
    for _ in range(50):
        stream.changed.clear()
        try:
            stream.latest(NAMES)
        except VendorError as error:
            return error
        assert stream.changed.wait(PATIENCE_SECONDS)
    raise AssertionError("expected the stream to break")


def priced(*prices: float) -> Callable[[Sequence[Tick]], bool]:
    return lambda found: sorted(tick.price for tick in found) == sorted(prices)


def test_nothing_has_come_yet_and_nobody_waits(stream: AlpacaStream, stub: StreamStub) -> None:
    assert stream.latest(NAMES) == ()
    stub.next_connection()
    assert stub.paths == ["/v2/iex"]
    auth, subscription = stub.next_heard(), stub.next_heard()
    assert auth == {"action": "auth", "key": KEY_ID, "secret": KEY}
    assert subscription == {"action": "subscribe", "trades": sorted(NAMES), "dailyBars": sorted(NAMES)}


def test_the_newest_trade_of_each_name_is_kept(stream: AlpacaStream, stub: StreamStub) -> None:
    stream.latest(NAMES)
    there = stub.next_connection()
    stub.say(there, trade("NVDA", 130.0, 5), trade("MSFT", 440.0, 5), trade("NVDA", 131.0, 6))
    found = waited(stream, priced(131.0, 440.0), NAMES)
    assert found[0] == Tick(
        ticker="NVDA", at=datetime(2024, 6, 14, 15, 30, 6, 123456, tzinfo=UTC), price=131.0, volume=None
    )
    assert [tick.ticker for tick in stream.latest(["MSFT"])] == ["MSFT"]


def test_a_trade_that_comes_late_is_not_the_newest(stream: AlpacaStream, stub: StreamStub) -> None:
    stream.latest(NAMES)
    there = stub.next_connection()
    stub.say(there, trade("NVDA", 131.0, 6))
    stub.say(there, trade("NVDA", 99.0, 5), trade("MSFT", 440.0, 7))
    waited(stream, priced(131.0, 440.0), NAMES)


def test_the_days_volume_comes_with_the_trade_after_it(stream: AlpacaStream, stub: StreamStub) -> None:
    stream.latest(NAMES)
    there = stub.next_connection()
    yesterday = {"T": "d", "S": "MSFT", "v": 9e9, "t": "2024-06-13T04:00:00Z"}
    today = {"T": "d", "S": "NVDA", "v": 1234567, "t": "2024-06-14T04:00:00Z"}
    stub.say(there, yesterday, today, trade("NVDA", 131.0, 6), trade("MSFT", 440.0, 6))
    volumes = {tick.ticker: tick.volume for tick in waited(stream, priced(131.0, 440.0), NAMES)}
    assert volumes == {"NVDA": 1234567.0, "MSFT": None}


def test_a_trade_that_is_taken_back_is_not_the_newest_any_more(
    stream: AlpacaStream, stub: StreamStub
) -> None:
    stream.latest(NAMES)
    there = stub.next_connection()
    stub.say(there, trade("NVDA", 130.0, 5, 1), trade("NVDA", 13.0, 6, 2))
    waited(stream, priced(13.0), NAMES)
    stub.say(there, {"T": "x", "S": "NVDA", "i": 7, "p": 13.0}, {"T": "x", "S": "NVDA", "i": 2, "p": 13.0})
    waited(stream, priced(130.0), NAMES)


@pytest.mark.parametrize(
    "changes",
    [{"p": None}, {"p": 0}, {"p": -1.0}, {"p": "x"}, {"t": None}, {"t": "now"}, {"S": "TSLA"}, {"S": None}],
)
def test_a_trade_that_is_none_is_left_out(
    stream: AlpacaStream, stub: StreamStub, changes: dict[str, object]
) -> None:
    stream.latest(NAMES)
    there = stub.next_connection()
    stub.say(there, trade("NVDA", 130.0, 9, **changes), trade("MSFT", 440.0, 9))
    waited(stream, priced(440.0), NAMES)
    assert stream.latest(["TSLA"]) == ()


def test_a_new_name_is_listened_for_from_now_on(stream: AlpacaStream, stub: StreamStub) -> None:
    stream.latest(["NVDA"])
    there = stub.next_connection()
    stub.say(there, trade("NVDA", 130.0, 5))
    waited(stream, priced(130.0), ["NVDA"])
    stream.latest(["NVDA", "MSFT"])
    stub.next_connection()
    stub.say(there, trade("MSFT", 440.0, 5))
    waited(stream, priced(130.0, 440.0), NAMES)


def test_a_connection_that_is_cut_is_made_again_with_every_name(
    stream: AlpacaStream, stub: StreamStub
) -> None:
    stream.latest(NAMES)
    stub.say(stub.next_connection(), trade("NVDA", 130.0, 5))
    waited(stream, priced(130.0), NAMES)
    stub.end_all()
    there = stub.next_connection()
    stub.say(there, trade("MSFT", 440.0, 5))
    waited(stream, priced(130.0, 440.0), NAMES)
    subscriptions = [each for each in list(stub.heard.queue) if each["action"] == "subscribe"]
    assert [each["trades"] for each in subscriptions] == [sorted(NAMES), sorted(NAMES)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (401, "key_refused"),
        (402, "key_refused"),
        (404, "away"),
        (405, "not_allowed"),
        (406, "limit"),
        (407, "away"),
        (409, "not_allowed"),
        (410, "refused"),
        (500, "away"),
        (999, "refused"),
        (None, "refused"),
    ],
)
def test_an_error_of_the_stream_is_said_with_its_reason(
    stream: AlpacaStream, stub: StreamStub, code: object, reason: Reason
) -> None:
    stub.refuses = {"T": "error", "code": code, "msg": f"no {KEY} for you"}
    error = broken(stream)
    assert error.reason == reason
    assert KEY not in f"{error}"


def test_a_wrong_key_is_refused(stub: StreamStub) -> None:
    stream = stream_to(stub, key="another-key-1618")
    assert broken(stream).reason == "key_refused"
    stream.close()


def test_an_error_that_comes_later_breaks_the_stream_too(stream: AlpacaStream, stub: StreamStub) -> None:
    stream.latest(NAMES)
    there = stub.next_connection()
    stub.refuses = {"T": "error", "code": 406, "msg": "connection limit exceeded"}
    stub.say(there, {"T": "error", "code": 407, "msg": "slow client"})
    assert broken(stream).reason in ("away", "limit")


@pytest.mark.parametrize("frame", ["not json", "{}", "[1]", "null", "[[]]"])
def test_a_message_of_another_form_is_no_answer(stream: AlpacaStream, stub: StreamStub, frame: str) -> None:
    stream.latest(NAMES)
    there = stub.next_connection()
    stub.refuses = {"T": "success", "msg": "go on waiting"}
    there.send(frame)
    assert broken(stream).reason in ("not_an_answer", "away")


def test_a_stream_that_nobody_serves_is_away() -> None:
    with stream_server() as stub:
        stream = stream_to(stub)
    assert broken(stream).reason == "away"
    stream.close()


def test_closing_ends_the_thread_and_what_was_never_started_can_be_closed(stub: StreamStub) -> None:
    stream = stream_to(stub)
    stream.close()
    assert stream.latest(NAMES) == ()
    other = stream_to(stub)
    other.latest(NAMES)
    stub.next_connection()
    other.close()
    assert not other.is_listening


@pytest.mark.parametrize(
    "reply",
    [
        WireReply(status=302, headers={"location": "https://elsewhere.example/v2/iex"}),
        WireReply(status=301, headers={"location": "/elsewhere"}),
        WireReply(status=403, body=b"forbidden"),
        WireReply(status=429, body=b"slow"),
        WireReply(status=500),
        page(),
    ],
    ids=lambda reply: str(reply.status),
)
def test_a_server_that_does_not_shake_hands_is_away_and_leads_nowhere(reply: WireReply) -> None:
    with wire(*[reply] * 50) as stub:
        host = stub.url.removeprefix("http://")
        there = destination(f"{stub.url}/v2/iex", hosts=(), local_hosts={host})
        stream = AlpacaStream(there, KEY_ID, Key(secret=KEY), waits=(0.0, 60.0))
        assert broken(stream).reason == "away"
        stream.close()
        assert {each.path for each in stub.heard} == {"/v2/iex"}


def test_a_host_that_leads_into_this_network_is_not_listened_to() -> None:
    there = destination("https://stream.data.alpaca.markets/v2/iex", hosts={"stream.data.alpaca.markets"})
    stream = AlpacaStream(
        there, KEY_ID, Key(secret=KEY), resolve=lambda host, port: ["10.0.0.1"], waits=(0.0, 60.0)
    )
    assert "no public address" in broken(stream).said
    stream.close()


def test_the_key_is_in_no_log(
    stream: AlpacaStream, stub: StreamStub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stream.latest(NAMES)
    stub.say(stub.next_connection(), trade("NVDA", 130.0, 5))
    waited(stream, priced(130.0), NAMES)
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith("websockets.server")]
    assert not [each for each in ours if KEY in each]
