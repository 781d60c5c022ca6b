"""The limits that need the past, each by itself: what it cuts, and the figures in its sentence."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pytest

from fund.errors import ConfigError
from fund.metrics.tail import tail_risk
from fund.risk.buckets import BucketLimits
from fund.risk.limit_use import limit_use
from fund.risk.limits import Clamp, ReviewContext, RiskLimits
from fund.risk.review import review
from support.mandates import some_limits
from support.market_risks import BENCHMARK, a_market_risk, some_returns

D = Decimal
STEADY = np.tile([0.01, -0.01], 126)
OTHER = np.tile([0.01, 0.01, -0.01, -0.01], 63)


def reviewed(
    targets: Mapping[str, str],
    limits: RiskLimits,
    *,
    current: Mapping[str, str] | None = None,
    **context: object,
) -> tuple[dict[str, Decimal], tuple[Clamp, ...]]:
    held = {t: D(w) for t, w in (current or {}).items()}
    given: dict[str, object] = {"sectors": {t: t for t in targets}, "untradable": {}, **context}
    found = review(
        {t: D(w) for t, w in targets.items()},
        limits,
        ReviewContext(current=held, **given),  # type: ignore[arg-type]
    )
    return dict(found.weights), found.clamps


def test_reductions_use_up_the_turnover_first_and_are_never_held_up() -> None:
    limits = some_limits(max_daily_turnover=D("0.5"))
    weights, clamps = reviewed({"A": "0", "B": "0.4"}, limits, current={"A": "0.3"})
    assert weights == {"A": 0, "B": D("0.2")}
    assert clamps[0].reason == (
        "turnover may not exceed 50.00% of equity a session, was 70.00% with reductions of 30.00%"
    )
    assert reviewed({"A": "0", "B": "0.4"}, limits, current={"A": "0.9"})[0] == {"A": 0, "B": 0}


def test_a_position_grows_by_a_share_of_what_is_traded() -> None:
    limits = some_limits(max_volume_share=D("0.05"))
    volume = {"A": D(1), "B": D(1)}
    weights, clamps = reviewed(
        {"A": "0.3", "B": "0", "C": "0.2"}, limits, current={"A": "0.2", "B": "0.4"}, daily_volume=volume
    )
    assert weights == {"A": D("0.25"), "B": 0, "C": 0}
    assert [c.reason for c in clamps] == [
        "may grow by 5.00% of its average daily volume over 20 sessions, 5.00% of equity, was 10.00%",
        "its volume is not known; it may shrink and not grow",
    ]


def test_a_position_loses_no_more_than_its_share_to_its_stop() -> None:
    limits = some_limits(max_loss_to_stop=D("0.01"))
    stops = {"A": D("0.10"), "B": D("0.02")}
    weights, clamps = reviewed(
        {"A": "0.3", "B": "0.3", "C": "0.1"}, limits, current={"C": "0.05"}, stop_distance=stops
    )
    assert weights == {"A": D("0.1"), "B": D("0.3"), "C": D("0.05")}
    assert clamps[0].reason == "a position may lose 1.00% of equity to its stop, 10.00% away, was 3.00%"
    assert clamps[1].reason == "its stop is not known; it may shrink and not grow"


def test_the_value_at_risk_scales_the_book_and_says_how_it_was_measured() -> None:
    limits = some_limits(max_var=D("0.005"), var_method="parametric")
    market = a_market_risk({"A": STEADY, "B": STEADY})
    weights, clamps = reviewed({"A": "0.4", "B": "0.2"}, limits, market=market)
    assert D("0.30") < sum(weights.values()) <= D("0.3040")
    assert weights["A"] / weights["B"] == pytest.approx(2, rel=D("0.01"))
    assert clamps[0].reason == (
        "VaR over one session at 95.0% (parametric, 252 sessions) may not exceed 0.50% of equity, was 0.99%"
    )


@pytest.mark.parametrize("method", ["historical", "parametric", "ewma", "garch"])
def test_the_mean_beyond_fits_by_every_method(method: str) -> None:
    limits = some_limits(max_cvar=D("0.004"), var_method=method)
    market = a_market_risk(some_returns("ABC", seed=2))
    weights, _ = reviewed({"A": "0.4", "B": "0.3", "C": "0.3"}, limits, market=market)
    path = market.returns @ np.array([float(weights[t]) for t in market.column])
    tail = tail_risk(path, 0.95, method)  # type: ignore[arg-type]
    assert tail is not None
    assert 0.0035 < tail.cvar <= 0.004


def test_a_hedge_that_cannot_be_moved_is_counted_and_the_largest_scale_is_kept() -> None:
    limits = some_limits(max_var=D("0.002"), var_method="parametric", allow_short=True)
    market = a_market_risk({"A": STEADY, "B": STEADY})
    weights, _ = reviewed(
        {"A": "0.9", "B": "-0.3"}, limits, current={"B": "-0.3"}, untradable={"B": "stale"}, market=market
    )
    assert D("0.41") < weights["A"] <= D("0.4216")


def test_what_cannot_be_traded_and_is_too_much_by_itself_lets_nothing_grow() -> None:
    limits = some_limits(max_var=D("0.002"), var_method="parametric")
    market = a_market_risk({"A": STEADY, "B": STEADY})
    weights, clamps = reviewed(
        {"A": "0.3", "B": "0.5"}, limits, current={"B": "0.5"}, untradable={"B": "stale"}, market=market
    )
    assert weights == {"A": 0, "B": D("0.5")}
    assert clamps[0].reason.endswith("what cannot be traded is above that by itself")


def test_what_prices_carried_over_a_measured_cap_is_taken_back_below_it() -> None:
    limits = some_limits(max_var=D("0.005"), var_method="parametric")
    market = a_market_risk({"A": STEADY})
    weights, clamps = reviewed(
        {"A": "0.31"}, limits, current={"A": "0.31"}, market=market, min_trade=D("0.005")
    )
    assert weights == {"A": D("0.2887")}
    assert clamps[0].reason.endswith("the book is above that, so down to 0.48%")


def test_beta_cuts_the_side_that_leans_and_leaves_the_hedge() -> None:
    limits = some_limits(max_beta=D("0.5"), allow_short=True)
    market = a_market_risk({"A": 2 * STEADY, "B": STEADY, BENCHMARK: STEADY})
    weights, clamps = reviewed({"A": "0.6", "B": "-0.2"}, limits, market=market)
    assert weights["B"] == D("-0.2")
    assert D("0.3498") <= weights["A"] <= D("0.35")
    assert clamps[0].reason == "beta to SPY may not exceed 0.50, was 1.00 over 252 sessions"


def test_names_that_move_together_share_one_cap_and_others_do_not() -> None:
    limits = some_limits(max_position=D("0.3"), max_cluster=D("0.3"))
    market = a_market_risk({"A": STEADY, "B": STEADY, "C": OTHER})
    weights, clamps = reviewed({"A": "0.3", "B": "0.3", "C": "0.3"}, limits, market=market)
    assert weights == {"A": D("0.15"), "B": D("0.15"), "C": D("0.3")}
    assert clamps[0].reason == (
        "names correlated at 0.7 over 252 sessions may not exceed 30.00% of equity together, A, B were 60.00%"
    )


def test_each_bucket_has_its_cap_and_what_is_not_known_is_speculative() -> None:
    buckets = BucketLimits(
        max_core=D("0.3"), max_growth=D("0.2"), max_speculative=D("0.1"), max_hedge=D("0.05"),
        core_volatility=D("0.2"), growth_volatility=D("0.4"), hedge_tickers=("H",),
    )  # fmt: skip
    market = a_market_risk({"C": STEADY, "G": 2 * STEADY, "S": 4 * STEADY, "H": STEADY})
    targets = dict.fromkeys("CGSHU", "0.2")
    weights, clamps = reviewed(targets, some_limits(buckets=buckets), market=market)
    assert weights == {"C": D("0.2"), "G": D("0.2"), "S": D("0.05"), "U": D("0.05"), "H": D("0.05")}
    assert {c.reason for c in clamps} == {
        "the speculative bucket may not exceed 10.00% of equity, was 40.00%",
        "the hedge bucket may not exceed 5.00% of equity, was 20.00%",
    }
    shorts, _ = reviewed({"C": "-0.2"}, some_limits(buckets=buckets, allow_short=True), market=market)
    assert shorts == {"C": D("-0.05")}


def test_a_name_that_cannot_be_measured_may_shrink_and_not_grow() -> None:
    limits = some_limits(max_var=D("0.5"))
    new = np.concatenate([np.full(200, np.nan), STEADY[:52]])
    market = a_market_risk({"A": STEADY, "NEW": new})
    weights, clamps = reviewed({"A": "0.1", "NEW": "0.2"}, limits, current={"NEW": "0.1"}, market=market)
    assert weights == {"A": D("0.1"), "NEW": D("0.1")}
    assert (clamps[0].limit, clamps[0].reason) == (
        "unmeasured",
        "its risk cannot be measured: 52 returns in 252 sessions, 126 needed; it may shrink and not grow",
    )
    assert reviewed({"NEW": "0.05"}, limits, current={"NEW": "0.1"}, market=market)[0] == {"NEW": D("0.05")}
    nothing, blind = reviewed({"A": "0.1"}, limits)
    assert nothing == {"A": 0}
    assert "there are no returns at all" in blind[0].reason


def test_without_a_benchmark_a_cap_on_beta_lets_nothing_grow() -> None:
    market = a_market_risk({"A": STEADY})
    weights, clamps = reviewed({"A": "0.1"}, some_limits(max_beta=D(1)), market=market)
    assert weights == {"A": 0}
    assert "too few returns of SPY" in clamps[0].reason


def test_the_use_of_every_limit_is_told_with_its_sample() -> None:
    limits = some_limits(
        max_daily_turnover=D(1), max_volume_share=D(1), max_loss_to_stop=D("0.01"), max_var=D("0.02"),
        max_cvar=D("0.03"), max_beta=D(1), max_cluster=D(1), var_method="parametric",
        buckets=BucketLimits(max_speculative=D("0.1")),
    )  # fmt: skip
    context = ReviewContext(
        current={"A": D("0.1"), "B": D("0.2")},
        sectors={},
        untradable={},
        market=a_market_risk({"A": STEADY, "B": STEADY, BENCHMARK: STEADY}),
        daily_volume={"A": D(2)},
        stop_distance={"A": D("0.05")},
    )
    use = {u.limit: u for u in limit_use({"A": D("0.3"), "B": D("0.1")}, limits, context)}
    assert use["max_position"].value == D("0.3")
    assert use["max_daily_increase"].value == D("0.2")
    assert use["max_daily_turnover"].value == D("0.3")
    assert use["max_volume_share"].value == D("0.1")
    assert (use["max_loss_to_stop"].value, use["max_loss_to_stop"].broken) == (D("0.015"), True)
    assert (use["max_var"].value, use["max_var"].sample) == (D("0.006579"), 252)
    assert (use["max_beta"].value, use["max_beta"].about) == (D("0.400000"), "SPY")
    assert (use["max_cluster"].value, use["max_cluster"].about) == (D("0.4"), "A, B")
    assert use["max_core"].value == D("0.4")
    assert use["min_cash"].broken is False
    blind = limit_use({}, limits, ReviewContext(current={}, sectors={}, untradable={}))
    assert {u.limit for u in blind if u.value is None} == {"max_var", "max_cvar", "max_beta", "max_cluster"}
    assert {u.broken for u in blind if u.value is None} == {None}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"max_var": D("0.02"), "max_cvar": D("0.01")},
            r"limits.max_cvar \(0.01\) cannot be below limits.max_var \(0.02\): CVaR is never smaller",
        ),
        ({"max_cluster": D("0.5")}, r"limits.max_cluster \(0.5\) cannot be below limits.max_position \(1\)"),
        ({"max_beta": D("0.01")}, "limits.max_beta must be at least 0.05"),
        ({"max_var": D("-1")}, "limits.max_var must be between 0 and 4, was -1"),
        ({"max_loss_to_stop": D("NaN")}, "limits.max_loss_to_stop must be between 0 and 4, was NaN"),
        ({"var_method": "guess"}, "limits.var_method must be one of historical, parametric, ewma, garch"),
        ({"var_confidence": D(95)}, "limits.var_confidence must be above 0.5 and below 1, was 95"),
        ({"var_sessions": 20}, "limits.var_sessions must be between 60 and 2520, was 20"),
        ({"var_method": "garch", "var_sessions": 200}, "too few for var_method"),
        ({"var_method": "historical", "var_confidence": D("0.999")}, "less than one of 252 sessions"),
        ({"cluster_correlation": D(1)}, "limits.cluster_correlation must be above 0 and below 1"),
        ({"volume_sessions": 0}, "limits.volume_sessions must be between 1"),
        ({"min_cash": D(1)}, "limits.min_cash is 1: without limits.allow_short nothing could be held"),
        ({"max_net": D(0)}, "limits.max_net is 0: without limits.allow_short nothing could be held"),
        ({"max_var": D(0)}, "limits.max_var is 0: nothing could be held"),
        (
            {"buckets": BucketLimits(max_core=D(0), max_growth=D(0), max_speculative=D(0))},
            "limits.allow_short is false, buckets.hedge_tickers empty",
        ),
    ],
)
def test_limits_that_exclude_each_other_or_everything_are_refused(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        some_limits(**changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"max_core": D(5)}, "buckets.max_core must be between 0 and 4, was 5"),
        ({"core_volatility": D("NaN")}, "buckets.core_volatility must be above 0"),
        ({"core_volatility": D(1)}, r"buckets.core_volatility \(1\) cannot be above"),
        ({"hedge_tickers": ("A", "A")}, "buckets.hedge_tickers names a ticker twice"),
        (
            dict.fromkeys(["max_core", "max_growth", "max_speculative", "max_hedge"], D(0)),
            "buckets.max_core is 0 and so is every other bucket",
        ),
    ],
)
def test_buckets_that_make_no_sense_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        BucketLimits(**changes)  # type: ignore[arg-type]
