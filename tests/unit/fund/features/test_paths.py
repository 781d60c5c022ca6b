"""Measures of roughness and of scale on paths whose answer is known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fund.features.columns import Columns
from fund.features.cross_section import cross_zscore
from fund.features.sets import features_named
from support.panels import a_panel, a_universe

NAMES = 60
SESSIONS = 150
KINDS: dict[str, float] = {"antipersistent": -0.4, "random": 0.0, "persistent": 0.4}


def steps(persistence: float) -> np.ndarray:
    noise = np.random.default_rng(3).normal(0, 0.01, (SESSIONS, NAMES + 1))
    out = noise.copy()
    for t in range(1, SESSIONS):
        out[t] += persistence * out[t - 1]
    return out


def measured(name: str, moves: np.ndarray) -> np.ndarray:
    close = 50 * np.exp(np.cumsum(moves, axis=0))
    names = ("open", "high", "low", "close", "total_return_index")
    panel = replace(a_panel(SESSIONS, NAMES), **dict.fromkeys(names, close))
    return features_named([name])[0].compute(Columns(a_universe(panel)))[-1]


ORDER: list[tuple[str, Callable[[np.ndarray], float]]] = [
    ("HURST128", np.mean),
    ("GENHURST128", np.mean),
    ("HIGUCHI64", lambda values: -np.mean(values)),
    ("KATZ64", lambda values: -np.mean(values)),
    ("VARRATIO60", np.mean),
    ("AUTOCORR60", np.mean),
    ("SLOWPOWER64", np.mean),
    ("FREQUENCY64", lambda values: -np.mean(values)),
    ("EFFICIENCY20", np.mean),
]


@pytest.mark.parametrize(("name", "of"), ORDER, ids=[name for name, _ in ORDER])
def test_paths_that_turn_back_wander_and_carry_on_are_told_apart(
    name: str, of: Callable[[np.ndarray], float]
) -> None:
    turning, wandering, carrying = (of(measured(name, steps(each))) for each in KINDS.values())
    assert turning < wandering < carrying


@pytest.mark.parametrize(
    ("name", "expected"), [("GENHURST128", 0.5), ("HIGUCHI64", 1.5), ("VARRATIO60", 1.0)]
)
def test_a_random_walk_has_the_exponent_of_one(name: str, expected: float) -> None:
    found = measured(name, steps(0.0))
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - expected) < 4 * error + 0.05


def test_a_pure_wave_has_all_its_power_at_its_period() -> None:
    t = np.arange(SESSIONS)[:, None]
    moves = np.repeat(0.01 * np.sin(2 * np.pi * t / 8), NAMES + 1, axis=1)
    assert measured("MIDPOWER64", moves) == pytest.approx(np.ones(NAMES + 1))
    assert measured("FREQUENCY64", moves) == pytest.approx(np.full(NAMES + 1, 1 / 8))
    assert measured("SPECTRALENTROPY64", moves) == pytest.approx(np.zeros(NAMES + 1), abs=1e-6)


def test_a_zscore_is_cut_off_at_three_and_missing_where_all_are_equal() -> None:
    members = np.ones((3, 30), dtype=bool)
    members[0, 29] = False
    values = np.zeros((3, 30))
    values[0, :2] = (1000.0, 1.0)
    values[1] = 0.1
    values[2] = np.arange(30.0)
    found = cross_zscore(values, members)
    assert found[0, 0] == 0.5
    assert np.isnan(found[0, 29])
    assert np.isnan(found[1]).all()
    assert found[2] == pytest.approx((values[2] - 14.5) / values[2].std() / 6)
