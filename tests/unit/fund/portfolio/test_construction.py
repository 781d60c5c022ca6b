"""Books of many names: closed forms, limits, costs, and inputs no optimiser can use."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from fund.portfolio.construction import Method, Outlook, Room, Unbuilt, build_book
from support.checkout import ROOT

METHODS = get_args(Method)
WITHOUT_VIEWS = ("equal_risk", "risk_parity", "hrp")
FloatArray = NDArray[np.float64]


def a_room(names: int, budget: float = 0.9, **changes: Any) -> Room:
    plain: dict[str, Any] = {
        "budget": budget,
        "least": np.zeros(names),
        "most": np.full(names, 1.0),
        "sides": np.ones(names),
        "groups": tuple("abc"[n % 3] for n in range(names)),
        "group_most": {},
        "net_low": -1.0,
        "net_high": 1.0,
    }
    return Room(**{**plain, **changes})


def an_outlook(returns: FloatArray, **changes: Any) -> Outlook:
    names = returns.shape[1]
    plain: dict[str, Any] = {
        "returns": returns,
        "expected": np.zeros(names),
        "previous": np.zeros(names),
        "costs": np.zeros(names),
    }
    return Outlook(**{**plain, **changes})


def some_returns(names: int = 8, sessions: int = 250, seed: int = 5) -> FloatArray:
    rng = np.random.default_rng(seed)
    market = rng.standard_normal((sessions, 1)) * 0.008
    return market + rng.standard_normal((sessions, names)) * np.linspace(0.004, 0.02, names)


def uncorrelated(volatility: FloatArray, sessions: int = 4096) -> FloatArray:
    """Return returns whose sample covariance is diagonal: columns of signs that are orthogonal."""
    place = np.arange(sessions)
    signs = np.column_stack([1 - 2 * ((place >> n) & 1) for n in range(len(volatility))])
    return signs * volatility


def built(method: str, outlook: Outlook, room: Room, aversion: float = 5.0) -> FloatArray:
    weights = build_book(method, outlook, room, risk_aversion=aversion)  # type: ignore[arg-type]
    assert not isinstance(weights, Unbuilt), weights
    return weights


VOLATILITY = np.array([0.008, 0.01, 0.016, 0.02])


def test_without_correlation_risk_parity_and_equal_risk_are_inverse_volatility() -> None:
    returns, room = uncorrelated(VOLATILITY), a_room(4, 1.0)
    expected = (1 / VOLATILITY) / (1 / VOLATILITY).sum()
    assert np.allclose(built("equal_risk", an_outlook(returns), room), expected, atol=1e-9)
    assert np.allclose(built("risk_parity", an_outlook(returns), room), expected, atol=2e-3)


def test_without_correlation_and_views_mean_variance_is_inverse_variance() -> None:
    weights = built("mean_variance", an_outlook(uncorrelated(VOLATILITY)), a_room(4, 1.0))
    assert np.allclose(weights, VOLATILITY**-2 / (VOLATILITY**-2.0).sum(), atol=2e-3)


def test_hierarchical_risk_parity_of_two_names_is_inverse_variance() -> None:
    volatility = VOLATILITY[:2]
    weights = built("hrp", an_outlook(uncorrelated(volatility)), a_room(2, 1.0))
    assert np.allclose(weights, volatility**-2 / (volatility**-2.0).sum(), atol=2e-3)


def test_minimum_cvar_avoids_the_name_that_crashes() -> None:
    returns = some_returns(2, 200, seed=1)
    returns[:, 1] = returns[:, 0] + 0.0001 * (np.arange(200) % 2)
    returns[::15, 1] -= 0.2
    weights = built("min_cvar", an_outlook(returns), a_room(2, 1.0))
    assert weights == pytest.approx([1.0, 0.0], abs=1e-6)


def test_no_other_book_on_a_grid_has_a_smaller_cvar() -> None:
    returns = some_returns(2, 100)
    weights = built("min_cvar", an_outlook(returns), a_room(2, 1.0))

    def cvar(shares: FloatArray) -> float:
        return float(-np.sort(returns @ shares)[:5].mean())

    grid = [cvar(np.array([x, 1 - x])) for x in np.linspace(0, 1, 201)]
    assert cvar(weights) <= min(grid) + 1e-9


def test_mean_variance_leans_to_what_is_expected_to_rise() -> None:
    returns = some_returns(4)
    plain = built("mean_variance", an_outlook(returns), a_room(4))
    views = an_outlook(returns, expected=np.array([0.0, 0.0, 0.0, 0.001]))
    assert built("mean_variance", views, a_room(4))[3] > plain[3] + 0.05


@pytest.mark.parametrize("method", METHODS)
def test_every_limit_is_kept_with_the_whole_budget_spent(method: str) -> None:
    room = a_room(
        9,
        0.8,
        least=np.full(9, 0.02),
        most=np.full(9, 0.2),
        group_most={"a": 0.25, "b": 0.3},
        sides=np.array([1.0] * 7 + [-1.0] * 2),
        net_high=0.6,
    )
    outlook = an_outlook(some_returns(9), costs=np.full(9, 1e-4), previous=np.linspace(0, 0.1, 9))
    weights = built(method, outlook, room)
    left, bounds = room.inequalities()
    assert weights.sum() == pytest.approx(0.8, abs=1e-5)
    assert (weights >= 0.02).all()
    assert (weights <= 0.2).all()
    assert (left @ weights <= bounds + 1e-5).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_budget_the_limits_do_not_let_through_is_used_as_far_as_they_do(method: str) -> None:
    room = a_room(6, 0.9, most=np.full(6, 0.1), group_most={"a": 0.15})
    assert built(method, an_outlook(some_returns(6)), room).sum() == pytest.approx(0.55, abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_figures_give_the_same_book_in_any_order_of_names(method: str) -> None:
    returns, order = some_returns(6), np.array([3, 1, 5, 0, 4, 2])
    room = a_room(6, most=np.full(6, 0.3), groups=("a",) * 6)
    first = built(method, an_outlook(returns), room)
    assert np.array_equal(first, built(method, an_outlook(returns), room))
    if method != "hrp":  # its tree breaks ties by position: names come in alphabetical order
        assert np.allclose(first[order], built(method, an_outlook(returns[:, order]), room), atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_costs_make_a_book_trade_less(method: str) -> None:
    returns = some_returns(6)
    previous = np.array([0.4, 0.1, 0.1, 0.1, 0.1, 0.1])

    def turnover(cost: float) -> float:
        outlook = an_outlook(returns, previous=previous, costs=np.full(6, cost))
        return float(np.abs(built(method, outlook, a_room(6)) - previous).sum())

    free, cheap, dear = turnover(0.0), turnover(2e-4), turnover(0.05)
    assert free > 0.01
    assert dear <= cheap + 1e-5
    assert cheap <= free + 1e-5
    assert dear == pytest.approx(0, abs=1e-3)


def test_a_short_is_a_long_position_in_the_turned_returns() -> None:
    returns = some_returns(4)
    turned = returns * np.array([1.0, -1.0, 1.0, -1.0])
    for method in METHODS:
        long_only = built(method, an_outlook(turned), a_room(4))
        mixed = built(method, an_outlook(returns), a_room(4, sides=np.array([1.0, -1.0, 1.0, -1.0])))
        assert np.allclose(long_only, mixed, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_one_name_takes_what_there_is(method: str) -> None:
    room = a_room(1, 0.5, most=np.array([0.2]))
    assert built(method, an_outlook(some_returns(1)), room) == pytest.approx([0.2], abs=1e-6)


IMPOSSIBLE: Mapping[str, dict[str, Any]] = {
    "no room at all": {"budget": 0.0},
    "a negative group": {"group_most": {"a": -0.1, "b": 0.0, "c": 0.0}},
    "more at least than at most": {"least": np.full(6, 0.3), "most": np.full(6, 0.2)},
    "the least over the budget": {"least": np.full(6, 0.2)},
    "a net nothing reaches": {"net_low": 0.95, "net_high": 1.0},
}


@pytest.mark.parametrize("changes", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
@pytest.mark.parametrize("method", METHODS)
def test_limits_no_book_can_keep_are_answered(method: Method, changes: dict[str, Any]) -> None:
    answer = build_book(method, an_outlook(some_returns(6)), replace(a_room(6), **changes), risk_aversion=5)
    assert isinstance(answer, Unbuilt)
    assert answer.reason == "the limits leave no room for a book of these names"


def hostile_outlooks() -> dict[str, Outlook]:
    returns = some_returns(3)
    gap, still, infinite = returns.copy(), returns.copy(), returns.copy()
    gap[3, 1], still[:, 2], infinite[0, 0] = np.nan, 0.0, np.inf
    return {
        "a gap": an_outlook(gap),
        "a price that never moves": an_outlook(still),
        "an infinite return": an_outlook(infinite),
        "one session": an_outlook(returns[:1]),
        "no session": an_outlook(returns[:0]),
        "two columns": an_outlook(returns[:, :2]),
        "a view that is no number": an_outlook(returns, expected=np.array([0.0, np.nan, 0.0])),
        "a cost that is no number": an_outlook(returns, costs=np.array([0.0, np.inf, 0.0])),
    }


@pytest.mark.parametrize("outlook", hostile_outlooks().values(), ids=hostile_outlooks().keys())
@pytest.mark.parametrize("method", METHODS)
def test_figures_no_optimiser_can_use_are_answered(method: Method, outlook: Outlook) -> None:
    answer = build_book(method, outlook, a_room(3), risk_aversion=5)
    assert isinstance(answer, Unbuilt)
    assert answer.reason


@pytest.mark.parametrize("method", METHODS)
def test_no_names_make_no_book(method: Method) -> None:
    empty = an_outlook(np.empty((10, 0)))
    assert build_book(method, empty, a_room(0), risk_aversion=5) == Unbuilt(
        reason="there is no name to share out between"
    )


@pytest.mark.parametrize("method", METHODS)
def test_two_names_that_are_the_same_are_no_trouble(method: str) -> None:
    twins = np.column_stack([some_returns(1)] * 2 + [some_returns(2)])
    assert built(method, an_outlook(twins), a_room(4)).sum() == pytest.approx(0.9, abs=1e-5)


def test_more_names_than_sessions_are_no_trouble() -> None:
    for method in METHODS:
        weights = built(method, an_outlook(some_returns(40, 25)), a_room(40, most=np.full(40, 0.1)))
        assert weights.sum() == pytest.approx(0.9, abs=1e-5)


def test_sizing_loads_no_optimiser_before_it_is_used() -> None:
    code = (
        "import sys, graph.strategy, desk.mandate, fund.portfolio.arranging;"
        "print([n for n in ('skfolio', 'cvxpy', 'sklearn', 'scipy', 'pandas') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
