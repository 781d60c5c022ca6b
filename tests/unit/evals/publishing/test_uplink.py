"""The way to LangSmith: who is spoken to and as whom, what is tried again, and what is said otherwise."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from random import Random

import pytest

from desk.retry_after import asked_wait
from evals.publishing.uplink import TRIES, ConflictError, Destination, PublishError, Uplink
from fund.clock import FixedClock
from support.langsmith_stub import KEY
from support.llms import NOW
from support.wire_stub import WireReply, WireStub, error, page, wire

FOUND = WireReply(body=b'[{"name": "it"}]')


class Spoken:
    """An uplink to a script, with what was slept."""

    def __init__(self, stub: WireStub, workspace: str | None = None) -> None:
        self.slept: list[float] = []
        self.uplink = Uplink(
            Destination(url=stub.url, key=KEY, project="ours", workspace=workspace),
            clock=FixedClock(NOW),
            wait=asked_wait,
            sleep=self.slept.append,
            rng=Random(7),
        )


@pytest.fixture
def script() -> Iterator[WireStub]:
    with wire() as stub:
        yield stub


def test_every_request_has_the_key_and_the_workspace_where_there_is_one(script: WireStub) -> None:
    script.replies += [FOUND, FOUND]
    with Spoken(script).uplink as plain:
        assert plain.get("/datasets", name="it is", limit=1) == [{"name": "it"}]
    with Spoken(script, workspace="w-1").uplink as own:
        own.get("/datasets", name="it")
    first, second = script.heard
    assert first.path == "/datasets?name=it+is&limit=1"
    assert (first.headers["x-api-key"], first.headers.get("x-tenant-id")) == (KEY, None)
    assert second.headers["x-tenant-id"] == "w-1"


def test_a_body_is_sent_as_json_and_nothing_may_come_back(script: WireStub) -> None:
    script.replies += [WireReply(status=202), WireReply(status=200, body=b'{"id": 1}')]
    with Spoken(script).uplink as uplink:
        assert uplink.post("/examples/bulk", [{"a": 1}]) is None
        assert uplink.post("/sessions", {"b": 2}) == {"id": 1}
    assert [each.body for each in script.heard] == [[{"a": 1}], {"b": 2}]


def test_what_is_there_already_is_an_error_of_its_own_and_not_tried_again(script: WireStub) -> None:
    script.replies += [error(409, "Session already exists.")]
    spoken = Spoken(script)
    with spoken.uplink as uplink, pytest.raises(ConflictError, match="Session already exists"):
        uplink.post("/sessions", {})
    assert spoken.slept == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_ever_more_seldom(script: WireStub, status: int) -> None:
    script.replies += [error(status)] * (TRIES - 1) + [FOUND]
    spoken = Spoken(script)
    with spoken.uplink as uplink:
        assert uplink.get("/datasets")
    assert len(spoken.slept) == TRIES - 1
    for attempt, slept in enumerate(spoken.slept):
        assert 0.5 * 2**attempt <= slept <= 1.5 * 2**attempt


@pytest.mark.parametrize("status", [301, 400, 404, 405, 413, 422])
def test_what_does_not_pass_is_said_at_once_with_the_setting_to_look_at(
    script: WireStub, status: int
) -> None:
    script.replies += [error(status, "so it is", location="http://127.0.0.1:1/")]
    spoken = Spoken(script)
    with spoken.uplink as uplink, pytest.raises(PublishError, match=f"{status} .*DESK_LANGSMITH_ENDPOINT"):
        uplink.get("/datasets")
    assert (len(script.heard), spoken.slept) == (1, [])


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_said_without_the_key(script: WireStub, status: int) -> None:
    script.replies += [error(status, f"no such key {KEY}")]
    with Spoken(script).uplink as uplink, pytest.raises(PublishError) as refused:
        uplink.get("/datasets")
    assert f"refused the key ({status})" in str(refused.value)
    assert KEY not in str(refused.value)


def test_an_answer_that_repeats_the_key_does_not_give_it_away(script: WireStub) -> None:
    script.replies += [error(422, f"what is {KEY}?")]
    with Spoken(script).uplink as uplink, pytest.raises(PublishError) as refused:
        uplink.get("/datasets")
    assert KEY not in str(refused.value)
    assert "[redacted]" in str(refused.value)
    assert KEY not in repr(Destination(url="http://x", key=KEY, project="ours"))


def test_a_date_to_wait_for_is_waited_for(script: WireStub) -> None:
    then = format_datetime(NOW + timedelta(seconds=90))
    script.replies += [error(429, retry_after=then), error(429, retry_after="soon"), FOUND]
    spoken = Spoken(script)
    with spoken.uplink as uplink:
        uplink.get("/datasets")
    assert spoken.slept[0] == 90.0
    assert spoken.slept[1] <= 3.0


def test_a_long_wait_is_left_for_another_time(script: WireStub) -> None:
    script.replies += [error(503, retry_after="600")]
    spoken = Spoken(script)
    with spoken.uplink as uplink, pytest.raises(PublishError, match="left alone for 600 s"):
        uplink.get("/datasets")
    assert spoken.slept == []


def test_a_page_with_status_200_is_no_answer(script: WireStub) -> None:
    script.replies += [page()]
    with Spoken(script).uplink as uplink, pytest.raises(PublishError, match="somebody else answers"):
        uplink.get("/datasets")
