"""When the exchange is open, to the second: half days, holidays, and the clocks that change."""

from datetime import UTC, datetime

import pytest

from fund.market.calendar import nyse
from fund.market.ticks import Tick
from fund.watching.watch import hours_at, next_open
from support.ticks import a_watch

MOMENTS = [
    ("2025-07-03T16:59:59", True),  # a half day closes at 13:00 in New York
    ("2025-07-03T17:00:00", False),
    ("2025-07-04T15:00:00", False),  # a holiday
    ("2025-11-28T17:59:59", True),  # the day after Thanksgiving, in winter time
    ("2025-11-28T18:00:00", False),
    ("2025-03-07T14:29:59", False),  # the Friday before the clocks change
    ("2025-03-07T14:30:00", True),
    ("2025-03-10T13:29:59", False),  # the Monday after
    ("2025-03-10T13:30:00", True),
    ("2025-10-31T13:30:00", True),
    ("2025-11-03T13:30:00", False),
    ("2025-11-03T14:30:00", True),
    ("2025-01-09T15:00:00", False),  # a day of mourning
    ("2024-02-29T15:00:00", True),  # a leap day
    ("2025-12-31T20:59:59", True),
    ("2026-01-01T15:00:00", False),
    ("2026-01-03T15:00:00", False),  # a Saturday
    ("2026-01-06T03:00:00", False),
]


@pytest.mark.parametrize(("moment", "is_open"), MOMENTS)
def test_it_watches_in_market_hours_only(moment: str, is_open: bool) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert (hours_at(nyse(), now) is not None) is is_open
    watch = a_watch(calendar=nyse())
    watch.take((Tick(ticker="AAPL", at=now, price=100.0),), now)
    assert watch.refused == ({} if is_open else {"closed": 1})


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2025-07-03T17:00:00", "2025-07-07T13:30:00"),
        ("2025-11-26T21:00:00", "2025-11-28T14:30:00"),
        ("2025-03-07T21:00:00", "2025-03-10T13:30:00"),
        ("2025-03-10T13:29:59", "2025-03-10T13:30:00"),
        ("2025-03-10T13:30:00", "2025-03-11T13:30:00"),
        ("2025-12-31T21:00:00", "2026-01-02T14:30:00"),
        ("2026-01-13T02:00:00", "2026-01-13T14:30:00"),
    ],
)
def test_the_next_open_is_known(now: str, opens: str) -> None:
    found = next_open(nyse(), datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(opens).replace(tzinfo=UTC)
