"""What a cut saved is what was cut away times what it would have earned, known and counted once."""

from decimal import Decimal

import numpy as np
import pytest

from fund.portfolio.arranging import Resized
from fund.risk.exits import Exit
from support.pasts import a_clamp, a_heard_record, a_market, a_past, seen
from tools.cut_scores import CutsReport, cuts_of, cuts_report

FALLING = a_market({"AAPL": [100.0] * 2 + [90.0] * 58, "KO": [100.0] * 2 + [110.0] * 58})


def report_of(*records: object, sessions: int = 60, horizon: int = 20) -> CutsReport:
    return cuts_report(a_past(records=records), seen(FALLING, sessions), horizon)  # type: ignore[arg-type]


def test_a_cut_of_what_then_fell_saved_its_dollars() -> None:
    found = report_of(a_heard_record(0, clamps=[a_clamp("AAPL", "0.10", "0.05")]))
    (score,) = found.scores
    assert (score.limit, score.cuts, score.names) == ("max_sector", 1, 1)
    assert score.saved == found.saved == Decimal("500.00")
    assert (score.mean_return.value, score.mean_return.note) == (
        pytest.approx(-0.1),
        "too few cuts to say (1 of 20)",
    )
    assert (score.low, score.adjusted, score.told_apart) == (None, None, False)


def test_a_cut_of_what_then_rose_cost_them() -> None:
    (score,) = report_of(a_heard_record(0, clamps=[a_clamp("KO", "0.10", "0.00")])).scores
    assert score.saved == Decimal("-1000.00")


def test_limits_are_summed_apart_and_the_largest_sum_comes_first() -> None:
    found = report_of(
        a_heard_record(0, clamps=[a_clamp("AAPL", "0.02", "0.01"), a_clamp("KO", limit="max_gross")])
    )
    assert [(score.limit, score.saved) for score in found.scores] == [
        ("max_gross", Decimal("-500.00")),
        ("max_sector", Decimal("100.00")),
    ]
    assert found.saved == Decimal("-400.00")


def test_the_same_cut_of_the_next_days_counts_once() -> None:
    records = [a_heard_record(place, clamps=[a_clamp("AAPL")]) for place in range(21)]
    found = report_of(*records)
    assert (found.cuts, found.repeated) == (2, 19)


def test_a_cut_whose_horizon_is_not_over_waits() -> None:
    record = a_heard_record(0, clamps=[a_clamp("AAPL")])
    early, late = report_of(record, sessions=20), report_of(record, sessions=21)
    assert (early.cuts, early.pending, late.cuts, late.pending) == (0, 1, 1, 0)
    assert early.saved == 0


def test_a_cut_of_a_name_without_a_price_is_counted_apart() -> None:
    found = report_of(a_heard_record(0, clamps=[a_clamp("ZZZ")]))
    assert (found.cuts, found.unpriced, found.pending) == (0, 1, 0)


def test_the_risk_officer_the_sizing_rule_and_an_exit_are_judged_like_limits() -> None:
    out = Exit(
        ticker="KO",
        rule="atr_stop",
        level=Decimal(90),
        price=Decimal(89),
        entry=Decimal(100),
        sessions_held=4,
        why="fell",
    )
    record = a_heard_record(
        0,
        wanted={"AAPL": 0.10, "MSFT": 0.05},
        weights={"AAPL": "0.05", "MSFT": "0.05"},
        resized=(
            Resized(ticker="MSFT", rule="kelly", before=Decimal("0.05"), after=Decimal("0.02"), why="odds"),
        ),
        exits=(out,),
        weights_before={"KO": Decimal("0.08")},
    )
    assert [(c.limit, c.ticker, c.dollars) for c in cuts_of(record)] == [
        ("risk officer", "AAPL", Decimal("5000.00")),
        ("sizing: kelly", "MSFT", Decimal("3000.00")),
        ("ATR stop", "KO", Decimal("8000.00")),
    ]


def test_an_exit_that_also_cut_a_target_is_counted_once() -> None:
    out = Exit(
        ticker="KO",
        rule="time_stop",
        level=None,
        price=Decimal(89),
        entry=Decimal(100),
        sessions_held=4,
        why="old",
    )
    record = a_heard_record(
        0,
        exits=(out,),
        weights_before={"KO": Decimal("0.08")},
        clamps=[a_clamp("KO", "0.06", "0", limit="time_stop")],
    )
    assert [(c.limit, c.dollars) for c in cuts_of(record)] == [("time stop", Decimal("8000.00"))]


def many_cuts(moves: np.ndarray[tuple[int], np.dtype[np.float64]]) -> CutsReport:
    """Return the report of one cut a session, each of a name of its own that moves as given the day after."""
    n = len(moves)
    closes = {
        f"N{at:02}": [100.0] * (at + 2) + [100.0 * (1 + move)] * (n + 4 - at)
        for at, move in enumerate(moves.tolist())
    }
    records = [a_heard_record(at, clamps=[a_clamp(f"N{at:02}")]) for at in range(n)]
    return cuts_report(a_past(records=records), seen(a_market(closes), n + 6), 3)


def test_a_limit_that_always_saved_is_told_from_chance() -> None:
    (score,) = many_cuts(np.full(40, -0.04)).scores
    assert score.told_apart
    assert score.low is not None
    assert score.low > 0
    assert score.saved == Decimal("8000.00")


def test_a_limit_that_saved_as_often_as_it_cost_is_not() -> None:
    (score,) = many_cuts(np.tile([0.04, -0.04], 20)).scores
    assert not score.told_apart
    assert score.low is not None
    assert score.high is not None
    assert score.low < 0 < score.high
