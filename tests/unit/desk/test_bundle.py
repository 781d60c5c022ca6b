"""Files and rows of a bundle one by one: a sound row is a fact to its last digit, any other has a reason."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import bundle_rows
from desk.bundle_files import DIGESTS, FILES, read_file
from desk.bundle_rows import BadRowError
from fund.errors import ConfigError
from fund.market.facts import CorporateAction, Instrument, MacroSeries, MembershipSpell
from support.bundles import a_bundle, corporate_actions, daily_bars, headlines, intraday, macro, reports
from support.checkout import ROOT

Row = Mapping[str, Any]
DAY = date(2016, 1, 4)
KNOWN = datetime(2016, 1, 20, 13, tzinfo=UTC)
ROWS: Mapping[str, tuple[Callable[[Row], object], Row]] = {
    "instrument": (
        bundle_rows.instrument,
        {"symbol": "NA", "name": "Nano", "asset_class": "equity", "gics_sector": "Energy"},
    ),
    "spell": (bundle_rows.spell, {"symbol": "NA", "start": "2010-01-04", "end": ""}),
    "action": (
        bundle_rows.action,
        {"symbol": "NA", "ex_date": DAY, "kind": "split", "value": 2.0, "detail": "split"},
    ),
    "series": (
        bundle_rows.series,
        {
            "series_id": "VIX",
            "name": "Volatility",
            "units": "points",
            "frequency": "D",
            "publication_lag_days": "0",
            "revised": "no",
        },
    ),
    "observation": (
        lambda row: bundle_rows.observation(row, {"VIX": 0}),
        {"series_id": "VIX", "date": DAY, "value": 15.0},
    ),
    "headline": (
        bundle_rows.headline,
        {"headline_id": "h", "symbols": "NA", "title": "Up", "source": "wire", "known_at": KNOWN},
    ),
    "report": (
        bundle_rows.report,
        {
            "symbol": "NA",
            "doc_type": "10-Q",
            "end_date": DAY,
            "known_at": KNOWN,
            "revenues": 1.0,
            "net_income": None,
            "eps_diluted": -0.5,
            "equity": 0.0,
            "assets": None,
            "cash": 3.0,
        },
    ),
}


def made(kind: str, /, **changes: object) -> Any:
    make, row = ROWS[kind]
    return make({**row, **changes})


def reason(kind: str, /, **changes: object) -> str:
    with pytest.raises(BadRowError) as refused:
        made(kind, **changes)
    return str(refused.value)


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("instrument", "symbol"),
        ("spell", "symbol"),
        ("action", "symbol"),
        ("action", "ex_date"),
        ("action", "value"),
        ("series", "series_id"),
        ("observation", "series_id"),
        ("observation", "date"),
        ("observation", "value"),
        ("headline", "headline_id"),
        ("headline", "symbols"),
        ("headline", "title"),
        ("headline", "known_at"),
        ("report", "symbol"),
        ("report", "doc_type"),
        ("report", "end_date"),
        ("report", "known_at"),
    ],
)
def test_a_row_without_what_makes_it_a_fact_is_left_out_by_name(kind: str, column: str) -> None:
    assert reason(kind, **{column: None}) == f"expected a {column}, found none"


@pytest.mark.parametrize("kind", ["instrument", "spell", "action", "report"])
@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_ticker_is_no_ticker(kind: str, blank: str) -> None:
    assert reason(kind, symbol=blank) == "expected a symbol, found it empty"


def test_a_ticker_is_read_without_the_blanks_around_it() -> None:
    assert made("instrument", symbol=" NA ").ticker == "NA"


def test_an_instrument_without_a_name_is_called_by_its_ticker() -> None:
    assert made("instrument", name="", gics_sector=None) == Instrument(
        ticker="NA", name="NA", asset_class="equity", sector=""
    )


def test_what_a_row_says_of_itself_is_kept() -> None:
    company = made("instrument")
    assert (company.name, company.sector) == ("Nano", "Energy")
    assert made("action", detail="2-for-1").detail == "2-for-1"
    assert made("headline").source == "wire"


@pytest.mark.parametrize("found", ["Equity", "", None, "index"])
def test_an_instrument_is_a_company_or_a_fund(found: str | None) -> None:
    assert reason("instrument", asset_class=found) == f"expected asset_class equity or etf, found {found!r}"
    assert made("instrument", asset_class="etf").asset_class == "etf"


def test_a_stay_ends_on_the_day_given_or_not_at_all() -> None:
    assert made("spell") == MembershipSpell(ticker="NA", start=date(2010, 1, 4), end=None)
    assert made("spell", end="2010-01-05").end == date(2010, 1, 5)


@pytest.mark.parametrize("end", ["2010-01-04", "2010-01-03"])
def test_a_stay_of_no_day_is_no_stay(end: str) -> None:
    assert reason("spell", end=end) == f"expected end after start, found 2010-01-04 to {end}"


@pytest.mark.parametrize("column", ["start", "end"])
@pytest.mark.parametrize("text", ["4.1.2010", "2010-02-30", "soon"])
def test_a_day_is_written_year_first(column: str, text: str) -> None:
    assert reason("spell", **{column: text}) == f"expected a day as YYYY-MM-DD, found {text!r}"


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_the_value_of_an_action_is_kept_to_the_last_digit_of_the_file(value: float) -> None:
    assert made("action", value=value).value == Decimal(repr(value))


def test_an_action_says_what_it_is_when_nothing_more_is_told() -> None:
    assert made("action", kind="dividend", value=0.5, detail=None) == CorporateAction(
        ticker="NA", ex_date=DAY, kind="dividend", value=Decimal("0.5"), detail="dividend"
    )


@pytest.mark.parametrize("value", [0.0, -0.0, -1.5])
def test_a_split_or_a_dividend_of_nothing_is_none(value: float) -> None:
    assert reason("action", value=value) == f"expected a positive value, found {value!r}"


@pytest.mark.parametrize("kind", ["action", "observation"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_is_finite(kind: str, value: float) -> None:
    assert reason(kind, value=value) == f"expected a finite value, found {value!r}"


@pytest.mark.parametrize("lag", ["", "-1", "1.5", "two", " 3"])
def test_a_publication_lag_is_a_whole_number_of_days(lag: str) -> None:
    assert reason("series", publication_lag_days=lag) == (
        f"expected publication_lag_days as a whole number, found {lag!r}"
    )


def test_a_lag_is_its_number_of_days() -> None:
    assert bundle_rows.lag_days({"publication_lag_days": "45"}) == 45
    assert bundle_rows.lag_days({"publication_lag_days": "0"}) == 0


def test_a_value_of_a_series_without_a_lag_is_undated() -> None:
    row = {"series_id": "GDP", "date": DAY, "value": 1.0}
    with pytest.raises(BadRowError, match="a publication lag for 'GDP', found none: the value is undated"):
        bundle_rows.observation(row, {"VIX": 0})
    assert bundle_rows.observation(row, {"GDP": 0}).day == DAY


@pytest.mark.parametrize("found", ["mergers", "Split", "", None])
def test_an_action_is_of_a_known_kind(found: str | None) -> None:
    assert reason("action", kind=found) == (
        f"expected kind split, dividend, ticker_change, merger, delisting, found {found!r}"
    )


@pytest.mark.parametrize("kind", ["split", "dividend", "merger"])
def test_only_a_delisting_may_be_worth_nothing(kind: str) -> None:
    assert reason("action", kind=kind, value=0.0) == "expected a positive value, found 0.0"
    assert made("action", kind="delisting", value=-0.0, detail=None) == CorporateAction(
        ticker="NA", ex_date=DAY, kind="delisting", value=Decimal("0.0"), detail="delisting"
    )
    assert reason("action", kind="delisting", value=-0.01) == "expected a positive value, found -0.01"


def test_a_ticker_change_names_its_new_ticker() -> None:
    assert made("action", kind="ticker_change", value=1.0, detail=" NB ").detail == "NB"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"detail": "NA"}, "expected the new ticker of NA as detail, found 'NA'"),
        ({"detail": "N B"}, "expected the new ticker of NA as detail, found 'N B'"),
        ({"detail": None}, "expected a detail, found none"),
        ({"detail": "NB", "value": 2.0}, "expected the value 1 with a ticker change, found 2.0"),
    ],
)
def test_a_ticker_change_that_makes_no_sense_is_left_out(values: dict[str, object], told: str) -> None:
    assert reason("action", **{"kind": "ticker_change", "value": 1.0, **values}) == told


@pytest.mark.parametrize(("word", "revised"), [("yes", True), ("no", False), ("", False), ("YES", False)])
def test_a_series_says_whether_it_is_revised(word: str, revised: bool) -> None:
    assert made("series", revised=word) == MacroSeries(
        series_id="VIX", name="Volatility", units="points", frequency="D", revised=revised
    )


@given(st.dates(date(1990, 1, 1), date(2035, 1, 1)), st.integers(0, 400))
def test_a_value_is_never_known_before_its_day_and_its_lag_are_over(day: date, lag: int) -> None:
    known_at = bundle_rows.observation({"series_id": "X", "date": day, "value": 1.0}, {"X": lag}).known_at
    new_york = known_at.astimezone(bundle_rows.NEW_YORK)
    assert (new_york.date(), new_york.hour, new_york.minute) == (day + timedelta(days=lag), 16, 15)
    assert known_at.tzinfo is UTC


def test_a_headline_may_be_of_several_tickers() -> None:
    assert made("headline", symbols="NA, TRUE NAN,").tickers == ("NA", "TRUE", "NAN")
    assert made("headline", source=None).source == ""


def test_a_moment_of_another_zone_is_kept_in_utc() -> None:
    east = KNOWN.astimezone(bundle_rows.NEW_YORK)
    for kind in ("headline", "report"):
        known_at = made(kind, known_at=east).known_at
        assert (known_at, known_at.tzinfo) == (KNOWN, UTC)


def test_a_figure_a_filing_does_not_give_is_not_a_zero() -> None:
    report = made("report")
    assert (report.revenue, report.net_income, report.eps_diluted) == (1.0, None, -0.5)
    assert (report.equity, report.assets, report.cash) == (0.0, None, 3.0)


@pytest.mark.parametrize("days", [0, 1, 400])
def test_a_filing_is_known_after_its_period_only(days: int) -> None:
    said = reason("report", end_date=KNOWN.date() + timedelta(days=days))
    assert said.startswith("expected a filing known after its period ended")
    assert made("report", end_date=KNOWN.date() - timedelta(days=1)).known_at == KNOWN


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_is_read_with_the_columns_it_must_have_in_their_order(name: str, tmp_path: Path) -> None:
    assert read_file(a_bundle(tmp_path), name).columns == list(FILES[name])


def test_a_column_more_than_expected_is_left_aside(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path, macro=macro().with_columns(comment=pl.lit("x")))
    assert "comment" not in read_file(bundle, "macro.parquet").columns


def test_nothing_in_a_csv_is_read_as_missing_or_as_a_number(tmp_path: Path) -> None:
    frame = read_file(a_bundle(tmp_path), "metadata.csv")
    assert frame["symbol"].to_list() == ["NA", "NAN", "TRUE", "FND"]
    assert frame["gics_sector"].to_list()[1] == ""
    assert set(frame.dtypes) == {pl.String}


def test_a_csv_with_a_field_too_many_is_damaged(tmp_path: Path) -> None:
    text = "symbol,start,end\nNA,2010-01-04,,surplus\n"
    with pytest.raises(ConfigError, match=r"membership\.csv to be a whole csv file, .* \(found more fields"):
        read_file(a_bundle(tmp_path, membership=text), "membership.csv")


def test_every_wrong_column_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    frame = daily_bars().drop("open").cast({"volume": pl.String})
    with pytest.raises(ConfigError, match=r"column 'open' of numbers \(it is absent\).*'volume' of wholes"):
        read_file(a_bundle(tmp_path, bars_daily=frame), "bars_daily.parquet")


WRONG: Mapping[str, tuple[pl.DataFrame, str]] = {
    "text": (corporate_actions().with_columns(symbol=pl.lit(7)), "corporate_actions"),
    "day": (macro().cast({"date": pl.Datetime("us", "UTC")}), "macro"),
    "moment": (
        intraday().with_columns(pl.col("ts").dt.convert_time_zone("America/New_York")),
        "intraday_sample",
    ),
    "number": (macro().cast({"value": pl.Boolean}), "macro"),
    "whole": (daily_bars().cast({"volume": pl.Date}), "bars_daily"),
    "flag": (reports().cast({"amend": pl.Int8}), "reports"),
}


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_a_column_of_another_kind_is_named_with_what_it_should_be(kind: str, tmp_path: Path) -> None:
    frame, file = WRONG[kind]
    with pytest.raises(ConfigError, match=rf"{file}\.parquet to have column '\w+' of {kind}s \("):
        read_file(a_bundle(tmp_path, **{file: frame}), f"{file}.parquet")


@pytest.mark.parametrize("whole", [pl.Int64, pl.Int32, pl.UInt32, pl.Float64])
def test_a_whole_number_may_be_stored_in_any_width(whole: Any, tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path, bars_daily=daily_bars().cast({"volume": whole}))
    assert read_file(bundle, "bars_daily.parquet").height == 40


@pytest.mark.parametrize("spelling", ["{digest}  {name}", "{digest} *{name}", "\n{digest}\t{name}\n\n"])
def test_a_file_that_is_the_one_listed_is_read(spelling: str, tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path)
    digest = sha256((bundle / "membership.csv").read_bytes()).hexdigest()
    (bundle / DIGESTS).write_text(spelling.format(digest=digest, name="membership.csv"))
    assert read_file(bundle, "membership.csv").height == 3
    (bundle / "membership.csv").write_bytes((bundle / "membership.csv").read_bytes() + b"\n")
    with pytest.raises(ConfigError, match="as SHA256SUMS lists it, found it damaged or changed"):
        read_file(bundle, "membership.csv")


@pytest.mark.parametrize("content", [b"one-word\n", b"three words here\n", b"\xff\xfe\x00"])
def test_a_damaged_list_of_digests_is_named(content: bytes, tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path)
    (bundle / DIGESTS).write_bytes(content)
    with pytest.raises(ConfigError, match=r"a file name on every line of .*SHA256SUMS.*restore it"):
        read_file(bundle, "membership.csv")


def test_a_folder_in_the_place_of_the_list_is_named(tmp_path: Path) -> None:
    (a_bundle(tmp_path) / DIGESTS).mkdir()
    with pytest.raises(ConfigError, match="SHA256SUMS"):
        read_file(tmp_path, "membership.csv")


def test_the_shipped_bundle_lists_every_file_that_is_read() -> None:
    listed = (ROOT / "data" / "bundle" / DIGESTS).read_text().split()
    assert set(FILES) <= set(listed)


def test_headlines_are_read_to_the_second_they_were_known(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path, headlines=headlines(known_at=KNOWN))
    assert read_file(bundle, "headlines.parquet")["known_at"].to_list() == [KNOWN]
