"""How many of the labelled questions the offline router understands."""

from functools import cache

import pytest

from graph.examples.likeness import Likeness
from support.questions import PLAIN, Outcome, outcomes, share, threads

NAMES = ["known", "held_out", "fresh", "blind", "rounds"]
PLAIN_FLOOR, FLOOR = 0.95, 0.9


@cache
def understood(name: str) -> tuple[Outcome, ...]:
    return tuple(outcomes(threads(name), Likeness()))


def wrong(name: str) -> list[str]:
    return [each.ask for each in understood(name) if not each.right]


def test_there_are_enough_of_every_kind() -> None:
    known, held_out = understood("known"), understood("held_out")
    assert len(known) >= 150
    assert len(held_out) >= 50
    assert sum(each.level == "nasty" for each in known) >= 50
    assert sum(len(thread["turns"]) > 1 for thread in threads("known")) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_nearly_all_easy_and_medium_questions_are_understood(name: str) -> None:
    right, n, _, _ = share(each for each in understood(name) if each.level in PLAIN)
    assert right >= PLAIN_FLOOR * n, wrong(name)


@pytest.mark.parametrize("name", NAMES)
def test_most_questions_are_understood_the_nasty_ones_too(name: str) -> None:
    right, n, _, _ = share(understood(name))
    assert right >= FLOOR * n, wrong(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_control_action_is_understood_only_where_one_is_asked_for(name: str) -> None:
    assert [each.ask for each in understood(name) if not each.harmless] == []
