"""A backfill is had in parts, each asked for once, and the bundle it writes is one a desk can begin with."""

import argparse
import csv
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from db.lake import Lake
from desk.backfill_command import add_backfill
from desk.bundle_files import FILES
from desk.feed import Feed as Folder
from desk.feeds.backfill import PARTS, BackfillReport, backfill
from desk.feeds.feed import Request
from desk.feeds.ground import Ground
from desk.feeds.parts import Parts, Plan
from desk.ingest import ingest_bundle
from desk.progress import silent
from fund.errors import ConfigError, DataError
from support.checkout import ROOT
from support.dying_backfill import PLAN, SPAN, WHO
from support.fake_feed import (
    CALENDAR,
    DAYS,
    NAMES,
    FakeFeed,
    at,
    made_actions,
    made_bars,
    made_headlines,
    made_macro,
)

EVENING = at(SPAN[-1], 23)


def a_plan(**values: object) -> Plan:
    given = {"feed": "fake", "first": DAYS[0], "last": SPAN[-1], "names": NAMES, "names_a_part": 2}
    return Plan(**{**given, **values})  # type: ignore[arg-type]


def a_feed(**values: object) -> FakeFeed:
    return FakeFeed(now=EVENING, **{"bars": made_bars(days=SPAN), **values})  # type: ignore[arg-type]


def filled(feed: FakeFeed, into: Path, plan: Plan | None = None, **options: object) -> BackfillReport:
    return backfill(feed, plan or a_plan(), into, CALENDAR, silent, **options)  # type: ignore[arg-type]


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def bundle_bytes(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (*FILES, "SHA256SUMS")}


def test_a_bundle_is_written_that_a_lake_takes_in_whole(tmp_path: Path) -> None:
    feed = a_feed(
        actions=made_actions(("AAA", DAYS[9], "dividend", 0.25, "cash")),
        headlines=made_headlines(("h1", "AAA BBB", "News", at(DAYS[3], 15))),
        macro=made_macro(*(("VIX", day, 15.5, at(day, 22)) for day in DAYS[:5])),
    )
    plan = a_plan(series=("VIX",), kinds=("bars", "actions", "headlines", "macro"))
    report = filled(feed, tmp_path / "made", plan)
    assert report.complete
    assert report.rows["bars_daily.parquet"] == len(NAMES) * len(SPAN)
    assert (report.quarantined, report.missing) == ({}, ())
    lake = Lake(tmp_path / "lake")
    taken = ingest_bundle(tmp_path / "made", lake, silent, CALENDAR)
    assert taken.quarantined == ()
    history = lake.load_history(CALENDAR)
    assert history.panel.tickers == NAMES
    assert [(each.ticker, each.ex_date) for each in history.actions] == [("AAA", DAYS[9])]
    assert [each.headline_id for each in history.headlines] == ["h1"]
    assert [each.day for each in history.macro] == list(DAYS[:5])
    assert {each.ticker for each in history.membership} == set(NAMES)


def test_the_folder_can_be_the_feed_of_a_live_desk(tmp_path: Path) -> None:
    filled(a_feed(), tmp_path / "made")
    folder, ground = Folder(tmp_path / "made", CALENDAR), Ground(calendar=CALENDAR)
    checked = folder.read(folder.stamp(EVENING, ground), ground)
    assert len(checked.batch.bars["1d"]) == len(NAMES) * len(SPAN)


def test_every_name_is_asked_for_once(tmp_path: Path) -> None:
    feed = a_feed()
    filled(feed, tmp_path, workers=3)
    asked = [(each.kind, each.names) for each in feed.asked]
    assert sorted(asked) == [
        ("actions", ("AAA", "BBB")),
        ("actions", ("CCC",)),
        ("bars", ("AAA", "BBB")),
        ("bars", ("CCC",)),
    ]


def test_a_second_run_asks_nothing_and_writes_the_same(tmp_path: Path) -> None:
    filled(a_feed(), tmp_path)
    before, again = bundle_bytes(tmp_path), a_feed()
    report = filled(again, tmp_path)
    assert (again.asked, report.asked, report.complete) == ([], 0, True)
    assert bundle_bytes(tmp_path) == before


