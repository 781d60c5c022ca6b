from dataclasses import replace

import numpy as np
import pytest

from fund.forecasting.book_figures import sharpe_at
from fund.forecasting.net_figures import book_figures, sharpe_interval
from fund.metrics.returns import sharpe_ratio
from support.standings import a_table

SESSIONS, NAMES = 200, 40


def noise(seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return scale * np.random.default_rng(seed).normal(size=(SESSIONS, NAMES))


def test_a_book_that_never_changes_trades_once_and_earns_its_spread():
    scores = np.tile(np.arange(NAMES, dtype=float), (SESSIONS, 1))
    realised = noise(1, 0.01) + np.where(scores >= NAMES - 4, 0.002, 0.0) - np.where(scores < 4, 0.001, 0.0)
    long_short, long_only = book_figures(a_table(scores, realised))
    assert long_short.turnover.value == pytest.approx(2.0 / SESSIONS)
    assert long_only.turnover.value == pytest.approx(1.0 / SESSIONS)
    earned = realised[:, -4:].mean(axis=1)
    assert long_only.net[0].mean.value == pytest.approx(252 * earned.mean())
    assert long_short.net[0].mean.value == pytest.approx(252 * (earned - realised[:, :4].mean(axis=1)).mean())
    assert long_short.net[0].mean.n == SESSIONS


def test_a_cost_is_paid_on_every_side_of_what_is_traded():
    long_short, long_only = book_figures(a_table(noise(), noise(1, 0.01)))
    for book in (long_short, long_only):
        free, five, ten, twenty = book.net
        assert [each.cost_bps for each in book.net] == [0.0, 5.0, 10.0, 20.0]
        for each in (five, ten, twenty):
            paid = 252 * each.cost_bps / 10_000 * book.turnover.value
            assert free.mean.value - each.mean.value == pytest.approx(paid)
            assert each.sharpe.value < free.sharpe.value
    assert 3.4 < long_short.turnover.value < 4.0


def test_a_book_of_a_longer_horizon_is_compared_with_itself_a_horizon_ago():
    scores = noise()
    scores[1::2] = -scores[::2]
    slow, fast = (book_figures(a_table(scores, noise(1, 0.01), horizon))[0] for horizon in (2, 1))
    assert fast.turnover.value > slow.turnover.value
    held = np.tile(noise(2)[:2], (SESSIONS // 2, 1))
    assert book_figures(a_table(held, noise(1, 0.01), 2))[0].turnover.value == pytest.approx(2 * 2 / SESSIONS)


def test_a_sharpe_ratio_over_one_session_is_the_textbooks_and_a_longer_one_is_made_yearly():
    returns = noise(3, 0.01)[:, 0]
    found = sharpe_interval(returns, 1)
    assert found.value == pytest.approx(sharpe_ratio(returns))
    assert found.low < found.value < found.high
    assert sharpe_interval(returns, 5).value == pytest.approx(found.value / np.sqrt(5))


@pytest.mark.parametrize(("n", "horizon"), [(250, 1), (250, 5), (300, 20)])
def test_ratios_of_worthless_returns_are_told_from_nothing_one_time_in_twenty(n, horizon):
    wrong = 0
    for seed in range(400):
        steps = np.random.default_rng(seed).standard_t(5, size=n + horizon - 1)
        found = sharpe_interval(np.convolve(steps, np.ones(horizon), mode="valid"), horizon)
        wrong += not found.low <= 0.0 <= found.high
    assert wrong <= 33  # 99.9 % of a binomial of 400 at 5 %


def test_a_high_ratio_has_the_error_of_lo():
    returns = 0.01 * np.random.default_rng(0).normal(1.0, 1.0, 20_000)
    found = sharpe_interval(returns, 1)
    error = np.sqrt(252) * np.sqrt((1 + (found.value / np.sqrt(252)) ** 2 / 2) / len(returns))
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_sessions_whose_outcome_is_not_known_and_small_cross_sections_are_left_out():
    scores, realised = noise(), noise(1, 0.01)
    realised[-6:] = np.nan
    assert book_figures(a_table(scores, realised))[0].turnover.n == SESSIONS - 6
    few = np.where(np.arange(NAMES) < 19, scores, np.nan)
    assert book_figures(a_table(few, realised)) == ()


def test_a_name_is_chosen_by_its_score_alone_whether_its_outcome_is_known_or_not():
    scores, realised = noise(), noise(1, 0.01)
    holed = realised.copy()
    holed[np.arange(SESSIONS), scores.argmax(axis=1)] = np.nan
    whole, missing = (book_figures(a_table(scores, each)) for each in (realised, holed))
    assert whole[0].turnover == missing[0].turnover


def test_a_ratio_is_looked_up_by_book_and_cost():
    books = book_figures(a_table(noise(), noise(1, 0.01)))
    assert sharpe_at(books, "long-only", 10.0) == books[1].net[2].sharpe
    assert sharpe_at(books, "long-only", 7.0) is None
    assert sharpe_at((), "long-only", 5.0) is None
    flat = replace(a_table(noise(), np.zeros((SESSIONS, NAMES))))
    assert sharpe_at(book_figures(flat), "long-short", 0.0) is None
