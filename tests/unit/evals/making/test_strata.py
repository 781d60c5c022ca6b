"""Regimes and thirds by what was known then, and sessions evened out over them."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from evals.making.signal_quality import evened, sign
from evals.making.strata import Regime, regime_of, rolling_volatility, third, volatility_thirds
from support.markets import a_history, a_quiet_history, with_future

COUNT = 85


def path(swing: np.ndarray, drift: float = 0.0) -> list[float]:
    """Return closes that go up and down in turn by so much."""
    signs = np.where(np.arange(len(swing)) % 2, 1, -1)
    return list(100 * np.exp(np.cumsum(signs * swing + drift)))


@pytest.mark.parametrize(
    ("swing", "drift", "expected"),
    [
        (np.linspace(0.001, 0.03, COUNT), 0.002, Regime(volatility="high", trend="up")),
        (np.linspace(0.03, 0.001, COUNT), -0.002, Regime(volatility="low", trend="down")),
    ],
)
def test_a_market_is_seen_against_its_own_past(swing: np.ndarray, drift: float, expected: Regime) -> None:
    history = a_quiet_history({"SPY": path(swing, drift)})
    view = history.view(history.calendar.decision_time(history.last_session))
    assert regime_of(view, "SPY") == expected


def test_no_future_changes_a_regime_or_a_third() -> None:
    history = a_history(3, sessions=45)
    as_of = history.calendar.decision_time(history.panel.sessions[30])
    name = history.panel.tickers[0]
    for seed in range(5):
        later = with_future(history, as_of, seed).view(as_of)
        assert volatility_thirds(later) == volatility_thirds(history.view(as_of))
        index = later.total_return_index(name, 100)
        assert np.array_equal(index, history.view(as_of).total_return_index(name, 100))


def test_the_rolling_volatility_is_the_textbooks() -> None:
    index = np.array(path(np.linspace(0.01, 0.02, 30)))
    found = rolling_volatility(index, 20)
    returns = np.diff(np.log(index))
    assert len(found) == len(returns) - 19
    assert found[-1] == pytest.approx(returns[-20:].std(ddof=1) * np.sqrt(252))


def test_thirds_are_of_equal_size() -> None:
    assert Counter(third(n / 99) for n in range(99)) == {"low": 33, "middle": 33, "high": 33}
    assert third(1.0) == "high"


def test_rare_regimes_are_kept_whole_and_the_others_thinned_out_to_one_size() -> None:
    calm, wild = Regime(volatility="low", trend="up"), Regime(volatility="high", trend="down")
    days = [date(2016, 1, 1) + timedelta(days=n) for n in range(100)]
    regimes = {day: wild if n % 10 == 0 else calm for n, day in enumerate(days)}
    kept = evened(regimes, 40)
    assert Counter(regimes[day] for day in kept) == {wild: 10, calm: 30}
    assert list(kept) == sorted(kept)
    assert kept[-1] > days[90]
    assert evened(regimes, 1000) == tuple(days)
    assert evened({}, 10) == ()


def test_a_word_is_one_of_three() -> None:
    assert [sign(value) for value in (0.2, 0.0, -3.0)] == [1, 0, -1]
