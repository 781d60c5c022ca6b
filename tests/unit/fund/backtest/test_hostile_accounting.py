"""The fast accounting is attacked: what is conserved, what must not matter, and what must be refused."""

import math
from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fund.backtest.accounting import Account, Tape, TradingCosts, adjusted_tape, keep_account, tape_of
from fund.backtest.research import (
    INVESTED,
    TradingRule,
    equal_weights,
    study,
    target_weights,
)
from fund.errors import DataError, NoDataError
from fund.market.facts import CorporateAction
from support.markets import a_dividend, a_panel, a_split
from support.panels import weekdays

FloatArray = NDArray[np.float64]

NAN = math.nan
PRICES = ("opened", "close", "split", "dividend", "closing")
some = settings(max_examples=20)


def a_tape(seed: int = 0, sessions: int = 25, names: int = 4, *, holes: float = 0.1) -> Tape:
    """Prices that wander, some bars missing, two splits and some dividends."""
    rng = np.random.default_rng(seed)
    shape = (sessions, names)
    close = 20.0 * np.exp(np.cumsum(rng.normal(0, 0.03, shape), axis=0))
    split, dividend = np.ones(shape), np.where(rng.random(shape) < 0.05, 0.25, 0.0)
    for name, ratio in ((0, 2.0), (1, 0.5)):
        row = int(rng.integers(5, sessions))
        split[row, name] = ratio
        close[row:, name] /= ratio
    opened = close * np.exp(rng.normal(0, 0.01, shape))
    lost = rng.random(shape) < holes
    lost[:2] = False
    return Tape(
        sessions=weekdays(sessions),
        tickers=tuple(f"N{at:03d}" for at in range(names)),
        opened=np.where(lost, NAN, opened),
        close=np.where(lost, NAN, close),
        split=split,
        dividend=dividend,
        closing=np.full(shape, NAN),
    )


def some_weights(tape: Tape, seed: int = 0, *, low: float = 0.0, high: float = 0.2) -> FloatArray:
    rng = np.random.default_rng(seed + 100)
    weights = rng.uniform(low, high, tape.close.shape)
    weights[rng.random(len(weights)) < 0.4] = NAN
    return weights


def same(one: Account, other: Account, rows: int | None = None) -> None:
    for name in ("equity", "cash", "gross", "traded", "fees", "borrowed"):
        np.testing.assert_array_equal(getattr(one, name)[:rows], getattr(other, name)[:rows])


COSTS = TradingCosts(bps=8.0, per_share=0.01, borrow_bps=300.0)


# what is conserved


@some
@given(
    seed=st.integers(0, 500), low=st.sampled_from([0.0, -0.25]), step=st.sampled_from([1.0, 0.01, 0.000001])
)
def test_every_account_starts_with_its_cash_and_its_totals_only_grow(
    seed: int, low: float, step: float
) -> None:
    tape = a_tape(seed)
    kept = keep_account(
        tape, some_weights(tape, seed, low=low), COSTS, initial_cash=10_000.0, share_step=step
    )
    assert kept.equity[0] == kept.cash[0] == 10_000.0
    for total in (kept.traded, kept.fees, kept.borrowed):
        assert (np.diff(total) >= 0.0).all()
    assert (kept.gross >= -1e-9).all()
    assert (np.abs(kept.equity - kept.cash) <= kept.gross + 1e-6).all()
    assert 0 <= kept.fills <= kept.orders
    assert kept.fees[-1] >= kept.traded[-1] * 8e-4 - 1e-9


@some
@given(seed=st.integers(0, 500), high=st.sampled_from([0.3, 2.0]), step=st.sampled_from([1.0, 0.001]))
def test_a_book_without_shorts_never_owes_cash(seed: int, high: float, step: float) -> None:
    tape = a_tape(seed)
    kept = keep_account(
        tape, some_weights(tape, seed, high=high), COSTS, initial_cash=5_000.0, share_step=step
    )
    assert kept.cash.min() >= -1e-6
    assert kept.borrowed[-1] == 0.0
    np.testing.assert_allclose(kept.equity, kept.cash + kept.gross)


