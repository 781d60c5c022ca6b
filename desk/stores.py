"""Opens what a desk rests on: its folder, its database, its mandate and the market's history."""

from contextlib import ExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import Engine

from db.embedded import EmbeddedPostgres
from db.embedded_watch import watched
from db.engine import connect
from db.lake import Lake
from db.migrate import migrate
from desk.data_folder import DataFolder
from desk.feed import Feed
from desk.ingest import ingest_bundle
from desk.mandate import mandate_of, mandate_text
from desk.market import Market
from desk.progress import ProgressSink, silent
from desk.settings import Settings
from fund.clock import Clock
from fund.errors import ConfigError, DataError
from fund.mandate import Mandate
from fund.market.calendar import SessionCalendar, exchange
from fund.market.history import History


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Everything below the committee; what was opened for it is on the caller's exit stack."""

    settings: Settings
    mandate: Mandate
    mandate_text: str
    """The file it was read from, whole: what a decision ran under is kept with the decisions."""
    folder: DataFolder
    engine: Engine
    url: str
    postgres: EmbeddedPostgres | None
    """The desk's own server; None with one of the owner's."""
    market: Market
    clock: Clock
    """The wall's: money, leases and tickets live in real time even in a replay."""


def open_stores(
    settings: Settings, clock: Clock, exits: ExitStack, progress: ProgressSink, *, exclusive: str | None
) -> Stores:
    """Open the stores, making what is missing; `exclusive` is the address of a desk that keeps others out."""
    text = mandate_text(settings.mandate)
    mandate = mandate_of(text, str(settings.mandate))
    folder, postgres, url, engine = open_database(settings, exits, progress, exclusive=exclusive)
    market = _market(settings, folder, clock, progress)
    _require_benchmark(mandate, market.history, settings.mandate)
    return Stores(
        settings=settings,
        mandate=mandate,
        mandate_text=text,
        folder=folder,
        engine=engine,
        url=url,
        postgres=postgres,
        market=market,
        clock=clock,
    )


def open_database(
    settings: Settings, exits: ExitStack, progress: ProgressSink, *, exclusive: str | None = None
) -> tuple[DataFolder, EmbeddedPostgres | None, str, Engine]:
    """Open the folder and its database alone; returns the folder, the desk's own server, URL and engine."""
    folder = DataFolder(settings.data_dir)
    folder.open("replay" if settings.feed is None else "live")
    exits.callback(folder.release)
    if exclusive is not None:
        folder.lock({"address": exclusive})
    postgres, url = _database(settings, folder, exits, progress)
    engine = connect(url)
    exits.callback(engine.dispose)
    return folder, postgres, url, engine


def open_started(settings: Settings, exits: ExitStack) -> tuple[DataFolder, Engine]:
    """Open folder and database of a desk that has been started, beside one that runs; else `ConfigError`."""
    DataFolder(settings.data_dir).require_started()
    folder, _, _, engine = open_database(settings, exits, silent)
    return folder, engine


def calendar_of(settings: Settings) -> SessionCalendar:
    """Return the calendar the desk lives by; `ConfigError` for an exchange that is none."""
    try:
        return exchange(settings.schedule.calendar)
    except DataError as error:
        raise ConfigError(f"DESK_SCHEDULE__CALENDAR: {error}") from error


def _require_benchmark(mandate: Mandate, history: History, path: Path) -> None:
    tickers = history.panel.tickers
    if mandate.benchmark not in tickers:
        near = ", ".join(get_close_matches(mandate.benchmark.upper(), tickers, n=3)) or "none is near it"
        raise ConfigError(
            f"{path}: universe.benchmark must be a ticker of the market data, was {mandate.benchmark!r}; "
            f"nearest: {near}"
        )


def _database(
    settings: Settings, folder: DataFolder, exits: ExitStack, progress: ProgressSink
) -> tuple[EmbeddedPostgres | None, str]:
    label = "Starting PostgreSQL"
    progress(label, 0, 2)
    postgres: EmbeddedPostgres | None = None
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
    else:
        postgres = EmbeddedPostgres(folder.database)
        exits.callback(postgres.release)
        url = postgres.start()
        exits.enter_context(watched(postgres))
    progress(label, 1, 2)
    migrate(url)
    progress(label, 2, 2)
    return postgres, url


def _market(settings: Settings, folder: DataFolder, clock: Clock, progress: ProgressSink) -> Market:
    """Load the history; a first start takes the bundle in, and then what the feed has beyond it."""
    lake, calendar = Lake(folder.lake), calendar_of(settings)
    first_start = not lake.rows()
    if first_start:
        folder.set_up_alone()
        ingest_bundle(settings.bundle, lake, progress, calendar)
    label = "Loading market data"
    progress(label, 0, 1)
    feed = None if settings.feed is None else Feed(settings.feed, calendar)
    market = Market(lake.load_history(calendar), lake, feed)
    if first_start:
        market.refresh(clock.now(), played=None)
    progress(label, 1, 1)
    return market
