"""What each command shows a person, run in this process on a desk that has been started before."""

import io
import json
import re
import shlex
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import text

from db.engine import transaction
from db.ledger import Ledger
from desk import shown
from desk.bootstrap import Desk, open_desk
from desk.cli import FAILED, OK, REFUSED
from desk.data_folder import DataFolder
from desk.owner import OwnerGate
from desk.rehearsal import rehearse
from desk.replay import replay_past
from desk.setting_groups import Replay
from desk.settings import Settings
from fund.errors import ConfigError
from support.checkout import ROOT
from support.desk_process import DESK, desk_environment, run_desk
from support.kept_records import change, kept_in
from support.started_desks import REPLAYED, UNPLAYED, Run, copy_folder, settings_for

pytest_plugins = ["support.desks"]
pytestmark = pytest.mark.long

MANDATE = (ROOT / "mandate.toml").read_text(encoding="utf-8")


def test_status_says_where_the_desk_stands_and_that_it_is_well(run: Run) -> None:
    code, out, err = run("status")
    assert code == OK
    assert "Mode replay" in out
    assert f"Sessions left {UNPLAYED}" in out
    assert f"over {REPLAYED - 1} sessions, net of costs and deposits" in out
    assert "Speaking offline rules, no LLM" in out
    assert "Database works: embedded PostgreSQL 18" in out
    assert re.search(r"Market data works: .* to \d{4}-\d\d-\d\d; known to the desk up to 2017-02-02", out)
    assert "Loading market data: done (1)" in err


@pytest.mark.parametrize("command", ["status", "advance"])
def test_a_desk_begun_as_a_replay_is_not_opened_on_the_real_clock(
    run: Run, started_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    monkeypatch.setenv("DESK_FEED", str(tmp_path))
    code, out, err = run(command)
    assert (code, out) == (REFUSED, "")
    begun = "this desk was begun in replay mode: start a live one in a new DESK_DATA_DIR"
    assert err == f"Error: DESK_DATA_DIR {started_folder}: {begun}"


@pytest.mark.parametrize("command", ["status", "advance"])
def test_a_live_desk_is_not_played_by_a_shell_that_does_not_know_its_feed(
    run: Run, started_folder: Path, command: str
) -> None:
    version = started_folder / "version.json"
    before = version.read_text()
    version.write_text('{"format": 1, "mode": "live"}')
    try:
        code, out, err = run(command)
    finally:
        version.write_text(before)
    assert (code, out) == (REFUSED, "")
    assert err.endswith("this desk runs on the real clock: set DESK_FEED to its feed, or DESK_FEEDS__LIVE")


def test_training_with_nothing_new_to_learn_says_so_and_keeps_what_is_in_use(
    run: Run, started_folder: Path
) -> None:
    def files() -> dict[Path, int]:
        return {p: p.stat().st_mtime_ns for p in (started_folder / "forecasters").rglob("*")}

    before = files()
    code, out, err = run("train")
    assert code == OK
    assert "Nothing new to learn since 2017-02-02." in out
    assert "Training" not in err
    assert files() == before


def test_a_rehearsal_shows_the_decision_and_costs_nothing_the_second_time(run: Run) -> None:
    first = json.loads(run("cycle", "--json")[1])
    code, out, _ = run("cycle")
    assert code == OK
    assert f"Rehearsal on {first['session']}; nothing is ordered." in out
    assert "offline rules, no LLM: decided" in out
    assert all(ticker in out for ticker in first["proposal"]["weights"])
    assert json.loads(run("cycle", "--json")[1]) == first


def test_a_backtest_shows_the_strategy_beside_its_baselines(run: Run) -> None:
    code, out, _ = run("backtest", "buy-and-hold", "--from", "2016-06-01", "--to", "2016-12-30")
    assert code == OK
    assert "buy and hold SPY" in out
    assert "2016-06-01 to 2016-12-30, 148 daily returns" in out
    assert "decided on the close, filled at the next open" in out


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2016-12-30", "2016-06-01", "--from must be before --to, was 2016-12-30 and 2016-06-01"),
        ("2016-06-01", "2016-06-01", "--from must be before --to"),
    ],
)
def test_a_span_that_is_none_is_refused(run: Run, first: str, last: str, says: str) -> None:
    code, out, err = run("backtest", "momentum", "--from", first, "--to", last)
    assert (code, out) == (REFUSED, "")
    assert says in err


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (
            ("--from", "2030-01-01"),
            r"Error: --from must be before 2017-02-\d\d, the last session .* 2030-01-01",
        ),
        (
            ("--to", "2000-01-04"),
            r"Error: --to must be after .*, the first session with forecasts, was 2000-01-04",
        ),
    ],
)
def test_a_span_that_is_none_names_the_option_that_was_given(
    run: Run, option: tuple[str, str], says: str
) -> None:
    code, out, err = run("backtest", "momentum", *option)
    assert (code, out) == (REFUSED, "")
    assert re.search(says, err)


