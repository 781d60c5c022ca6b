"""A small made bundle on disk, whose files a test may replace or damage."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from support.facts import a_calendar

DAYS = a_calendar().last_sessions(a_calendar().last, 90)[:10]
CSV: Mapping[str, str] = {
    "metadata.csv": (
        "symbol,name,asset_class,gics_sector\n"
        "NA,Nano Labs,equity,Materials\nNAN,Nandos,equity,\nTRUE,True Corp,equity,Energy\nFND,A fund,etf,\n"
    ),
    "membership.csv": f"symbol,start,end\nNA,2000-01-03,\nNAN,2010-05-03,{DAYS[6]}\nTRUE,{DAYS[3]},\n",
    "macro_meta.csv": (
        "series_id,name,units,frequency,publication_lag_days,revised\n"
        'VIX,"Volatility, daily close",points,D,0,no\nCPI,Prices,index,M,45,yes\n'
    ),
    "quality.csv": "symbol,first_date,last_date,issue,detail\n",
    "ticker_changes.csv": "ticker_before,symbol,effective,note\n",
}


def daily_bars(tickers: Sequence[str] = ("FND", "NA", "NAN", "TRUE"), sessions: int = 10) -> pl.DataFrame:
    """Return bars that rise by a cent a session."""
    rows = [
        {"symbol": ticker, "date": day, **_prices(10.0 + place / 100), "volume": 1_000}
        for ticker in tickers
        for place, day in enumerate(DAYS[:sessions])
    ]
    return pl.DataFrame(rows)


def corporate_actions(**values: object) -> pl.DataFrame:
    """Return one split in two of NA, or what the values make of it."""
    row = {"symbol": "NA", "ex_date": DAYS[5], "kind": "split", "value": 2.0, "detail": "split"}
    return pl.DataFrame([{**row, **values}])


def macro(**values: object) -> pl.DataFrame:
    """Return one value of each series; `values` change the last row."""
    rows = [
        {"series_id": "VIX", "date": DAYS[0], "value": 15.0},
        {"series_id": "CPI", "date": date(2016, 1, 1), "value": 237.0, **values},
    ]
    return pl.DataFrame(rows)


def headlines(**values: object) -> pl.DataFrame:
    """Return one headline about the market."""
    row = {
        "headline_id": "h1",
        "symbols": "^SPX",
        "title": "Stocks rise",
        "source": "wire",
        "known_at": at(DAYS[1], 5),
    }
    return pl.DataFrame([{**row, **values}], schema_overrides={"known_at": pl.Datetime("ms", "UTC")})


def reports(*changes: Mapping[str, object]) -> pl.DataFrame:
    """Return reports of NA, one for each set of changed values."""
    row: dict[str, object] = {
        "symbol": "NA",
        "end_date": date(2015, 12, 31),
        "known_at": at(DAYS[2], 13),
        "doc_type": "10-Q",
        "amend": False,
        "revenues": 1e9,
        "net_income": 1e8,
        "eps_diluted": 1.5,
        "equity": 5e8,
        "assets": None,
        "cash": 1e7,
    }
    figures = dict.fromkeys(("revenues", "net_income", "eps_diluted", "equity", "assets", "cash"), pl.Float64)
    return pl.DataFrame([{**row, **each} for each in changes or ({},)], schema_overrides=figures)


def intraday() -> pl.DataFrame:
    """Return two minutes of NA and an hour of a currency on a Saturday."""
    rows = [
        ("NA", at(DAYS[0], 15), "1min", 1_000),
        ("NA", at(DAYS[0], 15) + timedelta(minutes=1), "1min", 2_000),
        ("EURUSD", at(date(2016, 1, 9), 3), "1h", 0),
    ]
    return pl.DataFrame(
        [
            {"symbol": ticker, "ts": moment, "frequency": frequency, **_prices(1.1), "volume": volume}
            for ticker, moment, frequency, volume in rows
        ]
    )


def a_bundle(folder: Path, **replaced: pl.DataFrame | str) -> Path:
    """Write a small bundle and return its folder; a file may be replaced under its name without suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "bars_daily": daily_bars(),
        "intraday_sample": intraday(),
        "corporate_actions": corporate_actions(),
        "macro": macro(),
        "headlines": headlines(),
        "reports": reports(),
        **{name: value for name, value in replaced.items() if isinstance(value, pl.DataFrame)},
    }
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    for name, text in CSV.items():
        given = replaced.get(name.removesuffix(".csv"))
        (folder / name).write_text(given if isinstance(given, str) else text)
    return folder


def at(day: date, hour: int) -> datetime:
    """Return a full hour in UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def _prices(price: float) -> dict[str, float]:
    return {"open": price, "high": price + 0.5, "low": price - 0.5, "close": price}
