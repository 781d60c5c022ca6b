"""Builders of single facts about a market, each with a default for everything."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from fund.market.bars import Bar
from fund.market.calendar import Hours, SessionCalendar
from fund.market.facts import (
    CorporateAction,
    Headline,
    Instrument,
    MembershipSpell,
    Observation,
    Report,
    Telling,
)

FIRST = date(2016, 1, 4)


def a_calendar(first: date = FIRST, count: int = 90) -> SessionCalendar:
    """Return a calendar of weekdays, 14:30 to 21:00 UTC; every 20th is a half day until 18:00."""
    days = [first + timedelta(days=offset) for offset in range(2 * count + 7)]
    sessions = [day for day in days if day.weekday() < 5][:count]
    return SessionCalendar(
        Hours(day, at(day, time(14, 30)), at(day, time(18 if place % 20 == 19 else 21)))
        for place, day in enumerate(sessions)
    )


def a_bar(ticker: str = "AAA", session: date = FIRST, price: float = 10.0, **values: object) -> Bar:
    """Return a bar that did not move, unless told otherwise."""
    flat = Decimal(repr(price))
    bar = Bar(ticker=ticker, session=session, open=flat, high=flat, low=flat, close=flat, volume=1_000)
    return replace(bar, **values)  # type: ignore[arg-type]


def an_instrument(ticker: str = "AAA", sector: str = "Industrials") -> Instrument:
    """Return a company."""
    return Instrument(ticker=ticker, name=f"{ticker} Inc", asset_class="equity", sector=sector)


def a_split(ticker: str = "AAA", ex_date: date = FIRST, ratio: str = "2") -> CorporateAction:
    """Return a split into `ratio` new shares per old share."""
    return CorporateAction(ticker=ticker, ex_date=ex_date, kind="split", value=Decimal(ratio), detail="split")


def a_dividend(ticker: str = "AAA", ex_date: date = FIRST, cash: str = "0.5") -> CorporateAction:
    """Return a cash dividend in USD per share."""
    return CorporateAction(
        ticker=ticker, ex_date=ex_date, kind="dividend", value=Decimal(cash), detail="cash"
    )


def a_spell(ticker: str = "AAA", start: date = date(2000, 1, 3), end: date | None = None) -> MembershipSpell:
    """Return a stay in the index."""
    return MembershipSpell(ticker=ticker, start=start, end=end)


def an_observation(
    series_id: str = "VIX", day: date = FIRST, value: float = 15.0, known_at: datetime | None = None
) -> Observation:
    """Return a macro value, known in the evening of its day unless told otherwise."""
    return Observation(series_id=series_id, day=day, value=value, known_at=known_at or at(day, time(21, 15)))


def a_headline(headline_id: str = "h1", known_at: datetime | None = None, title: str = "News") -> Headline:
    """Return a headline about the market."""
    return Headline(
        headline_id=headline_id,
        tickers=("^SPX",),
        title=title,
        source="wire",
        known_at=known_at or at(FIRST, time(13)),
    )


def a_telling(
    headline_id: str = "h1", known_at: datetime | None = None, told_as: str = "", source: str = "other"
) -> Telling:
    """Return that another source told a headline."""
    moment = known_at or at(FIRST, time(14))
    return Telling(
        headline_id=headline_id,
        told_as=told_as or f"{headline_id} at {moment.isoformat()}",
        source=source,
        url="",
        known_at=moment,
    )


def a_report(
    ticker: str = "AAA",
    end_date: date = date(2015, 12, 31),
    known_at: datetime | None = None,
    revenue: float | None = 1e9,
) -> Report:
    """Return a quarterly report, known three weeks after its period unless told otherwise."""
    return Report(
        ticker=ticker,
        doc_type="10-Q",
        end_date=end_date,
        known_at=known_at or at(end_date + timedelta(days=21), time(13)),
        revenue=revenue,
        net_income=1e8,
        eps_diluted=1.25,
        equity=5e8,
        assets=2e9,
        cash=None,
    )


def at(day: date, moment: time) -> datetime:
    """Return a moment in UTC."""
    return datetime.combine(day, moment, UTC)