def test_as_many_requests_run_as_there_are_workers_and_the_bytes_are_the_same(tmp_path: Path) -> None:
    for workers in (1, 5):
        filled(a_feed(), tmp_path / str(workers), workers=workers)
    assert bundle_bytes(tmp_path / "1") == bundle_bytes(tmp_path / "5")


def test_what_cannot_be_had_does_not_stop_the_rest_and_is_asked_for_alone(tmp_path: Path) -> None:
    feed = a_feed(down=frozenset({"actions"}))
    report = filled(feed, tmp_path)
    assert not report.complete
    assert [why.partition(":")[0] for why in report.failed] == ["0000-actions", "0001-actions"]
    assert not (tmp_path / "bars_daily.parquet").exists()
    healed = a_feed()
    assert filled(healed, tmp_path).complete
    assert {each.kind for each in healed.asked} == {"actions"}


def test_a_page_is_no_answer_and_is_asked_for_again(tmp_path: Path) -> None:
    broken = a_feed(bars=made_bars(days=SPAN).rename({"close": "adjclose"}))
    report = filled(broken, tmp_path)
    assert len(report.failed) == 2
    assert "expected the columns close" in report.failed[0]
    assert filled(a_feed(), tmp_path).complete


def test_rows_that_are_none_are_left_out_and_the_bundle_says_why(tmp_path: Path) -> None:
    bad = (pl.col("symbol") == "BBB") & (pl.col("date") == DAYS[4])
    bars = made_bars(days=SPAN).with_columns(high=pl.when(bad).then(0.01).otherwise(pl.col("high")))
    report = filled(a_feed(bars=bars.filter(pl.col("symbol") != "CCC")), tmp_path)
    assert (report.quarantined, report.missing) == ({"price_order": 1}, ("CCC",))
    (said,) = rows_of(tmp_path / "quality.csv")
    assert (said["symbol"], said["first_date"], said["issue"]) == ("BBB", str(DAYS[4]), "price_order")
    assert report.rows["bars_daily.parquet"] == 2 * len(SPAN) - 1


def test_a_name_that_ended_has_left_the_index(tmp_path: Path) -> None:
    ended = ~((pl.col("symbol") == "BBB") & (pl.col("date") > DAYS[40]))
    report = filled(a_feed(bars=made_bars(days=SPAN).filter(ended)), tmp_path)
    assert report.strange == {"stale": 1}
    spells = {row["symbol"]: row["end"] for row in rows_of(tmp_path / "membership.csv")}
    assert spells == {"AAA": "", "BBB": str(DAYS[41]), "CCC": ""}


def test_another_bundle_says_what_the_names_are(tmp_path: Path) -> None:
    like = tmp_path / "like"
    like.mkdir()
    (like / "metadata.csv").write_text("symbol,name,asset_class,gics_sector\nAAA,A fund,etf,\n")
    filled(a_feed(), tmp_path / "made", like=like)
    rows = rows_of(tmp_path / "made" / "metadata.csv")
    assert [(row["symbol"], row["asset_class"]) for row in rows] == [
        ("AAA", "etf"),
        ("BBB", "equity"),
        ("CCC", "equity"),
    ]
    members = [row["symbol"] for row in rows_of(tmp_path / "made" / "membership.csv")]
    assert members == ["BBB", "CCC"]


def test_other_names_or_days_need_another_folder(tmp_path: Path) -> None:
    filled(a_feed(), tmp_path)
    with pytest.raises(ConfigError, match="give another folder"):
        filled(a_feed(), tmp_path, a_plan(last=SPAN[-2]))


@pytest.mark.parametrize("values", [{"names": ()}, {"first": DAYS[5], "last": DAYS[4]}, {"names_a_part": 0}])
def test_a_plan_for_nothing_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="expected names"):
        a_plan(**values)


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    filled(a_feed(), tmp_path)
    (tmp_path / PARTS / "0000-bars.parquet").write_bytes(b"")
    with pytest.raises(DataError, match=r"0000-bars.parquet .* damaged; remove 0000-bars.json"):
        filled(a_feed(), tmp_path)
    (tmp_path / PARTS / "0000-bars.json").unlink()
    healed = a_feed()
    assert filled(healed, tmp_path).complete
    assert [each.kind for each in healed.asked] == ["bars"]


