"""What a provider's failure means for the door: try again, wait, or ask the next in the roster."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal, get_args

from agents.redaction import redacted_detail

FailureKind = Literal[
    "timeout", "rate_limited", "overloaded", "unreachable", "garbage", "refused_key", "refused_request"
]
FAILURE_KINDS: tuple[FailureKind, ...] = get_args(FailureKind)
RETRYABLE: frozenset[FailureKind] = frozenset(
    {"timeout", "rate_limited", "overloaded", "unreachable", "garbage"}
)
BILLED_PERHAPS: frozenset[FailureKind] = frozenset({"timeout", "garbage"})
"""The provider may have done the work although no answer arrived: the reservation is kept as the cost."""
LATEST_WAIT_SECONDS = 3600.0
_ROOTS = {"anthropic": "AnthropicError", "openai": "OpenAIError", "httpx": "HTTPError", "httpx2": "HTTPError"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed call, sorted by the reaction it asks for."""

    kind: FailureKind
    detail: str
    """One line naming the provider, without secrets."""
    retry_after_seconds: float | None = None


def call_errors() -> tuple[type[BaseException], ...]:
    """Return what a chat client may raise, without importing a provider that was never used.

    The built-in ones are there because a client that is handed a page instead of JSON fails with
    whatever its parsing happens to trip over.
    """
    roots = (getattr(sys.modules.get(name), root, None) for name, root in _ROOTS.items())
    known = tuple(root for root in roots if isinstance(root, type))
    return (*known, OSError, ValueError, TypeError, AttributeError, LookupError, RuntimeError)


def classify(error: BaseException, *, provider: str, now: datetime, secrets: Sequence[str] = ()) -> Failure:
    """Sort an exception of a chat client by what the door should do about it."""
    status = _status(error)
    kind = _kind(error, status)
    if kind == "refused_key":
        detail = f"{provider} refused the key ({status}); check the key of {provider} in the settings"
    elif kind == "timeout":
        detail = f"{provider} gave no answer in time"
    else:
        detail = f"{provider}: {redacted_detail(error, secrets)}"
    return Failure(kind=kind, detail=detail, retry_after_seconds=_retry_after(error, now))


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _kind(error: BaseException, status: int | None) -> FailureKind:
    if status is not None and status >= 300:
        return _kind_of_status(status)
    name = type(error).__name__
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return "timeout"
    if isinstance(error, OSError) or "Connect" in name or "Connection" in name or "Protocol" in name:
        return "unreachable"
    return "garbage"


def _kind_of_status(status: int) -> FailureKind:
    if status in {401, 403}:
        return "refused_key"
    if status == 429:
        return "rate_limited"
    if status in {408, 409} or status >= 500:
        return "overloaded"
    return "refused_request"


def _retry_after(error: BaseException, now: datetime) -> float | None:
    """Read Retry-After as seconds or as an HTTP date; None when absent or unreadable."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    if not isinstance(headers, Mapping):
        return None
    value = headers.get("retry-after")
    if not isinstance(value, str):
        return None
    seconds = _seconds(value, now)
    return None if seconds is None else min(max(seconds, 0.0), LATEST_WAIT_SECONDS)


def _seconds(value: str, now: datetime) -> float | None:
    try:
        return float(value) if value.replace(".", "", 1).isdigit() else _until(value, now)
    except (TypeError, ValueError, OverflowError):
        return None


def _until(http_date: str, now: datetime) -> float:
    at = parsedate_to_datetime(http_date)
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
