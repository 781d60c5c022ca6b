from dataclasses import replace

import numpy as np
import pytest

from fund.features.columns import Columns, log, ratio
from support.panels import BENCHMARK, a_panel, a_universe

PANEL = a_panel(40, 5, seed=1)


def columns(**changes: np.ndarray) -> Columns:
    return Columns(a_universe(replace(PANEL, **changes)))


def test_adjusted_prices_keep_the_shape_of_the_bar():
    found = columns()
    for part in ("open", "high", "low"):
        np.testing.assert_allclose(getattr(found, part) / found.close, getattr(PANEL, part) / PANEL.close)


def test_a_dividend_enters_the_return_but_not_the_candle():
    index = PANEL.total_return_index.copy()
    index[20:] *= 1.03
    paid, plain = columns(total_return_index=index), columns()
    assert (paid.log_return - plain.log_return)[20] == pytest.approx(np.log(1.03))
    np.testing.assert_allclose(np.delete(paid.log_return, 20, 0)[1:], np.delete(plain.log_return, 20, 0)[1:])
    np.testing.assert_allclose(paid.log_body, plain.log_body, atol=1e-12)


def test_a_lost_session_loses_the_return_after_it_too():
    index = PANEL.total_return_index.copy()
    index[20, 0] = np.nan
    lost = np.isnan(columns(total_return_index=index).log_return[:, 0])
    assert np.flatnonzero(lost).tolist() == [0, 20, 21]


def test_a_session_without_trades_has_no_logarithm_and_no_illiquidity():
    volume = PANEL.volume.copy()
    volume[20, 0] = 0.0
    found = columns(volume=volume)
    assert np.isnan(found.log_dollar_volume[20, 0])
    assert np.isnan(found.illiquidity[20, 0])
    assert np.isfinite(found.illiquidity[21, 0])


def test_the_benchmarks_return_is_everyones():
    found = columns()
    at = PANEL.tickers.index(BENCHMARK)
    for j in range(len(PANEL.tickers)):
        np.testing.assert_array_equal(found.benchmark_return[:, j], found.log_return[:, at])


def test_a_window_is_computed_once_and_shared():
    found = columns()
    assert found.moments("close", 5).mean is found.moments("close", 5).mean
    assert found.moments("close", 5).mean is not found.moments("close", 6).mean
    first, other = (found.pair("close", y, 5).slope for y in ("log_return", "dollar_volume"))
    assert not np.array_equal(first, other, equal_nan=True)


def test_division_by_zero_and_by_nothing_is_missing():
    top, bottom = np.array([1.0, 1.0, np.nan, np.inf, 6.0]), np.array([0.0, np.nan, 1.0, 1.0, 3.0])
    np.testing.assert_array_equal(ratio(top, bottom), [np.nan, np.nan, np.nan, np.nan, 2.0])


def test_only_what_is_positive_has_a_logarithm():
    np.testing.assert_array_equal(log(np.array([-1.0, 0.0, np.nan, 1.0])), [np.nan, np.nan, np.nan, 0.0])
