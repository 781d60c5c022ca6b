"""Small nets and made samples for them: eight features, a few sessions, two or three epochs."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fund.features.cross_section import cross_rank
from fund.features.labels import Labels
from fund.features.panel import FeatureTable
from fund.forecasting.families.nets.convolutional import Cnn, Tcn
from fund.forecasting.families.nets.fitted import FittedNet, fitted_net
from fund.forecasting.families.nets.forecaster import NetForecaster
from fund.forecasting.families.nets.hybrid import Hybrid
from fund.forecasting.families.nets.kinds import Net
from fund.forecasting.families.nets.patches import Patches
from fund.forecasting.families.nets.plan import Plan
from fund.forecasting.families.nets.recurrent import Recurrent
from fund.forecasting.samples import Samples
from support.panels import weekdays

FEATURES, STEPS = 8, 6
SMALL: Mapping[str, Net] = {
    "gru": Recurrent(cell="gru", hidden=8),
    "lstm": Recurrent(cell="lstm", hidden=8),
    "attention": Recurrent(cell="gru", hidden=8, attention=True),
    "bilstm": Recurrent(cell="lstm", hidden=4, both_ways=True, attention=True),
    "cnn": Cnn(channels=4),
    "tcn": Tcn(channels=8, levels=2),
    "hybrid": Hybrid(channels=8, hidden=8),
    "patchtst": Patches(patch_sessions=2, width=8, voices=2, layers=2),
}
A_PLAN = Plan(epochs=3, patience=3, learning_rate=0.02, every=1)


def a_net(name: str = "gru", *, plan: Plan = A_PLAN, seed: int = 7, **changes: object) -> NetForecaster:
    """A small forecaster of a family."""
    return replace(NetForecaster(name=name, net=SMALL[name], steps=STEPS, plan=plan, seed=seed), **changes)


def made_samples(sessions: int = 60, names: int = 20, *, pattern: float = 0.0, seed: int = 0) -> Samples:
    """Features without any memory; labels are noise plus `pattern` times the first feature 3 sessions ago.

    A forecaster that reads one row can see nothing of it.
    """
    draw = np.random.default_rng(seed)
    shape = (sessions, names)
    present = np.ones(shape, dtype=bool)
    ranks = np.stack([cross_rank(draw.normal(size=shape), present) for _ in range(FEATURES)], axis=2)
    before = np.concatenate([np.zeros((3, names)), ranks[:-3, :, 0]])
    labels = pattern * before + draw.normal(size=shape)
    return Samples(
        table=FeatureTable(
            sessions=weekdays(sessions),
            tickers=tuple(f"N{k:03d}" for k in range(names)),
            names=tuple(f"F{k}" for k in range(FEATURES)),
            values=ranks.astype(np.float32),
            present=present,
            version="made",
        ),
        labels=Labels(horizon_sessions=1, values=labels),
        volatility=np.ones(shape),
    )


def with_values(samples: Samples, values: NDArray[np.float32]) -> Samples:
    """The same samples with other features."""
    return replace(samples, table=replace(samples.table, values=values))


def with_labels(samples: Samples, values: NDArray[np.float64]) -> Samples:
    """The same samples with other labels."""
    return replace(samples, labels=replace(samples.labels, values=values))


def a_fitted_net(name: str = "gru", *, seed: int = 1) -> FittedNet:
    """A net that has learned nothing: weights drawn at random, of the shapes torch wants."""
    draw = np.random.default_rng(seed)
    module = SMALL[name].module(FEATURES, STEPS)
    weights = {
        key: draw.uniform(-0.4, 0.4, tuple(each.shape)).astype(np.float32)
        for key, each in module.named_parameters()
    }
    return fitted_net(SMALL[name], weights, features=FEATURES, steps=STEPS, seed=3, note=f"made {name}")
