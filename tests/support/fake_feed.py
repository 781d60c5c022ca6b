"""A vendor in memory: it knows a made market, answers what it is asked, and remembers what that was."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

import numpy as np
import polars as pl

from desk.feeds.feed import Delivery, Kind, Request
from fund.errors import FeedError
from fund.market.actions import BAR_COLUMNS, panel_of
from fund.market.calendar import SessionCalendar
from fund.market.facts import CorporateAction, Headline, Observation
from fund.market.history import History
from support.facts import a_calendar

CALENDAR = a_calendar()
DAYS = CALENDAR.sessions(CALENDAR.first, CALENDAR.last)
NAMES = ("AAA", "BBB", "CCC")
KINDS: frozenset[Kind] = frozenset({"bars", "actions", "headlines", "macro"})


def made_bars(
    names: Sequence[str] = NAMES, days: Sequence[date] = DAYS, seed: int = 1, start: float = 50.0
) -> pl.DataFrame:
    """Return bars that wander by a percent a day, in cents."""
    rng = np.random.default_rng(seed)
    shape = (len(names), len(days))
    close = np.round(start * np.exp(np.cumsum(rng.normal(0, 0.01, shape), axis=1)), 2)
    opened = np.round(close * (1 + rng.normal(0, 0.003, shape)), 2)
    return pl.DataFrame(
        {
            "symbol": np.repeat(names, len(days)),
            "date": np.tile(np.array(days, dtype="datetime64[D]"), len(names)),
            "open": opened.ravel(),
            "high": (np.maximum(opened, close) + 0.25).round(2).ravel(),
            "low": (np.minimum(opened, close) - 0.25).round(2).ravel(),
            "close": close.ravel(),
            "volume": rng.integers(100_000, 900_000, shape).ravel(),
        }
    ).sort("symbol", "date")


def made_actions(*rows: tuple[str, date, str, float, str]) -> pl.DataFrame:
    """Return corporate actions, each a symbol, an ex date, a kind, a value and a detail."""
    columns = {"symbol": pl.String, "ex_date": pl.Date, "kind": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema={**columns, "detail": pl.String}, orient="row")


def made_headlines(*rows: tuple[str, str, str, datetime]) -> pl.DataFrame:
    """Return headlines, each an id, symbols, a title and the moment it became known."""
    columns = {"headline_id": pl.String, "symbols": pl.String, "title": pl.String}
    frame = pl.DataFrame(rows, schema={**columns, "known_at": pl.Datetime("us", "UTC")}, orient="row")
    return frame.with_columns(source=pl.lit("wire"))


def made_macro(*rows: tuple[str, date, float, datetime]) -> pl.DataFrame:
    """Return macro values, each a series, its day, the value and the moment it became known."""
    columns = {"series_id": pl.String, "date": pl.Date, "value": pl.Float64}
    return pl.DataFrame(rows, schema={**columns, "known_at": pl.Datetime("us", "UTC")}, orient="row")


def at(day: date, hour: int = 12) -> datetime:
    """Return a full hour in UTC."""
    return datetime.combine(day, time(hour), UTC)


@dataclass
class FakeFeed:
    """Answers from tables; what it was asked is in `asked`, and it can be told to fail."""

    now: datetime
    bars: pl.DataFrame = field(default_factory=made_bars)
    actions: pl.DataFrame = field(default_factory=made_actions)
    headlines: pl.DataFrame = field(default_factory=made_headlines)
    macro: pl.DataFrame = field(default_factory=made_macro)
    name: str = "fake"
    offers: frozenset[Kind] = KINDS
    down: frozenset[Kind] = frozenset()
    """Kinds that cannot be had."""
    calendar: SessionCalendar = CALENDAR
    asked: list[Request] = field(default_factory=list)
    before: Callable[[Request], None] = lambda request: None
    """Called before every answer: to count, to fail, to die."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def fetch(self, request: Request) -> Delivery:
        with self._lock:
            self.before(request)
            if request.kind in self.down:
                raise FeedError(f"expected an answer of {self.name}, found it down; try again later")
            self.asked.append(request)
        frame = getattr(self, f"_{request.kind}")(request)
        named = {"headlines": "headline_id", "macro": "series_id"}.get(request.kind, "symbol")
        missing = () if request.kind != "bars" else tuple(sorted({*request.names} - {*frame[named]}))
        return Delivery(feed=self.name, request=request, received_at=self.now, frame=frame, missing=missing)

    def _bars(self, request: Request) -> pl.DataFrame:
        until = min(request.last, self.calendar.last_closed(self.now))
        rows = self.bars.filter(_of("symbol", request.names), pl.col("date").is_between(request.first, until))
        return rows.with_columns(known_at=pl.lit(self.now).cast(pl.Datetime("us", "UTC")))

    def _actions(self, request: Request) -> pl.DataFrame:
        days = pl.col("ex_date").is_between(request.first, request.last)
        rows = self.actions.filter(_of("symbol", request.names), days)
        return rows.with_columns(known_at=pl.lit(self.now).cast(pl.Datetime("us", "UTC")))

    def _headlines(self, request: Request) -> pl.DataFrame:
        days = pl.col("known_at").dt.date().is_between(request.first, request.last)
        about = pl.col("symbols").str.split(" ").list.eval(pl.element().is_in([*request.names, "^SPX"]))
        return self.headlines.filter(days, pl.col("known_at") <= self.now, about.list.any())

    def _macro(self, request: Request) -> pl.DataFrame:
        days = pl.col("date").is_between(request.first, request.last)
        return self.macro.filter(_of("series_id", request.names), days, pl.col("known_at") <= self.now)


