"""An ensemble as a forecaster like any other: its features are its members' ranks, its fit their weights."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.ensemble.heard import HeardSamples, unit_ranks
from fund.forecasting.ensemble.members import weighted_mean
from fund.forecasting.ensemble.weights import UNKNOWN, InverseError, Learned, Stacking, Weigh, equal, learn
from fund.forecasting.recent import MARKET_SESSIONS
from fund.forecasting.regime import Regimes, fit_regimes
from fund.forecasting.samples import Samples
from fund.market.view import FloatArray

ENSEMBLE = "ensemble"
"""Name of the family, which is made of others and has no samples of its own."""
SUFFIX = ".ensemble.json"
WAYS: Mapping[str, Callable[[], Weigh]] = {
    "stacking": Stacking,
    "inverse-error": InverseError,
    "equal": lambda: equal,
}
"""How members may be weighed; see `weights`."""
STATES = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedEnsemble:
    """Weights of members as learned from one span, and the market's states they depend on."""

    members: tuple[str, ...]
    learned: Learned
    regimes: Regimes | None
    """None where they were not asked for, or could not be told: then one set of weights holds."""

    @property
    def note(self) -> str:
        """What each member weighs, whatever the regime, then in each."""
        told = [self._told(self.learned.overall)]
        if self.regimes is not None:
            told += [
                f"{name}: {self._told(self.learned.by_regime[at])}"
                for at, name in enumerate(self.regimes.names)
                if at in self.learned.by_regime
            ]
        return ", ".join(told)

    @property
    def sessions(self) -> int:
        """Sessions a score reads: the market's returns that tell the regime, where it depends on one."""
        return 1 if self.regimes is None else MARKET_SESSIONS

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Return the weighted mean of the members' ranks, [T, N, M + 1] to [T, N]; NaN where none has one."""
        scores = weighted_mean(unit_ranks(values), self.weights(values))
        scores[: self.sessions - 1] = np.nan
        return scores

    def weights(self, values: NDArray[np.float32]) -> FloatArray:
        """Return what members weigh on each session of what was heard, [T, N, M + 1] to [T, M]."""
        return self.learned.at(_labels(self.regimes, values))

    def regime(self, values: NDArray[np.float32]) -> str | None:
        """Return what the last session's regime is called; None where weights depend on none."""
        at = int(_labels(self.regimes, values)[-1])
        return self.regimes.names[at] if self.regimes is not None and at != UNKNOWN else None

    def save(self, stem: Path) -> Path:
        """Write the weights and the states as JSON, which keeps every digit."""
        path = stem.with_name(stem.name + SUFFIX)
        states = None if self.regimes is None else asdict(self.regimes)
        stored = {
            "members": self.members,
            "overall": self.learned.overall.tolist(),
            "by_regime": {str(at): each.tolist() for at, each in self.learned.by_regime.items()},
            "regimes": states
            and {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in states.items()},
        }
        path.write_text(json.dumps(stored, indent=1, allow_nan=False), encoding="utf-8")
        return path

    def _told(self, weights: FloatArray) -> str:
        return " ".join(f"{name} {weight:.2f}" for name, weight in zip(self.members, weights, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleForecaster:
    """Learns what members weigh, fold after fold, from what they said out of sample; refits none of them."""

    name: str = ENSEMBLE
    way: str = "stacking"
    by_regime: bool = True
    """Whether weights may differ with the market's state, drawn towards those of all."""
    members: Mapping[str, str] = field(default_factory=dict)
    """What pins each member, by its name: another artifact is another ensemble."""
    trials: int = 0
    """Every configuration that its members' families were judged in before."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise DataError(f"expected weights by one of {sorted(WAYS)!r}, found {self.way!r}")

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """How weights are learned, and from whom."""
        weigh = WAYS[self.way]()
        sizes = asdict(weigh) if isinstance(weigh, (Stacking, InverseError)) else {}
        pinned = {f"member_{name}": pin for name, pin in self.members.items()}
        return {"way": self.way, **sizes, "by_regime": int(self.by_regime), **pinned}

    def fit(self, samples: Samples, train: range) -> FittedEnsemble:
        """Learn weights from the sessions of `train`; the market's states also from those before it.

        The states are fitted up to the end of `train`, and each session's is told by the returns up to its
        own close. `DataError` for samples that are no members', or where these and outcomes share no session.
        """
        if not isinstance(samples, HeardSamples):
            raise DataError(
                f"expected what members said, found features {samples.table.version!r}; an ensemble is made "
                "of forecasters that are trained already"
            )
        members = samples.members
        values = samples.table.values[: train.stop]
        regimes = _regimes(values) if self.by_regime and self.way != "equal" else None
        learned = learn(members, train, WAYS[self.way](), _labels(regimes, values))
        if learned is None:
            raise DataError(
                f"expected sessions from {samples.sessions[train.start]!s} to "
                f"{samples.sessions[train.stop - 1]!s} on which every member spoke and whose outcome is "
                "known, found none; train the members on a longer history"
            )
        return FittedEnsemble(members=members.names, learned=learned, regimes=regimes)

    def load(self, path: Path) -> FittedEnsemble:
        """Read a fit back."""
        return load_ensemble(path)


def load_ensemble(path: Path) -> FittedEnsemble:
    """Read weights and states back; `DataError` naming the file when they are not readable or no weights."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        found = FittedEnsemble(
            members=tuple(str(each) for each in stored["members"]),
            learned=Learned(
                overall=_array(stored["overall"]),
                by_regime={int(at): _array(each) for at, each in stored["by_regime"].items()},
            ),
            regimes=_stored_regimes(stored["regimes"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"expected weights of an ensemble in {path.name!r}, found {error!s}") from error
    for weights in (found.learned.overall, *found.learned.by_regime.values()):
        whole = weights.shape == (len(found.members),) and np.isfinite(weights).all()
        if not (whole and (weights >= 0.0).all() and weights.sum() > 0.0):
            raise DataError(
                f"expected a share for each of {len(found.members)!r} members in {path.name!r}, found "
                f"{weights.tolist()!r}; train again"
            )
    return found


def _regimes(values: NDArray[np.float32]) -> Regimes | None:
    """Fit the market's states; None where history is too short for them or they do not settle."""
    try:
        return fit_regimes(_market(values), STATES)
    except DataError:
        return None


def _labels(regimes: Regimes | None, values: NDArray[np.float32]) -> NDArray[np.int64]:
    if regimes is None:
        return np.full(len(values), UNKNOWN, dtype=np.int64)
    return regimes.likeliest(_market(values), MARKET_SESSIONS)


def _market(values: NDArray[np.float32]) -> FloatArray:
    return values[:, 0, -1].astype(np.float64)


def _stored_regimes(stored: Mapping[str, Any] | None) -> Regimes | None:
    if stored is None:
        return None
    arrays = ("means", "deviations", "transition")
    return Regimes(
        **{name: _array(stored[name]) for name in arrays},
        returns=int(stored["returns"]),
        gain=float(stored["gain"]),
    )


def _array(values: Any) -> FloatArray:
    return np.array(values, dtype=np.float64)
