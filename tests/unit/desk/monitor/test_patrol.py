"""The round: when it looks, how it rests, and what it does when the source or the roll fails."""

import json
import logging
from datetime import timedelta
from threading import Event, Thread

import pytest

from desk.monitor.inflow import Inflow
from fund.errors import FeedError
from support.monitors import FakeRoll, Monitored
from support.ticks import CLOSE, OPEN, ScriptedTicks, a_reference, a_tick, at

AWAY = FeedError("the vendor is away")


def test_it_looks_at_its_pace_and_submits_what_is_sudden() -> None:
    source = ScriptedTicks([[a_tick(60 * n, 100 - n)] for n in range(8)])
    monitored = Monitored(source)
    assert [monitored.look_at(60 * n) for n in range(8)] == [60.0] * 8
    (submission,) = monitored.kept.submissions
    assert submission.tickers == ("AAPL",)
    assert submission.reason.startswith("AAPL fell 5.0 % in 5 minutes")
    assert monitored.patrol.counts.triggers == {"move": 1}
    assert source.asked == [("AAPL",)] * 8


@pytest.mark.parametrize(("before_the_open", "rest"), [(30, 30.0), (299, 299.0), (301, 300.0), (3600, 300.0)])
def test_before_the_open_it_sleeps_and_asks_nobody(before_the_open: int, rest: float) -> None:
    source = ScriptedTicks([])
    monitored = Monitored(source)
    assert monitored.look_at(-before_the_open) == rest
    assert (source.asked, monitored.roll.called) == ([], [])


def test_it_sleeps_from_the_close_to_the_next_open() -> None:
    source = ScriptedTicks([])
    monitored = Monitored(source)
    monitored.look_at(23_399)
    assert len(source.asked) == 1
    looks = 0
    while monitored.clock.now() < OPEN + timedelta(days=1):
        rest = monitored.patrol.look()
        monitored.clock.move(max(monitored.clock.now(), CLOSE) + timedelta(seconds=rest))
        looks += 1
    assert monitored.clock.now() == OPEN + timedelta(days=1)
    assert len(source.asked) == 2, "no question between the close and the open"
    assert looks < 300
    monitored.patrol.look()
    assert [hours.session.day for hours in monitored.roll.called] == [13, 14]


def test_the_roll_is_called_at_the_open_and_every_five_minutes() -> None:
    monitored = Monitored(ScriptedTicks([]))
    for minute in range(11):
        monitored.look_at(60 * minute)
    assert len(monitored.roll.called) == 3


def test_a_name_that_joins_the_watchlist_is_watched_from_then_on() -> None:
    monitored = Monitored(ScriptedTicks([]))
    monitored.look_at(0)
    monitored.roll.references["MSFT"] = a_reference("MSFT")
    monitored.look_at(300)
    assert monitored.watch.tickers == ("AAPL", "MSFT")


def test_a_roll_that_fails_leaves_everybody_watched_and_is_called_again() -> None:
    monitored = Monitored(ScriptedTicks([]), FakeRoll(fail=1))
    assert monitored.look_at(0) == 60.0
    assert monitored.watch.tickers == ()
    assert monitored.patrol.problems() == ("FeedError: the roll is away",)
    monitored.look_at(60)
    assert monitored.watch.tickers == ("AAPL",)
    monitored.roll.fail = 2
    monitored.look_at(400)
    monitored.look_at(460)
    assert monitored.watch.tickers == ("AAPL",)
    assert monitored.patrol.counts.roll_failures == 3
    monitored.look_at(520)
    assert monitored.patrol.problems() == ()


def test_a_source_that_fails_is_asked_ever_more_seldom_and_at_its_pace_once_it_is_back() -> None:
    source = ScriptedTicks([AWAY, AWAY, AWAY, AWAY, AWAY, [a_tick(900, 100)], []])
    monitored = Monitored(source)
    rests = [monitored.look_at(60 * n) for n in range(5)]
    assert rests == [60.0, 120.0, 240.0, 300.0, 300.0]
    assert monitored.patrol.problems() == ("the vendor is away",)
    assert monitored.look_at(900) == 60.0
    assert monitored.patrol.problems() == ()
    counts = monitored.patrol.counts
    assert (counts.source_failures, counts.looks, counts.source_problem) == (5, 1, "")


def test_a_source_is_never_asked_faster_than_its_pace() -> None:
    monitored = Monitored(ScriptedTicks([AWAY] * 9), every_seconds=900.0)
    assert {monitored.look_at(900 * n) for n in range(9)} == {900.0}


def test_a_move_during_an_outage_is_told_afterwards_as_long_as_it_is_in_the_window() -> None:
    source = ScriptedTicks([[a_tick(0, 100)], AWAY, [a_tick(300, 94)], [a_tick(360, 94)]])
    monitored = Monitored(source)
    for second in (0, 60, 300, 360):
        monitored.look_at(second)
    (submission,) = monitored.kept.submissions
    assert submission.triggers[0].seen_at == at(360)


