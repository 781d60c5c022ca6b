"""Where the monitor's ticks come from: the one place where a setting becomes a source."""

from contextlib import ExitStack

from sqlalchemy import Engine

from desk.feeds.vendors import tick_source_of
from desk.monitor.http_ticks import HttpTicks
from desk.settings import Settings
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
