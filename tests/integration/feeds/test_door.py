"""The one door to a vendor: where it leads, what it takes, and what it says."""

import gzip
import logging
import tracemalloc
from collections.abc import Iterator
from datetime import datetime

import pytest

from desk.alerts.destination import Destination, destination
from desk.feeds import door as door_module
from desk.feeds import fred
from desk.feeds.door import Door
from desk.feeds.failure import VendorError
from fund.clock import FixedClock
from support.feed_keys import KeysInMemory, door_to
from support.vendor_market import NOW
from support.vendor_stub import KEY, VendorStub, told, vendor
from support.wire_stub import WireReply

PATH = "/fred/series/observations"


@pytest.fixture
def stub() -> Iterator[VendorStub]:
    """A vendor."""
    with vendor("fred") as made:
        yield made


@pytest.fixture
def keys() -> KeysInMemory:
    """Two keys, the first of which is the one that is tried first."""
    return KeysInMemory(KEY, "second-key-1618")


@pytest.fixture
def door(stub: VendorStub, keys: KeysInMemory) -> Iterator[Door]:
    """The door to it."""
    made = door_to(stub, "fred", keys, FixedClock(NOW))
    yield made
    made.close()


def failure(door: Door) -> VendorError:
    with pytest.raises(VendorError) as caught:
        door.ask("macro", PATH, {"series_id": "X"})
    return caught.value


def test_the_question_is_asked_of_the_named_host_with_the_key_where_the_vendor_wants_it(
    door: Door, stub: VendorStub
) -> None:
    stub.first(told({"a": 1}))
    assert door.ask("macro", PATH, {"series_id": "A&B=C D"}) == {"a": 1}
    (asked,) = stub.asked
    assert asked.path == PATH
    assert asked.query == {"series_id": "A&B=C D", "api_key": KEY}
    assert asked.headers["host"] == stub.url.removeprefix("http://")
    assert "conclave" in asked.headers["user-agent"].lower()
    assert "cookie" not in asked.headers


def test_an_answer_may_be_packed(door: Door, stub: VendorStub) -> None:
    body = gzip.compress(b'{"a": [1, 2, 3]}')
    stub.first(WireReply(body=body, headers={"content-encoding": "gzip"}))
    assert door.ask("macro", PATH, {}) == {"a": [1, 2, 3]}


def test_a_small_answer_that_unpacks_without_end_is_cut_off(
    door: Door, stub: VendorStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "LARGEST_ANSWER", 100_000)
    bomb = gzip.compress(b"0" * 50_000_000)
    stub.first(WireReply(body=bomb, headers={"content-encoding": "gzip"}))
    tracemalloc.start()
    error = failure(door)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (error.reason, error.said) == ("not_an_answer", "more than 100000 bytes")
    assert peak < 20_000_000, "it was not unpacked whole"


def test_an_answer_that_never_ends_is_given_up(
    door: Door, stub: VendorStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "WHOLE_SECONDS", -1.0)
    stub.first(told({}))
    assert failure(door).reason == "away"


def test_a_server_that_says_nothing_is_away(
    door: Door, stub: VendorStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "READ_SECONDS", 0.05)
    stub.first(WireReply(stalled=True))
    error = failure(door)
    assert (error.reason, error.said) == ("away", "ReadTimeout")


def test_a_redirect_is_not_followed(door: Door, stub: VendorStub) -> None:
    stub.first(WireReply(status=307, headers={"location": f"{stub.url}/elsewhere"}))
    assert failure(door).reason == "not_an_answer"
    assert len(stub.asked) == 1


def test_connections_are_kept_and_can_be_let_go(door: Door, stub: VendorStub) -> None:
    for _ in range(3):
        stub.first(told({}))
        door.ask("macro", PATH, {})
    door.close()
    stub.first(told({}))
    assert door.ask("macro", PATH, {}) == {}


@pytest.mark.parametrize("status", [401, 429])
def test_a_key_that_is_spent_or_refused_rests_and_the_next_one_is_tried(
    door: Door, stub: VendorStub, keys: KeysInMemory, status: int
) -> None:
    stub.first(told({}, status), told({"a": 1}))
    assert door.ask("macro", PATH, {}) == {"a": 1}
    assert [each.query["api_key"] for each in stub.asked] == [KEY, "second-key-1618"]
    assert [(secret, said) for secret, _, said, _ in keys.held] == [(KEY, f"HTTP {status}")]


def test_where_every_key_is_refused_the_vendor_is_asked_once_with_each(
    door: Door, stub: VendorStub, keys: KeysInMemory
) -> None:
    stub.first(told({}, 401), told({}, 401), told({}))
    assert failure(door).reason == "key_refused"
    assert (len(stub.asked), len(keys.held)) == (2, 2)


def test_a_failure_of_the_vendor_is_none_of_the_key(door: Door, stub: VendorStub, keys: KeysInMemory) -> None:
    stub.first(told({}, 500))
    assert failure(door).reason == "away"
    assert (keys.held, len(stub.asked)) == ([], 1)


def test_no_key_is_read_in_a_message_or_in_a_log_of_any_library(
    door: Door, stub: VendorStub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = f"The key {KEY} and second-key-1618 are unknown; Bearer abcdef123456\n\tgo away " + "x" * 500
    stub.first(told({"error_code": 400, "error_message": said}, 400))
    error = failure(door)
    for secret in (KEY, "second-key-1618", "abcdef123456", stub.url):
        assert secret not in f"{error}{error!r}{error.said}"
        assert secret not in caplog.text
    assert len(error.said) <= 200
    assert "\n" not in error.said


def at(there: Destination, *addresses: str) -> Door:
    return Door(
        "fred",
        there,
        KeysInMemory(KEY),
        FixedClock(NOW),
        sign=fred.sign,
        judge=fred.judge,
        resolve=lambda host, port: addresses,
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "0.0.0.0"])
def test_a_host_that_leads_into_this_network_is_not_asked(address: str) -> None:
    made = at(
        destination("https://api.stlouisfed.org/", hosts={"api.stlouisfed.org"}), "93.184.216.34", address
    )
    error = failure(made)
    assert error.reason == "away"
    assert "no public address" in error.said


def test_a_host_without_an_address_is_away() -> None:
    error = failure(at(destination("https://api.stlouisfed.org/", hosts={"api.stlouisfed.org"})))
    assert (error.reason, error.said) == ("away", "api.stlouisfed.org was not found")


def test_a_wait_that_the_vendor_asks_for_is_passed_on(
    door: Door, stub: VendorStub, keys: KeysInMemory
) -> None:
    keys.keys = keys.keys[:1]
    until = datetime(2024, 6, 14, 22, 0, 40, tzinfo=NOW.tzinfo)
    when = until.strftime("%a, %d %b %Y %H:%M:%S GMT")
    stub.first(told({}, 429, retry_after=when))
    assert failure(door).wait_seconds == 40
    assert keys.held[0][3] == 40