@pytest.mark.parametrize("seed", range(4))
def test_what_costs_take_is_what_is_missing_where_they_change_no_order(seed: int) -> None:
    tape = a_tape(seed, holes=0.0)
    weights = np.full(tape.close.shape, NAN)
    weights[0] = [0.2, -0.2, 0.1, 0.0]
    free, dear = (keep_account(tape, weights, costs) for costs in (TradingCosts(), COSTS))
    assert free.fills == dear.fills > 0
    np.testing.assert_allclose(free.equity - dear.equity, dear.fees + dear.borrowed, atol=1e-6)


def test_one_name_held_whole_earns_its_price_its_split_and_its_dividend() -> None:
    sessions = a_panel({"AAA": [10.0] * 6}).sessions
    actions = (a_split("AAA", sessions[2], "2"), a_dividend("AAA", sessions[4], "0.50"))
    panel = a_panel({"AAA": [10.0, 10.0, 6.0, 7.0, 6.5, 8.0]}, actions=actions)
    weights = np.full((6, 1), NAN)
    weights[0] = 1.0
    kept = keep_account(tape_of(panel, actions), weights, TradingCosts(), initial_cash=1_000.0)
    np.testing.assert_allclose(kept.equity, [1_000, 1_000, 1_200, 1_400, 1_400, 1_700])


def test_a_sale_of_all_before_a_split_leaves_no_short_of_the_fraction_that_was_paid() -> None:
    """10.345 shares become 20.69; 0.69 are paid in cash, so 20 are left to sell and not 20.69."""
    split = a_split("AAA", a_panel({"AAA": [10.0] * 4}).sessions[2], "2")
    panel = a_panel({"AAA": [10.0, 10.0, 5.0, 5.0]}, actions=(split,))
    for weight in (0.10345, -0.10345):
        weights = np.array([[weight], [0.0], [NAN], [NAN]])
        kept = keep_account(
            tape_of(panel, (split,)), weights, TradingCosts(), initial_cash=1_000.0, share_step=0.001
        )
        np.testing.assert_allclose(kept.gross, [0.0, 103.45, 0.0, 0.0], atol=1e-9)
        np.testing.assert_allclose(kept.equity, 1_000.0)


# what must not matter


@pytest.mark.parametrize("seed", range(4))
def test_the_future_changes_no_session_before_it(seed: int) -> None:
    tape = a_tape(seed)
    weights = some_weights(tape, seed, low=-0.1)
    whole = keep_account(tape, weights, COSTS, share_step=0.01)
    row = 12
    spoilt = {name: getattr(tape, name).copy() for name in PRICES}
    for name, value in (
        ("opened", 1e6),
        ("close", 1e-3),
        ("split", 7.0),
        ("dividend", 99.0),
        ("closing", 0.0),
    ):
        spoilt[name][row:] = value
    later = weights.copy()
    later[row:] = -5.0
    same(keep_account(replace(tape, **spoilt), later, COSTS, share_step=0.01), whole, row)
    cut = replace(tape, sessions=tape.sessions[:row], **{name: getattr(tape, name)[:row] for name in PRICES})
    same(keep_account(cut, weights[:row], COSTS, share_step=0.01), whole, row)


@some
@given(seed=st.integers(0, 500), order=st.permutations(range(4)))
def test_the_order_of_names_does_not_matter_while_there_is_cash(seed: int, order: list[int]) -> None:
    tape = a_tape(seed)
    weights = some_weights(tape, seed)
    turned = replace(
        tape,
        tickers=tuple(tape.tickers[at] for at in order),
        **{name: getattr(tape, name)[:, order] for name in PRICES},
    )
    one, other = (keep_account(t, w, COSTS) for t, w in ((tape, weights), (turned, weights[:, order])))
    np.testing.assert_allclose(other.equity, one.equity)
    assert (other.orders, other.fills) == (one.orders, one.fills)


