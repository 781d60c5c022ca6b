"""A resume is proposed with evidence: each level with value, sample size, and whether it is met."""

from decimal import Decimal
from math import isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.metrics.returns import sharpe_ratio
from fund.risk.breaker import BY_ITSELF, BreakerState, SessionFacts, assess
from fund.risk.resumption import Evidence, is_proposable, resume_evidence, resumed
from support.closes import closes
from support.mandates import issue_levels

LEVELS = issue_levels()
TRIP = (0.01, -0.03)
RISING = (0.004, -0.001, 0.006, 0.002, 0.003, 0.001, 0.005)


def opened(cause: str = "daily_loss", **changes: object) -> BreakerState:
    values: dict[str, object] = {"state": "open", "cause": cause, "version": 3}
    return BreakerState(**{**values, "session": closes(*TRIP)[-1].session, **changes})  # type: ignore[arg-type]


def evidence_after(*since: float, standing: BreakerState | None = None) -> dict[str, Evidence]:
    found = resume_evidence(closes(*TRIP, *since), LEVELS, standing or opened())
    return {each.name: each for each in found}


def test_at_the_trip_itself_nothing_can_be_measured_yet_and_nothing_unmeasured_is_met() -> None:
    found = evidence_after()
    assert found["drawdown"].value == pytest.approx(0.03)
    assert found["drawdown"].met
    assert (found["winning_sessions"].value, found["winning_sessions"].n) == (None, 0)
    assert (found["sharpe"].value, found["sharpe"].n, found["sharpe"].met) == (None, 0, False)
    assert not is_proposable(opened(), tuple(found.values()))


def test_every_level_is_shown_with_its_value_and_its_sample_size() -> None:
    found = evidence_after(*RISING)
    assert found["drawdown"].n == 9
    assert (found["winning_sessions"].value, found["winning_sessions"].n) == (5.0, 7)
    assert (found["winning_sessions"].level, found["sharpe"].level) == (3.0, 0.3)
    assert found["sharpe"].n == 7
    assert found["sharpe"].value == pytest.approx(sharpe_ratio(np.array(RISING)), rel=1e-6)
    assert all(each.met for each in found.values())
    assert found["sharpe"].sentence.startswith("The Sharpe ratio over the last 7 sessions is +")
    assert found["sharpe"].sentence.endswith("; more than 0.30 is asked for: met.")


def test_what_was_won_before_the_breaker_tripped_speaks_for_nothing() -> None:
    curve = closes(*[0.01] * 9, -0.03)
    standing = opened(session=curve[-1].session)
    wins = resume_evidence(curve, LEVELS, standing)[1]
    assert (wins.value, wins.n, wins.met) == (None, 0, False)


def test_one_lost_session_begins_the_count_of_wins_anew() -> None:
    assert evidence_after(*RISING, -0.001)["winning_sessions"].value == 0.0
    assert not evidence_after(0.01, 0.01, -0.001, 0.01, 0.01)["winning_sessions"].met
    assert evidence_after(0.01, 0.01, -0.001, 0.01, 0.01, 0.01)["winning_sessions"].met


def test_a_book_that_does_not_move_has_no_sharpe_ratio_and_does_not_meet_it() -> None:
    sharpe = evidence_after(*[0.0] * 8)["sharpe"]
    assert (sharpe.value, sharpe.n, sharpe.met) == (None, 7, False)
    assert "cannot be told: nothing moved" in sharpe.sentence


def test_before_any_close_nothing_is_measured() -> None:
    found = resume_evidence((), LEVELS, opened(session=None))
    assert [(each.value, each.met) for each in found] == [(None, False)] * 3


def test_stale_data_and_wrong_books_ask_for_their_own_end() -> None:
    stale = evidence_after(*RISING, standing=opened("stale_data"))
    assert stale["prices"].met
    curve = closes(*TRIP)
    wrong = resume_evidence(curve, LEVELS, opened("ledger"), "fills f-1")[-1]
    assert (wrong.name, wrong.met, wrong.sentence) == ("books", False, "The books do not add up: fills f-1.")
    assert resume_evidence(curve, LEVELS, opened("ledger"))[-1].met


@pytest.mark.parametrize("cause", ["owner", "kill_switch", "ledger"])
def test_a_persons_own_stop_and_wrong_books_are_never_proposed_to_end(cause: str) -> None:
    met = tuple(evidence_after(*RISING).values())
    assert cause not in BY_ITSELF
    assert not is_proposable(opened(cause), met)
    assert not is_proposable(opened(latched=True), met)
    assert not is_proposable(BreakerState(), met)
    assert is_proposable(opened(), met)


def test_an_approval_in_spite_of_the_drawdown_measures_it_from_there() -> None:
    deep = closes(0.0, -0.03, -0.03, -0.03)
    standing = opened("drawdown", session=deep[-1].session)
    evidence = resume_evidence(deep, LEVELS, standing)
    assert not evidence[0].met
    after = resumed(standing, deep[-1].session, evidence)
    assert (after.state, after.cause, after.version) == ("closed", "none", 4)
    assert after.drawdown_from == deep[-1].session
    quiet = closes(0.0, -0.03, -0.03, -0.03, 0.001)
    assert assess(after, LEVELS, SessionFacts(marks=quiet)) is None


def test_an_approval_with_the_drawdown_met_keeps_the_old_peak() -> None:
    evidence = tuple(evidence_after(*RISING).values())
    assert resumed(opened(), closes(*TRIP, *RISING)[-1].session, evidence).drawdown_from is None


@given(st.lists(st.floats(-0.1, 0.1), max_size=12))
def test_no_figure_is_ever_something_else_than_a_number_or_nothing(since: list[float]) -> None:
    for each in evidence_after(*since).values():
        assert each.value is None or isfinite(each.value)
        assert isfinite(each.level)
        assert each.n >= 0
        assert not (each.met and each.value is None)
        assert each.sentence.endswith("met.")


def test_a_level_is_in_the_mandate_and_nowhere_else() -> None:
    eager = issue_levels(resume_winning_sessions=1, resume_sharpe_sessions=2, resume_sharpe=Decimal(-10))
    curve = closes(*TRIP, 0.001, 0.002)
    assert all(each.met for each in resume_evidence(curve, eager, opened()))
    assert not all(each.met for each in resume_evidence(curve, LEVELS, opened()))
