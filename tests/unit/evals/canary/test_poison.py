"""A poisoned market: not a bit of what was known changes, and nothing of what comes after stays."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.canary.poison import MARKET, SHOUT, Poison, Store
from fund.market.actions import BAR_COLUMNS
from fund.market.history import History
from support.markets import a_history, differences

PLACE = 20
"""The session after which the market is poisoned, of 45."""


def moment(history: History, place: int = PLACE) -> datetime:
    return history.calendar.decision_time(history.panel.sessions[place])


def known_of(history: History, as_of: datetime) -> dict[str, object]:
    truncated = history.truncated(as_of)
    return {
        each.name: sorted(map(repr, getattr(truncated, each.name)))
        for each in fields(truncated)
        if isinstance(getattr(truncated, each.name), tuple)
    }


@given(seed=st.integers(0, 2**32 - 1), place=st.integers(5, 43), data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_that_was_known_changes(seed: int, place: int, data: st.DataObject) -> None:
    stores = data.draw(st.sets(st.sampled_from(MARKET)))
    history = a_history(seed % 5)
    as_of = moment(history, place)
    poisoned = Poison(history, seed).after(as_of, stores)
    assert differences(poisoned.view(as_of), history.view(as_of)) == []
    assert known_of(poisoned, as_of) == known_of(history, as_of)


def test_every_later_price_is_another_one() -> None:
    history = a_history(1)
    poisoned = Poison(history, 0).after(moment(history), {"bars"})
    for name in BAR_COLUMNS:
        before, after = getattr(history.panel, name), getattr(poisoned.panel, name)
        assert np.array_equal(before[: PLACE + 1], after[: PLACE + 1], equal_nan=True)
        there = np.isfinite(after[PLACE + 1 :])
        assert there.any()
        assert (after[PLACE + 1 :][there] >= 2 * before[PLACE + 1 :][there]).all()


def test_the_next_session_splits_and_pays_and_changes_the_index() -> None:
    history = a_history(1)
    as_of = moment(history)
    today, tomorrow = history.panel.sessions[PLACE : PLACE + 2]
    poisoned = Poison(history, 0).after(as_of, {"actions", "membership"})
    assert {action.kind for action in poisoned.actions_on(tomorrow)} >= {"split", "dividend"}
    later = poisoned.calendar.decision_time(tomorrow)
    assert poisoned.view(later).members() != history.view(later).members()
    assert poisoned.view(as_of).session == today
    index = [each.panel.total_return_index for each in (history, poisoned)]
    assert np.array_equal(index[0][: PLACE + 1], index[1][: PLACE + 1], equal_nan=True)
    assert not np.array_equal(index[0][PLACE + 1], index[1][PLACE + 1], equal_nan=True)


@pytest.mark.parametrize(
    ("store", "facts"),
    [
        ("macro", lambda history: history.macro),
        ("news", lambda history: history.headlines),
        ("news", lambda history: history.tellings),
        ("filings", lambda history: history.reports),
    ],
)
def test_no_later_fact_stays(store: Store, facts: Callable[[History], tuple]) -> None:
    history = a_history(2)
    as_of = moment(history)
    later = {repr(fact) for fact in facts(history) if fact.known_at > as_of}
    poisoned = facts(Poison(history, 0).after(as_of, {store}))
    assert later
    assert not later & {repr(fact) for fact in poisoned}
    assert len(poisoned) >= len(facts(history))


def test_the_first_poison_comes_right_after_the_moment() -> None:
    history = a_history(2)
    as_of = moment(history)
    poisoned = Poison(history, 0).after(as_of)
    for facts in (poisoned.macro, poisoned.headlines, poisoned.reports):
        first = min(fact.known_at for fact in facts if fact.known_at > as_of)
        assert (first - as_of).total_seconds() == pytest.approx(1e-6)
    assert any(SHOUT in headline.title for headline in poisoned.headlines)


def test_what_is_not_poisoned_comes_as_it_really_did() -> None:
    history = a_history(3)
    poisoned = Poison(history, 0).after(moment(history), {"macro"})
    assert poisoned.panel is history.panel
    assert (poisoned.actions, poisoned.reports) == (history.actions, history.reports)


def test_a_seed_makes_the_same_future_again() -> None:
    history = a_history(4)
    as_of = moment(history)
    one, same, other = (Poison(history, seed).after(as_of).data_version for seed in (1, 1, 2))
    assert one == same != other


def test_the_last_session_can_be_poisoned_too() -> None:
    history = a_history(4)
    as_of = moment(history, -1)
    assert Poison(history, 0).after(as_of).version_at(as_of) == history.version_at(as_of)
