"""What came of a decision, by hand: opens, costs, the benchmark, dividends, splits, and names that leave."""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from evals.making.outcomes import HORIZONS, Outcomes, side_of, told_of
from fund.execution.costs import CostModel
from fund.market.history import History
from support.markets import a_calendar, a_dividend, a_quiet_history, a_split

COSTS = CostModel(
    commission_per_share=Decimal(0),
    minimum_commission=Decimal(1),
    half_spread_bps=Decimal(2),
    impact_bps=Decimal(150),
    max_participation=Decimal(1),
)
ROUND_TRIP = 2 * (1 / 10_000 + 2e-4)
COUNT, DECIDED = 90, 65
DAYS: Sequence[date] = a_calendar(count=COUNT).sessions(a_calendar().first, a_calendar(count=COUNT).last)[
    :COUNT
]


def a_market(own: Sequence[float] | None = None, **facts: object) -> History:
    """Return a name and its benchmark, flat but for a small noise before the decision."""
    noise = np.random.default_rng(5).normal(0, 0.5, COUNT)
    noise[DECIDED:] = 0
    closes = {"SPY": np.full(COUNT, 200.0), "AAA": 100 + noise if own is None else np.array(own, dtype=float)}
    return a_quiet_history(closes, **facts)


def outcomes(history: History) -> Outcomes:
    return Outcomes(history, "SPY", COSTS)


def test_a_purchase_is_bought_and_sold_at_opens() -> None:
    opens = a_market().panel.open[:, 0].copy()
    opens[DECIDED + 1], opens[DECIDED + 6] = 100.0, 110.0
    history = a_market(opens={"AAA": opens})
    found = outcomes(history).of("AAA", DAYS[DECIDED], 5)
    assert found is not None
    assert (found.entry, found.exit) == (DAYS[DECIDED + 1], DAYS[DECIDED + 6])
    assert found.gross == pytest.approx(0.10)
    assert found.net_excess == pytest.approx(0.10 - ROUND_TRIP)
    noise = outcomes(history).noise("AAA", DAYS[DECIDED])
    assert noise is not None
    assert found.z == pytest.approx(found.net_excess / (noise * math.sqrt(5)))
    assert (found.side, told_of(found)["side"]) == ("good", "good")


def test_the_noise_is_of_the_sessions_before_alone() -> None:
    plain = outcomes(a_market()).noise("AAA", DAYS[DECIDED])
    closes = a_market().panel.close[DECIDED - 60 : DECIDED + 1, 0]
    assert plain == pytest.approx((closes[1:] / closes[:-1] - 1).std(ddof=1))
    wild = a_market().panel.close[:, 0].copy()
    wild[DECIDED + 1 :] *= np.linspace(0.5, 3, COUNT - DECIDED - 1)
    assert outcomes(a_market(wild)).noise("AAA", DAYS[DECIDED]) == plain


def test_what_the_benchmark_gained_is_taken_off() -> None:
    opens = np.full(COUNT, 200.0)
    opens[DECIDED + 2] = 210.0
    found = outcomes(a_market(opens={"SPY": opens})).of("AAA", DAYS[DECIDED], 1)
    assert found is not None
    assert found.benchmark == pytest.approx(0.05)
    assert found.net_excess == pytest.approx(-0.05 - ROUND_TRIP)
    assert found.side == "bad"


def test_a_dividend_and_a_split_make_nobody_poorer() -> None:
    own = a_market().panel.close[:, 0].copy()
    own[DECIDED + 3 :] = 98.0
    own[DECIDED + 4 :] = 49.0
    actions = (a_dividend("AAA", DAYS[DECIDED + 3], "2"), a_split("AAA", DAYS[DECIDED + 4], "2"))
    found = outcomes(a_market(own, actions=actions)).of("AAA", DAYS[DECIDED], 5)
    assert found is not None
    assert found.gross == pytest.approx(0.0, abs=1e-12)


def test_a_name_that_leaves_counts_with_its_last_close() -> None:
    own = a_market().panel.close[:, 0].copy()
    own[DECIDED + 3] = 130.0
    own[DECIDED + 4 :] = math.nan
    found = outcomes(a_market(own)).of("AAA", DAYS[DECIDED], 20)
    assert found is not None
    assert found.gross == pytest.approx(0.30)


def test_what_could_not_be_bought_has_no_outcome() -> None:
    gone = a_market().panel.close[:, 0].copy()
    gone[DECIDED + 1] = math.nan
    assert outcomes(a_market(gone)).of("AAA", DAYS[DECIDED], 5) is None
    assert outcomes(a_market()).of("NOPE", DAYS[DECIDED], 5) is None
    assert outcomes(a_market(np.full(COUNT, 100.0))).of("AAA", DAYS[DECIDED], 5) is None


def test_an_open_that_was_carried_over_is_no_price() -> None:
    """It equals the close before, on a day that moved by a fifth: nobody could buy there."""
    own = a_market().panel.close[:, 0].copy()
    own[DECIDED + 1 :] = 120.0
    opens = own.copy()
    opens[DECIDED + 1] = own[DECIDED]
    history = a_market(own, opens={"AAA": opens})
    assert history.suspect("AAA", DAYS[DECIDED + 1])
    assert outcomes(history).of("AAA", DAYS[DECIDED], 5) is None
    before = outcomes(history).of("AAA", DAYS[DECIDED - 1], 1)
    assert before is not None
    assert before.gross == pytest.approx(0.0)


def test_an_outcome_is_known_where_its_exit_is() -> None:
    found = outcomes(a_market())
    last = COUNT - 2
    assert found.known(DAYS[last - 20], 20)
    assert not found.known(DAYS[last - 19], 20)
    assert found.of("AAA", DAYS[last - 19], 20) is None
    assert found.place(DAYS[7]) == 7
    assert HORIZONS == (1, 5, 20)


@pytest.mark.parametrize(
    ("z", "side"), [(0.26, "good"), (0.25, "neutral"), (0.0, "neutral"), (-0.25, "neutral"), (-0.26, "bad")]
)
def test_within_a_quarter_of_a_deviation_it_is_neither(z: float, side: str) -> None:
    assert side_of(z) == side