def test_a_span_outside_the_data_says_which_there_is(run: Run) -> None:
    code, _, err = run("backtest", "momentum", "--from", "1990-01-02", "--to", "1990-06-01")
    assert code == FAILED
    assert "expected a day between 2000-01-03" in err


def test_a_question_is_answered_in_words_and_tables(run: Run) -> None:
    code, out, _ = run("ask", "what do we hold?")
    assert code == OK
    assert "Weight" in out


@pytest.mark.parametrize("command", [("ask", "what do we hold?"), ("status",)])
def test_what_nobody_reads_to_the_end_is_no_failure(
    started_folder: Path, small_bundle: Path, command: tuple[str, ...]
) -> None:
    line = f"{shlex.join([sys.executable, *DESK, *command])} | true; exit ${{PIPESTATUS[0]}}"
    environment = desk_environment(started_folder, small_bundle)
    done = subprocess.run(
        ["bash", "-c", line], env=environment, cwd=ROOT, stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (OK, False)


def test_books_that_add_up_are_said_to(run: Run) -> None:
    code, out, _ = run("verify")
    assert code == OK
    assert "every data file is whole" in out


def test_a_damaged_file_of_the_lake_is_named_and_fails(run: Run, started_folder: Path) -> None:
    file = sorted((started_folder / "lake").rglob("*.parquet"))[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + b"x" + whole[-8:])
    try:
        code, out, err = run("verify")
        as_json = run("verify", "--json")
    finally:
        file.write_bytes(whole)
    assert (code, out) == (FAILED, "")
    assert file.name in err
    assert "Traceback" not in err
    assert as_json[0] == FAILED
    assert file.name in json.loads(as_json[1])["error"]


def test_an_edited_book_is_found_listed_and_fails(run: Run, started_folder: Path) -> None:
    change(started_folder, "ALTER TABLE desk.equity_daily DISABLE TRIGGER ALL")
    change(started_folder, "UPDATE desk.equity_daily SET cash = cash + 1 WHERE cash > 0")
    code, out, _ = run("verify")
    findings = json.loads(run("verify", "--json")[1])["findings"]
    change(started_folder, "UPDATE desk.equity_daily SET cash = cash - 1 WHERE cash > 0")
    change(started_folder, "ALTER TABLE desk.equity_daily ENABLE TRIGGER ALL")
    assert code == FAILED
    assert "equity_daily" in out
    assert findings[0]["table"] == "equity_daily"
    assert run("verify")[0] == OK


@pytest.mark.parametrize("table", ["equity_daily", "fills"])
def test_an_edited_book_is_not_traded_on_and_stays_paused(
    table: str, first_start: Path, small_bundle: Path, tmp_path: Path
) -> None:
    folder = copy_folder(first_start, tmp_path / "desk")
    column = {"equity_daily": "cash", "fills": "price"}[table]
    change(folder, f"ALTER TABLE desk.{table} DISABLE TRIGGER ALL")
    change(folder, f"UPDATE desk.{table} SET {column} = {column} + 1 WHERE {column} > 0")
    environment = desk_environment(folder, small_bundle)
    done = run_desk(environment, "advance", "1", "--json")
    assert [played["status"] for played in done.json()["played"]] == ["halted"]
    before = kept_in(folder).tables["orders"]
    assert f"the books do not add up: {table}" in str(kept_in(folder).tables["cycles"][-1][5])
    assert run_desk(environment, "advance", "1", "--json").json()["played"][0]["status"] == "halted"
    assert [row[0] for row in kept_in(folder).tables["orders"]] == [row[0] for row in before]


def test_a_benchmark_the_market_data_do_not_have_is_refused_with_the_nearest(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "mandate.toml"
    path.write_text(MANDATE.replace('benchmark = "SPY"', 'benchmark = "SPYY"'), encoding="utf-8")
    code, _, err = run("status", "--mandate", str(path))
    assert code == REFUSED
    assert f"{path}: universe.benchmark must be a ticker of the market data, was 'SPYY'; nearest: SPY" in err


def test_another_horizon_is_another_forecaster(
    started_folder: Path, small_bundle: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mandate.toml"
    path.write_text(MANDATE.replace("horizon_sessions = 5", "horizon_sessions = 3"), encoding="utf-8")
    with closing(open_desk(settings_for(started_folder, small_bundle, mandate=path))) as desk:
        assert {source.card.horizon_sessions for source in desk.sources} == {3}
        changed = desk.versions["forecaster_gbm"]
    with closing(open_desk(settings_for(started_folder, small_bundle))) as desk:
        assert {source.card.horizon_sessions for source in desk.sources} == {5}
        assert desk.versions["forecaster_gbm"] != changed


def text_of(desk: Desk, gate: OwnerGate) -> str:
    page = io.StringIO()
    console = Console(file=page, width=80, markup=False, emoji=False)
    for part in shown.welcome(desk, gate, "http://127.0.0.1:8000"):
        console.print(part, soft_wrap=True)
    return page.getvalue()


def test_the_welcome_says_where_to_go_how_to_get_in_and_where_the_clock_stands(
    started_folder: Path, small_bundle: Path, tmp_path: Path
) -> None:
    gate = OwnerGate.open(tmp_path)
    with closing(open_desk(settings_for(started_folder, small_bundle))) as desk:
        told = text_of(desk, gate)
        with transaction(desk.engine) as connection:
            mark = Ledger(connection).last_mark()
        again = text_of(desk, OwnerGate.open(tmp_path))
        left = len(desk.unplayed())
    assert mark is not None
    assert f"  {gate.entry_link('http://127.0.0.1:8000')}\n" in told
    assert f"log in as owner with {gate.first_password} (shown only now)" in told
    assert f"the clock stands at {mark.session}; {left} sessions can be played" in told
    assert "Speaking: offline rules, no LLM." in told
    assert "shown only now" not in again


def test_a_second_desk_is_refused_and_nothing_of_the_first_is_touched(
    started_folder: Path, small_bundle: Path
) -> None:
    settings = settings_for(started_folder, small_bundle)
    with closing(open_desk(settings, exclusive="http://first")) as desk:
        with pytest.raises(
            ConfigError, match=r"another desk is running on this folder \(process \d+, http://first\)"
        ):
            open_desk(settings, exclusive="http://second")
        assert desk.player.last_session() is not None
    with closing(open_desk(settings, exclusive="http://second")) as desk:
        assert desk.stores.folder.holder()["address"] == "http://second"


def due_two(folder: Path, bundle: Path) -> Settings:
    """Return settings under which two sessions of the past are still to be replayed."""
    replay = Replay(sessions=REPLAYED, unplayed_sessions=UNPLAYED - 10)
    return settings_for(folder, bundle, replay=replay)


def test_while_one_desk_sets_the_folder_up_another_refuses_and_plays_nothing(
    started_folder: Path, small_bundle: Path
) -> None:
    settings = due_two(started_folder, small_bundle)
    with closing(open_desk(settings)) as desk:
        stands = desk.player.last_session()
        other = DataFolder(started_folder)
        other.set_up_alone()
        with pytest.raises(ConfigError, match=r"\(process \d+, which is setting it up\)"):
            replay_past(desk)
        assert desk.player.last_session() == stands
        other.release()
        assert replay_past(desk) > 0


def test_a_desk_that_is_set_up_may_be_joined(started_folder: Path, small_bundle: Path) -> None:
    served = DataFolder(started_folder)
    served.lock({"address": "http://first"})
    try:
        with closing(open_desk(due_two(started_folder, small_bundle))) as desk:
            assert replay_past(desk) == 0
            assert desk.sources
    finally:
        served.release()


def test_the_checkpoints_of_a_session_that_is_on_record_are_deleted(
    started_folder: Path, small_bundle: Path
) -> None:
    with closing(open_desk(settings_for(started_folder, small_bundle))) as desk:
        rehearsal = rehearse(desk).cycle_id
        cycle = desk.play(desk.unplayed()[0]).record.cycle_id
        with desk.engine.connect() as connection:
            connection.execute(text("RESET ROLE"))
            threads = connection.execute(text("SELECT DISTINCT thread_id FROM graph.checkpoints")).scalars()
            kept = set(threads)
    assert cycle not in kept
    assert rehearsal in kept
