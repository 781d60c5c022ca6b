"""Thirty days alone: nothing lost, nothing twice, and no more memory or connections than before."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from support.feeds import bars_of, cut_bundle
from support.live_stage import CALENDAR, staged
from support.started_desks import UNPLAYED
from support.unattended import Ordeal

pytest_plugins = ["support.desks"]

DAYS, SEED = 30, 5
MOST_MB_A_DAY = 1.0


def test_thirty_days_alone_lose_nothing_and_do_nothing_twice(
    small_bundle: Path, tmp_path: Path, scale: float, reached: Callable[..., None]
) -> None:
    last = bars_of(small_bundle)["date"].max()
    assert isinstance(last, date)
    days = CALENDAR.last_sessions(last, UNPLAYED + 1)[: max(4, round(DAYS * scale)) + 1]
    cut_bundle(small_bundle, tmp_path / "bundle", days[0])
    stage = staged(tmp_path, small_bundle, days)
    stage.bring(days[0])
    stage.evening(days[0])
    found = Ordeal(stage, SEED).live(days[1:])
    reached(
        "days alone",
        days=found.days,
        cycles=found.cycles,
        hearings=found.hearings,
        slots=found.slots,
        alerts=found.alerts,
        alerts_told_again=found.repeated_alerts,
        faults=dict(found.faults),
        MB_a_day=round(found.slope, 3),
        memory=[round(each) for each in found.memory],
        connections=found.connections,
        files=found.files,
    )
    assert max(found.connections) <= found.connections[0] + 2
    assert found.slope < MOST_MB_A_DAY or len(days) < DAYS