def test_a_price_that_waited_is_told_although_nothing_new_came() -> None:
    monitored = Monitored(ScriptedTicks([[a_tick(0, 100)], [a_tick(60, 90)], [a_tick(60, 90)], []]))
    for second in (0, 60, 120, 180):
        monitored.look_at(second)
    assert len(monitored.kept.submissions) == 1


@pytest.mark.parametrize(("pace", "sooner"), [(60.0, 5.0), (1.0, 0.5), (900.0, 75.0)])
def test_a_price_that_waits_is_looked_at_again_soon_and_the_pace_is_kept(pace: float, sooner: float) -> None:
    script = [[a_tick(0, 100)], [a_tick(10, 90)], [], [a_tick(20, 99.5)], [a_tick(30, 90)], [a_tick(31, 90)]]
    monitored = Monitored(ScriptedTicks(script), every_seconds=pace)
    rests = [monitored.look_at(second) for second in (0, 10, 11, 20, 30, 31)]
    assert rests == [pace, sooner, pace - sooner, pace, sooner, pace - sooner]
    (submission,) = monitored.kept.submissions
    assert submission.triggers[0].at == at(30)


def test_a_source_that_fails_while_a_price_waits_is_left_alone_for_the_whole_of_its_pace() -> None:
    monitored = Monitored(ScriptedTicks([[a_tick(0, 100)], [a_tick(10, 90)], AWAY, []]))
    assert [monitored.look_at(second) for second in (0, 10, 15, 75)] == [60.0, 5.0, 60.0, 5.0]


def test_many_at_once_become_one_cycle() -> None:
    tickers = [f"T{n}" for n in range(7)]
    script = [[a_tick(60 * n, 100 - 2 * n, ticker=t) for t in tickers] for n in range(5)]
    monitored = Monitored(ScriptedTicks(script), FakeRoll(*(a_reference(t) for t in tickers)))
    for n in range(5):
        monitored.look_at(60 * n)
    (submission,) = monitored.kept.submissions
    assert submission.tickers == tuple(tickers)


def test_silence_in_an_open_market_is_a_problem_that_is_told() -> None:
    monitored = Monitored(ScriptedTicks([[a_tick(0, 100)], [a_tick(-90_000, 100)]]))
    monitored.look_at(0)
    monitored.look_at(901)
    (problem,) = monitored.patrol.problems()
    assert problem == "no tick was believed for 15 minutes; refused so far: {'late': 1}"
    monitored.look_at(23_400)
    assert monitored.patrol.problems() == (), "a market that is closed is silent"


def test_one_line_of_json_is_logged_for_each_event(caplog: pytest.LogCaptureFixture) -> None:
    source = ScriptedTicks([[a_tick(60 * n, 100 - n)] for n in range(6)])
    monitored = Monitored(source)
    with caplog.at_level(logging.INFO, "conclave.monitor"):
        for n in range(6):
            monitored.look_at(60 * n)
        monitored.look_at(23_400)
    lines = [json.loads(message) for message in caplog.messages]
    assert [line["event"] for line in lines] == ["session_begun", "submitted", "session_ended"]
    assert lines[0]["session"] == "2026-01-13"
    assert (lines[1]["tickers"], lines[1]["kinds"]) == (["AAPL"], ["move"])
    assert all("\n" not in message for message in caplog.messages)


def test_it_ends_when_it_is_closed() -> None:
    source = ScriptedTicks([])
    monitored = Monitored(source)
    monitored.patrol.close()
    monitored.patrol.run()
    assert source.asked == []


def test_it_wakes_up_to_be_closed() -> None:
    asked = Event()

    class Announcing(ScriptedTicks):
        def latest(self, tickers: object) -> tuple[()]:
            asked.set()
            return ()

    monitored = Monitored(Announcing([]), every_seconds=900.0)
    thread = Thread(target=monitored.patrol.run)
    thread.start()
    assert asked.wait(30)
    monitored.patrol.close()
    thread.join(30)
    assert not thread.is_alive()


def test_a_stream_is_looked_at_when_something_came_and_loses_no_tick() -> None:
    inflow = Inflow("stream")
    monitored = Monitored(inflow, now=at(100), every_seconds=900.0, arrived=inflow.arrived)
    told = Event()
    submit = monitored.kept.submit

    def submitted(submission: object) -> None:
        submit(submission)  # type: ignore[arg-type]
        told.set()

    monitored.kept.submit = submitted  # type: ignore[method-assign]
    thread = Thread(target=monitored.patrol.run)
    thread.start()
    for n in range(100):
        inflow.push(a_tick(n, 100 - n / 15))
    assert told.wait(30), "it would have slept for a quarter of an hour"
    monitored.patrol.close()
    thread.join(30)
    monitored.patrol.look()
    assert monitored.watch.believed == 100


def test_a_stream_nobody_looks_at_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.monitor.inflow.MOST_WAITING", 10)
    inflow = Inflow("stream")
    for n in range(25):
        inflow.push(a_tick(n, 100))
    assert inflow.dropped == 15
    assert [tick.at for tick in inflow.latest(())] == [at(n) for n in range(15, 25)]
    assert inflow.latest(()) == []
