"""Which closes of a half year are asked on: those that build the book, and the last of every week."""

from decimal import Decimal
from itertools import pairwise

import pytest

from evals.making.end_to_end import asked_on, opening_closes
from support.half_years import some_mandate, some_sessions
from support.mandates import some_limits


@pytest.mark.parametrize(("increase", "cash", "closes"), [("0.3", "0.05", 4), ("1", "0", 1), ("0.5", "0", 2)])
def test_a_book_takes_as_many_closes_as_its_growth_allows(increase: str, cash: str, closes: int) -> None:
    limits = some_limits(max_daily_increase=Decimal(increase), min_cash=Decimal(cash))
    assert opening_closes(some_mandate(limits=limits)) == closes


def test_every_week_is_asked_once_on_its_last_close_and_never_on_the_last_of_all() -> None:
    sessions = some_sessions(60)
    mandate = some_mandate(limits=some_limits(max_daily_increase=Decimal("0.3"), min_cash=Decimal("0.05")))
    asked = asked_on(sessions, mandate)
    assert asked[:4] == tuple(sessions[:4])
    weekly = asked[4:]
    assert len({day.isocalendar()[:2] for day in weekly}) == len(weekly)
    after = dict(pairwise(sessions))
    assert all(after[day].isocalendar()[:2] != day.isocalendar()[:2] for day in weekly)
    assert sessions[-1] not in asked
    weeks = {day.isocalendar()[:2] for day in sessions[4:]}
    assert len(weekly) == len(weeks) - 1
