"""How long the other side asked to be left alone, in every form it may say so."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.retry_after import LONGEST_WAIT, asked_wait, seconds_of

NOW = datetime(2024, 6, 14, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "1e9"}, LONGEST_WAIT),
        ({"retry-after": "inf"}, LONGEST_WAIT),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "Fri, 14 Jun 2024 22:01:00 GMT"}, 60.0),
        ({"retry-after": "Fri, 14 Jun 2024 21:01:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 14 Jun 2099 21:01:00 GMT"}, LONGEST_WAIT),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "2.5"}, 2.5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1718402425"}, 25.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "later"}, 0.0),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1718402425"}, 0.0),
        ({"retry-after": "4", "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "9"}, 4.0),
    ],
)
def test_what_headers_ask_for(headers: dict[str, str], seconds: float) -> None:
    assert asked_wait(headers, NOW) == seconds


@given(st.text(), st.text(), st.text())
def test_no_header_is_too_strange(after: str, remaining: str, reset: str) -> None:
    headers = {"retry-after": after, "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}
    assert 0.0 <= asked_wait(headers, NOW) <= LONGEST_WAIT


@pytest.mark.parametrize("stated", [None, True, [], {}, "x", ""])
def test_what_is_no_number_of_seconds_is_none(stated: object) -> None:
    assert seconds_of(stated) is None
