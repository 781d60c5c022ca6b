"""The way to LangSmith where somebody misbehaves: halves of keys, odd keys, broken answers."""

import gzip
from collections.abc import Iterator
from random import Random

import httpx
import pytest

from desk.retry_after import asked_wait
from evals.publishing.uplink import LONGEST_WAIT, SAID, TRIES, Destination, PublishError, Uplink
from fund.clock import FixedClock
from support.langsmith_stub import KEY
from support.llms import NOW
from support.wire_stub import WireReply, WireStub, error, wire


def an_uplink(url: str = "http://127.0.0.1:9", key: str = KEY, slept: list[float] | None = None) -> Uplink:
    return Uplink(
        Destination(url=url, key=key, project="ours"),
        clock=FixedClock(NOW),
        wait=asked_wait,
        sleep=([] if slept is None else slept).append,
        rng=Random(3),
    )


@pytest.fixture
def script() -> Iterator[WireStub]:
    with wire() as stub:
        yield stub


def test_wherever_a_long_answer_is_cut_no_piece_of_the_key_is_left() -> None:
    with an_uplink() as uplink:
        for before in range(SAID - len(KEY) - 2, SAID + 3):
            answer = httpx.Response(422, text="." * before + KEY + "." * 40)
            with pytest.raises(PublishError) as refused:
                uplink._refused(answer)
            assert KEY[:2] not in str(refused.value).partition("422")[2].partition("; check")[0]
            assert len(str(refused.value)) < SAID + 150


@pytest.mark.parametrize("key", ["lsv2-\u0441ecret-key", "lsv2-secret\nx-other: 1", "lsv2-secret\x00key"])
def test_a_key_that_fits_no_header_is_a_sentence_without_it(key: str) -> None:
    with pytest.raises(PublishError, match="DESK_LANGSMITH_API_KEY") as refused:
        an_uplink(key=key)
    assert "lsv2" not in str(refused.value)


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b'{"id": 1', b"[1] [2]"])
def test_an_answer_that_is_not_quite_json_is_a_sentence(script: WireStub, body: bytes) -> None:
    script.replies += [WireReply(body=body)]
    with an_uplink(script.url) as uplink, pytest.raises(PublishError, match="expected JSON"):
        uplink.get("/datasets")
    assert len(script.heard) == 1


def test_a_broken_coding_may_pass_and_a_whole_one_is_read(script: WireStub) -> None:
    headers = {"content-encoding": "gzip"}
    script.replies += [
        WireReply(body=b"no gzip", headers=headers),
        WireReply(body=gzip.compress(b'[{"name": "\xc3\xa9"}]'), headers=headers),
    ]
    slept: list[float] = []
    with an_uplink(script.url, slept=slept) as uplink:
        assert uplink.get("/datasets", name="é & ü/?#") == [{"name": "é"}]
    assert len(slept) == 1
    assert httpx.URL(script.heard[1].path).params["name"] == "é & ü/?#"


@pytest.mark.parametrize(
    ("asked", "first"), [("120", LONGEST_WAIT), ("-5", None), ("nan", None), ("1e-9", None), ("Thu", None)]
)
def test_what_is_asked_for_is_waited_for_up_to_the_longest_and_never_less_than_a_breath(
    script: WireStub, asked: str, first: float | None
) -> None:
    script.replies += [error(429, retry_after=asked), WireReply(body=b"[]")]
    slept: list[float] = []
    with an_uplink(script.url, slept=slept) as uplink:
        if asked == "nan":  # no number, and taken for the longest: left for another time
            with pytest.raises(PublishError, match="left alone"):
                uplink.get("/datasets")
            return
        assert uplink.get("/datasets") == []
    assert slept == [first] if first else 0.5 <= slept[0] <= 1.5


def test_the_last_word_is_that_of_the_last_try_and_nobody_sleeps_after_it(script: WireStub) -> None:
    script.replies += [error(503, "first")] * (TRIES - 1) + [error(500, "last words")]
    slept: list[float] = []
    with an_uplink(script.url, slept=slept) as uplink, pytest.raises(PublishError) as refused:
        uplink.post("/sessions", {"name": "é"})
    assert "last words" in str(refused.value)
    assert str(refused.value).endswith(f"{TRIES} times")
    assert (len(script.heard), len(slept)) == (TRIES, TRIES - 1)
    assert script.heard[0].body == script.heard[-1].body, "a second try sends the whole again"
