"""Failures are sorted by the reaction they ask for, whoever raised them."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from agents.errors import RETRYABLE, call_errors, classify
from agents.redaction import mask, redact, redacted_detail
from support.llms import KEY, NOW, WireError


def sort(error: BaseException) -> str:
    return classify(error, provider="anthropic", now=NOW, secrets=(KEY,)).kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (307, "refused_request"),
        (400, "refused_request"),
        (401, "refused_key"),
        (403, "refused_key"),
        (404, "refused_request"),
        (408, "overloaded"),
        (413, "refused_request"),
        (429, "rate_limited"),
        (500, "overloaded"),
        (502, "overloaded"),
        (529, "overloaded"),
    ],
)
def test_http_statuses_are_sorted(status: int, kind: str) -> None:
    assert sort(WireError(status)) == kind


def test_errors_without_a_status_are_sorted_by_what_they_are() -> None:
    assert sort(TimeoutError()) == "timeout"
    assert sort(ConnectionResetError("gone")) == "unreachable"
    assert sort(OSError("no route to host")) == "unreachable"
    assert sort(ValueError("not JSON")) == "garbage"
    assert sort(AttributeError("'str' object has no attribute 'choices'")) == "garbage"


def test_what_cannot_get_better_is_not_retried() -> None:
    assert "refused_key" not in RETRYABLE
    assert "refused_request" not in RETRYABLE


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("2.5", 2.5),
        ("0", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("99999999", 3600.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    failure = classify(WireError(429, retry_after=value), provider="openai", now=NOW)
    assert failure.retry_after_seconds == seconds


def test_a_failure_names_its_provider_and_hides_the_key() -> None:
    failure = classify(WireError(500, text=f"oops {KEY}"), provider="openai", now=NOW, secrets=(KEY,))
    assert failure.detail == "openai: WireError: oops [redacted]"


def test_a_programming_error_is_no_reason_to_hold_forever_silently() -> None:
    assert not any(issubclass(KeyboardInterrupt, known) for known in call_errors())
    assert not any(issubclass(AssertionError, known) for known in call_errors())


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-abc***xyz1",
        "authorization: Bearer abcdef123456",
        "x-api-key: 0123456789abcdef",
        "http://user:hunter22@example.test/v1",
    ],
)
def test_what_is_shaped_like_a_key_is_masked_even_when_unknown(text: str) -> None:
    masked = redact(text)
    assert "[redacted]" in masked
    for secret in ("abc***xyz1", "abcdef123456", "0123456789abcdef", "hunter22"):
        assert secret not in masked


def test_prose_about_risk_keeps_its_words() -> None:
    text = "risk-adjusted momentum, task-specific, sk-ill"
    assert redact(text) == text


def test_known_secrets_are_masked_longest_first_and_short_ones_left_alone() -> None:
    assert mask("abcdefgh abcd a", ("abcd", "abcdefgh", "a")) == "[redacted] [redacted] a"


def test_a_detail_is_one_short_line() -> None:
    detail = redacted_detail(ValueError("line one\nline two " + "x" * 1000))
    assert detail.startswith("ValueError: line one line two")
    assert len(detail) < 450
