"""Bakeoffs on a thread of their own: one at a time, told as they go, cancelled, resumed, and kept."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from threading import Event as Flag

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from db.commands import Command, Commands
from db.engine import transaction
from db.events import Event, Events
from desk.bakeoff_room import BakeoffRoom
from desk.settings import Settings
from evals.experiment import CALLS
from evals.json_lines import read_lines
from evals.recordings import Line
from fund.clock import FixedClock
from fund.errors import BudgetError, QueryRefusedError, TradingHaltedError
from graph.chat_events import ChatEvent, Progress
from support.database import DatabaseServer, own_database
from support.desk_records import NOW
from support.llms import KEY
from support.mandates import a_mandate
from tools.bakeoffs import BakeoffEnd

DATASETS = ("risk_management",)
ANSWERS = 96 * 1 * 3
"""Cases, trials, and the rules with two baselines."""


@pytest.fixture
def own(database_server: DatabaseServer) -> Iterator[Engine]:
    with own_database(database_server) as engine:
        yield engine


@pytest.fixture
def room(own: Engine, tmp_path: Path) -> Iterator[BakeoffRoom]:
    with closing(a_room(own, tmp_path)) as made:
        yield made


def a_room(engine: Engine, folder: Path, **changes: object) -> BakeoffRoom:
    settings = Settings.load(env_file=None, data_dir=folder, provider="offline", **changes)
    return BakeoffRoom(settings, a_mandate(), engine, FixedClock(NOW))


def confirmed(engine: Engine, room: BakeoffRoom, command_id: str, **changes: object) -> str:
    """Keep a command as its owner's click leaves it."""
    with transaction(engine) as connection:
        args = {**room.plan(["risk officer"], 1), **changes}
        named = {"user_id": "owner", "now": NOW}
        Commands(connection).propose(command_id, "evaluate", args, thread_id="thread", **named)
        Commands(connection).confirm(command_id, **named)
    return command_id


def command(engine: Engine, command_id: str) -> Command:
    with transaction(engine) as connection:
        found = Commands(connection).get(command_id)
    assert found is not None
    return found


def events(engine: Engine) -> list[Event]:
    with transaction(engine) as connection:
        return [each.event for each in Events(connection).latest(kind="bakeoff")]


async def watched(room: BakeoffRoom, command_id: str) -> tuple[BakeoffEnd, list[ChatEvent]]:
    seen: list[ChatEvent] = []
    return await room.watched(command_id, seen.append), seen


def test_what_is_asked_in_words_becomes_datasets_and_what_is_none_is_refused(room: BakeoffRoom) -> None:
    assert room.plan(["validator", "risk officer"], None) == {
        "datasets": ["validator_patterns", "risk_management"],
        "trials": 4,
        "most_usd": "0.00",
    }
    assert room.plan(["portfolio manager"], 1)["datasets"] == ["robustness"]
    with pytest.raises(QueryRefusedError, match=r"a bakeoff is over a dataset .* asked was 'astrology'"):
        room.plan(["astrology"], None)
    with pytest.raises(QueryRefusedError, match="1 to 100 times, asked was 0"):
        room.plan([], 0)


def test_a_ticket_names_who_is_asked_who_is_skipped_and_the_most_it_may_cost(
    own: Engine, tmp_path: Path
) -> None:
    keys: dict[str, object] = {"openai_api_key": SecretStr(KEY), "openai_llm": "gpt-99"}
    with closing(a_room(own, tmp_path, **keys)) as room, transaction(own) as connection:
        args = room.plan(["risk officer"], 2)
        asks, cases, skipped, paid = room.told(connection, args)
    assert asks == "Asks openai:gpt-99 and offline rules, no LLM, beside the baselines: 768 answers."
    assert cases == "Datasets: risk management (96 cases)."
    assert "DESK_ANTHROPIC_API_KEY is not set" in skipped
    assert Decimal(args["most_usd"]) > 0
    assert paid.startswith(f"Costs at most {args['most_usd']} USD, within the ")


async def test_a_bakeoff_is_told_as_it_goes_and_its_end_is_kept(
    own: Engine, room: BakeoffRoom, tmp_path: Path
) -> None:
    assert room.last() is None
    end, seen = await watched(room, confirmed(own, room, "cmd-first"))
    assert {type(event) for event in seen} == {Progress}
    last = seen[-1]
    assert isinstance(last, Progress)
    assert (last.done, last.total) == (ANSWERS, ANSWERS)
    result = end.result
    assert result is not None
    assert result == room.last()
    (found,) = result.datasets
    assert "skipped" not in found.verdict
    assert found.scores[0].contestant == "offline rules, no LLM"
    assert all(score.n == 96 and score.low is not None for score in found.scores)
    assert result.page == f"/evals/{result.experiment}"
    kept = command(own, "cmd-first").result
    assert kept is not None
    assert (kept["experiment"], kept["asked"]) == (result.experiment, ANSWERS)
    (event,) = events(own)
    assert event.text.startswith("the bakeoff has ended; risk_management: ")
    assert room.under_way() == ""
    with transaction(own) as connection:
        *_, on_file, took = room.told(connection, room.plan(["risk officer"], 1))
    assert on_file == f"{ANSWERS} of them are on file and are not asked again."
    assert took.endswith(f" s for {ANSWERS} answers.")


