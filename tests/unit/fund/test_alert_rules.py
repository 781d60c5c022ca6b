"""Who hears of what, and when: severities, muted kinds, quiet hours over changes of the clocks."""

from datetime import UTC, datetime

import pytest

from fund.alert_rules import AlertRules
from fund.errors import ConfigError

NIGHT = AlertRules(quiet_hours="22:00-07:00", quiet_zone="America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("least", "severity", "heard"),
    [
        ("info", "info", True),
        ("warning", "info", False),
        ("warning", "critical", True),
        ("critical", "warning", False),
        ("never", "critical", False),
    ],
)
def test_a_channel_hears_from_its_severity_on(least: str, severity: str, heard: bool) -> None:
    rules = AlertRules(email=least)
    assert rules.is_heard("email", "cycle_decided", severity) is heard  # type: ignore[arg-type]


def test_a_muted_kind_is_told_to_nobody_unless_it_is_critical() -> None:
    rules = AlertRules(muted=("books_verified", "breaker_tripped"))
    assert not rules.is_heard("discord", "books_verified", "info")
    assert rules.is_heard("discord", "daily_summary", "info")
    assert rules.is_heard("discord", "breaker_tripped", "critical")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-13T12:30", "2026-01-13T12:30"),  # 07:30 in New York
        ("2026-01-13T12:00", "2026-01-13T12:00"),  # 07:00, when they end
        ("2026-01-13T11:59", "2026-01-13T12:00"),
        ("2026-01-14T03:00", "2026-01-14T12:00"),  # 22:00, when they begin
        ("2026-01-14T02:59", "2026-01-14T02:59"),
        ("2026-12-31T23:30", "2026-12-31T23:30"),
        ("2027-01-01T04:30", "2027-01-01T12:00"),  # over the end of a year
        ("2028-02-29T05:00", "2028-02-29T12:00"),  # a leap day
        ("2026-03-08T04:00", "2026-03-08T11:00"),  # the night of 8 March is an hour shorter
        ("2026-11-01T03:00", "2026-11-01T12:00"),  # and that of 1 November an hour longer
    ],
)
def test_quiet_hours_are_those_of_the_owners_wall_clock(now: str, until: str) -> None:
    assert NIGHT.quiet_until(utc(now)) == utc(until)


def test_quiet_hours_within_a_day_end_the_same_day() -> None:
    rules = AlertRules(quiet_hours="12:00-13:30", quiet_zone="UTC")
    assert rules.quiet_until(utc("2026-01-13T12:10")) == utc("2026-01-13T13:30")
    assert rules.quiet_until(utc("2026-01-13T13:30")) == utc("2026-01-13T13:30")


def test_an_end_that_the_clocks_leave_out_comes_when_they_have_been_put_forward() -> None:
    rules = AlertRules(quiet_hours="22:00-02:30", quiet_zone="America/New_York")
    assert rules.quiet_until(utc("2026-03-08T05:00")) == utc("2026-03-08T07:30")


def test_hours_from_a_moment_to_itself_are_none() -> None:
    rules = AlertRules(quiet_hours="07:00-07:00", quiet_zone="UTC")
    assert rules.quiet_until(utc("2026-01-13T07:00")) == utc("2026-01-13T07:00")


def test_what_is_critical_wakes_the_owner() -> None:
    now = utc("2026-01-14T05:00")
    assert NIGHT.due_at(now, "critical") == now
    assert NIGHT.due_at(now, "warning") == utc("2026-01-14T12:00")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"discord": "loud"}, "alerts.discord must be one of info, warning, critical, never, was 'loud'"),
        ({"muted": ("no such!",)}, "alerts.muted must name kinds"),
        (
            {"quiet_hours": "10pm-7am"},
            "alerts.quiet_hours must be such as 22:00-07:00, or never, was '10pm-7am'",
        ),
        ({"quiet_hours": "25:00-07:00"}, "alerts.quiet_hours"),
        ({"quiet_zone": "Mars/Olympus"}, "alerts.quiet_zone must be a time zone"),
        ({"quiet_zone": "../etc/passwd"}, "alerts.quiet_zone must be a time zone"),
        ({"repeat_minutes": -1}, "alerts.repeat_minutes must be between 0 and 1440, was -1"),
        ({"digest_from": 0}, "alerts.digest_from must be between 1 and 100, was 0"),
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        AlertRules(**wrong)  # type: ignore[arg-type]
