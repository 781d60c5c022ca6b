"""The desk on the real clock: bars come in by the feed, exactly what is due is played, as a replay would."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import polars as pl
import pytest

from db.engine import transaction
from db.events import Events
from db.jobs import Jobs
from db.trading_state import TradingState
from db.verify import verify_ledger
from desk.bootstrap import open_desk
from desk.played import Played
from desk.replay import replay_past
from desk.running import RunningDesk
from desk.schedule.waking import waking
from desk.setting_groups import Schedule
from fund.errors import ConfigError, QueryRefusedError
from support.fake_desk import FakeConversation
from support.feeds import BARS, bars_of, but_for, put_bars, revised
from support.kept_records import kept_in
from support.live_stage import CALENDAR, Stage, staged
from support.rule_server import KEY, LLM, rule_server
from support.started_desks import settings_for

pytest_plugins = ["support.desks", "support.live_desks"]
pytestmark = pytest.mark.long

PATIENCE_SECONDS = 60.0
UNTRAINED = Schedule(retrain_day="thursday", evals="off")
"""No such day lies between the first and the last the test lives through: a replay trains by another rule."""
OF_THE_CLOCK = {"slot_missed", "books_verified", "hearing_heard"}
"""Kinds of events that only a desk on the real clock has."""


def test_live_days_leave_what_a_replay_of_the_same_data_leaves(stage: Stage, tmp_path: Path) -> None:
    days = stage.days
    with stage.desk(schedule=UNTRAINED) as live:
        assert live.round() == ()
        with transaction(live.desk.engine) as connection:
            for job in ("discovery", "forecasters"):
                Jobs(connection).pause(job, paused=True, by="a replay, which has none", at=stage.clock.now())
        stage.bring(days[1])
        stage.clock.move(CALENDAR.decision_time(days[1]) - timedelta(seconds=1))
        assert live.round() == ()
        stage.evening(days[1])
        assert live.round() == (days[1],)
        stage.bring(days[1])
        assert live.round() == ()
    stage.bring(days[3])
    stage.evening(days[3])
    with stage.desk(schedule=UNTRAINED) as live:
        assert live.last == days[1]
        assert live.round() == (days[2], days[3])
        stage.evening(days[4])
        assert live.round() == ()
        stage.bring(days[4])
        assert live.round() == (days[4],)
        with transaction(live.desk.engine) as connection:
            assert verify_ledger(connection) == ()
    replayed = tmp_path / "replayed"
    with closing(open_desk(settings_for(replayed, stage.source))) as desk:
        replay_past(desk)
        for session in days[1:]:
            desk.play(session)
    lived, reference = kept_in(stage.folder).tables, kept_in(replayed).tables
    assert f"missed-daily-{days[2]}" in {row[0] for row in lived["events"]}
    lived["events"] = [row for row in lived["events"] if row[2] not in OF_THE_CLOCK]
    assert [name for name in reference if lived[name] != reference[name]] == []
    assert reference["orders"]
    assert reference["memories"]


def test_a_live_folder_is_not_opened_without_its_feed(stage: Stage) -> None:
    with pytest.raises(ConfigError, match="this desk runs on the real clock: set DESK_FEED to its feed"):
        open_desk(settings_for(stage.folder, stage.bundle), clock=stage.clock)
    with stage.desk() as live:
        assert live.last == stage.days[0]


def test_a_session_waits_until_nearly_all_its_bars_are_there(stage: Stage) -> None:
    days = stage.days
    stage.bring(days[1])
    whole = bars_of(stage.feed)
    names = whole.filter(pl.col("date") == days[1])["symbol"].to_list()
    put_bars(stage.feed, but_for(whole, days[1], names[:12]))
    stage.evening(days[1])
    with stage.desk() as live:
        assert live.round() == ()
        assert live.page.waits_for.startswith(f"waiting for the bars of {days[1]}: 12 of ")
        put_bars(stage.feed, whole.filter((pl.col("date") != days[1]) | (pl.col("symbol") != "SPY")))
        assert live.round() == ()
        assert live.page.waits_for.endswith("SPY is missing")
        put_bars(stage.feed, whole)
        assert live.round() == (days[1],)
        assert live.page.waits_for == f"waiting for the decision time of {days[2]}, 16:30 in New York"


def half_written(stage: Stage) -> None:
    whole = (stage.feed / BARS).read_bytes()
    (stage.feed / BARS).write_bytes(whole[: len(whole) // 2])


def conflicting(stage: Stage) -> None:
    put_bars(stage.feed, revised(bars_of(stage.feed), "SPY", stage.days[0]))


def with_a_gap(stage: Stage) -> None:
    stage.bring(stage.days[2])
    put_bars(stage.feed, bars_of(stage.feed).filter(pl.col("date") != stage.days[1]))


def gone(stage: Stage) -> None:
    shutil.rmtree(stage.feed)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (half_written, "damaged"),
        (conflicting, "a fact is never updated"),
        (with_a_gap, "DESK_BUNDLE"),
        (gone, "bring the folder back"),
    ],
)
def test_a_feed_that_cannot_be_believed_turns_health_red_and_is_tried_again(
    stage: Stage, spoil: Callable[[Stage], None], said: str
) -> None:
    stage.bring(stage.days[1])
    spoil(stage)
    stage.evening(stage.days[2])
    with stage.desk() as live:
        assert live.round() == ()
        ok, detail = live.market_health
        assert not ok
        assert said in detail
        assert live.round() == ()
        stage.bring(stage.days[2])
        assert live.round() == stage.days[1:3]
        assert live.market_health[0]


def test_a_bar_that_is_left_out_turns_health_red_until_it_is_corrected(stage: Stage) -> None:
    stage.bring(stage.days[1])
    whole = bars_of(stage.feed)
    bad = (pl.col("symbol") == "AAPL") & (pl.col("date") == stage.days[1])
    put_bars(
        stage.feed, whole.with_columns(pl.when(bad).then(-1.0).otherwise(pl.col("close")).alias("close"))
    )
    stage.evening(stage.days[1])
    with stage.desk() as live:
        assert live.round() == (stage.days[1],)
        ok, detail = live.market_health
        assert not ok
        assert detail.startswith(f"1 row of the feed was left out, the first: {BARS} AAPL {stage.days[1]}: ")
        put_bars(stage.feed, whole)
        assert live.round() == ()
        assert live.market_health[0]


def test_a_row_of_no_price_that_is_left_out_is_told_while_health_stays_green(stage: Stage) -> None:
    file = stage.feed / "headlines.parquet"
    with stage.desk() as live:
        assert live.round() == ()
        assert "left out" not in live.market_health[1]
        pl.read_parquet(file).head(1).with_columns(title=pl.lit("")).write_parquet(file)
        assert live.round() == ()
        ok, detail = live.market_health
    assert ok
    assert "1 row of the feed was left out, the first: headlines.parquet" in detail
    assert "expected a title, found it empty" in detail


def test_a_first_start_replays_what_the_feed_has_beyond_the_bundle(
    begun: Path, small_bundle: Path, days: tuple[date, ...], tmp_path: Path
) -> None:
    stage = staged(tmp_path, small_bundle, days)
    shutil.copytree(begun / "bundle", stage.bundle)
    stage.bring(days[2])
    stage.clock.move(CALENDAR.decision_time(days[2]) - timedelta(minutes=1))
    with stage.desk() as live:
        assert live.last == days[1]
        assert live.desk.sources[0].last == days[1]
        stage.evening(days[2])
        assert live.round() == (days[2],)


def test_the_clock_cannot_be_advanced_and_a_pause_holds(stage: Stage) -> None:
    with stage.desk() as live:
        with pytest.raises(QueryRefusedError, match="real clock, which cannot be advanced"):
            asyncio.run(live.worker.advance(1, lambda event: None))
        status = live.worker.status()
        assert (status.mode, status.next_session, status.unplayed) == ("live", stage.days[1], None)
        assert live.page.decides_at == CALENDAR.decision_time(stage.days[1])
        with transaction(live.desk.engine) as connection:
            TradingState(connection).pause(by="owner", reason="holiday", at=stage.clock.now())
        stage.bring(stage.days[1])
        stage.evening(stage.days[1])
        assert live.round() == (stage.days[1],)
        with transaction(live.desk.engine) as connection:
            assert verify_ledger(connection) == ()
        assert live.desk.player.book().positions
    (halted,) = (row for row in kept_in(stage.folder).tables["cycles"] if row[0] == f"daily-{stage.days[1]}")
    assert halted[4] == "halted"


def test_a_round_that_fails_is_told_and_the_next_one_tries_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.bring(stage.days[1])
    stage.evening(stage.days[1])
    with stage.desk() as live:

        def broken(session: date) -> None:
            raise OSError("the disk is on fire")

        with monkeypatch.context() as patched:
            patched.setattr(live.desk, "catch_up", broken)
            assert live.round() == ()
            assert live.round() == ()
        assert live.worker.failed == "OSError"
        with transaction(live.desk.engine) as connection:
            (told,) = Events(connection).latest(kind="round_failed")
        assert told.event.text.endswith("and tries again: OSError")
        assert told.event.data == {"topic": "round_failed: OSError"}
        assert live.round() == (stage.days[1],)
        assert live.worker.failed == ""


async def test_a_served_desk_keeps_the_time_by_itself_until_it_is_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.bring(stage.days[1])
    stage.evening(stage.days[1])
    played, released = Event(), asyncio.Event()

    async def release() -> None:
        released.set()

    with stage.desk() as live:

        def told(session: date) -> Played:
            done = catch_up(session)
            played.set()
            return done

        catch_up = live.desk.catch_up
        monkeypatch.setattr(live.desk, "catch_up", told)
        running = RunningDesk(live.desk, live.worker, FakeConversation(), release)
        assert running.mode == "live"
        timers = waking(live.worker.runner.jobs, live.worker.runner.calendar, live.worker.keep_time)
        timers.start()
        assert await asyncio.to_thread(played.wait, PATIENCE_SECONDS)
        await running.stop()
        timers.shutdown(wait=False)
        assert released.is_set()
        assert live.last == stage.days[1]
        assert all(item.ok for item in running.health())
        with pytest.raises(QueryRefusedError, match="real clock"):
            await live.worker.advance(1, lambda event: None)


def test_a_desk_that_is_closing_plays_nothing_more(stage: Stage) -> None:
    stage.bring(stage.days[2])
    stage.evening(stage.days[2])
    with stage.desk() as live:
        live.worker.close()
        assert live.round() == ()


def test_an_llm_on_time_sees_names_and_dates_and_a_late_one_does_not(stage: Stage) -> None:
    days = stage.days
    with rule_server() as server:
        asks = {
            "provider": "compatible",
            "compatible_base_url": f"{server.url}/v1",
            "compatible_llm": LLM,
            "compatible_api_key": KEY,
        }
        with stage.desk(**asks) as live:
            stage.bring(days[1])
            stage.evening(days[1])
            assert live.round() == (days[1],)
            on_time = "".join(prompt for _, prompt in server.asked)
            server.asked.clear()
            stage.bring(days[2])
            stage.clock.move(CALENDAR.open_at(days[3]))
            assert live.round() == (days[2],)
            late = "".join(prompt for _, prompt in server.asked)
    assert days[1].isoformat() in on_time
    assert "AAPL" in on_time
    assert late
    assert days[2].isoformat() not in late
    assert "AAPL" not in late