async def test_beside_one_under_way_another_is_refused_and_it_is_cancelled_in_words(
    own: Engine, room: BakeoffRoom, tmp_path: Path
) -> None:
    held = Held(room)
    running = asyncio.ensure_future(watched(room, confirmed(own, room, "cmd-first")))
    await held.reached()
    assert "a bakeoff is under way, " in room.under_way()
    assert room.watches("thread") == "cmd-first"
    with pytest.raises(QueryRefusedError, match="this one was not started"):
        room.begin(confirmed(own, room, "cmd-second"))
    assert "refused" in (command(own, "cmd-second").result or {})
    assert room.stop("owner").startswith("The bakeoff is cancelled at ")
    held.let_go()
    end, _ = await running
    assert end.result is None
    assert end.stopped.startswith("Cancelled by owner at ")
    assert events(own)[0].text.startswith("the bakeoff was cancelled; ")
    with pytest.raises(QueryRefusedError, match="no bakeoff is under way"):
        room.stop("owner")
    room.go_on()
    assert room.under_way() == ""


async def test_a_desk_that_ends_leaves_its_bakeoff_to_the_next_start_and_no_call_is_repeated(
    own: Engine, room: BakeoffRoom, tmp_path: Path
) -> None:
    held = Held(room)
    running = asyncio.ensure_future(watched(room, confirmed(own, room, "cmd-first")))
    await held.reached()
    room.ending = lambda: True
    held.let_go()
    with pytest.raises(TradingHaltedError, match="goes on with the next start"):
        await running
    assert command(own, "cmd-first").result is None
    (calls,) = tmp_path.glob(f"evals/*/{CALLS}")
    before = [line.call_id for line in read_lines(calls, Line)]
    with closing(a_room(own, tmp_path)) as again:
        again.go_on()
        end, _ = await watched(again, "cmd-first")
        assert end.result is not None
        kept = command(own, "cmd-first").result or {}
    assert 0 < kept["asked"] < ANSWERS
    asked = [line.call_id for line in read_lines(calls, Line)]
    assert asked[: len(before)] == before
    assert 0 < len(before) < len(asked) == len(set(asked))


async def test_closing_the_stream_that_watches_cancels_the_bakeoff(own: Engine, room: BakeoffRoom) -> None:
    held = Held(room)
    running = asyncio.ensure_future(watched(room, confirmed(own, room, "cmd-first")))
    await held.reached()
    running.cancel()
    await asyncio.wait([running], timeout=0)
    held.let_go()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "Cancelled by the owner at " in (command(own, "cmd-first").result or {})["cancelled"]
    assert (room.under_way(), room.going(), room.watches("thread")) == ("", None, None)


def test_what_was_never_confirmed_is_not_begun(own: Engine, room: BakeoffRoom) -> None:
    with transaction(own) as connection:
        Commands(connection).propose(
            "cmd-open", "evaluate", room.plan([], 1), user_id="owner", thread_id=None, now=NOW
        )
    for command_id in ("cmd-open", "cmd-nowhere"):
        with pytest.raises(QueryRefusedError, match="expected a bakeoff that was confirmed"):
            room.begin(command_id)
    room.go_on()
    assert room.under_way() == ""


def test_of_two_that_a_desk_left_behind_the_newer_goes_on(own: Engine, room: BakeoffRoom) -> None:
    confirmed(own, room, "cmd-a")
    confirmed(own, room, "cmd-b")
    room.go_on()
    room.begin("cmd-a").result()
    assert "asked" in (command(own, "cmd-a").result or {})
    assert "another bakeoff was confirmed after it" in (command(own, "cmd-b").result or {})["refused"]


def test_what_costs_more_by_now_than_was_confirmed_is_not_begun(own: Engine, tmp_path: Path) -> None:
    keys: dict[str, object] = {"openai_api_key": SecretStr(KEY), "openai_llm": "gpt-99"}
    dear = pytest.raises(BudgetError, match=r"at most the 0\.00 USD that were confirmed")
    with closing(a_room(own, tmp_path, **keys)) as room, dear:
        room.begin(confirmed(own, room, "cmd-dear", most_usd="0.00")).result()
    assert "failed" in (command(own, "cmd-dear").result or {})
    assert not list(tmp_path.glob("evals/*"))


class Held:
    """Holds a room's thread at an answer until it is let go."""

    def __init__(self, room: BakeoffRoom, at: int = 20) -> None:
        self._here, self._go = Flag(), Flag()

        def busy() -> bool:
            going = room.going()
            if going is not None and going.done >= at and not self._go.is_set():
                self._here.set()
                self._go.wait(20)
            return False

        room.busy = busy

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._here.wait, 20)

    def let_go(self) -> None:
        self._go.set()
