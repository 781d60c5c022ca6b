"""A vendor that takes one name at a time: what is kept when it stops midway."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.feeds.asking import FAILURES_IN_A_ROW, batch_by_batch, one_by_one
from desk.feeds.failure import Reason, VendorError
from desk.feeds.frames import Row

Plan = dict[str, Reason | int]
"""Why a name fails, or how many rows it has."""
REASONS: tuple[Reason, ...] = ("limit", "key_refused", "not_allowed", "unknown_name", "away", "resting")


def asker(plan: Plan, asked: list[str]) -> object:
    def ask(name: str) -> Iterator[Row]:
        asked.append(name)
        told = plan[name]
        if isinstance(told, str):
            raise VendorError("stub", told, "as told")
        yield from ({"symbol": name} for _ in range(told))

    return ask


def answers(plan: Plan, kind: str = "bars") -> tuple[list[str], tuple[str, ...], tuple[str, ...], list[str]]:
    asked: list[str] = []
    found = one_by_one(kind, tuple(plan), asker(plan, asked))  # type: ignore[arg-type]
    return [row["symbol"] for row in found.rows], found.missing, found.unanswered, asked


def test_every_name_is_asked_and_told_apart() -> None:
    plan: Plan = {"A": 2, "B": "unknown_name", "C": 0, "D": 1}
    assert answers(plan) == (["A", "A", "D"], ("B", "C"), (), ["A", "B", "C", "D"])


def test_that_there_is_no_action_is_an_answer() -> None:
    assert answers({"A": 0, "B": "unknown_name"}, "actions")[1] == ("B",)


@pytest.mark.parametrize("reason", ["limit", "key_refused", "resting"])
def test_after_a_limit_nobody_else_is_asked_about(reason: Reason) -> None:
    assert answers({"A": 1, "B": reason, "C": 1}) == (["A"], (), ("B", "C"), ["A", "B"])


@pytest.mark.parametrize("reason", ["away", "not_an_answer", "not_allowed", "refused"])
def test_one_failure_keeps_no_other_name_from_its_answer(reason: Reason) -> None:
    assert answers({"A": reason, "B": 1, "C": 1}) == (["B", "C"], (), ("A",), ["A", "B", "C"])


def test_a_vendor_that_stays_away_is_not_waited_for_name_by_name() -> None:
    plan: Plan = {"A": 1, **{f"N{place}": "away" for place in range(9)}}
    rows, _, unanswered, asked = answers(plan)
    assert (rows, len(unanswered), len(asked)) == (["A"], 9, 1 + FAILURES_IN_A_ROW)


@pytest.mark.parametrize("reason", ["limit", "away", "not_an_answer"])
def test_where_nobody_was_answered_about_the_last_reason_is_raised(reason: Reason) -> None:
    with pytest.raises(VendorError) as caught:
        answers({"A": reason, "B": reason})
    assert caught.value.reason == reason


def test_rows_of_a_name_that_failed_midway_are_left_out() -> None:
    def ask(name: str) -> Iterator[Row]:
        yield {"symbol": name}
        if name == "B":
            raise VendorError("stub", "away", "as told")

    found = one_by_one("bars", ("A", "B"), ask)
    assert ([row["symbol"] for row in found.rows], found.unanswered) == (["A"], ("B",))


@given(st.lists(st.sampled_from([0, 1, *REASONS]), min_size=1, max_size=8))
def test_every_name_has_rows_or_is_missing_or_unanswered(told: list[Reason | int]) -> None:
    plan: Plan = {f"N{place}": each for place, each in enumerate(told)}
    try:
        rows, missing, unanswered, _ = answers(plan)
    except VendorError:
        failing = [each for each in told if isinstance(each, str) and each != "unknown_name"]
        assert failing
        assert told[0] in failing
        return
    assert sorted({*rows, *missing, *unanswered}) == sorted(plan)
    assert len({*rows}) + len(missing) + len(unanswered) == len(plan)


def test_batches_after_a_failure_are_left_for_later() -> None:
    def ask(names: object) -> Iterator[Row]:
        if names == ("C", "D"):
            raise VendorError("stub", "limit", "as told")
        yield from ({"symbol": name} for name in ("A", "B"))

    found = batch_by_batch((("A", "B"), ("C", "D"), ("E",)), ask)
    assert ([row["symbol"] for row in found.rows], found.unanswered) == (["A", "B"], ("C", "D", "E"))


def test_a_first_batch_that_fails_is_the_failure_of_all() -> None:
    def ask(names: object) -> Iterator[Row]:
        raise VendorError("stub", "away", "as told")

    with pytest.raises(VendorError):
        batch_by_batch((("A",), ("B",)), ask)
