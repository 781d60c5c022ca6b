"""Probabilities and convictions against what came of them, and nothing of it before it was known."""

import numpy as np
import pytest

from support.pasts import DAYS, a_heard_record, a_market, a_past, an_opened_trade, seen
from tools.calibration_chart import calibration_figure
from tools.confidence_scores import ConfidenceReport, confidence_report

NAMES = [f"N{n:02}" for n in range(20)]
SESSIONS = 60


def a_world(kept: bool, seed: int = 3, sessions: int = SESSIONS) -> ConfidenceReport:
    """Return the report of forecasts whose probabilities follow the paths, or the paths of other names."""
    rng = np.random.default_rng(seed)
    drift = rng.choice([-0.004, 0.004], 20)
    steps = rng.normal(0, 0.01, (SESSIONS + 10, 20)) + drift
    closes = dict(zip(NAMES, (100 * np.exp(np.cumsum(steps, axis=0))).T.tolist(), strict=True))
    told = drift if kept else -drift
    chances = {name: 0.5 + 50 * float(each) for name, each in zip(NAMES, told, strict=True)}
    convictions = {name: 0.5 if each > 0 else -0.5 for name, each in zip(NAMES, told, strict=True)}
    records = [
        a_heard_record(place, candidates=chances, convictions=convictions) for place in range(SESSIONS)
    ]
    return confidence_report(a_past(records=records), seen(a_market(closes), sessions))


def test_probabilities_that_follow_the_market_are_better_than_the_mean() -> None:
    (found,) = a_world(kept=True).forecasters
    assert (found.forecaster, found.horizon_sessions) == ("gbm", 5)
    assert found.calibration.brier_value < found.calibration.brier_constant
    assert [group.n for group in found.calibration.groups if group.forecast > 0.5]


def test_probabilities_against_the_market_are_worse_and_off_by_more_than_sampling() -> None:
    (found,) = a_world(kept=False).forecasters
    assert found.calibration.brier_value > found.calibration.brier_constant
    assert found.calibration.error_by_chance is not None
    assert found.calibration.error > found.calibration.error_by_chance


def test_strong_views_beat_the_average_more_often_where_they_follow_the_market() -> None:
    views = {group.name: group for group in a_world(kept=True).views}
    assert list(views) == ["below 0", "0.4 to 0.6"]
    assert (views["0.4 to 0.6"].beat.value or 0) > 0.5 > (views["below 0"].beat.value or 1)
    assert views["0.4 to 0.6"].views == views["0.4 to 0.6"].beat.n


def test_what_is_not_over_at_the_clock_is_counted_and_not_judged() -> None:
    early = a_world(kept=True, sessions=40)
    judged = 40 - 6
    assert early.forecasters[0].calibration.n == judged * len(NAMES)
    assert early.pending == (SESSIONS - judged) * len(NAMES)


def test_later_prices_change_nothing_that_was_known() -> None:
    early, late = a_world(kept=True, sessions=40), a_world(kept=True)
    first = [group.forecast for group in early.forecasters[0].calibration.groups]
    assert first == pytest.approx([group.forecast for group in late.forecasters[0].calibration.groups])
    assert early.forecasters[0].calibration.n < late.forecasters[0].calibration.n


def test_the_trades_are_grouped_by_the_conviction_they_were_opened_with() -> None:
    trades = [an_opened_trade(n, conviction=0.1 + 0.4 * (n % 2)) for n in range(6)]
    report = confidence_report(a_past(trades), seen(a_market({"AAPL": [100.0] * 20}), 20))
    assert [(group.name, group.n) for group in report.trades.groups] == [("0 to 0.2", 3), ("0.4 to 0.6", 3)]
    assert (report.forecasters, report.views) == ((), ())


@pytest.mark.parametrize("probability", [-0.1, 1.2])
def test_what_is_no_probability_is_not_judged(probability: float) -> None:
    record = a_heard_record(0, candidates={"AAPL": probability})
    report = confidence_report(a_past(records=[record]), seen(a_market({"AAPL": [100.0] * 20}), 20))
    assert (report.forecasters, report.pending) == ((), 0)
    assert record.session == DAYS[0]


def test_the_picture_has_a_point_and_a_bar_for_every_group() -> None:
    found = a_world(kept=True).forecasters[0]
    promise, points, counts = calibration_figure("gbm", found.calibration)["data"]  # type: ignore[misc]
    groups = found.calibration.groups
    assert len(points["x"]) == len(counts["y"]) == len(groups)
    assert counts["y"] == [group.n for group in groups]
    assert points["error_y"]["array"] == [
        round(((group.high or 0) - group.realised) * 100, 3) for group in groups
    ]
    assert promise["x"] == promise["y"]
