"""Opens what a desk rests on: its folder, its database, its mandate and the market's history."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from db.embedded import EmbeddedPostgres
from db.embedded_watch import watched
from db.engine import connect, transaction
from db.lake import Lake
from db.migrate import migrate
from db.quarantine import Quarantine
from desk.data_folder import DataFolder
from desk.exchange import calendar_of
from desk.feed import Feed
from desk.feeds.collector import Collector
from desk.feeds.feed import Feed as VendorFeed
from desk.feeds.vendors import failover_of
from desk.ingest import ingest_bundle
from desk.mandate import mandate_of, mandate_text
from desk.market import Market, Source
from desk.progress import ProgressSink, silent
from desk.settings import Settings
from fund.clock import Clock
from fund.errors import ConfigError
from fund.mandate import Mandate
from fund.market.history import History
from fund.market.refusal import Refusal


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
    is_live: bool
    """Whether new market data comes in, and the desk runs on the real clock."""
    clock: Clock
    """The wall's: money, leases and tickets live in real time even in a replay."""


def open_stores(
    settings: Settings,
    clock: Clock,
    exits: ExitStack,
    progress: ProgressSink,
    *,
    exclusive: str | None,
    vendors: VendorFeed | None = None,
) -> Stores:
    """Open the stores, making what is missing; `exclusive` is the address of a desk that keeps others out.

    With `vendors` new market data is collected from them, and not from a folder.
    """
    text = mandate_text(settings.mandate)
    mandate = mandate_of(text, str(settings.mandate))
    is_live = settings.is_live or vendors is not None
    opened = open_database(settings, exits, progress, exclusive=exclusive, is_live=is_live)
    folder, postgres, url, engine = opened
    if vendors is None and settings.feeds.live:
        vendors = feed_of(settings, engine, clock, exits)
    market = _market(settings, folder, _source(settings, vendors, engine, clock), clock, progress)
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
        is_live=is_live,
        clock=clock,
    )


def open_database(
    settings: Settings,
    exits: ExitStack,
    progress: ProgressSink,
    *,
    exclusive: str | None = None,
    is_live: bool | None = None,
) -> tuple[DataFolder, EmbeddedPostgres | None, str, Engine]:
    """Open the folder and its database alone; returns the folder, the desk's own server, URL and engine."""
    folder = DataFolder(settings.data_dir)
    folder.open("live" if (settings.is_live if is_live is None else is_live) else "replay")
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


def feed_of(settings: Settings, engine: Engine, clock: Clock, exits: ExitStack) -> VendorFeed:
    """Return the vendors that are set, as one feed; `ConfigError` where none of them has daily bars."""
    feed = failover_of(settings, engine, clock)
    if feed is None or "bars" not in feed.offers:
        raise ConfigError(
            "expected a vendor of daily bars (yahoo, alpaca, alpha_vantage or files) in DESK_FEEDS__ORDER, "
            "found none; see .env.example"
        )
    exits.callback(feed.close)
    return feed


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


def _source(
    settings: Settings, vendors: VendorFeed | None, engine: Engine, clock: Clock
) -> Source[Any] | None:
    """Return where new facts come from: vendors, else the folder somebody keeps up to date, else nobody."""
    if vendors is not None:
        return Collector(vendors, keep=lambda refusals: _keep(engine, refusals, clock))
    return None if settings.feed is None else Feed(settings.feed, calendar_of(settings))


def _keep(engine: Engine, refusals: Sequence[Refusal], clock: Clock) -> None:
    with transaction(engine) as connection:
        Quarantine(connection).keep(refusals, at=clock.now())


def _market(
    settings: Settings, folder: DataFolder, source: Source[Any] | None, clock: Clock, progress: ProgressSink
) -> Market:
    """Load the history; a first start takes the bundle in, and then what the source has beyond it."""
    lake, calendar = Lake(folder.lake), calendar_of(settings)
    first_start = not lake.rows()
    if first_start:
        folder.set_up_alone()
        ingest_bundle(settings.bundle, lake, progress, calendar)
    label = "Loading market data"
    progress(label, 0, 1)
    market = Market(lake.load_history(calendar), lake, source)
    if first_start:
        market.refresh(clock.now(), played=None)
    progress(label, 1, 1)
    return market
