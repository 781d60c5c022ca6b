"""How fast the past is played: by the committee with ledger and database, and by a rule alone."""

from collections.abc import Callable, Iterator
from datetime import date
from time import perf_counter, process_time

import numpy as np

from db.engine import transaction
from desk.bootstrap import Desk
from fund.backtest.engine import run_backtest
from fund.backtest.strategies import EqualWeight, Momentum121
from fund.cycle import Strategy
from support.bench_desk import first_start, open_bench_desk, scratch
from support.benchmark import Figure, median, single, timed

NAMES, REPEATS, ADVANCED = 20, 5, 15


def measure() -> Iterator[Figure]:
    """Play the past on a desk of its own, every other session with checkpoints; then rules alone."""
    with open_bench_desk(scratch() / "replayed") as desk:
        yield from _replayed(desk)
        yield from _advanced(desk)
        for rule in (EqualWeight(NAMES), Momentum121(NAMES)):
            yield _rule_alone(desk, rule)
    (stage,) = [stage for stage in first_start().stages if stage.label == "Replaying the past"]
    yield single("mean over the replay of a first start, a session", "ms", 1000 * stage.seconds / stage.count)


def _replayed(desk: Desk) -> Iterator[Figure]:
    """Time every session that a first start plays, one way and the other in turn."""
    due = [s for s in desk.unplayed() if s <= desk.last_replayed and desk.forecasts.by_ticker(s)]
    with transaction(desk.engine) as connection:
        desk.recollector.remember_before(connection, due[0])
    times = [_timed(desk.play if number % 2 else desk.replay, day) for number, day in enumerate(due)]
    for first, what in ((0, "replay"), (1, "with checkpoints, as in `advance`")):
        wall, cpu = zip(*times[first::2], strict=True)
        yield median(f"{what}, a session", "ms", wall, bound=60)
        yield median(f"{what}, our processor time of it", "ms", cpu)


def _advanced(desk: Desk) -> Iterator[Figure]:
    """Time sessions beyond the training, whose forecasts are computed as they are played."""
    times = [_timed(desk.play, session) for session in desk.unplayed()[: ADVANCED + 1]]
    wall, cpu = zip(*times[1:], strict=True)
    yield median("`advance`, live forecasts included, a session", "ms", wall)
    yield median("`advance`, our processor time of it", "ms", cpu)
    yield single("`advance`, the first session in a process", "ms", times[0][0])


def _timed(play: Callable[[date], object], session: date) -> tuple[float, float]:
    """Return milliseconds on the wall and of this process."""
    started, worked = perf_counter(), process_time()
    play(session)
    return 1000 * (perf_counter() - started), 1000 * (process_time() - worked)


def _rule_alone(desk: Desk, rule: Strategy) -> Figure:
    """Time a backtest over every session with members to choose from, under the desk's mandate."""
    panel, last = desk.history.panel, desk.history.last_session
    first = panel.sessions[int(np.argmax(np.isfinite(panel.close).sum(axis=1) > NAMES))]
    runs = timed(lambda: run_backtest(rule, desk.history, desk.mandate, first, last), repeats=REPEATS)
    sessions = len(desk.history.calendar.sessions(first, last))
    per_session = [1000 * seconds / sessions for seconds in runs]
    return median(f"backtest, {rule.name}, {sessions} sessions, a session", "ms", per_session, bound=1)
