"""What the watch tells, case by case, and what it must not tell."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from fund.market.ticks import Tick
from fund.watching.rules import MonitorRules
from fund.watching.trigger import Trigger
from fund.watching.watch import Watch
from support.ticks import CLOSE, DAY, OPEN, VIX, a_reference, a_tick, a_watch, at

FIVEFOLD = MonitorRules(volume_ratio=Decimal(5))


def told(watch: Watch, ticks: Iterable[Tick]) -> list[Trigger]:
    """What a watch tells of ticks that come at once."""
    return [trigger for tick in ticks for trigger in watch.take((tick,), tick.at)]


def kinds(triggers: Iterable[Trigger]) -> list[str]:
    return [trigger.kind for trigger in triggers]


def drift(
    begin: float, end: float, *, first: int = 0, last: int = 600, step: int = 30, ticker: str = "AAPL"
) -> list[Tick]:
    """Ticks along a straight line, so slow that none looks like an outlier."""
    return [
        a_tick(s, begin + (end - begin) * (s - first) / (last - first), ticker=ticker)
        for s in range(first, last + 1, step)
    ]


def test_a_fall_of_five_percent_within_a_quarter_of_an_hour_is_told_once() -> None:
    (trigger,) = told(a_watch(), drift(100, 94))
    assert (trigger.kind, trigger.ticker, trigger.against, trigger.against_at) == ("move", "AAPL", 100, OPEN)
    assert trigger.value == pytest.approx(94.9)
    assert (trigger.at, trigger.seen_at) == (at(510), at(510))
    assert trigger.reason == (
        "AAPL fell 5.1 % in 8 minutes, from 100.00 USD at 09:30:00 to 94.90 USD at 09:38:30 "
        "(2026-01-13, New York)."
    )


def test_a_rise_counts_from_the_lowest_price_of_the_window() -> None:
    (trigger,) = told(a_watch(), [*drift(100, 97), *drift(97, 102, first=630, last=1200)])
    assert (trigger.against, trigger.change) == (97.0, pytest.approx(0.05, abs=0.003))
    assert "rose" in trigger.reason


def test_the_same_move_in_more_than_a_quarter_of_an_hour_is_not_told() -> None:
    assert told(a_watch(), drift(100, 94, last=1200)) == []


@pytest.mark.parametrize(("second", "heard"), [(899, True), (900, False)])
def test_the_window_ends_to_the_second(second: int, heard: bool) -> None:
    ticks = [
        a_tick(0, 100),
        *(a_tick(60 * n, 98.5) for n in range(1, 13)),
        a_tick(780, 97),
        a_tick(840, 95.5),
    ]
    assert bool(told(a_watch(), [*ticks, a_tick(second, 94.9)])) is heard


def test_a_move_that_goes_on_is_told_again_when_the_cooldown_is_over() -> None:
    triggers = told(a_watch(), drift(100, 60, last=6000))
    gaps = [later.at - earlier.at for earlier, later in pairwise(triggers)]
    assert len(triggers) > 3
    assert min(gaps) >= timedelta(minutes=15)
    assert len({trigger.key for trigger in triggers}) == len(triggers)


def test_each_ticker_cools_by_itself() -> None:
    watch = a_watch(a_reference(), a_reference("MSFT"))
    ticks = sorted([*drift(100, 94), *drift(100, 94, ticker="MSFT")], key=lambda tick: tick.at)
    assert sorted(trigger.ticker for trigger in told(watch, ticks)) == ["AAPL", "MSFT"]


def test_a_gap_at_the_open_is_told_by_the_second_price_that_confirms_it() -> None:
    (trigger,) = told(a_watch(), [a_tick(3, 93), a_tick(4, 93.2), a_tick(5, 93.1)])
    assert (trigger.kind, trigger.at, trigger.seen_at, trigger.against) == ("gap", at(3), at(4), 100)
    assert trigger.reason == (
        "AAPL opened 7.0 % below its previous close: 93.00 USD at 09:30:03 after 100.00 USD "
        "(2026-01-13, New York)."
    )


@pytest.mark.parametrize(
    ("opened", "split"),
    [
        (50.4, "2 for 1"),
        (14.2, "7 for 1"),
        (66.0, "1.5 for 1"),
        (302.0, "1 for 3"),
        (60.0, None),
        (93.0, None),
        (120.0, None),
    ],
)
def test_a_gap_that_a_split_nobody_told_of_would_make_says_so(opened: float, split: str | None) -> None:
    (trigger,) = told(a_watch(), [a_tick(3, opened), a_tick(4, opened)])
    assert trigger.kind == "gap"
    said = (
        f"A split of {split} that is not on record would look the same."
        if split
        else "(2026-01-13, New York)."
    )
    assert trigger.reason.endswith(said)


def test_a_gap_of_less_is_not_told() -> None:
    assert told(a_watch(), [a_tick(3, 95.1), a_tick(4, 95.1), a_tick(5, 95.2)]) == []


def test_a_monitor_that_begins_in_the_middle_of_a_session_saw_no_open() -> None:
    watch = a_watch(since=at(7200))
    assert told(watch, [a_tick(s, 93) for s in range(7200, 7260)]) == []


def test_a_name_that_opens_late_gapped_all_the_same() -> None:
    (trigger,) = told(a_watch(), [a_tick(2400, 90), a_tick(2401, 90)])
    assert trigger.kind == "gap"


def test_a_close_of_another_session_is_compared_with_nothing() -> None:
    watch = a_watch(a_reference(session=DAY - timedelta(days=1)))
    assert told(watch, [a_tick(s, 80) for s in range(5)]) == []


def test_a_fall_after_a_gap_waits_for_the_cooldown() -> None:
    ticks = [a_tick(3, 93), a_tick(4, 93), *drift(93, 86, first=10)]
    assert kinds(told(a_watch(), ticks)) == ["gap"]


def spiking(rate: float, *, volume: float = 3_900_000) -> list[Tick]:
    """A tick a minute, each with as many shares more as `rate` average minutes of the day."""
    return [a_tick(60 * n, 100, n * rate * volume / 390) for n in range(60)]


def test_a_volume_far_above_that_of_the_time_of_day_is_told() -> None:
    watch = a_watch(a_reference(volume=3_900_000), rules=FIVEFOLD)
    quiet = [a_tick(60 * n, 100, 1_228_000 + n * 8_000.0) for n in range(60, 120)]
    busy = [a_tick(60 * n, 100, 2_180_000 + (n - 119) * 80_000.0) for n in range(120, 150)]
    (trigger, *_) = triggers = told(watch, [*quiet, *busy])
    assert set(kinds(triggers)) == {"volume_spike"}
    assert trigger.value / trigger.against >= 5
    assert "times the" in trigger.reason
    assert "in 15 minutes up to 11:" in trigger.reason


def test_the_first_minutes_are_busy_every_day() -> None:
    watch = a_watch(a_reference(volume=3_900_000), rules=FIVEFOLD)
    assert told(watch, spiking(4)) == []


def test_without_an_average_or_a_count_there_is_no_volume_spike() -> None:
    assert told(a_watch(a_reference(volume=None)), spiking(90)) == []
    assert told(a_watch(a_reference(volume=float("nan"))), spiking(90)) == []
    uncounted = [a_tick(60 * n, 100, None) for n in range(60)]
    assert told(a_watch(a_reference(volume=1.0)), uncounted) == []


def test_a_count_that_begins_anew_is_no_spike() -> None:
    watch = a_watch(a_reference(volume=3_900_000), rules=FIVEFOLD)
    before = [a_tick(60 * n, 100, 20_000.0 * n) for n in range(60)]
    after = [a_tick(60 * n, 100, 9_000.0 * (n - 60)) for n in range(60, 90)]
    assert told(watch, [*before, *after]) == []


def test_a_count_that_is_taken_back_is_no_spike() -> None:
    watch = a_watch(a_reference(volume=3_900_000), rules=FIVEFOLD)
    ticks = [a_tick(60 * n, 100, 20_000.0 * n + (1e12 if n == 30 else 0)) for n in range(60)]
    assert told(watch, ticks) == []


def test_a_move_is_told_although_a_volume_spike_just_was_but_not_the_other_way_round() -> None:
    watch = a_watch(a_reference(volume=3_900_000), rules=FIVEFOLD)
    busy = spiking(60)[:12]
    assert kinds(told(watch, busy)) == ["volume_spike"]
    falling = [
        a_tick(tick.at.timestamp() - OPEN.timestamp(), tick.price, 9e6)
        for tick in drift(100, 94, first=700, last=1000)
    ]
    assert kinds(told(watch, falling)) == ["move"]
    assert told(watch, [a_tick(1000 + n, 94, 9e6 + n * 1e7) for n in range(1, 300)]) == []


def test_a_jump_of_the_volatility_index_is_told_and_a_fall_is_not() -> None:
    watch = a_watch(a_reference(VIX, close=18))
    (trigger,) = told(watch, drift(18, 21.2, ticker=VIX))
    assert trigger.kind == "volatility_jump"
    assert trigger.reason.startswith("The volatility index ^VIX rose 15.1 % since 09:30:00: 18.00 to 20.72")
    assert told(a_watch(a_reference(VIX, close=18)), drift(18, 14, ticker=VIX)) == []


def test_a_volatility_index_that_opens_high_is_told_against_its_close() -> None:
    watch = a_watch(a_reference(VIX, close=18))
    (trigger,) = told(watch, [a_tick(n, 21.5, ticker=VIX) for n in range(4)])
    assert (trigger.kind, trigger.against, trigger.against_at) == ("volatility_jump", 18, None)
    assert "since its previous close of 18.00" in trigger.reason


def test_rising_to_the_level_is_told_once_a_session_even_when_a_cooldown_held_it_back() -> None:
    watch = a_watch(a_reference(VIX, close=25))
    ticks = [*drift(25, 29.5, last=540, ticker=VIX), *drift(29.5, 31, first=570, last=6000, ticker=VIX)]
    assert kinds(told(watch, ticks)) == ["volatility_jump", "volatility_level"]
    again = [
        *drift(31, 29, first=6030, last=9000, ticker=VIX),
        *drift(29, 31, first=9030, last=12000, ticker=VIX),
    ]
    assert told(watch, again) == []


def test_an_index_that_stood_above_the_level_before_did_not_rise_to_it() -> None:
    watch = a_watch(a_reference(VIX, close=33))
    assert told(watch, drift(33, 34, ticker=VIX)) == []


@pytest.mark.parametrize("price", [106.0, 94.0, 1000.0, 0.01, 50.0])
def test_a_print_that_the_next_tick_takes_back_is_dropped_and_tells_nothing(price: float) -> None:
    watch = a_watch()
    ticks = [a_tick(0, 100), a_tick(10, price), *(a_tick(20 + n, 100.1) for n in range(600))]
    assert told(watch, ticks) == []
    assert watch.refused["outlier"] == 1
    assert watch.believed == 601


def test_two_bad_prints_on_either_side_are_both_dropped() -> None:
    watch = a_watch()
    assert told(watch, [a_tick(0, 100), a_tick(1, 110), a_tick(2, 88), a_tick(3, 100), a_tick(4, 100)]) == []
    assert watch.refused["outlier"] == 2


def test_a_bad_first_print_is_dropped_even_where_no_close_is_known() -> None:
    watch = a_watch(a_reference(close=None))
    assert told(watch, [a_tick(0, 140), a_tick(1, 100), a_tick(2, 100.2), a_tick(3, 100.1)]) == []
    assert watch.refused["outlier"] == 1


def test_a_real_jump_is_told_by_the_tick_after_it_with_its_own_time() -> None:
    (trigger,) = told(a_watch(), [a_tick(0, 100), a_tick(10, 92), a_tick(11, 91.8), a_tick(12, 92)])
    assert (trigger.at, trigger.seen_at, trigger.value) == (at(10), at(11), 92)


def test_a_crash_in_several_jumps_is_told() -> None:
    (trigger,) = told(a_watch(), [a_tick(0, 100), a_tick(1, 96), a_tick(2, 91), a_tick(3, 85), a_tick(4, 80)])
    assert trigger.value == 91


def test_a_jump_that_trading_stops_after_is_believed_when_nothing_took_it_back_for_two_minutes() -> None:
    watch = a_watch()
    assert told(watch, [a_tick(0, 100), a_tick(10, 92)]) == []
    assert watch.settle(at(129)) == ()
    (trigger,) = watch.settle(at(130))
    assert (trigger.at, trigger.seen_at) == (at(10), at(130))
    assert watch.settle(at(131)) == ()


def test_a_price_that_waited_over_the_close_is_forgotten() -> None:
    watch = a_watch()
    told(watch, [Tick(ticker="AAPL", at=CLOSE - timedelta(seconds=9), price=100.0)])
    told(watch, [Tick(ticker="AAPL", at=CLOSE - timedelta(seconds=5), price=90.0)])
    assert watch.settle(CLOSE + timedelta(minutes=5)) == ()
    assert watch.settle(OPEN + timedelta(days=1, minutes=20)) == ()


BAD = [
    (a_tick(60, float("nan")), "unsound"),
    (a_tick(60, float("inf")), "unsound"),
    (a_tick(60, 0.0), "unsound"),
    (a_tick(60, -5.0), "unsound"),
    (a_tick(60, 90.0, -1.0), "unsound"),
    (a_tick(60, 90.0, float("nan")), "unsound"),
    (Tick(ticker="AAPL", at=at(60).replace(tzinfo=None), price=90.0), "unsound"),
    (a_tick(60, 90.0, ticker="TSLA"), "unknown"),
    (a_tick(66, 90.0), "future"),
    (a_tick(3600, 90.0), "future"),
    (a_tick(-1, 90.0), "closed"),
    (a_tick(-86400, 90.0), "late"),
    (a_tick(-1e9, 90.0), "late"),
    (a_tick(1e9, 90.0), "future"),
    (a_tick(29, 90.0), "out_of_order"),
    (a_tick(30, 100.0), "duplicate"),
]


@pytest.mark.parametrize(("tick", "reason"), BAD)
def test_a_bad_tick_is_dropped_with_its_reason_and_tells_nothing(tick: Tick, reason: str) -> None:
    watch = a_watch()
    told(watch, [a_tick(0, 100), a_tick(30, 100)])
    assert watch.take((tick, tick), at(60)) == ()
    assert watch.refused == {reason: 2}
    assert watch.believed == 2


def test_a_tick_as_old_as_the_window_is_late_and_a_younger_one_is_not() -> None:
    watch = a_watch()
    assert watch.take((a_tick(0, 100),), at(900)) == ()
    assert watch.refused == {"late": 1}
    watch.take((a_tick(1, 100),), at(900))
    assert watch.believed == 1


def test_ticks_that_come_late_are_told_with_the_time_they_were_traded() -> None:
    watch = a_watch()
    triggers = [t for tick in drift(100, 94) for t in watch.take((tick,), tick.at + timedelta(minutes=10))]
    assert [(t.at, t.seen_at) for t in triggers] == [(at(510), at(1110))]


def test_a_source_that_tells_everything_again_tells_nothing_new() -> None:
    watch = a_watch()
    ticks = drift(100, 94)
    assert len(told(watch, ticks)) == 1
    assert watch.take(ticks, ticks[-1].at) == ()
    assert watch.refused["out_of_order"] + watch.refused["duplicate"] == len(ticks)


def test_a_clock_that_is_set_back_refuses_ticks_and_repeats_nothing() -> None:
    watch = a_watch()
    assert len(told(watch, drift(100, 94))) == 1
    later = drift(94, 93.9, first=630, last=900)
    assert watch.take(later, at(300)) == ()
    assert watch.refused == {"future": len(later)}
    assert told(watch, later) == []


def test_a_watch_begun_again_names_the_same_news_by_the_same_key() -> None:
    first = told(a_watch(), drift(100, 94))
    again = told(a_watch(since=at(300)), drift(100, 94)[10:])
    assert again == []
    again = told(a_watch(since=at(60)), [tick for tick in drift(100, 94) if tick.at >= at(0)])
    assert [trigger.key for trigger in again] == [trigger.key for trigger in first]


def test_the_window_does_not_reach_over_the_night() -> None:
    watch = a_watch(a_reference(close=None))
    told(watch, [a_tick(23_390, 100), a_tick(23_399, 100)])
    told(watch, [a_tick(86_400, 94), a_tick(86_401, 94), a_tick(86_402, 94)])
    assert watch.believed == 5
    assert told(watch, drift(94, 94.5, first=86_403, last=86_900)) == []


def test_a_reference_for_the_next_session_may_come_before_its_first_tick() -> None:
    watch = a_watch()
    told(watch, [a_tick(0, 100)])
    watch.follow({"AAPL": a_reference(close=50, session=DAY + timedelta(days=1))}, at(86_300))
    assert told(watch, [a_tick(86_400, 50.2), a_tick(86_401, 50.1)]) == [], "a split of two for one"
    assert watch.refused == {}


def test_who_is_followed_no_more_is_unknown() -> None:
    watch = a_watch(a_reference(), a_reference("MSFT"))
    told(watch, [a_tick(0, 100), a_tick(1, 80)])
    watch.follow({"MSFT": a_reference("MSFT")}, at(2))
    assert watch.tickers == ("MSFT",)
    assert watch.settle(at(200)) == ()
    assert watch.take((a_tick(3, 100),), at(3)) == ()
    assert watch.refused == {"unknown": 1}


def test_one_rule_can_be_another() -> None:
    rules = MonitorRules(move=Decimal("0.03"), cooldown_minutes=5)
    triggers = told(a_watch(rules=rules), drift(100, 90, last=900))
    assert len(triggers) >= 2
    assert triggers[0].value == pytest.approx(97, abs=0.4)
