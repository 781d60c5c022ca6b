"""The families of nets, each an architecture under the training loop they share."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from fund.errors import DataError
from fund.forecasting.families.nets.convolutional import Cnn, Tcn
from fund.forecasting.families.nets.fitted import FittedNet, fitted_net, load_net
from fund.forecasting.families.nets.hybrid import Hybrid
from fund.forecasting.families.nets.kinds import Net, described
from fund.forecasting.families.nets.lesson import make_lesson
from fund.forecasting.families.nets.patches import Patches
from fund.forecasting.families.nets.plan import Plan
from fund.forecasting.families.nets.recurrent import Recurrent
from fund.forecasting.samples import Samples
from fund.forecasting.walk_forward import Progress, silent

COMPARED = 64
"""Windows on which the graph is compared with torch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetForecaster:
    """A net over the last `steps` sessions of ranked features, trained towards the ranked label."""

    name: str
    net: Net
    steps: int = 60
    plan: Plan = field(default_factory=Plan)
    seed: int = 7
    trials: int = 1
    checkpoints: Path | None = None
    """Folder that a killed training goes on from; it may be deleted once the training is done."""
    progress: Progress = silent
    """Told of epochs."""

    def __post_init__(self) -> None:
        self.net.check(self.steps)
        if not 0 <= self.net.dropout < 1:
            raise DataError(f"expected a dropout of at least 0 and below 1, found {self.net.dropout!r}")

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """Sizes, window and settings of the training loop."""
        return {**described(self.net), "steps": self.steps, **asdict(self.plan)}

    def fit(self, samples: Samples, train: range) -> FittedNet:
        """Learn from windows that lie within `train`; the graph is compared with torch before it is returned.

        `DataError` when the span is too short for the window, when the net collapsed or when the graph
        differs.
        """
        from fund.forecasting.families.nets.loop import learn
        from fund.forecasting.families.nets.parity import check_parity

        lesson = make_lesson(samples, train, self.steps, self.plan)
        learned = learn(
            self.net,
            lesson,
            self.plan,
            seed=self.seed,
            checkpoints=self.checkpoints,
            report=lambda done, planned: self.progress(f"epochs of {self.name}", done, planned),
        )
        count = sum(each.size for each in learned.weights.values())
        fitted = fitted_net(
            self.net,
            learned.weights,
            features=lesson.values.shape[2],
            steps=self.steps,
            seed=self.seed,
            note=f"{count:,} weights, epoch {learned.epoch} of {learned.epochs}",
        )
        newest = lesson.check[-1]
        names = np.flatnonzero(lesson.usable[newest])[:COMPARED]
        check_parity(fitted, learned.module, lesson.batch((newest,), (names,)).x)
        return fitted

    def load(self, path: Path) -> FittedNet:
        """Read the weights back."""
        return load_net(path)


NETS: Mapping[str, NetForecaster] = {
    each.name: each
    for each in (
        NetForecaster(name="gru", net=Recurrent(cell="gru")),
        NetForecaster(name="lstm", net=Recurrent(cell="lstm", hidden=128)),
        NetForecaster(name="attention", net=Recurrent(cell="gru", attention=True)),
        NetForecaster(name="bilstm", net=Recurrent(cell="lstm", both_ways=True, attention=True)),
        NetForecaster(name="cnn", net=Cnn()),
        NetForecaster(name="tcn", net=Tcn()),
        NetForecaster(name="hybrid", net=Hybrid()),
        NetForecaster(name="patchtst", net=Patches()),
    )
}
"""The families with their usual sizes; `trials` is 1 because none was chosen by its figures."""