@pytest.mark.parametrize("factor", [2.0, 0.125, 1024.0])
def test_an_account_of_another_currency_is_the_same_account(factor: float) -> None:
    """Powers of two, so that floats have nothing to say."""
    tape = a_tape(7)
    weights = some_weights(tape, 7, low=-0.1)
    dear = replace(tape, **{name: factor * getattr(tape, name) for name in PRICES if name != "split"})
    costs = replace(COSTS, per_share=COSTS.per_share * factor)
    one = keep_account(tape, weights, COSTS, initial_cash=2.0**17)
    other = keep_account(dear, weights, costs, initial_cash=factor * 2.0**17)
    np.testing.assert_allclose(other.equity, factor * one.equity, rtol=1e-9)
    assert other.fills == one.fills > 10


def test_layout_type_and_a_second_run_of_the_same_numbers_change_nothing_and_nothing_is_written_to() -> None:
    tape = a_tape(3)
    weights = np.where(np.isfinite(some_weights(tape, 3)), 0.25, NAN)
    before = {name: getattr(tape, name).copy() for name in PRICES}
    plain = keep_account(tape, weights, COSTS)
    turned = replace(tape, **{name: np.asfortranarray(getattr(tape, name)) for name in PRICES})
    same(keep_account(turned, np.asfortranarray(weights), COSTS), plain)
    same(keep_account(tape, weights.astype(np.float32), COSTS), plain)
    same(keep_account(tape, weights, COSTS), plain)
    for name in PRICES:
        np.testing.assert_array_equal(getattr(tape, name), before[name])


def test_names_nobody_asks_for_do_not_matter_whatever_becomes_of_them() -> None:
    tape = a_tape(1, names=5)
    weights = some_weights(tape, 1)
    weights[:, 4] = NAN
    wild = {name: getattr(tape, name).copy() for name in PRICES}
    wild["close"][::2, 4], wild["opened"][:, 4], wild["split"][9, 4] = 1e9, 1e-9, 100.0
    wild["closing"][15, 4] = 3.0
    same(keep_account(replace(tape, **wild), weights, COSTS), keep_account(tape, weights, COSTS))


# ends of every range


def test_a_worthless_ending_takes_all_of_a_long_and_gives_a_short_its_whole_price() -> None:
    sessions = a_panel({"AAA": [10.0] * 4}).sessions
    gone = CorporateAction(ticker="AAA", ex_date=sessions[2], kind="delisting", value=Decimal(0), detail="")
    for weight, left in ((0.5, 500.0), (-0.5, 1_500.0)):
        weights = np.full((4, 1), NAN)
        weights[0] = weight
        panel = a_panel({"AAA": [10.0, 10.0, NAN, NAN]}, actions=(gone,))
        kept = keep_account(tape_of(panel, (gone,)), weights, TradingCosts(), initial_cash=1_000.0)
        assert kept.equity[-1] == pytest.approx(left)
        assert kept.gross[-1] == 0.0


def test_an_account_without_equity_decides_nothing_while_it_has_none() -> None:
    panel = a_panel({"AAA": [10.0, 10.0, 30.0, 30.0, 10.0, 10.0]})
    weights = np.full((6, 1), NAN)
    weights[0], weights[2], weights[4] = -1.0, 0.0, 0.0
    kept = keep_account(tape_of(panel, ()), weights, TradingCosts(), initial_cash=1_000.0)
    np.testing.assert_allclose(kept.equity, [1_000, 1_000, -1_000, -1_000, 1_000, 1_000])
    assert kept.orders == 2
    assert kept.gross[3] == pytest.approx(3_000)
    assert kept.gross[5] == 0.0


@pytest.mark.parametrize(("start", "target"), [(0.5, -0.5), (-0.5, 0.5)], ids=["to short", "to long"])
def test_a_turn_through_nothing_is_two_orders_and_two_fills(start: float, target: float) -> None:
    weights = np.array([[start], [target], [NAN]])
    kept = keep_account(
        tape_of(a_panel({"AAA": [10.0] * 3}), ()), weights, TradingCosts(), initial_cash=1_000.0
    )
    assert (kept.orders, kept.fills) == (3, 3)
    assert kept.gross[-1] == pytest.approx(500.0)


