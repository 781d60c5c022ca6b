"""The exchange the desk lives by: when it decides, which bars are final, when its monitor watches."""

from desk.settings import Settings
from fund.errors import ConfigError, DataError
from fund.market.calendar import SessionCalendar, exchange


def calendar_of(settings: Settings) -> SessionCalendar:
    """Return the calendar that the settings name; `ConfigError` for an exchange that is none."""
    try:
        return exchange(settings.schedule.calendar)
    except DataError as error:
        raise ConfigError(f"DESK_SCHEDULE__CALENDAR: {error}") from error
