"""Where the monitor's ticks come from: the one place where a setting becomes a source."""

from desk.monitor.http_ticks import HttpTicks
from desk.settings import Settings
from fund.clock import Clock
from fund.errors import ConfigError
from fund.market.ticks import TickSource


def source_of(settings: Settings, clock: Clock) -> TickSource:
    """Return the source that is set; `ConfigError` where none is."""
    if settings.monitor.source_url is not None:
        return HttpTicks(settings.monitor.source_url)
    raise ConfigError(
        "no source of prices is set: set DESK_MONITOR__SOURCE_URL, or a vendor's key; see .env.example"
    )