def test_a_share_dearer_than_the_account_is_not_bought_and_a_part_of_it_may_be() -> None:
    panel = a_panel({"AAA": [900.0] * 3})
    weights = np.array([[0.5], [NAN], [NAN]])
    whole, parts = (
        keep_account(tape_of(panel, ()), weights, TradingCosts(), initial_cash=1_000.0, share_step=step)
        for step in (1.0, 0.000001)
    )
    assert (whole.orders, whole.gross[-1], whole.turnover) == (0, 0.0, 0.0)
    assert parts.gross[-1] == pytest.approx(500.0, abs=0.001)


def test_a_tape_of_no_session_is_refused_and_one_of_a_session_or_of_no_name_is_an_account() -> None:
    tape = a_tape()
    empty = replace(tape, sessions=(), **{name: getattr(tape, name)[:0] for name in PRICES})
    with pytest.raises(DataError, match=r"expected finite weights of shape \(0, 4\) over a session or more"):
        keep_account(empty, np.zeros((0, 4)), COSTS)
    one = replace(tape, sessions=tape.sessions[:1], **{name: getattr(tape, name)[:1] for name in PRICES})
    kept = keep_account(one, np.full((1, 4), 0.2), COSTS)
    assert (kept.equity.tolist(), kept.turnover, kept.years) == ([1_000_000.0], None, 0.0)
    bare = replace(tape, tickers=(), **{name: getattr(tape, name)[:, :0] for name in PRICES})
    assert (keep_account(bare, np.zeros((25, 0)), COSTS).equity == 1_000_000.0).all()


@pytest.mark.parametrize("name", [each.name for each in fields(TradingCosts)])
@pytest.mark.parametrize("value", [-1e-9, 10_000.1, NAN, math.inf])
def test_a_cost_that_is_none_is_refused_by_its_name(name: str, value: float) -> None:
    with pytest.raises(DataError, match=f"expected {name} between 0 and 10000, found"):
        TradingCosts(**{name: value})


@pytest.mark.parametrize(
    "change", [{"initial_cash": NAN}, {"min_trade": NAN}, {"min_trade": -0.1}, {"share_step": NAN}], ids=str
)
def test_settings_that_are_no_numbers_are_refused(change: dict[str, float]) -> None:
    tape = a_tape()
    with pytest.raises(DataError, match="expected a share step of"):
        keep_account(tape, some_weights(tape), COSTS, **change)


def test_actions_of_other_names_and_days_are_left_out_and_those_of_one_day_add_up() -> None:
    panel = a_panel({"AAA": [10.0] * 3})
    sessions = panel.sessions
    actions = (
        a_dividend("AAA", sessions[1], "0.25"),
        a_dividend("AAA", sessions[1], "0.50"),
        a_split("AAA", sessions[2], "3"),
        a_split("AAA", sessions[2], "0.5"),
        a_dividend("BBB", sessions[1], "9"),
        a_dividend("AAA", weekdays(1)[0], "9"),
    )
    tape = tape_of(panel, actions)
    assert tape.dividend.ravel().tolist() == [0.0, 0.75, 0.0]
    assert tape.split.ravel().tolist() == [1.0, 1.0, 1.5]
    assert tape.acted.tolist() == [False, True, True]


def test_adjusted_and_raw_prices_come_to_one_equity_without_costs() -> None:
    closes = {"AAA": [10.0, 11.0, 12.0, 6.5, 6.0, 7.0], "BBB": [5.0, 5.5, 5.0, 6.0, 6.0, 6.5]}
    actions = (a_split("AAA", a_panel(closes).sessions[3], "2"),)
    panel = a_panel(closes, actions=actions)
    weights = np.array([[0.4, 0.3], [NAN, NAN], [0.1, 0.6], [0.5, 0.2], [NAN, NAN], [NAN, NAN]])
    raw, adjusted = (
        keep_account(tape, weights, TradingCosts(), initial_cash=2.0**20, share_step=0.000001)
        for tape in (tape_of(panel, actions), adjusted_tape(panel))
    )
    np.testing.assert_allclose(raw.equity, adjusted.equity, rtol=1e-6)


