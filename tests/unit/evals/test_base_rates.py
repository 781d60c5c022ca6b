"""What those who do not think score: by hand over made cases, and over the dataset as it is."""

from dataclasses import replace

import pytest

from evals.base_rates import BASELINES, HORIZONS, agreement, base_rates, side_shares
from evals.case import Dataset
from fund.errors import DataError
from support.datasets import dataset


def made(*excess: float) -> Dataset:
    """Return cases with these excess returns, in which momentum always says the opposite of what came."""
    pattern = dataset("signal_quality").cases[0]
    cases = []
    for place, value in enumerate(excess):
        side = "good" if value > 0 else "bad" if value < 0 else "neutral"
        told = {h: {"net_excess": value, "side": side, "z": value} for h in HORIZONS}
        said = {"always_hold": 0, "always_buy": 1, "momentum": -1 if value > 0 else 1, "forecaster": 0}
        label = {"session": place, "horizons": told, "baselines": said}
        cases.append(replace(pattern, case_id=str(place), label=label))
    return Dataset(name="made", about="", cases=tuple(cases))


def test_each_baseline_is_counted_over_what_it_says() -> None:
    rates = {(r.baseline, r.horizon_sessions): r for r in base_rates(made(*[0.02] * 15, *[-0.01] * 10, 0.0))}
    buys = rates["always_buy", 5]
    assert buys.right is not None
    assert (buys.right.value, buys.right.n, buys.spoken) == (0.6, 25, 26)
    assert buys.earned.value == pytest.approx(0.2 / 26)
    assert buys.earned.low < buys.earned.value < buys.earned.high
    momentum = rates["momentum", 20]
    assert momentum.right is not None
    assert momentum.right.value == 0
    hold = rates["always_hold", 1]
    assert (hold.right, hold.spoken, hold.earned.value) == (None, 0, 0)


def test_neutral_outcomes_count_for_nobody() -> None:
    shares = side_shares(made(*[0.02] * 15, *[-0.01] * 5, *[0.0] * 10))
    assert {side: shares["5", side].value for side in ("good", "neutral", "bad")} == pytest.approx(
        {"good": 0.5, "neutral": 1 / 3, "bad": 1 / 6}
    )


def test_too_few_cases_state_nothing() -> None:
    with pytest.raises(DataError, match="20 cases"):
        base_rates(made(0.1, 0.2))


def test_agreement_is_nothing_for_whoever_always_says_the_same() -> None:
    assert agreement([1, 1, 1, 1], [1, 1, 1, -1]) == 0
    assert agreement([1, -1], [1, -1]) == 1


def test_over_the_dataset_no_baseline_is_beyond_belief() -> None:
    rates = base_rates(dataset("signal_quality"))
    assert len(rates) == len(BASELINES) * len(HORIZONS)
    for rate in rates:
        if rate.right is not None:
            assert 0.4 < rate.right.value < 0.6, rate
            assert rate.right.low < 0.5 < rate.right.high, rate
    shares = side_shares(dataset("signal_quality"))
    assert all(0.15 < shares[h, "neutral"].value < 0.3 for h in HORIZONS)
    assert all(0.3 < shares[h, side].value < 0.5 for h in HORIZONS for side in ("good", "bad"))
