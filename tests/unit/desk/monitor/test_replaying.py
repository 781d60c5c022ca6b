"""Replays: what is counted, by which rule, on a recording whose story is known; and the bundle's own."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from desk.cli import FAILED, OK, REFUSED, main
from desk.monitor.recording import Recording
from desk.monitor.replaying import ReplayReport, replay
from fund.clock import FixedClock
from fund.watching.rules import MonitorRules
from support.intraday import Bar, minutes, written
from support.ticks import OPEN, VIX, a_calendar

MINUTES = 60.0


def played(path: Path, bars: list[Bar], *, every_seconds: float = MINUTES) -> ReplayReport:
    clock = FixedClock(OPEN)
    recording = Recording(written(path / "bars.parquet", bars), a_calendar(5), clock)
    return replay(
        recording, clock, a_calendar(5), MonitorRules(), every_seconds=every_seconds, volatility_index=VIX
    )


def falling(minute: int) -> float:
    """A slide of six percent over ten minutes, an hour after the open, and quiet otherwise."""
    return 100.0 - 0.6 * min(max(minute - 60, 0), 10)


def test_a_slide_is_told_once_and_soon(tmp_path: Path) -> None:
    report = played(tmp_path, minutes("AAPL", OPEN, falling))
    assert [trigger.kind for trigger in report.told] == ["move"]
    assert (report.submissions, report.duplicates, report.unseen) == (1, 0, 0)
    assert len(report.delays) == 1
    assert 0 <= report.delays[0] <= MINUTES
    assert report.looks == 391, "one a minute, and one more for the very first price"
    assert (report.second_submissions, report.second_new) == (1, 0), "a second monitor asks for the same"


def test_a_move_that_no_look_sees_is_counted(tmp_path: Path) -> None:
    def dip(minute: int) -> float:
        return {100: 97.0, 101: 94.0, 102: 94.0, 103: 97.0}.get(minute, 100.0)

    report = played(tmp_path, minutes("AAPL", OPEN, dip), every_seconds=900.0)
    assert (report.told, report.unseen) == ((), 2), "the fall, and the rise once the cooldown was over"
    seen = played(tmp_path, minutes("AAPL", OPEN, dip), every_seconds=10.0)
    assert ([trigger.change > 0 for trigger in seen.told], seen.unseen) == ([False, True], 0)


def test_a_gap_between_two_recorded_sessions_is_told(tmp_path: Path) -> None:
    bars = [
        *minutes("AAPL", OPEN, lambda n: 100.0),
        *minutes("AAPL", OPEN + timedelta(days=1), lambda n: 93.0),
    ]
    report = played(tmp_path, bars)
    assert [trigger.kind for trigger in report.told] == ["gap"]
    assert report.sessions == 2


def test_the_same_recording_gives_the_same_report(tmp_path: Path) -> None:
    bars = [*minutes("AAPL", OPEN, falling), *minutes("MSFT", OPEN, lambda n: 100 + (n % 7) / 10)]
    assert played(tmp_path, bars) == played(tmp_path, bars)


def test_nothing_recorded_is_nothing_told(tmp_path: Path) -> None:
    report = played(tmp_path, [])
    assert (report.told, report.looks, report.figures["delay_seconds"]["median"]) == ((), 0, None)


def test_the_bundles_own_sample_is_played_from_the_terminal(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = checkout / "data" / "bundle" / "intraday_sample.parquet"
    assert main(["monitor", "--replay", str(sample), "--json"]) == OK
    figures = json.loads(capsys.readouterr().out)
    assert (figures["tickers"], figures["sessions"], figures["looks"]) == (10, 28, 10_744)
    assert (figures["alerts_by_kind"], figures["duplicates"]) == ({"volume_spike": 2}, 0)
    assert figures["delay_seconds"]["n"] + figures["unseen"] >= figures["alerts"]
    assert figures["second_monitor"]["new_keys"] == 0


def test_a_replay_is_shown_as_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    path = written(tmp_path / "bars.parquet", minutes("AAPL", OPEN, falling))
    assert main(["monitor", "--replay", str(path), "--seconds", "30"]) == OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "AAPL fell 5.4 % in 9 minutes" in shown
    assert "a duplicate is a submission under a key that was used" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--replay", "nowhere.parquet"], FAILED, "nowhere.parquet"),
        (["--seconds", "0"], REFUSED, "seconds from 1 to 900 are needed, was '0'"),
        (["--seconds", "often"], REFUSED, "seconds from 1 to 900"),
        (["--seconds", "nan"], REFUSED, "seconds from 1 to 900"),
        ([], REFUSED, "DESK_MONITOR__API_KEY is not set"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["monitor", *arguments]) == code
    assert said in " ".join(capsys.readouterr().err.split())
