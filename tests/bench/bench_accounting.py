"""What the accounting of a cross-sectional backtest costs, and how far it is from one in decimals."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from fund.backtest.accounting import TradingCosts, adjusted_tape, keep_account, tape_of
from fund.backtest.research import TradingRule, study
from support.benchmark import Figure, counted, median, timed
from support.markets import a_history
from support.naive_accounting import NaiveAccount, naive_equity
from support.panels import a_panel

SESSIONS, NAMES, HELD = 2_500, 500, 74
COSTS = TradingCosts(bps=5, per_share=0.005)


def measure() -> Iterator[Figure]:
    """Trade the same made market over and over, then small ones where everything goes wrong."""
    tape = adjusted_tape(a_panel(SESSIONS, NAMES, seed=1))
    scores = np.random.default_rng(0).normal(size=(SESSIONS, NAMES)).cumsum(axis=0)
    targets = np.zeros(tape.close.shape)
    best = np.argsort(-scores, axis=1)[:, :HELD]
    np.put_along_axis(targets, best, 0.98 / HELD, axis=1)
    account = keep_account(tape, targets, COSTS)
    shape = f"{NAMES} names x {SESSIONS:,} sessions"
    yield counted(f"{shape}, {HELD} held, decided every session: orders", "", account.orders)
    seconds = timed(lambda: keep_account(tape, targets, COSTS), repeats=9, cpu=True)
    yield median("its accounting, processor time", "s", seconds, bound=0.1)
    rule = TradingRule(share=0.14, every_sessions=5)
    ranked = np.column_stack([scores, np.full(SESSIONS, np.nan)])
    seconds = timed(lambda: study("made", ranked, tape, rule), repeats=3, cpu=True)
    yield median("a study: two books at four levels of costs, with intervals, processor time", "s", seconds)
    yield counted(
        "largest distance from decimals, 30 markets with gaps, splits and endings",
        "USD",
        _apart(),
        bound=0.005,
    )


def _apart() -> float:
    """Return the largest difference of any close's equity of 100,000 USD from the accounting in decimals."""
    far = 0.0
    for seed in range(30):
        history = a_history(seed, tickers=8, sessions=60)
        rng = np.random.default_rng(seed)
        targets = np.round(rng.uniform(-0.2, 0.4, history.panel.close.shape), 4)
        targets[rng.random(targets.shape[0]) < 0.5] = np.nan
        account = keep_account(
            tape_of(history.panel, history.actions), targets, COSTS, initial_cash=100_000.0
        )
        naive = NaiveAccount(
            cash=Decimal(100_000),
            step=Decimal(1),
            bps=Decimal(5),
            per_share=Decimal("0.005"),
            borrow_bps=Decimal(0),
        )
        equities = naive_equity(history.panel, history.actions, targets, naive)
        far = max(far, float(np.abs(account.equity - np.array([float(each) for each in equities])).max()))
    return far
