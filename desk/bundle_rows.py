"""From a row of a bundle to a fact with the moment it became known, or a reason why it is none."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, get_args
from zoneinfo import ZoneInfo

from fund.market.facts import (
    ActionKind,
    CorporateAction,
    Headline,
    Instrument,
    MacroSeries,
    MembershipSpell,
    Observation,
    Report,
)

NEW_YORK = ZoneInfo("America/New_York")
PUBLISHED_BY = time(16, 15)
ACTION_KINDS: tuple[ActionKind, ...] = get_args(ActionKind)

Row = Mapping[str, Any]


class BadRowError(ValueError):
    """A row is no fact; the message is the reason it is left out."""


@lru_cache(maxsize=16_384)
def publication_time(day: date, lag_days: int) -> datetime:
    """Return when a macro value dated `day` may be read first: at 16:15 New York, `lag_days` days later.

    A bundle states the lag in whole days, so the value came out some time on that day. Reading it as
    16:15 is the careful choice: no decision before the close can see it, the daily cycle can, and the
    VIX of the day itself (lag 0) is final then.
    """
    return datetime.combine(day + timedelta(days=lag_days), PUBLISHED_BY, NEW_YORK).astimezone(UTC)


def instrument(row: Row) -> Instrument:
    """Return an instrument; the sector of a fund is empty."""
    if row["asset_class"] not in {"equity", "etf"}:
        raise BadRowError(f"expected asset_class equity or etf, found {row['asset_class']!r}")
    ticker = _text(row, "symbol")
    return Instrument(
        ticker=ticker,
        name=row["name"] or ticker,
        asset_class=row["asset_class"],
        sector=row["gics_sector"] or "",
    )


def spell(row: Row) -> MembershipSpell:
    """Return one stay in the index."""
    start, end = _day(row["start"]), _day(row["end"]) if row["end"] else None
    if end is not None and end <= start:
        raise BadRowError(f"expected end after start, found {start} to {end}")
    return MembershipSpell(ticker=_text(row, "symbol"), start=start, end=end)


def action(row: Row) -> CorporateAction:
    """Return a corporate action, its value to the last digit of the file.

    A delisting may be worth nothing; a ticker change has the new ticker as its detail and the value 1.
    """
    kind = row["kind"]
    if kind not in ACTION_KINDS:
        raise BadRowError(f"expected kind {', '.join(ACTION_KINDS)}, found {kind!r}")
    ticker, value = _text(row, "symbol"), _number(row, "value")
    if value < 0 or (value == 0 and kind != "delisting"):
        raise BadRowError(f"expected a positive value, found {value!r}")
    if kind == "ticker_change":
        _refuse_no_change(ticker, _text(row, "detail"), value)
    return CorporateAction(
        ticker=ticker,
        ex_date=_present(row, "ex_date"),
        kind=kind,
        value=Decimal(repr(abs(value))),
        detail=_text(row, "detail") if kind == "ticker_change" else row["detail"] or kind,
    )


def _refuse_no_change(ticker: str, new: str, value: float) -> None:
    if new == ticker or len(new.split()) != 1:
        raise BadRowError(f"expected the new ticker of {ticker} as detail, found {new!r}")
    if value != 1:
        raise BadRowError(f"expected the value 1 with a ticker change, found {value!r}")


def series(row: Row) -> MacroSeries:
    """Return what a macro series measures."""
    lag_days(row)
    return MacroSeries(
        series_id=_text(row, "series_id"),
        name=row["name"],
        units=row["units"],
        frequency=row["frequency"],
        revised=row["revised"] == "yes",
    )


def lag_days(row: Row) -> int:
    """Return the publication lag of a macro series in calendar days."""
    text = row["publication_lag_days"]
    if not text.isdecimal():
        raise BadRowError(f"expected publication_lag_days as a whole number, found {text!r}")
    return int(text)


def observation(row: Row, lags: Mapping[str, int]) -> Observation:
    """Return a macro value, known from its series' publication lag on; without a lag it is undated."""
    series_id, day = _text(row, "series_id"), _present(row, "date")
    lag = lags.get(series_id)
    if lag is None:
        raise BadRowError(f"expected a publication lag for {series_id!r}, found none: the value is undated")
    return Observation(
        series_id=series_id, day=day, value=_number(row, "value"), known_at=publication_time(day, lag)
    )


def headline(row: Row) -> Headline:
    """Return one news title."""
    return Headline(
        headline_id=_text(row, "headline_id"),
        tickers=tuple(_text(row, "symbols").replace(",", " ").split()),
        title=_text(row, "title"),
        source=row["source"] or "",
        known_at=_present(row, "known_at").astimezone(UTC),
    )


def report(row: Row) -> Report:
    """Return the figures of one filing."""
    known_at, end_date = _present(row, "known_at").astimezone(UTC), _present(row, "end_date")
    if known_at.date() <= end_date:
        raise BadRowError(f"expected a filing known after its period ended, found {known_at} for {end_date}")
    return Report(
        ticker=_text(row, "symbol"),
        doc_type=_text(row, "doc_type"),
        end_date=end_date,
        known_at=known_at,
        revenue=row["revenues"],
        net_income=row["net_income"],
        eps_diluted=row["eps_diluted"],
        equity=row["equity"],
        assets=row["assets"],
        cash=row["cash"],
    )


def _present(row: Row, name: str) -> Any:
    value = row[name]
    if value is None:
        raise BadRowError(f"expected a {name}, found none")
    return value


def _text(row: Row, name: str) -> str:
    text = str(_present(row, name)).strip()
    if not text:
        raise BadRowError(f"expected a {name}, found it empty")
    return text


def _number(row: Row, name: str) -> float:
    value = float(_present(row, name))
    if not math.isfinite(value):
        raise BadRowError(f"expected a finite {name}, found {value!r}")
    return value


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRowError(f"expected a day as YYYY-MM-DD, found {text!r}") from error
