"""Who is in the index on a session."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.market.facts import MembershipSpell
from fund.market.membership import Membership, MembershipChange, changes_of, spells_of
from support.markets import a_spell

COLUMN = {"AAA": 0, "BBB": 1}
JOINED, LEFT = date(2016, 1, 11), date(2016, 2, 1)


def columns(day: date, *spells: MembershipSpell) -> list[int]:
    return [int(column) for column in Membership(spells, COLUMN).columns(day)]


def test_a_spell_holds_its_first_day_and_not_its_last() -> None:
    spell = a_spell("BBB", JOINED, LEFT)
    assert columns(date(2016, 1, 10), spell) == []
    assert columns(JOINED, spell) == [1]
    assert columns(date(2016, 1, 31), spell) == [1]
    assert columns(LEFT, spell) == []


def test_an_open_spell_goes_on() -> None:
    assert columns(date(2099, 1, 1), a_spell("AAA", JOINED)) == [0]


def test_a_ticker_may_leave_and_come_back() -> None:
    spells = (a_spell("AAA", JOINED, LEFT), a_spell("AAA", date(2016, 3, 1)))
    assert [columns(day, *spells) for day in (JOINED, LEFT, date(2016, 3, 1))] == [[0], [], [0]]


def test_a_member_without_any_bar_has_no_column() -> None:
    assert columns(JOINED, a_spell("ZZZ", JOINED)) == []


def test_until_knows_nothing_of_who_will_join_or_leave() -> None:
    spells = (a_spell("AAA", JOINED, LEFT), a_spell("BBB", LEFT))
    known = Membership(spells, COLUMN).until(date(2016, 1, 20))
    assert known == (a_spell("AAA", JOINED, None),)
    assert Membership(spells, COLUMN).until(LEFT) == spells


@given(
    st.dictionaries(
        st.sampled_from(["AAA", "BBB", "CCC"]),
        st.lists(st.dates(date(2000, 1, 1), date(2020, 1, 1)), unique=True, max_size=7).map(sorted),
    )
)
def test_changes_make_the_spells_they_came_from(days: dict[str, list[date]]) -> None:
    spells = tuple(
        a_spell(ticker, each[place], each[place + 1] if place + 1 < len(each) else None)
        for ticker, each in sorted(days.items())
        for place in range(0, len(each), 2)
    )
    assert spells_of(reversed(changes_of(spells))) == spells


def test_a_ticker_may_be_replaced_and_return_on_one_day() -> None:
    spells = (a_spell("AAA", JOINED, LEFT), a_spell("AAA", LEFT))
    assert spells_of(changes_of(spells)) == spells


@pytest.mark.parametrize("joins", [(True, True), (False,), (True, False, False)])
def test_joins_and_leaves_that_do_not_take_turns_are_refused(joins: tuple[bool, ...]) -> None:
    changes = [
        MembershipChange(ticker="AAA", day=date(2016, 1, place + 1), joined=joined)
        for place, joined in enumerate(joins)
    ]
    with pytest.raises(DataError, match="expected 'AAA' to join and leave the index in turn"):
        spells_of(changes)