# from an order of names to weights


@some
@given(
    names=st.integers(2, 60),
    share=st.integers(1, 50).map(lambda percent: percent / 100),
    seed=st.integers(0, 99),
    distinct=st.booleans(),
)
def test_a_book_turned_over_is_the_other_side_and_invests_what_it_says(
    names: int, share: float, seed: int, distinct: bool
) -> None:
    rng = np.random.default_rng(seed)
    scores = (
        rng.permutation(names)[None, :].astype(float) if distinct else rng.integers(0, 4, (1, names)) * 1.0
    )
    both = TradingRule(share=share, long_short=True)
    weights = target_weights(scores, both)
    np.testing.assert_allclose(target_weights(-scores, both), -weights, atol=1e-15)
    assert np.abs(weights).sum() <= INVESTED + 1e-9
    if distinct:
        assert weights.sum() == pytest.approx(0.0, abs=1e-12)
    long = target_weights(scores, TradingRule(share=share))
    assert long.sum() == pytest.approx(INVESTED)
    assert (long >= -1e-15).all()
    assert (np.diff(long[0][np.argsort(scores[0], kind="stable")]) >= -1e-12).all()


def test_seven_in_a_hundred_of_fifty_are_as_many_above_as_below() -> None:
    weights = target_weights(np.arange(50.0)[None, :], TradingRule(share=0.07, long_short=True))
    assert ((weights > 0).sum(), (weights < 0).sum()) == (3, 3)


def test_a_session_without_scores_sells_all_and_days_before_the_first_score_decide_nothing() -> None:
    scores = np.array([[NAN, NAN], [1.0, 2.0], [NAN, NAN], [2.0, NAN]])
    weights = target_weights(scores, TradingRule(share=0.5, every_sessions=1))
    np.testing.assert_allclose(weights, [[NAN, NAN], [0, INVESTED], [0, 0], [INVESTED, 0]])
    assert np.isnan(target_weights(np.full((3, 2), NAN), TradingRule())).all()
    assert equal_weights(np.zeros((0, 2)), 5).shape == (0, 2)


@pytest.mark.parametrize(("share", "every"), [(0.0, 5), (0.51, 5), (NAN, 5), (0.1, 0)])
def test_a_rule_that_trades_nothing_or_too_much_is_refused(share: float, every: int) -> None:
    with pytest.raises(DataError, match="expected a share above 0 and up to a half and a session, found"):
        TradingRule(share=share, every_sessions=every)


def test_a_study_hears_neither_the_scale_of_scores_nor_what_comes_before_the_first_of_them() -> None:
    tape = a_tape(2, sessions=60, names=12, holes=0.0)
    scores = np.random.default_rng(5).normal(size=tape.close.shape)
    scores[:6] = NAN
    rule = TradingRule(share=0.25, every_sessions=3)
    plain = study("noise", scores, tape, rule, costs_bps=(5.0,))
    assert study("noise", np.exp(scores), tape, rule, costs_bps=(5.0, 5.0)) == plain
    spoilt = tape.close.copy()
    spoilt[:6] *= 3.0
    assert study("noise", scores, replace(tape, close=spoilt), rule, costs_bps=(5.0,)) == plain
    assert [each.bps for each in plain.net] == [5.0]
    assert plain.first == tape.sessions[6]
    assert plain.sessions == 53


@pytest.mark.parametrize("known", [0, 1, 2])
def test_scores_too_near_the_end_are_no_study(known: int) -> None:
    tape = a_tape()
    scores = np.full(tape.close.shape, NAN)
    scores[25 - known :] = 1.0
    with pytest.raises(NoDataError, match=f"found the first at {25 - known} of 25"):
        study("late", scores, tape, TradingRule())
