"""Reading a bundle: what goes into the lake, what is left out and why, and which files are refused."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from db.lake import Lake
from desk.bundle_files import FILES
from desk.bundle_rows import publication_time
from desk.ingest import IngestReport, ingest_bundle
from fund.errors import ConfigError, DataError
from fund.market.history import History
from support.bundles import (
    CSV,
    DAYS,
    a_bundle,
    at,
    corporate_actions,
    daily_bars,
    headlines,
    intraday,
    macro,
    reports,
)
from support.facts import a_calendar
from support.markets import bundle_history
from support.stored_bars import stored_bars

NAIVE = pl.col("known_at").dt.replace_time_zone(None)
SATURDAY = date(2016, 1, 9)


def silent(label: str, done: int, total: int) -> None:
    assert 0 <= done <= total


def ingest(folder: Path, **replaced: pl.DataFrame | str) -> tuple[IngestReport, Lake]:
    lake = Lake(folder / "lake")
    report = ingest_bundle(a_bundle(folder / "bundle", **replaced), lake, silent, a_calendar())
    return report, lake


def ingested(folder: Path, **replaced: pl.DataFrame | str) -> History:
    return ingest(folder, **replaced)[1].load_history(a_calendar())


def quarantine(folder: Path, **replaced: pl.DataFrame | str) -> tuple[str, str]:
    report, _ = ingest(folder, **replaced)
    (left_out,) = report.quarantined
    return left_out.file, left_out.reason


def test_every_kind_of_fact_arrives(tmp_path: Path) -> None:
    history = ingested(tmp_path)
    view = history.view(a_calendar().decision_time(DAYS[9]))
    assert view.tickers() == {"FND", "NA", "NAN", "TRUE"}
    assert view.members() == {"NA", "TRUE"}
    assert view.instrument("FND").asset_class == "etf"
    assert [action.value for action in view.actions("NA", date.min)] == [2]
    assert [each.value for each in view.macro("VIX")] == [15.0]
    assert [each.title for each in view.headlines(3)] == ["Stocks rise"]
    report = view.report("NA")
    assert report is not None
    assert (report.revenue, report.assets) == (1e9, None)
    assert history.series["CPI"].revised
    assert history.series["VIX"].name == "Volatility, daily close"


def test_tickers_that_look_like_missing_values_are_tickers(tmp_path: Path) -> None:
    history = ingested(tmp_path)
    names = {ticker: instrument.name for ticker, instrument in history.instruments.items()}
    assert names == {"NA": "Nano Labs", "NAN": "Nandos", "TRUE": "True Corp", "FND": "A fund"}
    assert [spell.ticker for spell in history.membership] == ["NA", "NAN", "TRUE"]
    assert history.instruments["NAN"].sector == ""


def test_the_report_counts_what_was_read_and_what_was_new(tmp_path: Path) -> None:
    report, lake = ingest(tmp_path)
    assert set(report.read) == set(FILES)
    assert report.read["bars_daily.parquet"] == 40
    assert report.appended["bars/1d/2016"] == 40
    assert report.appended == lake.rows()
    assert (report.quarantined, report.jumps) == ((), ())


def test_intraday_bars_lie_apart_and_need_no_session(tmp_path: Path) -> None:
    _, lake = ingest(tmp_path)
    minutes, hours = stored_bars(lake, "1min"), stored_bars(lake, "1h")
    assert minutes.tickers == ("NA",)
    assert minutes.session.tolist()[0] == at(DAYS[0], 15).replace(tzinfo=None)
    assert minutes.volume.tolist() == [1_000.0, 2_000.0]
    assert hours.tickers == ("EURUSD",)


def test_the_same_bundle_again_appends_nothing(tmp_path: Path) -> None:
    _, lake = ingest(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in lake.root.rglob("*.parquet")}
    version = lake.load_history(a_calendar()).data_version
    report, lake = ingest(tmp_path)
    assert set(report.appended.values()) == {0}
    assert {path: path.stat().st_mtime_ns for path in lake.root.rglob("*.parquet")} == before
    assert lake.load_history(a_calendar()).data_version == version


def test_a_longer_bundle_appends_what_is_new(tmp_path: Path) -> None:
    ingest(tmp_path, bars_daily=daily_bars(sessions=8))
    report, lake = ingest(tmp_path, bars_daily=daily_bars(sessions=10))
    assert {name: rows for name, rows in report.appended.items() if rows} == {"bars/1d/2016": 8}
    assert lake.load_history(a_calendar()).last_session == DAYS[9]


def test_a_bundle_that_contradicts_the_lake_is_refused_whole(tmp_path: Path) -> None:
    _, lake = ingest(tmp_path)
    before = lake.rows()
    changed = daily_bars().with_columns(volume=pl.col("volume") + 1)
    with pytest.raises(DataError, match="expected bars/1d/2016 to be appended only"):
        ingest(tmp_path, bars_daily=changed, headlines=headlines(headline_id="h2"))
    assert lake.rows() == before


def test_progress_runs_from_nothing_to_all(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    bundle, lake = a_bundle(tmp_path / "bundle"), Lake(tmp_path / "lake")
    ingest_bundle(bundle, lake, lambda *step: told.append(step), a_calendar())
    assert [done for _, done, _ in told] == list(range(len(FILES) + 3))
    assert {total for _, _, total in told} == {len(FILES) + 2}
    assert told[0][0] == "Reading bars_daily.parquet"


@pytest.mark.parametrize(
    ("day", "lag", "known_at"),
    [
        (date(2016, 1, 4), 0, datetime(2016, 1, 4, 21, 15, tzinfo=UTC)),
        (date(2016, 7, 5), 0, datetime(2016, 7, 5, 20, 15, tzinfo=UTC)),
        (date(2016, 3, 11), 2, datetime(2016, 3, 13, 20, 15, tzinfo=UTC)),
        (date(2016, 1, 1), 45, datetime(2016, 2, 15, 21, 15, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "over the change of clocks", "a month and a half later"],
)
def test_a_macro_value_is_known_at_a_quarter_past_four_in_new_york(
    day: date, lag: int, known_at: datetime
) -> None:
    assert publication_time(day, lag) == known_at


def test_the_vix_of_a_session_is_known_to_its_daily_cycle_but_not_at_its_close(tmp_path: Path) -> None:
    history = ingested(tmp_path)
    assert history.view(a_calendar().close_at(DAYS[0])).macro("VIX") == ()
    assert len(history.view(a_calendar().decision_time(DAYS[0])).macro("VIX")) == 1


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_file_is_named_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    bundle, lake = a_bundle(tmp_path / "bundle"), Lake(tmp_path / "lake")
    (bundle / name).unlink()
    with pytest.raises(ConfigError, match=f"expected the bundle file .*{name}, found none"):
        ingest_bundle(bundle, lake, silent, a_calendar())
    assert not lake.root.exists()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_named_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    bundle, lake = a_bundle(tmp_path / "bundle"), Lake(tmp_path / "lake")
    content = (bundle / name).read_bytes()
    (bundle / name).write_bytes(
        content[: len(content) // 2] if name.endswith("parquet") else b"\xff\xfe\x00" * 9
    )
    with pytest.raises(ConfigError, match=f"{name} to (be a whole|have column)"):
        ingest_bundle(bundle, lake, silent, a_calendar())
    assert not lake.root.exists()


def test_a_file_that_still_parses_but_is_not_the_one_listed_is_damaged(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path / "bundle")
    (bundle / "SHA256SUMS").write_text(f"{'0' * 64}  membership.csv\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"membership\.csv as SHA256SUMS lists it, found it damaged"):
        ingest_bundle(bundle, Lake(tmp_path / "lake"), silent, a_calendar())


def test_a_folder_in_the_place_of_a_file_is_unreadable(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path / "bundle")
    (bundle / "macro.parquet").unlink()
    (bundle / "macro.parquet").mkdir()
    with pytest.raises(ConfigError, match=r"expected a readable bundle file .*macro\.parquet, found 'Is"):
        ingest_bundle(bundle, Lake(tmp_path / "lake"), silent, a_calendar())


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        (
            {"macro": macro().drop("value")},
            r"macro\.parquet to have column 'value' of numbers \(it is",
        ),
        ({"bars_daily": daily_bars().cast({"date": pl.String})}, r"column 'date' of days \(String\)"),
        (
            {"headlines": headlines().with_columns(pl.col("known_at").dt.replace_time_zone(None))},
            "'known_at' of mom",
        ),
        (
            {"membership": CSV["membership.csv"].replace("start", "begin")},
            r"membership\.csv to have column 'start'",
        ),
    ],
    ids=["absent", "text for a day", "a moment without a timezone", "a csv header"],
)
def test_a_wrong_column_is_named(
    replaced: dict[str, pl.DataFrame | str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        ingest(tmp_path, **replaced)


def one_bar(**values: object) -> pl.DataFrame:
    first = (pl.col("symbol") == "NA") & (pl.col("date") == DAYS[0])
    columns = [
        pl.when(first)
        .then(pl.lit(value, dtype=daily_bars().schema[name]))
        .otherwise(pl.col(name))
        .alias(name)
        for name, value in values.items()
    ]
    return daily_bars().with_columns(columns)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"open": None}, "bad_price"),
        ({"close": -1.0}, "bad_price"),
        ({"high": 9.0}, "price_order"),
        ({"volume": None}, "negative_volume"),
        ({"date": date(2016, 1, 9)}, "no_session"),
        ({"date": None}, "expected a symbol and a time, found none"),
        ({"symbol": None}, "expected a symbol and a time, found none"),
    ],
)
def test_a_bad_bar_is_left_out_with_its_reason(
    values: dict[str, object], reason: str, tmp_path: Path
) -> None:
    assert quarantine(tmp_path, bars_daily=one_bar(**values)) == ("bars_daily.parquet", reason)
    bars = stored_bars(Lake(tmp_path / "lake"), "1d")
    assert len(bars) == 39


def test_a_jump_is_kept_and_reported(tmp_path: Path) -> None:
    values = {"open": 100.0, "high": 101.0, "low": 99.0, "close": 100.0}
    report, _ = ingest(tmp_path, bars_daily=one_bar(**values))
    assert report.quarantined == ()
    assert [(jump.ticker, jump.session) for jump in report.jumps] == [("NA", DAYS[1])]


def test_a_bad_intraday_bar_is_left_out(tmp_path: Path) -> None:
    broken = intraday().with_columns(
        high=pl.when(pl.col("frequency") == "1h").then(0.5).otherwise(pl.col("high"))
    )
    assert quarantine(tmp_path, intraday_sample=broken) == ("intraday_sample.parquet", "price_order")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (
            {"kind": "bankruptcy"},
            "expected kind split, dividend, ticker_change, merger, delisting, found 'bankruptcy'",
        ),
        (
            {"kind": "merger", "value": 200.81},
            "expected a merger at no more than 20 times the close before it, 10.04",
        ),
        (
            {"kind": "ticker_change", "value": 1.0, "detail": "NA"},
            "expected the new ticker of NA as detail, found 'NA'",
        ),
        ({"value": 0.0}, "expected a positive value, found 0.0"),
        ({"value": float("nan")}, "expected a finite value, found nan"),
        ({"kind": "dividend", "value": 10.04}, "expected a dividend below the close before it, 10.04"),
        ({"symbol": " "}, "expected a symbol, found it empty"),
        ({"ex_date": SATURDAY}, f"expected an ex date on a session, found Saturday {SATURDAY}"),
    ],
)
def test_a_bad_action_is_left_out_with_its_reason(
    values: dict[str, object], reason: str, tmp_path: Path
) -> None:
    found = quarantine(tmp_path, corporate_actions=corporate_actions(**values))
    assert found == ("corporate_actions.parquet", reason)
    assert Lake(tmp_path / "lake").load_history(a_calendar()).actions == ()


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "merger", "value": 200.79, "detail": "cash"},
        {"kind": "delisting", "value": 0.0, "detail": ""},
        {"kind": "ticker_change", "value": 1.0, "detail": "NB"},
    ],
)
def test_an_ending_goes_into_the_lake_and_leaves_the_index_alone(
    values: dict[str, object], tmp_path: Path
) -> None:
    ingest(tmp_path / "with", corporate_actions=corporate_actions(**values))
    ingest(tmp_path / "without", corporate_actions=corporate_actions().clear())
    told, plain = (Lake(tmp_path / name / "lake").load_history(a_calendar()) for name in ("with", "without"))
    assert [action.kind for action in told.actions] == [values["kind"]]
    assert told.panel.total_return_index.tobytes() == plain.panel.total_return_index.tobytes()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"series_id": "GDP"}, "expected a publication lag for 'GDP', found none: the value is undated"),
        ({"value": float("inf")}, "expected a finite value, found inf"),
        ({"date": None}, "expected a date, found none"),
    ],
)
def test_a_bad_macro_value_is_left_out_with_its_reason(
    values: dict[str, object], reason: str, tmp_path: Path
) -> None:
    assert quarantine(tmp_path, macro=macro(**values)) == ("macro.parquet", reason)


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("metadata", "XXX,Xx,crypto,\n", "expected asset_class equity or etf, found 'crypto'"),
        (
            "membership",
            "TRUE,2016-04-01,2016-03-01\n",
            "expected end after start, found 2016-04-01 to 2016-03-01",
        ),
        ("membership", "TRUE,soon,\n", "expected a day as YYYY-MM-DD, found 'soon'"),
        (
            "macro_meta",
            "GDP,Gross,USD,Q,later,no\n",
            "expected publication_lag_days as a whole number, found 'later'",
        ),
    ],
)
def test_a_bad_line_is_left_out_with_its_reason(name: str, line: str, reason: str, tmp_path: Path) -> None:
    file, found = quarantine(tmp_path, **{name: CSV[f"{name}.csv"] + line})
    assert file == f"{name}.csv"
    assert found.startswith(reason)


def test_spells_that_overlap_are_left_out_together(tmp_path: Path) -> None:
    text = CSV["membership.csv"] + "NA,2010-01-04,\n"
    report, lake = ingest(tmp_path, membership=text)
    (left_out,) = report.quarantined
    assert (left_out.file, left_out.row) == ("membership.csv", "NA: 2 spells")
    assert "to join and leave the index in turn" in left_out.reason
    assert {spell.ticker for spell in lake.load_history(a_calendar()).membership} == {"NAN", "TRUE"}


@pytest.mark.parametrize("values", [{"known_at": None}, {"title": ""}])
def test_an_undated_or_empty_headline_is_left_out(values: dict[str, object], tmp_path: Path) -> None:
    file, reason = quarantine(tmp_path, headlines=headlines(**values))
    assert file == "headlines.parquet"
    assert reason.startswith("expected a ")


def test_a_report_known_before_its_period_ended_is_left_out(tmp_path: Path) -> None:
    early = reports({"known_at": at(date(2015, 12, 31), 13)})
    file, reason = quarantine(tmp_path, reports=early)
    assert file == "reports.parquet"
    assert reason.startswith("expected a filing known after its period ended")


@pytest.mark.parametrize("order", [(False, True), (True, False)])
def test_of_a_report_and_its_amendment_known_together_the_amendment_stays(
    order: tuple[bool, bool], tmp_path: Path
) -> None:
    both = reports(*({"amend": amend, "revenues": 2e9 if amend else 1e9} for amend in order))
    report, lake = ingest(tmp_path, reports=both)
    assert [each.reason for each in report.quarantined] == [
        "superseded by an amendment known at the same moment"
    ]
    assert [each.revenue for each in lake.load_history(a_calendar()).reports] == [2e9]


def test_the_demo_bundle_is_whole() -> None:
    history = bundle_history()
    assert history.panel.close.shape == (818, 580)
    assert len(history.actions) == 3_461
    assert len(history.macro) == 39_343
    assert len(history.headlines) == 2_635
    assert len(history.reports) == 4_117
    assert len(history.series) == 34
    assert len(history.membership) == 565
    assert (history.first_session, history.last_session) == (date(2014, 1, 2), date(2017, 3, 31))
