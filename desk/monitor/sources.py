"""Where the monitor's ticks and today's actions come from: the one place where a setting becomes a source."""

from contextlib import ExitStack

from sqlalchemy import Engine

from desk.feeds.vendors import tick_source_of
from desk.monitor.actions_due import ActionsDue, DueInFolder, DueSource
from desk.monitor.actions_told import DueByVendors
from desk.monitor.http_ticks import HttpTicks
from desk.settings import Settings
from desk.stores import feed_of
from fund.clock import Clock
from fund.errors import ConfigError
from fund.market.ticks import TickSource


def source_of(settings: Settings, engine: Engine, clock: Clock, exits: ExitStack) -> TickSource:
    """Return the source that is set, to be closed by the stack; `ConfigError` where none is."""
    if settings.monitor.source_url is not None:
        return HttpTicks(settings.monitor.source_url)
    vendor = tick_source_of(settings, engine, clock)
    if vendor is not None:
        exits.callback(vendor.close)
        return vendor
    raise ConfigError(
        "no source of prices is set: set DESK_MONITOR__SOURCE_URL, or a vendor's key; see .env.example"
    )


def actions_due_of(settings: Settings, engine: Engine, clock: Clock, exits: ExitStack) -> ActionsDue:
    """Return who says what goes ex today: the feed's folder, and the vendors a live desk asks."""
    sources: list[DueSource] = []
    if settings.feed is not None:
        sources.append(DueInFolder(settings.feed))
    if settings.feeds.live:
        sources.append(DueByVendors(feed_of(settings, engine, clock, exits)))
    return ActionsDue(*sources)
