"""The fast accounting comes to the same cent as a slow one of decimals, and as the heartbeat itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from fund.backtest.accounting import Account, TradingCosts, adjusted_tape, keep_account, tape_of
from fund.backtest.engine import run_backtest
from fund.errors import DataError
from fund.mandate import Mandate
from fund.market.facts import CorporateAction
from fund.market.history import History
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.mandates import a_mandate, some_costs
from support.markets import a_dividend, a_history, a_panel, a_quiet_history, a_spell, a_split
from support.naive_accounting import NaiveAccount, naive_equity

NAN = float("nan")
D = Decimal


def kept(
    closes: Mapping[str, list[float]],
    targets: list[list[float]],
    *,
    actions: tuple[CorporateAction, ...] = (),
    opens: Mapping[str, list[float]] | None = None,
    costs: TradingCosts | None = None,
    **settings: float,
) -> Account:
    panel = a_panel(closes, actions=actions, opens=opens)
    weights = np.full(panel.close.shape, np.nan)
    weights[: len(targets)] = targets
    values = {"initial_cash": 1_000.0, **settings}
    return keep_account(tape_of(panel, actions), weights, costs or TradingCosts(), **values)


def days(count: int) -> tuple[date, ...]:
    return a_panel({"AAA": [10.0] * count}).sessions


def test_what_is_decided_on_a_close_trades_at_the_next_open() -> None:
    account = kept({"AAA": [10.0, 12.0, 15.0]}, [[0.5], [0.0]], opens={"AAA": [10.0, 11.0, 14.0]})
    np.testing.assert_allclose(account.equity, [1_000, 1_050, 1_150])
    np.testing.assert_allclose(account.gross, [0, 600, 0])
    assert (account.orders, account.fills) == (2, 2)
    assert account.traded[-1] == pytest.approx(50 * 11 + 50 * 14)


def test_costs_are_paid_a_side_and_a_share() -> None:
    account = kept({"AAA": [10.0, 10.0, 10.0]}, [[0.5], [0.0]], costs=TradingCosts(bps=10, per_share=0.01))
    assert account.fees[-1] == pytest.approx(2 * (500 * 0.001 + 50 * 0.01))
    assert account.equity[-1] == pytest.approx(1_000 - 2.0)


def test_a_buy_stops_where_the_cash_ends_and_an_order_without_an_open_lapses() -> None:
    account = kept({"AAA": [10.0, 20.0, 20.0], "BBB": [10.0, NAN, 10.0]}, [[1.0, 0.5]])
    np.testing.assert_allclose(account.cash, [1_000, 0, 0])
    np.testing.assert_allclose(account.gross[1:], [1_000, 1_000])
    assert (account.orders, account.fills) == (2, 1)


def test_a_split_multiplies_shares_and_waiting_orders_and_a_dividend_is_paid_on_what_was_held() -> None:
    actions = (a_split("AAA", days(4)[1], "2"), a_dividend("AAA", days(4)[3], "0.10"))
    account = kept({"AAA": [10.0, 5.0, 5.0, 5.0]}, [[1.0]], actions=actions)
    np.testing.assert_allclose(account.equity, [1_000, 1_000, 1_000, 1_020])


def test_the_fraction_a_split_leaves_is_paid_at_the_open() -> None:
    account = kept({"AAA": [10.0, 10.0, 7.0]}, [[0.9]], actions=(a_split("AAA", days(3)[2], "1.35"),))
    assert account.cash[-1] == pytest.approx(100 + 0.5 * 7.0)
    assert account.gross[-1] == pytest.approx(121 * 7.0)


def test_a_merger_pays_its_price_and_takes_waiting_orders_with_it() -> None:
    merger = CorporateAction(ticker="AAA", ex_date=days(4)[2], kind="merger", value=D(13), detail="cash")
    account = kept({"AAA": [10.0, 10.0, NAN, NAN]}, [[0.5], [1.0]], actions=(merger,))
    np.testing.assert_allclose(account.equity, [1_000, 1_000, 1_150, 1_150])
    assert account.fills == 1


def test_a_series_that_falls_silent_is_closed_at_its_last_mark() -> None:
    account = kept({"AAA": [10.0, 10.0, 12.0] + [NAN] * 7, "BBB": [1.0] * 10}, [[1.0, NAN]])
    np.testing.assert_allclose(account.gross[7:], [1_200, 0, 0])
    assert account.cash[-1] == pytest.approx(1_200)


def test_a_short_earns_what_falls_pays_dividends_and_its_lender() -> None:
    actions = (a_dividend("AAA", days(3)[2], "1"),)
    account = kept({"AAA": [10.0, 10.0, 8.0]}, [[-0.5]], actions=actions, costs=TradingCosts(borrow_bps=360))
    nights = (days(3)[2] - days(3)[1]).days
    assert account.borrowed[-1] == pytest.approx(500 * 0.036 * nights / 360)
    assert account.equity[-1] == pytest.approx(1_000 + 100 - 50 - account.borrowed[-1])


def test_a_small_increase_is_left_and_a_reduction_is_not() -> None:
    account = kept({"AAA": [10.0] * 4}, [[0.5], [0.51], [0.49]], min_trade=0.05)
    np.testing.assert_allclose(account.gross, [0, 500, 500, 490])


def test_nothing_trades_at_an_open_that_was_carried_over() -> None:
    account = kept({"AAA": [10.0, 12.0, 12.0]}, [[0.5]], opens={"AAA": [10.0, 10.0, 12.0]})
    assert account.fills == 0


def test_adjusted_prices_know_dividends_as_more_shares() -> None:
    actions = (a_dividend("AAA", days(4)[2], "1"), a_split("AAA", days(4)[3], "2"))
    panel = a_panel({"AAA": [10.0, 10.0, 9.0, 4.5]}, actions=actions)
    weights = np.full((4, 1), np.nan)
    weights[0] = 1.0
    account = keep_account(adjusted_tape(panel), weights, TradingCosts(), initial_cash=1_000.0)
    np.testing.assert_allclose(account.equity, 1_000)


@pytest.mark.parametrize("seed", range(12))
def test_a_market_where_everything_goes_wrong_comes_to_the_same_cent_in_decimals(seed: int) -> None:
    history = a_history(seed, tickers=8, sessions=60)
    rng = np.random.default_rng(seed)
    shape = history.panel.close.shape
    low = -0.4 if seed % 3 == 0 else 0.0
    targets = np.round(rng.uniform(low, 0.4, shape), 4)
    targets[rng.random(shape) < 0.2] = np.nan
    targets[rng.random(shape[0]) < 0.5] = np.nan
    step, bps, per_share, borrow = ("1", "0.001", "0.000001")[seed % 3], 7, 0.005, 50
    account = keep_account(
        tape_of(history.panel, history.actions),
        targets,
        TradingCosts(bps=bps, per_share=per_share, borrow_bps=borrow),
        initial_cash=100_000.0,
        share_step=float(step),
    )
    naive = NaiveAccount(
        cash=D(100_000), step=D(step), bps=D(bps), per_share=D("0.005"), borrow_bps=D(borrow)
    )
    expected = naive_equity(history.panel, history.actions, targets, naive)
    np.testing.assert_allclose(account.equity, [float(each) for each in expected], rtol=0, atol=0.005)
    dust = 0 if step == "1" else 3  # a millionth of a share is bought or not by the last digit of the cash
    assert account.fills == pytest.approx(naive.fills, abs=dust)
    assert naive.fills > 20
    assert account.cash[-1] == pytest.approx(float(naive.cash), abs=0.005)
    assert account.traded[-1] == pytest.approx(float(naive.traded), abs=0.005)
    assert account.fees[-1] == pytest.approx(float(naive.fees), abs=0.005)


@dataclass(frozen=True)
class Scripted:
    """A strategy that says what the rows of a script say."""

    script: Mapping[date, Mapping[str, Decimal]]
    name: str = "scripted"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        weights = self.script.get(view.session)
        return None if weights is None else Proposal(weights=dict(weights))


def a_small_market() -> History:
    """Three names over 40 sessions: a split, dividends, a gap, a series that ends."""
    rng = np.random.default_rng(5)
    walk = np.round(50.0 * np.exp(np.cumsum(rng.normal(0, 0.02, (40, 3)), axis=0)), 2)
    walk[20:, 1] = np.round(walk[20:, 1] / 2, 2)
    walk[12, 0] = np.nan
    walk[30:, 2] = np.nan
    opens = np.round(walk * (1 + rng.uniform(-0.01, 0.01, walk.shape)), 2)
    names = ("AAA", "BBB", "CCC")
    closes = {name: walk[:, at].tolist() for at, name in enumerate(names)} | {"SPY": [100.0] * 40}
    sessions = days(40)
    actions = (a_split("BBB", sessions[20], "2"), a_dividend("AAA", sessions[8], "0.37"))
    return a_quiet_history(
        closes,
        opens={name: opens[:, at].tolist() for at, name in enumerate(names)},
        volumes={name: [1e9] * 40 for name in closes},
        actions=actions,
        membership=tuple(a_spell(name) for name in names),
    )


def test_a_book_of_the_heartbeat_comes_to_the_same_cent() -> None:
    history = a_small_market()
    rng = np.random.default_rng(2)
    sessions, tickers = history.panel.sessions, history.panel.tickers
    targets = np.full(history.panel.close.shape, np.nan)
    script: dict[date, Mapping[str, Decimal]] = {}
    for row in range(0, 40, 3):
        weights = {
            name: D(str(round(float(w), 3)))
            for name, w in zip(tickers[:3], rng.uniform(0, 0.33, 3), strict=True)
        }
        script[sessions[row]] = weights
        targets[row, :3] = [float(weights[name]) for name in tickers[:3]]
    mandate = a_mandate(costs=some_costs(commission_per_share=D("0.01")), initial_cash=D(50_000))
    result = run_backtest(Scripted(script), history, mandate, sessions[0], sessions[-1])
    account = keep_account(
        tape_of(history.panel, history.actions),
        targets,
        TradingCosts(per_share=0.01),
        initial_cash=50_000.0,
    )
    np.testing.assert_allclose(
        account.equity, [float(mark.equity) for mark in result.marks], rtol=0, atol=0.01
    )
    assert account.fills == len(result.fills) > 30
    assert len(result.endings) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"share_step": 0.3}, "share step"),
        ({"initial_cash": 0.0}, "cash above 0"),
        ({"min_trade": 1.0}, "least trade"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, float], said: str) -> None:
    with pytest.raises(DataError, match=said):
        kept({"AAA": [10.0, 10.0]}, [[0.5]], **change)


def test_weights_that_do_not_fit_or_are_infinite_are_refused() -> None:
    tape = tape_of(a_panel({"AAA": [10.0, 10.0]}), ())
    for weights in (np.zeros((3, 1)), np.array([[np.inf], [0.0]])):
        with pytest.raises(DataError, match="align them with the tape"):
            keep_account(tape, weights, TradingCosts())


def test_costs_below_nothing_and_a_company_under_two_tickers_are_refused() -> None:
    with pytest.raises(DataError, match="bps"):
        TradingCosts(bps=-1.0)
    change = replace(a_split("AAA", days(2)[1], "1"), kind="ticker_change", detail="AAB")
    with pytest.raises(DataError, match="one ticker a company"):
        tape_of(a_panel({"AAA": [10.0, 10.0]}), (change,))