def test_an_answer_without_its_manifest_does_not_count(tmp_path: Path) -> None:
    parts = Parts(tmp_path / PARTS, a_plan())
    (tmp_path / PARTS / "0000-bars.parquet").write_bytes(b"half an answer")
    assert not parts.has("0000-bars")


def test_two_at_once_in_one_folder_are_refused(tmp_path: Path) -> None:
    refused: list[str] = []

    def second(request: Request) -> None:
        if not refused:
            with pytest.raises(ConfigError, match="another backfill at work") as error:
                filled(a_feed(), tmp_path)
            refused.append(str(error.value))

    assert filled(a_feed(before=second), tmp_path, workers=1).complete
    assert len(refused) == 1


def dying(folder: Path, count: int, workers: int = 1) -> int:
    script = ROOT / "tests" / "support" / "dying_backfill.py"
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(count), str(workers)],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        check=False,
        capture_output=True,
        timeout=60,
    )
    return done.returncode


def asked_in(folder: Path) -> list[str]:
    return (folder / "asked.txt").read_text().splitlines()


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    assert dying(folder, 100) == 0
    assert len(asked_in(folder)) == 2 * len(WHO) // PLAN.names_a_part
    return bundle_bytes(folder / "bundle")


def test_killed_again_and_again_it_asks_nothing_twice_and_ends_with_the_same_bytes(
    tmp_path: Path, unkilled: dict[str, bytes]
) -> None:
    for count in (1, 4, 0, 3):
        assert dying(tmp_path, count) == -9
    assert not (tmp_path / "bundle" / "bars_daily.parquet").exists()
    assert dying(tmp_path, 100) == 0
    assert Counter(asked_in(tmp_path)).most_common(1)[0][1] == 1
    assert len(asked_in(tmp_path)) == 2 * len(WHO) // PLAN.names_a_part
    assert bundle_bytes(tmp_path / "bundle") == unkilled


def test_killed_among_several_workers_only_what_was_on_its_way_is_asked_again(
    tmp_path: Path, unkilled: dict[str, bytes]
) -> None:
    assert dying(tmp_path, 6, workers=3) == -9
    assert dying(tmp_path, 100, workers=3) == 0
    again = [times for times in Counter(asked_in(tmp_path)).values() if times > 1]
    assert len(again) <= 2
    assert bundle_bytes(tmp_path / "bundle") == unkilled


@pytest.fixture
def command() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data-dir", type=Path)
    shared.add_argument("--mandate", type=Path)
    parser = argparse.ArgumentParser()
    bars = pl.concat([made_bars(("SPY",), [date(2016, 1, day) for day in (4, 5, 6, 7, 8)])])
    add_backfill(parser.add_subparsers(), shared, lambda _settings, _exits: a_feed(bars=bars))
    return parser


def run(parser: argparse.ArgumentParser, *words: str) -> tuple[bool, str, dict[str, object]]:
    options = parser.parse_args(["backfill", *words])
    outcome = options.run(options, Console(quiet=True))
    return outcome.good, "\n".join(map(str, outcome.shown)), dict(outcome.data)


def test_the_command_says_what_it_wrote(command: argparse.ArgumentParser, tmp_path: Path) -> None:
    words = ("--from", "2016-01-04", "--to", "2016-01-08", "--tickers", "SPY", "QQQ", "--into", str(tmp_path))
    good, said, data = run(command, *words)
    assert good
    assert f"{tmp_path} holds 5 bars and 0 corporate actions" in said
    assert "Without a bar: QQQ." in said
    assert (data["complete"], data["missing"]) == (True, ["QQQ"])
    assert (tmp_path / "SHA256SUMS").exists()


def test_the_command_takes_the_universe_of_the_bundle(
    command: argparse.ArgumentParser, tmp_path: Path
) -> None:
    words = ("--from", "2016-01-04", "--to", "2016-01-08", "--universe", "--into", str(tmp_path))
    good, _, data = run(command, *words)
    assert good
    missing = data["missing"]
    assert isinstance(missing, list)
    assert "SPY" not in missing
    assert len(missing) > 400


def test_a_day_that_is_none_is_refused(command: argparse.ArgumentParser) -> None:
    with pytest.raises(SystemExit):
        command.parse_args(["backfill", "--from", "2016", "--to", "2016-01-08", "--universe", "--into", "x"])
