from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.labels import label_known_index
from fund.forecasting.judging import figures_of
from fund.forecasting.table import ForecastTable
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import mean_interval
from support.panels import weekdays


def a_table(sessions: int = 80, names: int = 20, seed: int = 0) -> ForecastTable:
    random = np.random.default_rng(seed)
    scores = random.normal(size=(sessions, names))
    scores[:10] = np.nan
    realised = 0.3 * scores + random.normal(size=(sessions, names))
    expected = 0.001 * scores
    expected[:30] = np.nan
    return ForecastTable(
        forecaster="gbm",
        version="gbm-1",
        horizon_sessions=5,
        sessions=weekdays(sessions),
        tickers=tuple(f"N{k:03d}" for k in range(names)),
        scores=scores,
        expected=expected,
        low=expected - 0.02,
        high=expected + 0.02,
        probability_up=0.5 + expected,
        realised=realised,
    )


TABLE = a_table()


def test_a_session_gives_every_forecast_made_on_its_close():
    forecasts = TABLE.at(TABLE.sessions[40])
    assert [f.ticker for f in forecasts] == list(TABLE.tickers)
    first = forecasts[0]
    assert first.expected == TABLE.expected[40, 0]
    assert (first.session, first.horizon_sessions, first.version) == (TABLE.sessions[40], 5, "gbm-1")
    assert {0.025, 0.975} <= {round(f.rank, 6) for f in forecasts}


def test_ranks_and_expectations_agree():
    forecasts = sorted(TABLE.at(TABLE.sessions[50]), key=lambda f: f.rank)
    assert [f.expected for f in forecasts] == sorted(f.expected for f in forecasts)


def test_a_session_before_calibration_has_no_forecasts():
    assert TABLE.at(TABLE.sessions[20]) == ()


@pytest.mark.parametrize("ask", [ForecastTable.at, ForecastTable.track_record])
def test_a_day_outside_the_table_is_refused_with_its_span(ask):
    with pytest.raises(DataError, match="2015-01-01 to 2015-04-22, found 2015-01-03"):
        ask(TABLE, weekdays(1)[0].replace(day=3))


def test_a_track_record_counts_only_what_was_known():
    record = TABLE.track_record(TABLE.sessions[60])
    known = slice(10, 60 - 6 + 1)
    daily = rank_information_coefficients(TABLE.scores[known], TABLE.realised[known])
    assert record.sessions == len(daily) == 45
    assert record.rank_ic.value == pytest.approx(daily.mean())
    assert record.rank_ic.n == 45
    estimate = mean_interval(daily, lag=5)
    assert (record.rank_ic.low, record.rank_ic.high) == pytest.approx((estimate.low, estimate.high))
    assert record.as_of == TABLE.sessions[60]


def test_a_track_record_tells_the_interval_of_the_card():
    """The last session that knows every outcome has the record that a card made of the table states."""
    record = TABLE.track_record(TABLE.sessions[-1])
    figures = figures_of(replace(TABLE, realised=_known_at_the_end(TABLE)), None)
    assert (record.ic, record.rank_ic, record.hit_rate) == (
        figures["ic"],
        figures["rank_ic"],
        figures["hit_rate"],
    )


def _known_at_the_end(table: ForecastTable) -> np.ndarray:
    known = label_known_index(len(table.sessions), table.horizon_sessions) < len(table.sessions)
    return np.where(known[:, None], table.realised, np.nan)


def test_labels_of_the_future_do_not_change_a_track_record():
    realised = TABLE.realised.copy()
    realised[55:] = np.random.default_rng(9).normal(size=realised[55:].shape)
    other = replace(TABLE, realised=realised)
    assert other.track_record(TABLE.sessions[60]) == TABLE.track_record(TABLE.sessions[60])
    assert other.track_record(TABLE.sessions[61]) != TABLE.track_record(TABLE.sessions[61])


def test_a_young_record_counts_but_states_no_figure():
    record = TABLE.track_record(TABLE.sessions[30])
    assert record.sessions == 15
    assert (record.ic, record.rank_ic, record.hit_rate) == (None, None, None)


def test_a_record_grows_by_one_session_a_session():
    counts = [TABLE.track_record(day).sessions for day in TABLE.sessions]
    assert counts == [max(0, t - 6 - 10 + 1) for t in range(80)]
