"""What watching 500 tickers costs, one tick a second each, and how soon a cycle is asked for.

In real time, over loopback: the vendor and the desk are another process, so the processor time is the
monitor's alone (of the stream, with the thread that pushes the ticks). A delay runs from the first price five
percent down to the request that reached the desk; a jump in one tick is told once its next tick, a second
later, confirms it.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import perf_counter, process_time

import httpx

from desk.monitor.counts import Counts
from desk.monitor.courier import Courier
from desk.monitor.door import DeskDoor
from desk.monitor.http_ticks import HttpTicks
from desk.monitor.inflow import Inflow
from desk.monitor.patrol import Patrol
from desk.monitor.replaying import Kept
from desk.monitor.submission import Outlet
from fund.clock import Clock, FixedClock, SystemClock
from fund.market.calendar import nyse
from fund.market.ticks import Tick, TickSource
from fund.watching.rules import MonitorRules
from fund.watching.watch import Watch
from support.benchmark import Figure, median, percentile_95, single
from support.monitor_feed import Tape, monitor_feed
from support.monitors import FakeRoll
from support.ticks import OPEN, VIX, a_reference

TICKERS = 500
SECONDS = 60
PIECES = 6
IN_SESSION = OPEN + timedelta(hours=2)


class ShiftedClock:
    """The machine's clock, put into a session."""

    def __init__(self) -> None:
        self.shift = IN_SESSION - SystemClock().now()

    def now(self) -> datetime:
        return SystemClock().now() + self.shift


def measure() -> Iterator[Figure]:
    """Watch for a minute by asking every second, then by a stream, then as fast as it goes."""
    for way in ("asked every second", "a stream"):
        shares, delays = _watched(stream=way == "a stream")
        yield median(f"{TICKERS} tickers, {way}: share of a core", "%", shares, bound=20)
        for what in ("slide", "jump"):
            yield median(f"{TICKERS} tickers, {way}: delay of a {what}", "s", delays[what])
            yield percentile_95(f"{TICKERS} tickers, {way}: delay of a {what}", "s", delays[what], bound=2)
    yield single(f"one tick of {TICKERS} tickers, as fast as it goes", "us", 1e6 * _fast())


def _watched(*, stream: bool) -> tuple[list[float], dict[str, list[float]]]:
    """Watch for a minute; return the share of a core in each piece of it, and the delays by what was told."""
    clock, counts, inflow, ending = ShiftedClock(), Counts(), Inflow("stream"), Event()
    tape = Tape(clock.now().timestamp() + 2, TICKERS)
    with ExitStack() as exits:
        url = exits.enter_context(monitor_feed(tape.begun, clock.shift.total_seconds(), TICKERS))
        door = DeskDoor(url, "desk_key", clock)
        exits.callback(door.close)
        courier = Courier(door, counts)
        exits.callback(courier.close)
        source = inflow if stream else HttpTicks(f"{url}/ticks")
        patrol = _patrol(source, clock, courier, counts)
        works = [patrol.run, *([lambda: _push(inflow, tape, clock, ending)] if stream else [])]
        threads = [Thread(target=work) for work in works]
        _until(tape.begun + 1, clock)
        courier.start()
        for thread in threads:
            thread.start()
        shares = list(_shares())
        ending.set()
        patrol.close()
        for thread in threads:
            thread.join()
        received = httpx.get(f"{url}/received", trust_env=False).json()
    return shares, _delays(received, tape)


def _patrol(source: TickSource, clock: Clock, outlet: Outlet, counts: Counts) -> Patrol:
    references = [a_reference(f"T{n:03}", volume=40_000_000.0) for n in range(TICKERS)]
    return Patrol(
        source=source,
        watch=Watch(MonitorRules(), nyse(), volatility_index=VIX),
        roll=FakeRoll(*references),
        outlet=outlet,
        calendar=nyse(),
        clock=clock,
        every_seconds=1.0,
        many_from=5,
        counts=counts,
        arrived=source.arrived if isinstance(source, Inflow) else None,
    )


def _shares() -> Iterator[float]:
    """Yield how much of a core this process took, in percent, piece by piece of the time."""
    for _ in range(PIECES):
        begun, used = perf_counter(), process_time()
        Event().wait(SECONDS / PIECES)
        yield 100 * (process_time() - used) / (perf_counter() - begun)


def _push(inflow: Inflow, tape: Tape, clock: Clock, ending: Event) -> None:
    """Push every tick when it is traded, to the hundredth of a second."""
    place = second = 0
    while not ending.wait(0.01):
        now = clock.now().timestamp()
        while tape.at(place, second) <= now:
            inflow.push(_tick(tape, place, second))
            place = (place + 1) % TICKERS
            second += place == 0


def _tick(tape: Tape, place: int, second: int) -> Tick:
    return Tick(
        ticker=tape.names[place],
        at=datetime.fromtimestamp(tape.at(place, second), UTC),
        price=tape.price(place, second),
        volume=1000.0 * second,
    )


def _until(moment: float, clock: Clock) -> None:
    Event().wait(max(0.0, moment - clock.now().timestamp()))


def _delays(received: Sequence[tuple[float, list[str]]], tape: Tape) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"slide": [], "jump": []}
    for at, tickers in received:
        for name in tickers:
            what = "jump" if tape.is_jump(tape.names.index(name)) else "slide"
            found[what].append(at - tape.crossed_at(name))
    return found


def _fast() -> float:
    """Return the processor seconds a tick takes, over ten minutes of ticks that were made before."""
    clock = FixedClock(IN_SESSION)
    tape, inflow = Tape(IN_SESSION.timestamp(), TICKERS), Inflow("stream")
    patrol = _patrol(inflow, clock, Kept(), Counts())
    used, seconds = 0.0, 600
    for second in range(seconds):
        for place in range(TICKERS):
            inflow.push(_tick(tape, place, second))
        clock.move(IN_SESSION + timedelta(seconds=second + 1))
        begun = process_time()
        patrol.look()
        used += process_time() - begun
    return used / (seconds * TICKERS)
