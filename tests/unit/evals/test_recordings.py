"""Calls on file: kept whole, found again, within the money, and refused where there are none."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from evals.recordings import Recordings, Replayed
from fund.errors import ConfigError, DataError, QueryRefusedError
from support.eval_runs import AT, a_call


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evals" / "calls.jsonl"


@pytest.fixture
def recordings(path: Path) -> Iterator[Recordings]:
    with closing(Recordings(path)) as opened:
        yield opened


def reserved(log: Recordings, call_id: str, cost: str, budget: str = "1") -> bool:
    return asyncio.run(log.reserve(call_id, AT, Decimal(cost), Decimal(budget)))


def test_a_call_is_found_again_after_the_file_was_closed(path: Path) -> None:
    call = a_call()
    with closing(Recordings(path)) as first:
        asyncio.run(first.record(call))
    with closing(Recordings(path)) as second:
        assert asyncio.run(second.find(call.call_id)) == call
        assert asyncio.run(second.find("another")) is None


def test_a_call_already_kept_stays_as_it_is(recordings: Recordings) -> None:
    asyncio.run(recordings.record(a_call(answer="first")))
    asyncio.run(recordings.record(a_call(answer="second")))
    found = asyncio.run(recordings.find("call-1"))
    assert found is not None
    assert found.answer == "first"


def test_the_budget_is_that_of_the_file_and_counts_what_was_set_aside_before_a_kill(path: Path) -> None:
    with closing(Recordings(path)) as killed:
        assert reserved(killed, "lost", "0.6")
    with closing(Recordings(path)) as resumed:
        assert resumed.spent_usd == Decimal("0.6")
        assert not reserved(resumed, "next", "0.5")
        assert reserved(resumed, "lost", "0.6")
        asyncio.run(resumed.record(a_call("lost", cost_usd=Decimal("0.1"))))
        assert resumed.spent_usd == Decimal("0.1")
        assert reserved(resumed, "next", "0.5")


def test_half_a_line_is_dropped_and_the_rest_stands(path: Path) -> None:
    with closing(Recordings(path)) as killed:
        asyncio.run(killed.record(a_call("kept")))
        asyncio.run(killed.record(a_call("half")))
    path.write_bytes(path.read_bytes()[:-30])
    with closing(Recordings(path)) as resumed:
        assert asyncio.run(resumed.find("kept")) is not None
        assert asyncio.run(resumed.find("half")) is None
        asyncio.run(resumed.record(a_call("half")))
    assert len(path.read_text().splitlines()) == 2


def test_a_line_that_is_none_is_named(path: Path) -> None:
    with closing(Recordings(path)) as first:
        asyncio.run(first.record(a_call()))
    path.write_text(path.read_text() + '{"call_id": 7}\n')
    with pytest.raises(DataError, match=r"calls\.jsonl, line 2"):
        Recordings(path)


def test_a_second_process_is_told_to_wait(path: Path, recordings: Recordings) -> None:
    with pytest.raises(ConfigError, match="in use by another process"):
        Recordings(path)


def test_a_replay_finds_what_is_there_and_refuses_everything_else(path: Path) -> None:
    with closing(Recordings(path)) as first:
        asyncio.run(first.record(a_call()))
    replayed = Replayed(path)
    assert asyncio.run(replayed.find("call-1")) == a_call()
    with pytest.raises(QueryRefusedError, match=r"calls\.jsonl has no call missing"):
        asyncio.run(replayed.find("missing"))
    with pytest.raises(QueryRefusedError, match="spends nothing"):
        asyncio.run(replayed.reserve("missing", AT, Decimal(1), Decimal(2)))
    with pytest.raises(QueryRefusedError, match="writes nothing"):
        asyncio.run(replayed.record(a_call()))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.jsonl: expected a file of records"):
        Replayed(tmp_path / "nowhere.jsonl")
