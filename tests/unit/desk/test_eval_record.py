"""A night as it is put on record: nothing that is not known becomes a figure, one event a date."""

from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest

from db.record_codec import to_json
from desk import eval_record
from desk.eval_record import night_event, recorded_night, recorded_where_started
from desk.settings import Settings
from fund.errors import ConfigError, DataError
from fund.metrics.inference import Interval
from support.eval_runs import AT, a_night


def test_what_could_not_be_scored_stays_unknown_and_a_score_of_zero_a_zero() -> None:
    (score,) = a_night().scores
    within = Interval(value=0.0, low=-0.1, high=0.1, n=96)
    unknown = replace(score, value=None, scored=0, baseline=None, over_baseline=None, over_last=None)
    zero = replace(
        score, value=0.0, interval=within, scored=96, baseline=0.0, over_baseline=0.0, over_last=0.0
    )
    kept = recorded_night(a_night(scores=(unknown, zero)), AT).scores
    figures = ("value", "low", "high", "cases", "baseline", "over_baseline", "over_last")
    assert [[asdict(each)[name] for name in figures] for each in kept] == [
        [None, None, None, 0, None, None, None],
        [0.0, -0.1, 0.1, 96, 0.0, 0.0, 0.0],
    ]


def test_a_night_is_one_event_a_date_and_warns_where_it_blocks() -> None:
    nights = [a_night(colour=colour, experiment_id=colour) for colour in ("green", "amber", "block")]
    events = [night_event(each, AT) for each in nights]
    assert {each.event_id for each in events} == {"evals-night-2026-11-29"}
    assert [each.severity for each in events] == ["info", "info", "warning"]
    assert night_event(a_night(day=date(2026, 11, 30)), AT).event_id != events[0].event_id
    worst = events[0].data["worst"]
    assert [each["case"] for each in worst] == [f"risk_management risk-{n:03}" for n in range(5)]
    assert all(each["told"] in to_json(events[0]) for each in worst)


@pytest.mark.parametrize("started", [False, True])
def test_a_record_that_is_in_use_is_no_failure_of_the_night_and_none_is_opened_before_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: bool
) -> None:
    opened: list[object] = []

    def busy(settings: object, exits: object) -> object:
        opened.append(settings)
        raise ConfigError("the desk is running")

    monkeypatch.setattr(eval_record, "open_started", busy)
    monkeypatch.setattr("desk.data_folder.DataFolder.is_started", lambda self: started)
    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    told = recorded_where_started(settings, AT)
    wanted = "It is not on the desk's record yet, the next night puts it there: the desk is running"
    assert (told, len(opened)) == (((wanted,), 1) if started else ((), 0))


def test_a_record_that_is_damaged_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(settings: object, exits: object) -> object:
        raise DataError("the record was edited")

    monkeypatch.setattr(eval_record, "open_started", damaged)
    monkeypatch.setattr("desk.data_folder.DataFolder.is_started", lambda self: True)
    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    with pytest.raises(DataError, match="the record was edited"):
        recorded_where_started(settings, AT)
