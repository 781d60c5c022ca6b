"""The lake: appended and never updated, whole after a crash, damage named by file."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from db.lake import DAILY, Batch, Lake
from db.lake_files import FORMAT, MANIFEST, LakeFiles
from fund.errors import ConfigError, DataError, NoDataError
from fund.market.bar_runs import bars_of
from fund.market.bars import Bar
from fund.market.facts import MacroSeries
from fund.market.history import History
from fund.market.quality import BarTable
from support.checkout import ROOT
from support.facts import (
    a_bar,
    a_calendar,
    a_dividend,
    a_headline,
    a_report,
    a_spell,
    a_split,
    a_telling,
    an_instrument,
    an_observation,
)
from support.markets import a_history, bundle_history
from support.stored_bars import stored_bars

CALENDAR = a_calendar()
DAYS = CALENDAR.sessions(CALENDAR.first, CALENDAR.last)


def bars(*rows: Bar) -> Batch:
    return Batch(bars={"1d": BarTable.of(rows)})


def days_of(ticker: str = "AAA", count: int = 3, price: float = 10.0) -> list[Bar]:
    return [a_bar(ticker, day, price) for day in DAYS[:count]]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def data_files(lake: Lake) -> list[str]:
    return sorted(str(path.relative_to(lake.root)) for path in lake.root.rglob("*.parquet*"))


def test_what_goes_in_comes_out(lake: Lake) -> None:
    history = a_history(3)
    panel = history.panel
    rows, columns = np.nonzero(np.isfinite(panel.close))
    table = BarTable(
        tickers=panel.tickers,
        column=columns,
        session=np.array(panel.sessions, dtype="datetime64[D]")[rows],
        **{name: getattr(panel, name)[rows, columns] for name in ("open", "high", "low", "close", "volume")},
    )
    lake.append(
        Batch(
            bars={"1d": table},
            instruments=tuple(history.instruments.values()),
            series=tuple(history.series.values()),
            membership=history.membership,
            actions=history.actions,
            macro=history.macro,
            headlines=history.headlines,
            tellings=history.tellings,
            reports=history.reports,
        )
    )
    loaded = lake.load_history(history.calendar)
    assert loaded.data_version == history.data_version
    assert loaded.panel.total_return_index.tobytes() == panel.total_return_index.tobytes()
    assert loaded.series == history.series
    assert set(loaded.tellings) == set(history.tellings)
    assert loaded.tellings
    assert set(loaded.reports) == set(history.reports)


def test_decimals_and_moments_come_back_to_the_last_digit(lake: Lake) -> None:
    split = a_split(ratio="0.33333333333333333333333333333333333")
    known_at = datetime(2016, 1, 4, 13, 0, 0, 123_456, tzinfo=UTC)
    report = a_report(known_at=known_at, revenue=None)
    headline = replace(a_headline(known_at=known_at), tickers=("AAA", "NA"), title="Größe “NULL”")
    lake.append(Batch(actions=(split,), reports=(report,), headlines=(headline,), bars=bars(a_bar()).bars))
    history = lake.load_history(CALENDAR)
    assert history.actions == (split,)
    assert history.reports == (report,)
    assert history.headlines == (headline,)
    assert history.reports[0].known_at.tzinfo is UTC


def test_a_lake_from_before_tellings_were_kept_is_read_as_it_was(lake: Lake) -> None:
    lake.append(replace(bars(*days_of()), headlines=(a_headline(),)))
    assert not list(lake.root.glob("tellings*"))
    history = lake.load_history(CALENDAR)
    assert (history.headlines, history.tellings) == ((a_headline(),), ())
    told = a_telling()
    lake.append(Batch(tellings=(told,)))
    assert lake.load_history(CALENDAR).tellings == (told,)


def test_appending_again_is_appending_once(lake: Lake) -> None:
    batch = bars(*days_of())
    assert lake.append(batch) == {"bars/1d/2016": 3}
    files = data_files(lake)
    assert lake.append(batch) == {"bars/1d/2016": 0}
    assert data_files(lake) == files
    assert lake.rows() == {"bars/1d/2016": 3}


def test_only_what_is_new_is_appended(lake: Lake) -> None:
    lake.append(bars(*days_of(count=2)))
    assert lake.append(bars(*days_of(count=4), *days_of("BBB", 1))) == {"bars/1d/2016": 3}
    history = lake.load_history(CALENDAR)
    assert history.panel.tickers == ("AAA", "BBB")
    assert history.panel.sessions == DAYS[:4]


@pytest.mark.parametrize("field", ["open", "close", "volume"])
def test_a_bar_that_is_told_otherwise_is_refused_and_nothing_is_written(lake: Lake, field: str) -> None:
    lake.append(bars(*days_of()))
    before = lake.rows(), data_files(lake)
    changed = replace(a_bar(), **{field: 11 if field == "volume" else Decimal("10.5")})
    with pytest.raises(
        DataError, match=r"expected bars/1d/2016 to be appended only, found \{'ticker': 'AAA'"
    ):
        lake.append(replace(bars(changed), headlines=(a_headline(),)))
    assert (lake.rows(), data_files(lake)) == before


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Batch(actions=(a_split(),)), Batch(actions=(a_split(ratio="3"),))),
        (Batch(headlines=(a_headline(),)), Batch(headlines=(a_headline(title="Other"),))),
        (Batch(macro=(an_observation(),)), Batch(macro=(an_observation(value=1.0),))),
        (Batch(reports=(a_report(),)), Batch(reports=(a_report(revenue=None),))),
        (Batch(instruments=(an_instrument(),)), Batch(instruments=(an_instrument(sector="Energy"),))),
    ],
    ids=["action", "headline", "observation", "report", "instrument"],
)
def test_a_fact_that_is_told_otherwise_is_refused(lake: Lake, first: Batch, second: Batch) -> None:
    lake.append(first)
    assert set(lake.append(first).values()) == {0}
    with pytest.raises(DataError, match="to be appended only"):
        lake.append(second)


def test_a_batch_that_contradicts_itself_is_refused(lake: Lake) -> None:
    with pytest.raises(DataError, match="expected actions to be appended only"):
        lake.append(Batch(actions=(a_split(), a_split(ratio="3"))))
    assert lake.rows() == {}


def test_a_new_vintage_of_a_day_and_a_second_dividend_are_new_facts(lake: Lake) -> None:
    vintage = an_observation(value=16.0, known_at=datetime(2016, 2, 1, tzinfo=UTC))
    special = replace(a_dividend(), detail="special")
    lake.append(Batch(macro=(an_observation(),), actions=(a_dividend(),)))
    assert lake.append(Batch(macro=(vintage,), actions=(special,))) == {"actions": 1, "macro": 1}


def test_a_member_that_leaves_is_an_appended_fact(lake: Lake) -> None:
    lake.append(replace(bars(a_bar()), membership=(a_spell(start=DAYS[0]),)))
    lake.append(Batch(membership=(a_spell(start=DAYS[0], end=DAYS[2]),)))
    assert lake.load_history(CALENDAR).membership == (a_spell(start=DAYS[0], end=DAYS[2]),)


def test_bars_are_parted_by_frequency_and_year(lake: Lake) -> None:
    minute = np.datetime64("2019-02-11T14:30", "us")
    intraday = replace(BarTable.of([a_bar()]), session=np.array([minute]))
    daily = BarTable.of([a_bar(session=date(2015, 12, 31)), a_bar()])
    lake.append(Batch(bars={"1d": daily, "1min": intraday}))
    assert lake.rows() == {"bars/1d/2015": 1, "bars/1d/2016": 1, "bars/1min/2019": 1}
    assert stored_bars(lake, "1d/2016").session.tolist() == [date(2016, 1, 4)]
    assert stored_bars(lake, "1min").session.tolist() == [datetime(2019, 2, 11, 14, 30)]  # noqa: DTZ001
    assert all(
        path.startswith(("bars/1d/2015.", "bars/1d/2016.", "bars/1min/2019.")) for path in data_files(lake)
    )


def test_sessions_without_any_bar_are_rows_of_the_panel(lake: Lake) -> None:
    lake.append(bars(a_bar(session=DAYS[0]), a_bar(session=DAYS[3])))
    history = lake.load_history(CALENDAR)
    assert history.panel.sessions == DAYS[:4]
    assert np.isnan(history.panel.close[1:3]).all()


def test_a_bar_on_a_closed_day_is_refused_by_name(lake: Lake) -> None:
    lake.append(bars(a_bar(), a_bar("BBB", date(2016, 1, 9)), a_bar(session=DAYS[9])))
    with pytest.raises(DataError, match="expected bars on sessions only, found 2016-01-09 of 'BBB'"):
        lake.load_history(CALENDAR)


def test_an_empty_lake_says_what_to_do(lake: Lake) -> None:
    assert lake.rows() == {}
    lake.verify()
    with pytest.raises(NoDataError, match=r"expected 1d bars in the lake .*found none; ingest a bundle"):
        lake.load_history(CALENDAR)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [damage, Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_damaged_file_is_named(lake: Lake, harm: object) -> None:
    lake.append(replace(bars(*days_of()), headlines=(a_headline(),)))
    (victim,) = lake.root.glob("headlines.*.parquet")
    harm(victim)  # type: ignore[operator]
    for ask in (lake.verify, lambda: lake.load_history(CALENDAR)):
        with pytest.raises(DataError, match=rf"{victim.name}.*move the lake's folder away"):
            ask()
    with pytest.raises(DataError, match=victim.name):
        lake.append(Batch(headlines=(a_headline("h2"),)))


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 1, "files": {"macro": {"path": 1}}}'])
def test_a_damaged_manifest_is_named(lake: Lake, content: str) -> None:
    lake.append(bars(a_bar()))
    (lake.root / MANIFEST).write_text(content)
    with pytest.raises(DataError, match=r"expected a manifest in .*manifest\.json, found it damaged"):
        lake.load_history(CALENDAR)


def test_a_lake_of_a_newer_version_is_refused_and_left_alone(lake: Lake) -> None:
    lake.append(bars(a_bar()))
    manifest = lake.root / MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": FORMAT + 1}))
    with pytest.raises(ConfigError, match=f"expected a lake of format {FORMAT}.*found format {FORMAT + 1}"):
        lake.append(bars(a_bar("BBB")))
    assert json.loads(manifest.read_text())["format"] == FORMAT + 1


def test_the_manifest_says_what_each_file_holds(lake: Lake) -> None:
    lake.append(bars(*days_of()))
    files = json.loads((lake.root / MANIFEST).read_text())["files"]
    (path,) = lake.root.glob("bars/1d/2016.*.parquet")
    assert files["bars/1d/2016"]["rows"] == 3 == pl.read_parquet(path).height
    assert files["bars/1d/2016"]["sha256"].startswith(path.name.split(".")[1])


def test_a_writer_killed_before_its_commit_leaves_the_lake_as_it_was(lake: Lake) -> None:
    lake.append(bars(*days_of()))
    before = lake.load_history(CALENDAR).data_version
    files = LakeFiles(lake.root)
    files.stage("bars/1d/2016", b"half a file", 99)
    (lake.root / "bars" / "1d" / "2016.abc.parquet.draft").write_bytes(b"less than half")
    assert lake.load_history(CALENDAR).data_version == before
    lake.append(bars(*days_of("BBB")))
    assert len(data_files(lake)) == 2
    assert not any(path.endswith("draft") for path in data_files(lake))


def test_a_reader_keeps_its_files_through_one_commit_of_another(lake: Lake) -> None:
    lake.append(bars(*days_of()))
    files = LakeFiles(lake.root)
    seen = files.manifest()
    lake.append(bars(*days_of("BBB")))
    assert files.read(seen["bars/1d/2016"])
    lake.append(bars(*days_of("CCC")))
    assert len(data_files(lake)) == 2


def test_two_processes_that_append_at_once_lose_nothing(lake: Lake) -> None:
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests');"
        "from db.lake import Batch, Lake; from fund.market.quality import BarTable;"
        "from support.facts import a_bar;"
        "lake = Lake(Path(sys.argv[1]));"
        "[lake.append(Batch(bars={'1d': BarTable.of([a_bar(sys.argv[2] + str(n))])})) for n in range(8)]"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(lake.root), name], cwd=ROOT) for name in ("A", "B")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert lake.rows() == {"bars/1d/2016": 16}
    lake.verify()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match=r"expected to write .*file.*free some space or make"):
        Lake(tmp_path / "file").append(bars(a_bar()))


def test_a_full_disk_leaves_the_lake_as_it_was_and_no_draft_behind(lake: Lake) -> None:
    lake.append(bars(*days_of()))
    before = data_files(lake)
    code = (
        "import resource, sys; from pathlib import Path; from db.lake_files import LakeFiles;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000));"
        "LakeFiles(Path(sys.argv[1])).stage('bars/1d/2016', bytes(5_000), 1)"
    )
    writer = subprocess.run(
        [sys.executable, "-c", code, str(lake.root)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "ConfigError: expected to write" in writer.stderr
    assert "found 'File too large'; free some space" in writer.stderr
    assert data_files(lake) == before


def test_a_file_in_the_place_of_a_folder_is_named(lake: Lake) -> None:
    lake.root.mkdir()
    (lake.root / "bars").write_text("in the way")
    with pytest.raises(ConfigError, match=r"expected to write .*bars/1d/2016.*found 'Not a directory'"):
        lake.append(bars(a_bar()))


def test_series_are_described(lake: Lake) -> None:
    vix = MacroSeries(series_id="VIX", name="Volatility", units="points", frequency="D", revised=False)
    lake.append(replace(bars(a_bar()), series=(vix,)))
    assert lake.load_history(CALENDAR).series == {"VIX": vix}


def test_the_demo_bundle_survives_the_lake_bit_by_bit() -> None:
    history = bundle_history()
    source = pl.read_parquet(ROOT / "data" / "bundle" / "bars_daily.parquet")
    row = {session: place for place, session in enumerate(history.panel.sessions)}
    rows = source["date"].replace_strict(row).to_numpy()
    columns = source["symbol"].replace_strict(history.bars.column).to_numpy()
    for name in ("open", "high", "low", "close"):
        assert getattr(history.panel, name)[rows, columns].tobytes() == source[name].to_numpy().tobytes()
    assert np.isfinite(history.panel.close).sum() == source.height


def test_a_history_that_went_on_in_memory_is_the_one_on_disk(tmp_path: Path) -> None:
    """The lake is loaded anew beside every step: what was carried over may not differ from what was read."""
    whole = a_history(7)
    lake, calendar = Lake(tmp_path), whole.calendar
    days = whole.panel.sessions
    lake.append(_batch_until(whole, days[14]))
    kept = lake.load_history(calendar)
    for place in (15, 16, 22, 30, len(days) - 1):
        kept = lake.extend(_batch_until(whole, days[place]), calendar) or kept
        loaded = Lake(tmp_path).load_history(calendar)
        assert kept.data_version == loaded.data_version
        assert kept.panel.sessions == loaded.panel.sessions
        assert (kept.macro, kept.headlines, kept.reports) == (loaded.macro, loaded.headlines, loaded.reports)
        index = loaded.panel.total_return_index
        assert np.array_equal(kept.panel.total_return_index, index, equal_nan=True)


def test_a_lake_that_another_process_wrote_to_is_read_again(tmp_path: Path) -> None:
    whole = a_history(7)
    lake, other, calendar = Lake(tmp_path), Lake(tmp_path), whole.calendar
    days = whole.panel.sessions
    lake.append(_batch_until(whole, days[14]))
    lake.load_history(calendar)
    other.append(_batch_until(whole, days[20]))
    kept = lake.extend(_batch_until(whole, days[25]), calendar)
    assert kept is not None
    assert kept.data_version == Lake(tmp_path).load_history(calendar).data_version


def _batch_until(whole: History, day: date) -> Batch:
    """Everything that was known on the evening of a session."""
    known = whole.truncated(whole.calendar.decision_time(day))
    rows = len(known.panel.sessions)
    return Batch(
        bars={DAILY: bars_of(known, known.panel.tickers, 0, rows)},
        instruments=tuple(known.instruments.values()),
        series=tuple(known.series.values()),
        actions=known.actions,
        macro=known.macro,
        headlines=known.headlines,
        reports=known.reports,
    )
