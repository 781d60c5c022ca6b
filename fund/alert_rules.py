"""Which alerts go to whom, and when the owner sleeps: the mandate's [alerts]."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fund.errors import ConfigError

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
CHANNELS = ("discord", "email", "webhook")

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_KIND = re.compile(r"[a-z][a-z_]{1,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """From which severity on each channel hears of what happened, and what is held back or left out."""

    discord: str = "info"
    email: str = "warning"
    webhook: str = "info"
    muted: tuple[str, ...] = ()
    """Kinds of events that nobody is told of, such as books_verified."""
    quiet_hours: str = "never"
    """Such as 22:00-07:00, local time of the zone: only what is critical is sent; the rest waits."""
    quiet_zone: str = "America/New_York"
    repeat_minutes: int = 60
    """The same news within so many minutes is told once."""
    digest_from: int = 10
    """When more than so many alerts wait for one channel, they are sent as one."""
    drawdown_step: Decimal = Decimal("0.025")
    """Every so many of its peak that the book falls further is told."""
    large_change: Decimal = Decimal("0.05")
    """A position that trading moves by so much of equity in one session is told."""

    def __post_init__(self) -> None:
        for channel in CHANNELS:
            if getattr(self, channel) not in (*SEVERITIES, "never"):
                raise ConfigError(
                    f"alerts.{channel} must be one of {', '.join((*SEVERITIES, 'never'))}, "
                    f"was {getattr(self, channel)!r}"
                )
        for kind in self.muted:
            if _KIND.fullmatch(kind) is None:
                raise ConfigError(f"alerts.muted must name kinds such as books_verified, was {kind!r}")
        if self.quiet_hours != "never" and _HOURS.fullmatch(self.quiet_hours) is None:
            raise ConfigError(
                f"alerts.quiet_hours must be such as 22:00-07:00, or never, was {self.quiet_hours!r}"
            )
        try:
            ZoneInfo(self.quiet_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigError(
                f"alerts.quiet_zone must be a time zone such as America/New_York, was {self.quiet_zone!r}"
            ) from None
        self._check_measures()

    def _check_measures(self) -> None:
        if not 0 <= self.repeat_minutes <= 1440:
            raise ConfigError(f"alerts.repeat_minutes must be between 0 and 1440, was {self.repeat_minutes}")
        for name in ("drawdown_step", "large_change"):
            measure = getattr(self, name)
            if not (measure.is_finite() and Decimal("0.001") <= measure <= 1):
                raise ConfigError(f"alerts.{name} must be a fraction of 0.001 to 1, was {measure}")
        if not 1 <= self.digest_from <= 100:
            raise ConfigError(f"alerts.digest_from must be between 1 and 100, was {self.digest_from}")

    def is_heard(self, channel: str, kind: str, severity: Severity) -> bool:
        """Say whether a channel is told of an event; nothing critical can be muted."""
        least = getattr(self, channel)
        if least == "never" or SEVERITIES.index(severity) < SEVERITIES.index(least):
            return False
        return severity == "critical" or kind not in self.muted

    def due_at(self, now: datetime, severity: Severity) -> datetime:
        """Return when an alert of this moment may be sent: at once, or when the quiet hours end."""
        return now if severity == "critical" else self.quiet_until(now)

    def quiet_until(self, now: datetime) -> datetime:
        """Return the end of the quiet hours a moment lies in, or the moment itself.

        The hours are those of a wall clock: a night in which the clocks change is an hour longer or
        shorter. An end that the clocks leave out comes when they have been put forward.
        """
        hours = _HOURS.fullmatch(self.quiet_hours)
        if hours is None:
            return now
        zone = ZoneInfo(self.quiet_zone)
        local = now.astimezone(zone)
        begin, end = time(int(hours[1]), int(hours[2])), time(int(hours[3]), int(hours[4]))
        wall = local.time().replace(tzinfo=None)
        if begin < end:
            quiet, last_day = begin <= wall < end, local.date()
        else:
            quiet = wall >= begin or wall < end
            last_day = local.date() + timedelta(days=int(wall >= begin))
        if not quiet or begin == end:
            return now
        return datetime.combine(last_day, end, zone).astimezone(UTC)
