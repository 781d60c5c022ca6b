"""A situation as a vector: bounded, never moved by what comes later, and near what is like it."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.features.setup import (
    CENTRES,
    CONDITIONS_EMBEDDER,
    CONDITIONS_SCALES,
    TRADE_EMBEDDER,
    TRADE_SCALES,
    embed_setup,
)
from fund.market.view import FloatArray

SCALES = {"trade": TRADE_SCALES, "conditions": CONDITIONS_SCALES}
figures = st.none() | st.floats(allow_nan=True, allow_infinity=True)


def usual(scales: Mapping[str, float]) -> dict[str, float]:
    """Return the figures of a day on which nothing is high or low."""
    return {name: CENTRES.get(name, 0.0) for name in scales}


def distance(one: FloatArray, other: FloatArray) -> float:
    """Return the cosine distance memory sorts by."""
    return 1.0 - float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("scales", SCALES.values(), ids=SCALES)
@given(data=st.data())
def test_every_vector_is_finite_bounded_and_has_a_direction(
    scales: Mapping[str, float], data: st.DataObject
) -> None:
    given_figures = {name: data.draw(figures, name) for name in scales}
    vector = embed_setup(given_figures, scales)
    assert vector.shape == (len(scales) + 1,)
    assert np.isfinite(vector).all()
    assert (np.abs(vector) <= 1).all()
    assert vector[-1] == 0.5


@pytest.mark.parametrize("scales", SCALES.values(), ids=SCALES)
def test_a_usual_day_is_the_middle_and_a_missing_figure_is_too(scales: Mapping[str, float]) -> None:
    middle = embed_setup(usual(scales), scales)
    assert np.array_equal(middle, [*[0.0] * len(scales), 0.5])
    assert np.array_equal(embed_setup({}, scales), middle)
    assert np.array_equal(embed_setup(dict.fromkeys(scales, math.nan), scales), middle)


@pytest.mark.parametrize("scales", SCALES.values(), ids=SCALES)
@given(data=st.data())
def test_a_higher_figure_moves_its_own_component_up_and_no_other(
    scales: Mapping[str, float], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(scales)))
    steps = data.draw(st.floats(0.01, 3.0))
    before = embed_setup(usual(scales), scales)
    after = embed_setup({**usual(scales), name: usual(scales)[name] + steps * scales[name]}, scales)
    moved = np.flatnonzero(after != before)
    assert list(moved) == [list(scales).index(name)]
    assert after[moved[0]] == pytest.approx(math.tanh(steps))


def test_a_figure_nobody_asked_for_changes_nothing() -> None:
    assert np.array_equal(
        embed_setup({"return_5": 0.02, "phase_of_the_moon": 1.0}, TRADE_SCALES),
        embed_setup({"return_5": 0.02}, TRADE_SCALES),
    )


def test_components_are_in_the_order_of_the_scales() -> None:
    vector = embed_setup({"b": 1.0, "a": -1.0}, {"a": 1.0, "b": 2.0})
    assert vector == pytest.approx([math.tanh(-1.0), math.tanh(0.5), 0.5])


@pytest.mark.parametrize("scales", SCALES.values(), ids=SCALES)
def test_a_crash_is_nearer_to_another_crash_than_to_a_rally_or_to_a_usual_day(
    scales: Mapping[str, float],
) -> None:
    down = {name: -2.0 for name in scales if "return" in name} | {
        name: 2.5 for name in scales if "volatility" in name or name == "vix_z"
    }

    def day(size: float) -> FloatArray:
        moved = {name: usual(scales)[name] + size * down.get(name, 0.0) * scales[name] for name in scales}
        return embed_setup(moved, scales)

    crash, milder, rally, quiet = day(1.0), day(0.7), day(-1.0), day(0.0)
    assert distance(crash, milder) < distance(crash, quiet) < distance(crash, rally)
    assert distance(crash, crash) == pytest.approx(0.0, abs=1e-12)


def test_every_centre_belongs_to_a_figure_and_every_scale_is_positive() -> None:
    assert CENTRES.keys() <= TRADE_SCALES.keys() | CONDITIONS_SCALES.keys()
    assert all(scale > 0 for scales in SCALES.values() for scale in scales.values())
    assert TRADE_EMBEDDER != CONDITIONS_EMBEDDER
