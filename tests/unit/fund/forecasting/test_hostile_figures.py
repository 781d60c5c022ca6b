"""Books after costs, what would have to be true, and counts of trials are attacked at their edges."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.edge import INTERVAL_WIDTH, MEAN_DISTANCE, break_even, edge_of
from fund.forecasting.forecast import Forecast
from fund.forecasting.net_figures import book_figures, sharpe_interval
from fund.forecasting.samples import UNIT_RANK
from fund.forecasting.trials import (
    GENESIS,
    ChainedTrial,
    Trial,
    appended,
    first_broken,
    parameters_hash,
    trial_id_of,
    trials_of,
)
from fund.metrics.inference import Interval
from support import standings
from support.forecasters import an_interval

FloatArray = NDArray[np.float64]

some = settings(max_examples=12)


def drawn(seed: int, *shape: int) -> FloatArray:
    return np.random.default_rng(seed).normal(size=shape)


# books

a_table = partial(standings.a_table, horizon=2)


@some
@given(names=st.integers(20, 61), seed=st.integers(0, 99))
def test_scores_turned_over_are_the_other_book_and_order_is_all_that_counts(names: int, seed: int) -> None:
    scores, realised = drawn(seed, 30, names), 0.02 * drawn(seed + 1, 30, names)
    plain, turned, bent = (
        book_figures(a_table(each, realised), (0.0,))[0] for each in (scores, -scores, np.exp(scores))
    )
    assert turned.net[0].mean.value == pytest.approx(-plain.net[0].mean.value)
    assert turned.turnover.value == pytest.approx(plain.turnover.value)
    assert bent == plain


def test_a_book_costs_its_turnover_and_no_more() -> None:
    books = book_figures(a_table(drawn(3, 40, 25), 0.02 * drawn(4, 40, 25)), (0.0, 10.0, 100.0))
    for book in books:
        free, ten, hundred = (each.mean.value for each in book.net)
        assert free - ten == pytest.approx(126 * 0.001 * book.turnover.value)
        assert free - hundred == pytest.approx(126 * 0.01 * book.turnover.value)


@pytest.mark.parametrize("names", [19, 20])
def test_a_book_needs_twenty_names_and_ties_make_none(names: int) -> None:
    realised = 0.02 * drawn(1, 40, names)
    assert bool(book_figures(a_table(drawn(0, 40, names), realised))) == (names >= 20)
    assert book_figures(a_table(np.zeros((40, names)), realised)) == ()


def test_a_horizon_longer_than_the_history_is_no_book() -> None:
    assert book_figures(a_table(drawn(0, 30, 25), drawn(1, 30, 25), horizon=40)) == ()
    assert book_figures(a_table(np.zeros((0, 25)), np.zeros((0, 25)))) == ()


@some
@given(seed=st.integers(0, 99), leverage=st.sampled_from([0.01, 3.0, 1e6]), horizon=st.integers(1, 9))
def test_leverage_changes_no_ratio_and_a_short_of_it_is_its_mirror(
    seed: int, leverage: float, horizon: int
) -> None:
    returns = 0.001 + 0.01 * drawn(seed, 80)
    plain, levered, short = (
        sharpe_interval(each, horizon) for each in (returns, leverage * returns, -returns)
    )
    assert plain is not None
    assert levered is not None
    assert short is not None
    assert (levered.low, levered.high) == pytest.approx((plain.low, plain.high))
    assert (short.low, short.high) == pytest.approx((-plain.high, -plain.low))


@pytest.mark.parametrize("value", [0.0, 0.1, -1e-9])
def test_returns_that_never_vary_have_no_ratio(value: float) -> None:
    assert sharpe_interval(np.full(60, value), 1) is None
    assert sharpe_interval(np.zeros(0), 1) is None


# what would have to be true

FORECAST = Forecast(
    ticker="AAA",
    session=date(2016, 11, 1),
    horizon_sessions=5,
    expected=0.001,
    low=-0.05,
    high=0.05,
    probability_up=0.51,
    rank=0.9,
    forecaster="gbm",
    version="gbm-1",
)


@some
@given(rank=st.floats(0.01, 0.99), width=st.floats(0.001, 0.5), cost=st.floats(0.0, 0.05))
def test_what_would_pay_pays_exactly(rank: float, width: float, cost: float) -> None:
    found = break_even(replace(FORECAST, low=-width, high=width, rank=rank), cost)
    assert found is not None
    assert found.deviation == pytest.approx(2 * width / INTERVAL_WIDTH)
    if found.hit_rate is None:
        assert MEAN_DISTANCE * found.deviation < cost
    else:
        assert 0.5 <= found.hit_rate <= 1.0
        assert (2 * found.hit_rate - 1) * MEAN_DISTANCE * found.deviation == pytest.approx(cost, abs=1e-12)
    if rank > 0.5:
        assert found.rank_ic is not None
        assert found.rank_ic * found.deviation * (rank - 0.5) * UNIT_RANK == pytest.approx(cost)
    else:
        assert found.rank_ic is None


@pytest.mark.parametrize("cost", [-1e-12, math.nan, math.inf])
def test_a_cost_that_is_none_is_refused(cost: float) -> None:
    with pytest.raises(DataError, match="expected a cost of at least 0 as a fraction, found"):
        break_even(FORECAST, cost)


def test_an_interval_without_width_says_nothing_and_one_that_touches_nothing_is_no_edge() -> None:
    assert break_even(replace(FORECAST, expected=0.0, low=0.0, high=0.0), 0.001) is None
    touching = edge_of(Interval(value=0.01, low=0.0, high=0.02, n=99), horizon_sessions=1)
    assert (touching.worth, "holds 0" in touching.told) == ("no edge", True)
    barely = edge_of(Interval(value=0.01, low=5e-324, high=0.02, n=99), horizon_sessions=1)
    assert barely.worth == "edge"
    below = edge_of(Interval(value=-0.01, low=-0.02, high=0.0, n=99), horizon_sessions=1)
    assert "holds 0" in below.told


# the count of trials


def a_trial(leaves: int, **changes: object) -> Trial:
    keys = {
        "family": "gbm",
        "parameters": parameters_hash({"leaves": leaves}),
        "features": "1-abc",
        "horizon_sessions": 5,
        "data_version": "made-1",
    }
    made = Trial(
        trial_id=trial_id_of(**keys),  # type: ignore[arg-type]
        rank_ic=an_interval(0.01),
        sharpe=0.3,
        sessions=250,
        at=datetime(2020, 1, 2, 12, tzinfo=UTC),
        **keys,  # type: ignore[arg-type]
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_chain(count: int) -> tuple[ChainedTrial, ...]:
    chain: tuple[ChainedTrial, ...] = ()
    for leaves in range(count):
        chain = appended(chain, a_trial(leaves))
    return chain


@some
@given(kept=st.sets(st.integers(0, 5), min_size=1), order=st.permutations(range(6)))
def test_a_chain_out_of_which_something_is_taken_or_moved_is_broken_there(
    kept: set[int], order: list[int]
) -> None:
    chain = a_chain(6)
    head = chain[-1].hash
    less = [link for at, link in enumerate(chain) if at in kept]
    missing = next((at for at in range(6) if at not in kept), None)
    assert first_broken(less, head=head) == (None if missing is None else min(missing, len(less)))
    moved = next((at for at in range(6) if order[at] != at), None)
    assert first_broken([chain[at] for at in order], head=head) == moved


@pytest.mark.parametrize(
    "change",
    [{"sharpe": 0.3000001}, {"rank_ic": None}, {"sessions": 249}, {"sharpe": None}, {"family": "net"}],
    ids=str,
)
def test_an_edit_of_any_figure_is_seen_and_a_chain_made_again_is_seen_by_its_head(
    change: dict[str, object],
) -> None:
    chain = list(a_chain(3))
    head = chain[-1].hash
    chain[1] = replace(chain[1], trial=replace(chain[1].trial, **change))
    assert first_broken(chain) == 1
    again: tuple[ChainedTrial, ...] = ()
    for leaves in range(3):
        again = appended(again, a_trial(leaves, sharpe=9.0))
    assert first_broken(again) is None
    assert first_broken(again, head=head) == 3


def test_nothing_is_a_whole_chain_unless_it_is_known_to_have_been_more() -> None:
    assert first_broken(()) is None
    assert first_broken((), head=GENESIS) is None
    assert first_broken((), head=a_chain(1)[-1].hash) == 0


@some
@given(
    parameters=st.dictionaries(
        st.text("ab1", max_size=4), st.integers() | st.text("ab1", max_size=4) | st.none(), max_size=4
    )
)
def test_parameters_are_told_apart_by_type_and_not_by_order(parameters: dict[str, object]) -> None:
    turned = dict(reversed(parameters.items()))
    assert parameters_hash(turned) == parameters_hash(parameters)
    for name, value in parameters.items():
        assert parameters_hash(parameters | {name: str(value) + "."}) != parameters_hash(parameters)
        if isinstance(value, int):
            assert parameters_hash(parameters | {name: str(value)}) != parameters_hash(parameters)


def test_a_trial_judged_again_on_newer_data_counts_once_more_and_on_the_same_not() -> None:
    later = {"data_version": "made-2", "trial_id": "another"}
    trials = [a_trial(1, sharpe=0.1), a_trial(1, sharpe=0.9), a_trial(2), a_trial(1, **later)]
    found = trials_of(iter(trials), family="gbm", horizon_sessions=5)
    assert [each.sharpe for each in found] == [0.1, 0.3, 0.3]
    assert len(trials_of(trials, family="gbm", horizon_sessions=5, data_version="made-2")) == 1
    assert trials_of(trials, family="net", horizon_sessions=5) == ()
