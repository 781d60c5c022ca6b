"""The hash chain: the same for equal content however it is spelled, different for anything else."""

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.chain import GENESIS, link

ROW = {
    "id": "a",
    "amount": Decimal("1.50"),
    "at": datetime(2016, 3, 7, 21, 30, tzinfo=UTC),
    "n": 1,
    "none": None,
}


def test_a_link_is_the_hash_of_what_came_before_and_the_canonical_row() -> None:
    canonical = '{"amount":"1.5","at":"2016-03-07T21:30:00+00:00","id":"a","n":1,"none":null}'
    assert link(GENESIS, ROW) == hashlib.sha256((GENESIS + canonical).encode()).hexdigest()


def test_the_order_of_columns_does_not_count() -> None:
    assert link(GENESIS, dict(reversed(ROW.items()))) == link(GENESIS, ROW)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("100", "1E+2"),
        ("100", "100.00"),
        ("0", "-0"),
        ("0", "0.000"),
        ("-1.5", "-1.500"),
        ("1E-7", "0.0000001"),
    ],
)
def test_a_number_is_the_same_however_it_is_spelled(one: str, other: str) -> None:
    assert link(GENESIS, {"amount": Decimal(one)}) == link(GENESIS, {"amount": Decimal(other)})


@given(st.decimals(allow_nan=False, allow_infinity=False), st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_hash_alike_exactly_when_they_are_equal(one: Decimal, other: Decimal) -> None:
    alike = link(GENESIS, {"amount": one}) == link(GENESIS, {"amount": other})
    assert alike == (one == other)


def test_a_moment_is_the_same_in_every_zone() -> None:
    east = datetime(2016, 3, 7, 23, 30, tzinfo=timezone(timedelta(hours=2)))
    assert link(GENESIS, ROW | {"at": east}) == link(GENESIS, ROW)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Decimal("1.51")},
        {"amount": "1.51"},
        {"id": "b"},
        {"n": 2},
        {"none": ""},
        {"at": datetime(2016, 3, 7, 21, 30, 0, 1, tzinfo=UTC)},
        {"at": date(2016, 3, 7)},
        {"more": None},
    ],
)
def test_any_change_gives_another_link(change: dict[str, object]) -> None:
    assert link(GENESIS, ROW | change) != link(GENESIS, ROW)


def test_a_link_pins_everything_before_it() -> None:
    assert link(link(GENESIS, ROW), ROW) != link(link(GENESIS, ROW | {"n": 2}), ROW)


def test_where_one_entry_ends_and_the_next_begins_counts() -> None:
    assert link(GENESIS, {"entries": [["a", "b"], ["c"]]}) != link(GENESIS, {"entries": [["a"], ["b", "c"]]})


def test_a_list_is_told_as_its_items_and_a_day_as_its_date() -> None:
    row = {
        "tickers": ("AAPL", Decimal("1.50")),
        "session": date(2016, 3, 7),
        "inputs": {"b": [date.min], "a": 1},
    }
    canonical = '{"inputs":{"a":1,"b":["0001-01-01"]},"session":"2016-03-07","tickers":["AAPL","1.5"]}'
    assert link("x", row) == hashlib.sha256(f"x{canonical}".encode()).hexdigest()
    assert link("x", row | {"tickers": ["AAPL", Decimal("1.5")]}) == link("x", row)


def test_the_first_row_follows_sixty_four_zeros() -> None:
    assert {*GENESIS} == {"0"}
    assert len(GENESIS) == len(link(GENESIS, {})) == 64


cells = (
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False)
)
chains = st.lists(st.dictionaries(st.sampled_from("abc"), cells), min_size=1, max_size=6)


def heads(rows: list[dict[str, object]]) -> list[str]:
    """The hash after each row of a chain."""
    found = [GENESIS]
    for row in rows:
        found.append(link(found[-1], row))
    return found[1:]


@given(chains, st.data())
def test_a_chain_agrees_up_to_its_first_difference_and_never_after(
    rows: list[dict[str, object]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    edited = [*rows[:place], {**rows[place], "edited": 1}, *rows[place + 1 :]]
    one, other = heads(rows), heads(edited)
    assert one[:place] == other[:place]
    assert all(before != after for before, after in zip(one[place:], other[place:], strict=True))


def test_a_figure_that_is_no_number_cannot_be_chained() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        link(GENESIS, {"x": float("nan")})
