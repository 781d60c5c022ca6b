"""A night's evaluation: once a date, gone on with after a stop, beside what was before it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from db.record_codec import to_json
from desk.cli import main
from desk.eval_night import KEPT, WHOLE, NightRun, night, night_run_of
from desk.eval_record import night_event, recorded_where_started
from desk.progress import ProgressSink
from desk.settings import Settings
from evals.chat_gate import ChatVerdict
from evals.night import Night
from fund.clock import FixedClock, SystemClock
from fund.errors import DataError, TradingHaltedError
from fund.metrics.inference import share_interval
from support.eval_runs import a_night
from support.langsmith_stub import langsmith
from support.llms import KEY
from support.mandates import a_mandate

DAY = date(2026, 11, 29)
RISK = ("risk_management",)
AT = datetime(2026, 11, 29, 5, tzinfo=UTC)


def evaluated(folder: Path, day: date = DAY, **named: object) -> NightRun:
    settings = Settings.load(env_file=None, data_dir=folder, provider="offline")
    return night(settings, a_mandate(), FixedClock(AT), day, datasets=RISK, **named)  # type: ignore[arg-type]


def kept_nights(folder: Path, *nights: Night) -> None:
    for each in nights:
        own = folder / "evals" / f"night-{each.day.isoformat()}"
        own.mkdir(parents=True)
        (own / KEPT).write_text(to_json(each), encoding="utf-8")
        for name in ("calls.jsonl", "trials.jsonl", "report.json"):
            (own / name).write_text("", encoding="utf-8")


def test_a_date_is_evaluated_once_and_the_next_one_beside_it(tmp_path: Path) -> None:
    first = evaluated(tmp_path)
    assert (first.is_new, first.night.last) == (True, None)
    assert {"report.json", "report.html", KEPT} <= {path.name for path in first.folder.iterdir()}
    assert first.night.baseline is not None
    assert first.night.scores[0].over_baseline is not None
    assert len(first.night.worst) == 5
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "evals").rglob("*")}
    again = evaluated(tmp_path)
    assert (again.is_new, again.night, again.folder) == (False, first.night, first.folder)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "evals").rglob("*")} == before
    following = evaluated(tmp_path, DAY + timedelta(days=1)).night
    assert (following.last, following.scores[0].over_last) == (DAY, 0.0)


def test_a_night_that_is_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    def stop(label: str, done: int, total: int) -> None:
        if done == total // 2:
            raise TradingHaltedError("the desk is ending")

    with pytest.raises(TradingHaltedError):
        evaluated(tmp_path, progress=stop)
    seen: list[tuple[int, int]] = []
    resumed = evaluated(tmp_path, progress=lambda label, done, total: seen.append((done, total)))
    assert seen[0][0] >= seen[0][1] // 2
    assert resumed.is_new
    assert len(list((tmp_path / "evals").glob("night-*"))) == 1


def test_without_a_baseline_it_is_said_and_amber_and_stands_where_it_cannot_be_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with langsmith() as stub:
        monkeypatch.setenv("DESK_LANGSMITH_API_KEY", "refused")
        monkeypatch.setenv("DESK_LANGSMITH_ENDPOINT", stub.url)
        monkeypatch.setenv("DESK_LANGSMITH_NIGHTS", "true")
        run = evaluated(tmp_path, baseline=tmp_path / "none.json")
    assert stub.asked == [("GET", "/datasets")]
    assert f"`desk evals publish {run.folder.name}` goes on" in caplog.text
    found = run.night
    assert (found.colour, found.baseline) == ("amber", None)
    assert "`desk evals promote` makes one" in found.reasons[-1]
    assert found.scores[0].over_baseline is None


def a_verdict(**changes: object) -> ChatVerdict:
    plain = ChatVerdict(
        experiment_id="chat-1",
        digest="cases",
        contestant="rules",
        session=date(2017, 2, 2),
        colour="block",
        reasons=("chat: a drop",),
        right=share_interval(80, 100),
        cases={"c001": 0.0},
        beside="the night before",
        lost=("c001",),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_chat_of_a_night_is_told_and_the_next_night_is_given_it(tmp_path: Path) -> None:
    given: list[Night | None] = []

    def ask(day: date, last: Night | None, progress: ProgressSink) -> ChatVerdict:
        given.append(last)
        return a_verdict()

    first = evaluated(tmp_path, chat=ask).night
    assert (first.colour, first.reasons[0], first.scores[-1].dataset) == ("block", "chat: a drop", "chat")
    assert "chat right of rules: 0.800 [0.711, 0.867]" in first.told
    assert first.told.endswith("The chat has lost 1 case since: c001, and won 0")
    evaluated(tmp_path, DAY + timedelta(days=1), chat=ask)
    assert given[0] is None
    assert given[1] is not None
    assert given[1].chat == first.chat


def test_a_chat_that_cannot_be_asked_is_said_and_one_that_is_stopped_stops_the_night(tmp_path: Path) -> None:
    def fail(day: date, last: Night | None, progress: ProgressSink) -> ChatVerdict:
        raise DataError("the desk moved on")

    def halt(day: date, last: Night | None, progress: ProgressSink) -> ChatVerdict:
        raise TradingHaltedError("the desk is ending")

    with pytest.raises(TradingHaltedError):
        evaluated(tmp_path, chat=halt)
    found = evaluated(tmp_path, chat=fail).night
    assert (found.colour, found.chat) == ("amber", None)
    assert found.reasons[-1] == "the chat was not asked: the desk moved on"


def test_a_night_of_another_version_counts_for_none(tmp_path: Path) -> None:
    kept_nights(tmp_path, a_night(day=DAY - timedelta(days=1)))
    (path,) = tmp_path.rglob(KEPT)
    path.write_text('{"day": "2026-11-28"}', encoding="utf-8")
    assert evaluated(tmp_path).night.last is None


def test_calls_of_old_nights_go_where_they_cost_nothing_and_reports_stay(tmp_path: Path) -> None:
    days = [DAY - timedelta(days=number) for number in range(1, WHOLE + 2)]
    costly = a_night(day=days[-1] - timedelta(days=1), cost_usd="0.5")
    kept_nights(tmp_path, *(a_night(day=day) for day in days), costly)
    evaluated(tmp_path)

    def left(day: date) -> set[str]:
        return {path.name for path in (tmp_path / "evals" / f"night-{day.isoformat()}").iterdir()}

    everything = {"calls.jsonl", "trials.jsonl", "report.json", KEPT}
    assert left(days[WHOLE - 2]) == everything
    assert left(days[WHOLE - 1]) == {"report.json", KEPT}
    assert left(costly.day) == everything


def test_who_decides_is_asked_often_where_it_is_free_and_once_within_the_budget_where_not() -> None:
    free = night_run_of(Settings(provider="offline", openai_api_key=KEY), a_mandate(), DAY)  # type: ignore[arg-type]
    assert (list(free.field.rosters), free.plan.trials) == (["offline rules, no LLM"], 4)
    assert free.most_usd == 0
    paid = night_run_of(Settings(openai_api_key=KEY, openai_llm="gpt-99"), a_mandate(), DAY)  # type: ignore[arg-type]
    assert (list(paid.field.rosters), paid.plan.trials) == (
        ["offline rules, no LLM", "openai:gpt-99"],
        1,
    )
    assert 0 < paid.most_usd <= a_mandate().evals_budget_usd


@pytest.mark.parametrize(("colour", "severity"), [("green", "info"), ("amber", "info"), ("block", "warning")])
def test_a_night_that_is_blocked_is_a_warning(colour: str, severity: str) -> None:
    event = night_event(a_night(colour=colour), AT)
    assert (event.event_id, event.kind, event.severity) == (
        "evals-night-2026-11-29",
        "evals_night",
        severity,
    )
    assert event.data["scores"][0]["over_baseline"] == -0.061
    assert event.data["worst"][0]["case"] == "risk_management risk-000"


@pytest.mark.parametrize(("colour", "code"), [("amber", 0), ("block", 1)])
def test_the_command_says_that_a_date_was_evaluated_and_fails_where_it_was_blocked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], colour: str, code: int
) -> None:
    today = SystemClock().now().astimezone(UTC).date()
    either = (today, today + timedelta(days=1))
    kept_nights(tmp_path, *(a_night(day=day, colour=colour) for day in either))
    assert main(["evals", "night", "--data-dir", str(tmp_path)]) == code
    out = " ".join(capsys.readouterr().out.split())
    assert "was evaluated before; nobody was asked." in out
    assert f"is {colour}; it fell." in out
    assert main(["evals", "night", "--data-dir", str(tmp_path), "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert (told["new"], told["colour"], len(told["worst"])) == (False, colour, 5)


def test_a_night_is_no_failure_where_no_desk_can_take_it_on_record(tmp_path: Path) -> None:
    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    assert recorded_where_started(settings, AT) == ()
    (tmp_path / "lake").mkdir()
    (tmp_path / "version.json").write_text('{"format": 99}', encoding="utf-8")
    (told,) = recorded_where_started(settings, AT)
    assert told.startswith("It is not on the desk's record yet, the next night puts it there: DESK_DATA_DIR")