def a_delivery(
    kind: Kind,
    frame: pl.DataFrame,
    *,
    names: Iterable[str] = NAMES,
    first: date = DAYS[0],
    last: date = DAYS[-1],
    received_at: datetime | None = None,
    known_at: bool = True,
    missing: tuple[str, ...] = (),
) -> Delivery:
    """Return an answer with this table in it; the moment it became known is added where it is not there."""
    moment = received_at or CALENDAR.decision_time(last)
    stamped = pl.lit(moment).cast(pl.Datetime("us", "UTC"))
    if known_at and "known_at" not in frame.columns:
        frame = frame.with_columns(known_at=stamped)
    request = Request(kind=kind, names=tuple(names), first=first, last=last)
    return Delivery(feed="fake", request=request, received_at=moment, frame=frame, missing=missing)


def with_frame(delivery: Delivery, frame: pl.DataFrame) -> Delivery:
    """Return the same answer with another table."""
    return replace(delivery, frame=frame)


def _of(column: str, names: Sequence[str]) -> pl.Expr:
    return pl.col(column).is_in(list(names))


def a_known_history(
    bars: pl.DataFrame,
    *,
    actions: Iterable[CorporateAction] = (),
    headlines: Iterable[Headline] = (),
    macro: Iterable[Observation] = (),
    calendar: SessionCalendar = CALENDAR,
) -> History:
    """Return a history of these bars and facts, with a row for every session of its span."""
    tickers = tuple(sorted(set(bars["symbol"])))
    days = calendar.sessions(min(bars["date"]), max(bars["date"]))
    row = np.searchsorted(np.array(days, dtype="datetime64[D]"), bars["date"].to_numpy())
    column = np.searchsorted(np.array(tickers), bars["symbol"].to_numpy())
    prices = {name: np.full((len(days), len(tickers)), np.nan) for name in BAR_COLUMNS}
    for name, matrix in prices.items():
        matrix[row, column] = bars[name].to_numpy()
    panel = panel_of(sessions=days, tickers=tickers, prices=prices, actions=tuple(actions))
    return History(
        panel=panel,
        calendar=calendar,
        actions=tuple(actions),
        headlines=tuple(headlines),
        macro=tuple(macro),
    )
