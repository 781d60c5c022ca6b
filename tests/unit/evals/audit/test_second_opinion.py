"""What the auditor measures by itself is what the desk measures: two programs that were written apart."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.audit.halted import standings
from evals.audit.measured import clusters_of, measured_at
from evals.audit.tape import Tape
from evals.books.frozen import history_of
from fund.risk.breaker import BreakerState, SessionFacts, assess, tripped
from fund.risk.market_risk import measure_market
from fund.risk.resumption import is_proposable, resume_evidence, resumed
from support.closes import closes
from support.half_years import a_frozen_market, a_walk
from support.mandates import issue_levels

COUNT = 90
NAMES = ("A", "B", "C", "D", "E")


def a_market(seed: int) -> dict[str, object]:
    shared = np.array(a_walk(seed, COUNT))
    closes: dict[str, list[float | None]] = {"SPY": [*shared.tolist()]}
    for place, name in enumerate(NAMES):
        own = np.array(a_walk(seed + place + 1, COUNT, spread=0.004 * (place + 1)))
        closes[name] = [round(float(each), 4) for each in np.sqrt(shared * own)]
    closes["B"][30] = closes["B"][31] = None
    closes["E"][:60] = [None] * 60
    return a_frozen_market(closes)


@pytest.mark.parametrize("seed", range(3))
def test_betas_volatilities_and_clusters_are_those_of_the_desk(seed: int) -> None:
    market = a_market(seed)
    history, tape = history_of(market), Tape(market=market)
    view = history.view(history.calendar.decision_time(history.last_session))
    theirs = measure_market(view, NAMES, "SPY", sessions=80, cluster_correlation=0.6)
    ours = measured_at(tape, NAMES, COUNT - 1, "SPY", 80)
    assert list(ours.names) == list(theirs.column) == ["A", "B", "C", "D"]
    assert theirs.beta is not None
    assert ours.beta == pytest.approx(theirs.beta, rel=1e-9)
    assert ours.returns == pytest.approx(theirs.returns, abs=1e-12)
    assert ours.volatility == pytest.approx(theirs.volatilities, rel=1e-9)
    numbers = dict(zip(theirs.column, theirs.cluster.tolist(), strict=True))
    groups = {frozenset(n for n in numbers if numbers[n] == number) for number in numbers.values()}
    assert set(clusters_of(ours, 0.6)) == groups


@given(moves=st.lists(st.sampled_from((-0.03, -0.015, -0.004, 0.004, 0.009, 0.015)), min_size=5, max_size=60))
def test_the_breaker_stands_as_that_of_the_desk(moves: list[float]) -> None:
    levels, marks = issue_levels(), closes(0.0, *moves)
    standing, stood = BreakerState(), []
    for place, mark in enumerate(marks):
        known = marks[: place + 1]
        trip = assess(standing, levels, SessionFacts(marks=known))
        if trip is not None:
            standing = tripped(standing, trip, mark.session)
        stood.append(standing.state)
        evidence = resume_evidence(known, levels, standing)
        if is_proposable(standing, evidence):
            standing = resumed(standing, mark.session, evidence)
    assert standings([mark.equity for mark in marks], levels) == tuple(stood)


def test_a_curve_that_only_rises_never_stops_and_one_that_falls_does() -> None:
    rising = [Decimal(100 + n) for n in range(20)]
    assert set(standings(rising, issue_levels())) == {"closed"}
    falling = [Decimal(100) * Decimal("0.99") ** n for n in range(12)]
    stood = standings(falling, issue_levels())
    assert stood[:3] == ("closed", "closed", "closed")
    assert stood[-1] == "open"
    assert all(ORDERED.index(a) <= ORDERED.index(b) for a, b in pairwise(stood))


ORDERED = ("closed", "reducing", "open")
