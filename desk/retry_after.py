"""How long the other side of HTTP asked to be left alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3_600.0
"""Seconds: who asks for more is asked again after this."""


def asked_wait(headers: Mapping[str, str], now: datetime) -> float:
    """Return what Retry-After asks for, in seconds or as a date (RFC 9110), or a used-up quota's reset.

    Vendors state the reset as seconds from now (`x-ratelimit-reset-after`) or as a moment since 1970
    (`x-ratelimit-reset`). 0 where nothing is asked for.
    """
    stated = headers.get("retry-after", "")
    if not stated and headers.get("x-ratelimit-remaining") == "0":
        stated = headers.get("x-ratelimit-reset-after", "") or _from_now(headers, now)
    number = seconds_of(stated)
    if number is not None:
        return number
    try:
        wait = (parsedate_to_datetime(stated).astimezone(UTC) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(0.0, wait), LONGEST_WAIT)


def seconds_of(stated: object) -> float | None:
    """Return a number of seconds as a header or a body states it, between 0 and the longest wait."""
    if isinstance(stated, bool) or not isinstance(stated, str | int | float):
        return None
    try:
        number = float(stated)
    except (ValueError, OverflowError):
        return None
    return max(0.0, number) if number < LONGEST_WAIT else LONGEST_WAIT


def _from_now(headers: Mapping[str, str], now: datetime) -> str:
    try:
        return str(float(headers.get("x-ratelimit-reset", "")) - now.timestamp())
    except ValueError:
        return ""
