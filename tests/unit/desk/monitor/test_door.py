"""Asking a desk for a cycle, against a loopback server that answers whatever a desk or a stranger may."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from desk.monitor.door import LONGEST_WAIT, Accepted, DeskDoor, Later, Refused
from fund.clock import FixedClock
from support.monitors import a_submission
from support.ticks import OPEN
from support.wire_stub import WireReply, page, wire

YES = json.dumps({"cycle_id": "event-1", "status": "accepted"}).encode()


def asked(reply: WireReply) -> object:
    with wire(reply) as stub:
        door = DeskDoor(stub.url, "desk_key", FixedClock(OPEN))
        answer = door.ask(a_submission())
        door.close()
    return answer


def test_a_submission_goes_out_with_key_name_and_reason() -> None:
    submission = a_submission()
    with wire(WireReply(status=202, body=YES)) as stub:
        door = DeskDoor(stub.url, "desk_key", FixedClock(OPEN))
        assert door.ask(submission) == Accepted("event-1", known=False)
        door.close()
        door.close()
    (heard,) = stub.heard
    assert heard.path == "/api/cycles"
    assert heard.headers["x-api-key"] == "desk_key"
    assert heard.headers["idempotency-key"] == submission.key
    assert heard.body == {"tickers": ["AAPL"], "reason": submission.reason}


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, YES, Accepted("event-1", known=True)),
        (409, YES, Accepted("event-1", known=True)),
        (409, b"", Accepted("", known=True)),
        (400, b"", Refused("HTTP 400")),
        (401, b"", Refused("HTTP 401")),
        (403, YES, Refused("HTTP 403")),
        (404, b"", Refused("HTTP 404")),
        (421, b"", Refused("HTTP 421")),
        (422, b"", Refused("HTTP 422")),
        (201, YES, Refused("HTTP 201")),
        (302, b"", Refused("HTTP 302")),
        (408, b"", Later("HTTP 408")),
        (500, b"", Later("HTTP 500")),
        (503, b"", Later("HTTP 503")),
        (200, b"", Later("HTTP 200 without a cycle_id: is this a desk?")),
        (202, b"[1]", Later("HTTP 202 without a cycle_id: is this a desk?")),
        (202, b'{"cycle_id": 7}', Later("HTTP 202 without a cycle_id: is this a desk?")),
        (202, b"[" * 100_000, Later("HTTP 202 without a cycle_id: is this a desk?")),
    ],
)
def test_every_answer_is_taken_for_what_it_is(status: int, body: bytes, answer: object) -> None:
    assert asked(WireReply(status=status, body=body)) == answer


def test_a_page_with_status_200_is_no_yes() -> None:
    assert isinstance(asked(page()), Later)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        (format_datetime(OPEN + timedelta(seconds=42), usegmt=True), 42.0),
        (format_datetime(OPEN - timedelta(seconds=42), usegmt=True), 0.0),
        ("99999999", LONGEST_WAIT),
        ("inf", LONGEST_WAIT),
        ("nan", 0.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after_is_honoured_in_every_form_and_believed_in_none_too_far(
    stated: str, seconds: float
) -> None:
    headers = {"retry-after": stated} if stated else {}
    assert asked(WireReply(status=429, headers=headers)) == Later("HTTP 429", seconds)


def test_a_desk_that_is_not_there_is_asked_later() -> None:
    with wire() as stub:
        address = stub.url
    door = DeskDoor(address, "desk_key", FixedClock(OPEN))
    assert door.ask(a_submission()) == Later("the desk was not reached (ConnectError)")
    door.close()
