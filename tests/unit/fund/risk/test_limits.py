"""Each limit by itself: what it cuts, by how much, and how it says so."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from fund.errors import ConfigError, DataError
from fund.risk.limits import Clamp, ReviewContext, RiskLimits
from fund.risk.review import review
from support.mandates import some_limits

D = Decimal


def reviewed(
    targets: Mapping[str, str],
    limits: RiskLimits | None = None,
    *,
    current: Mapping[str, str] | None = None,
    sectors: Mapping[str, str] | None = None,
    untradable: Mapping[str, str] | None = None,
    reducing: Mapping[str, str] | None = None,
    min_trade: str = "0",
) -> tuple[dict[str, str], tuple[Clamp, ...]]:
    context = ReviewContext(
        current={t: D(w) for t, w in (current or {}).items()},
        sectors={t: t for t in targets} if sectors is None else sectors,
        untradable=untradable or {},
        reducing=reducing or {},
        min_trade=D(min_trade),
    )
    result = review({t: D(w) for t, w in targets.items()}, limits or some_limits(), context)
    return {t: f"{w.normalize():f}" for t, w in result.weights.items()}, result.clamps


def told(clamps: tuple[Clamp, ...]) -> list[str]:
    return [f"{c.limit} {c.ticker} {c.before:.4f} -> {c.after:.4f}: {c.reason}" for c in clamps]


def test_weights_are_whole_basis_points_rounded_towards_zero() -> None:
    limits = some_limits(allow_short=True)
    assert reviewed({"A": "0.12349", "B": "-0.12349"}, limits) == ({"A": "0.1234", "B": "-0.1234"}, ())


def test_no_position_is_too_large() -> None:
    limits = some_limits(max_position=D("0.10"), allow_short=True)
    weights, clamps = reviewed({"A": "0.25", "B": "-0.11", "C": "0.10"}, limits)
    assert weights == {"A": "0.1", "B": "-0.1", "C": "0.1"}
    assert told(clamps) == [
        "max_position A 0.2500 -> 0.1000: no position may exceed 10.00% of equity",
        "max_position B -0.1100 -> -0.1000: no position may exceed 10.00% of equity",
    ]


def test_shorts_need_the_mandates_leave() -> None:
    weights, clamps = reviewed({"A": "-0.05", "B": "0.05"})
    assert weights == {"A": "0", "B": "0.05"}
    assert told(clamps) == ["allow_short A -0.0500 -> 0.0000: the mandate allows no short positions"]


def test_what_is_held_goes_before_what_is_new_and_large_before_small() -> None:
    weights, clamps = reviewed(
        {"A": "0.20", "B": "0.10", "C": "0.05", "D": "0.30"}, some_limits(max_names=2), current={"C": "0.05"}
    )
    assert weights == {"A": "0", "B": "0", "C": "0.05", "D": "0.3"}
    assert told(clamps) == [
        "max_names A 0.2000 -> 0.0000: at most 2 names may be held",
        "max_names B 0.1000 -> 0.0000: at most 2 names may be held",
    ]


def test_a_sector_is_scaled_as_a_whole() -> None:
    sectors = {"A": "Energy", "B": "Energy", "C": "Utilities"}
    limits = some_limits(max_position=D("0.30"), max_sector=D("0.30"))
    weights, clamps = reviewed({"A": "0.30", "B": "0.15", "C": "0.20"}, limits, sectors=sectors)
    assert weights == {"A": "0.2", "B": "0.1", "C": "0.2"}
    assert told(clamps) == [
        "max_sector A 0.3000 -> 0.2000: no sector may exceed 30.00% of equity, Energy was 45.00%",
        "max_sector B 0.1500 -> 0.1000: no sector may exceed 30.00% of equity, Energy was 45.00%",
    ]


def test_names_without_a_sector_share_one_cap() -> None:
    limits = some_limits(max_position=D("0.20"), max_sector=D("0.20"))
    weights, clamps = reviewed({"A": "0.20", "B": "0.20"}, limits, sectors={"A": ""})
    assert weights == {"A": "0.1", "B": "0.1"}
    assert "unknown was 40.00%" in clamps[0].reason


def test_longs_and_shorts_of_a_sector_do_not_hide_each_other() -> None:
    limits = some_limits(max_position=D("0.2"), max_sector=D("0.2"), allow_short=True)
    weights, _ = reviewed({"A": "0.2", "B": "-0.2"}, limits, sectors={"A": "Energy", "B": "Energy"})
    assert weights == {"A": "0.1", "B": "-0.1"}


def test_gross_exposure_is_scaled_as_a_whole() -> None:
    limits = some_limits(max_gross=D("0.8"), max_net=D("0.8"), allow_short=True)
    weights, clamps = reviewed({"A": "0.6", "B": "-0.4"}, limits)
    assert weights == {"A": "0.48", "B": "-0.32"}
    assert told(clamps) == [
        "max_gross A 0.6000 -> 0.4800: gross exposure may not exceed 80.00%, was 100.00%",
        "max_gross B -0.4000 -> -0.3200: gross exposure may not exceed 80.00%, was 100.00%",
    ]


def test_exposure_grows_no_faster_than_allowed_and_reductions_are_not_held_up() -> None:
    weights, clamps = reviewed(
        {"A": "0.3", "B": "0.1", "C": "0"},
        some_limits(max_daily_increase=D("0.15")),
        current={"A": "0.1", "C": "0.5"},
    )
    assert weights == {"A": "0.2", "B": "0.05", "C": "0"}
    assert told(clamps) == [
        "max_daily_increase A 0.3000 -> 0.2000: exposure may grow by 15.00% a session, was 30.00%",
        "max_daily_increase B 0.1000 -> 0.0500: exposure may grow by 15.00% a session, was 30.00%",
    ]


def test_turning_a_position_round_counts_as_growth_of_the_new_side() -> None:
    limits = some_limits(max_daily_increase=D("0.1"), allow_short=True)
    assert reviewed({"A": "-0.3"}, limits, current={"A": "0.3"})[0] == {"A": "-0.1"}


def test_the_cash_reserve_cuts_the_long_side() -> None:
    weights, clamps = reviewed({"A": "0.6", "B": "0.4"}, some_limits(min_cash=D("0.05")))
    assert weights == {"A": "0.57", "B": "0.38"}
    assert clamps[0].reason == (
        "net exposure may not exceed 100.00% and cash may not fall below 5.00%, net was 100.00%"
    )


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ({"A": "0.8", "B": "-0.2"}, {"A": "0.5", "B": "-0.2"}),
        ({"A": "0.2", "B": "-0.8"}, {"A": "0.2", "B": "-0.5"}),
    ],
)
def test_net_exposure_cuts_only_the_heavier_side(targets: dict[str, str], expected: dict[str, str]) -> None:
    assert reviewed(targets, some_limits(max_net=D("0.3"), allow_short=True))[0] == expected


def test_a_name_that_cannot_be_traded_is_not_moved_and_takes_up_its_room() -> None:
    limits = some_limits(max_gross=D("0.5"), max_net=D("0.5"))
    weights, clamps = reviewed(
        {"A": "0.4", "B": "0.4"}, limits, current={"A": "0.2"}, untradable={"A": "no price since Friday"}
    )
    assert weights == {"A": "0.2", "B": "0.3"}
    assert told(clamps) == [
        "untradable A 0.4000 -> 0.2000: cannot be traded now: no price since Friday",
        "max_gross B 0.4000 -> 0.3000: gross exposure may not exceed 50.00%, was 60.00%",
    ]


def test_closing_a_name_that_cannot_be_traded_frees_no_room() -> None:
    limits = some_limits(max_gross=D("0.5"), max_net=D("0.5"))
    weights, _ = reviewed({"A": "0", "B": "0.5"}, limits, current={"A": "0.2"}, untradable={"A": "stale"})
    assert weights == {"A": "0", "B": "0.3"}


def test_a_name_that_cannot_be_traded_keeps_its_place_and_its_sector() -> None:
    held = {"A": "0.2"}
    one_name = some_limits(max_names=1)
    assert (
        reviewed({"A": "0.2", "B": "0.1"}, one_name, current=held, untradable={"A": "stale"})[0]["B"] == "0"
    )
    energy = some_limits(max_position=D("0.25"), max_sector=D("0.25"))
    sectors = {"A": "Energy", "B": "Energy"}
    weights, _ = reviewed(
        {"A": "0.2", "B": "0.2"}, energy, current=held, sectors=sectors, untradable={"A": "stale"}
    )
    assert weights == {"A": "0.2", "B": "0.05"}


def test_the_net_exposure_of_what_cannot_be_traded_counts() -> None:
    limits = some_limits(min_cash=D("0.5"))
    weights, _ = reviewed({"A": "0", "B": "0.5"}, limits, current={"A": "0.2"}, untradable={"A": "stale"})
    assert weights == {"A": "0", "B": "0.3"}


def test_a_name_out_of_the_universe_may_shrink_and_not_grow() -> None:
    out = {"A": "left the index", "B": "left the index"}
    weights, clamps = reviewed({"A": "0.3", "B": "0.1"}, current={"A": "0.2", "B": "0.2"}, reducing=out)
    assert weights == {"A": "0.2", "B": "0.1"}
    assert told(clamps) == ["reducing_only A 0.3000 -> 0.2000: left the index"]


def test_what_prices_carried_over_a_cap_is_taken_back_half_a_trade_below_it() -> None:
    limits = some_limits(max_position=D("0.10"), allow_short=True)
    held = {"A": "0.1003", "B": "-0.13"}
    weights, clamps = reviewed(held, limits, current=held, min_trade="0.005")
    assert weights == {"A": "0.0975", "B": "-0.0975"}
    assert told(clamps)[0] == (
        "max_position A 0.1003 -> 0.0975: no position may exceed 10.00% of equity; "
        "the book is above that, so down to 9.75%"
    )


def test_what_is_asked_for_goes_up_to_the_cap() -> None:
    limits = some_limits(max_position=D("0.10"))
    weights, _ = reviewed({"A": "0.2", "B": "0.2"}, limits, current={"A": "0.09"}, min_trade="0.005")
    assert weights == {"A": "0.1", "B": "0.1"}


def test_a_cap_within_a_trade_of_nothing_closes_nothing() -> None:
    limits = some_limits(max_position=D("0.002"))
    assert reviewed({"A": "0.1"}, limits, current={"A": "0.1"}, min_trade="0.5")[0] == {"A": "0.001"}


def test_a_sector_the_whole_book_and_its_cash_drift_like_a_position() -> None:
    held = {"A": "0.305", "B": "0.305"}
    energy = {"A": "Energy", "B": "Energy"}
    sector = some_limits(max_position=D("0.5"), max_sector=D("0.6"))
    for limits, sectors in (
        (sector, energy),
        (some_limits(max_gross=D("0.6"), max_net=D("0.6")), None),
        (some_limits(min_cash=D("0.4")), None),
    ):
        weights, clamps = reviewed(held, limits, current=held, sectors=sectors, min_trade="0.02")
        assert weights == {"A": "0.295", "B": "0.295"}
        assert clamps[0].reason.endswith("61.00%; the book is above that, so down to 59.00%")


def test_a_short_book_drifts_as_a_long_one_does() -> None:
    held = {"A": "-0.31"}
    limits = some_limits(max_net=D("0.3"), allow_short=True)
    assert reviewed(held, limits, current=held, min_trade="0.02")[0] == {"A": "-0.29"}


def test_a_name_that_cannot_be_traded_counts_to_what_drifted() -> None:
    held = {"A": "0.31", "B": "0.3"}
    limits = some_limits(max_gross=D("0.6"), max_net=D("0.6"))
    weights, _ = reviewed(held, limits, current=held, untradable={"A": "stale"}, min_trade="0.02")
    assert weights == {"A": "0.31", "B": "0.28"}


def test_a_net_of_nothing_is_not_overshot() -> None:
    held = {"A": "0.31", "B": "-0.3"}
    limits = some_limits(max_net=D(0), allow_short=True)
    assert reviewed(held, limits, current=held, min_trade="0.02")[0] == {"A": "0.3", "B": "-0.3"}


@pytest.mark.parametrize("weight", ["NaN", "sNaN", "Infinity", "-Infinity", "100.1", "-1E+30"])
def test_a_target_that_is_no_fraction_of_equity_is_refused(weight: str) -> None:
    with pytest.raises(DataError, match="target weights must be fractions of equity"):
        reviewed({"A": weight, "B": "0.1"})


def test_an_empty_book_needs_no_cut() -> None:
    assert reviewed({}) == ({}, ())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"max_position": D("-0.1")}, "limits.max_position must be between 0 and 4, was -0.1"),
        ({"max_gross": D("NaN")}, "limits.max_gross must be between 0 and 4, was NaN"),
        ({"max_daily_increase": D("Infinity")}, "limits.max_daily_increase must be between 0 and 4"),
        ({"max_names": 0}, "limits.max_names must be at least 1, was 0"),
        ({"min_cash": D("1.1")}, "limits.min_cash must be at most 1, was 1.1"),
        ({"max_net": D(2)}, r"limits.max_net \(2\) cannot be above limits.max_gross \(1\)"),
        ({"max_sector": D("0.5")}, r"limits.max_position \(1\) cannot be above limits.max_sector \(0.5\)"),
    ],
)
def test_limits_that_make_no_sense_are_named(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        some_limits(**changes)
