"""On the real bundle, what a fold learns stands long before it speaks: spoil what came later, and look."""

from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pytest

from desk.universes import universe_at
from fund.features.universe import Universe
from fund.forecasting.forecast import FittedForecaster
from fund.forecasting.samples import Samples, make_samples
from fund.forecasting.validation import Schedule
from fund.forecasting.walk_forward import WalkForward, walk_forward
from fund.market.actions import BAR_COLUMNS
from fund.market.view import FloatArray
from support.committee import small_history

SCHEDULE = Schedule()
"""The one the desk trains with."""


@dataclass(frozen=True)
class FirstColumn:
    """Scores that depend on what was learned, so that a calibration does too."""

    weights: FloatArray
    sessions: int = 1

    def score(self, values: FloatArray) -> FloatArray:
        scored: FloatArray = np.nan_to_num(values.astype(float)) @ self.weights
        return scored


@dataclass
class Notebook:
    """A forecaster that writes down, byte for byte, what each fit was shown."""

    name: str = "notebook"
    seed: int = 0
    trials: int = 1
    parameters: dict[str, float | int | str] = field(default_factory=dict)
    shown: list[tuple[bytes, bytes]] = field(default_factory=list)

    def fit(self, samples: Samples, train: range) -> FittedForecaster:
        features, target = samples.rows(train)
        self.shown.append((features.tobytes(), target.tobytes()))
        return FirstColumn(np.nan_to_num(features.astype(float)).T @ target.astype(float) / len(target))


@cache
def whole() -> Universe:
    history = small_history()
    return universe_at(history, history.last_session, "SPY")


def spoiled(universe: Universe, first: int) -> Universe:
    """Return a universe whose bars from a session on are nonsense, all members gone but two."""
    panel = universe.panel
    noise = np.random.default_rng(first).uniform(1, 1e6, panel.close[first:].shape)
    changed = {name: getattr(panel, name).copy() for name in (*BAR_COLUMNS, "total_return_index")}
    for values in changed.values():
        values[first:] = noise
    members = universe.members.copy()
    members[first:] = False
    members[first:, :2] = True
    return replace(universe, panel=replace(panel, **changed), members=members)


def walked(universe: Universe) -> tuple[WalkForward, Notebook]:
    notebook = Notebook()
    samples = make_samples(universe, SCHEDULE.horizon_sessions)
    return walk_forward(samples, notebook, SCHEDULE), notebook


@pytest.fixture(scope="module")
def honest() -> tuple[WalkForward, Notebook]:
    return walked(whole())


def places(walk: WalkForward) -> list[int]:
    count = len(walk.folds)
    return sorted({0, count // 2, count - 1})


def test_what_came_within_the_embargo_of_a_folds_first_session_taught_it_nothing(
    honest: tuple[WalkForward, Notebook],
) -> None:
    """Every bar from `first session - embargo` on is spoiled."""
    walk, notebook = honest
    for place in places(walk):
        speaks = walk.folds[place].split.test[0]
        again, shown = walked(spoiled(whole(), speaks - SCHEDULE.embargo_sessions))
        assert shown.shown[: place + 1] == notebook.shown[: place + 1], place
        assert again.folds[place].calibration == walk.folds[place].calibration, place


def test_one_session_earlier_is_learned_from(honest: tuple[WalkForward, Notebook]) -> None:
    """The bound is sharp: with a purge or an embargo one session shorter the test above would fail."""
    walk, notebook = honest
    differs = []
    for place in places(walk):
        speaks = walk.folds[place].split.test[0]
        _, shown = walked(spoiled(whole(), speaks - SCHEDULE.embargo_sessions - 1))
        differs.append(shown.shown[place] != notebook.shown[place])
    assert all(differs)


def test_what_a_fold_says_of_its_first_session_needs_no_later_bar(
    honest: tuple[WalkForward, Notebook],
) -> None:
    walk, _ = honest
    for place in places(walk):
        speaks = walk.folds[place].split.test[0]
        again, _ = walked(spoiled(whole(), speaks + 1))
        assert again.scores[: speaks + 1].tobytes() == walk.scores[: speaks + 1].tobytes(), place
    assert any(fold.calibration is not None for fold in walk.folds)
