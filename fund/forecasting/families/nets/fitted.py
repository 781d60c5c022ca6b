"""A net that has learned: scored through ONNX Runtime, kept as safetensors; torch is not needed any more."""

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.families.nets.architecture import net_graph
from fund.forecasting.families.nets.graph import Weights
from fund.forecasting.families.nets.kinds import Net, net_from_json, net_to_json
from fund.forecasting.families.nets.sequences import readable, windows
from fund.forecasting.serving.session import one_thread_session
from fund.market.view import FloatArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FORMAT = "conclave-net-1"
BATCH = 16
"""Windows scored at a time. Larger batches leave the cache: 500 names take half as long in sixteens.

A batch is always filled up, so that a window's score does not depend on who is beside it, to the bit.
A window all by itself is scored alone, which is ten times faster and may differ in the last bit.
"""


class FittedNet:
    """A net's weights and sizes, and the graph made of them."""

    def __init__(
        self, net: Net, weights: Weights, *, features: int, steps: int, seed: int, note: str
    ) -> None:
        self.net, self.weights = net, weights
        self.features, self.steps, self.seed = features, steps, seed
        self._note = note

    @property
    def sessions(self) -> int:
        """A score reads a whole window."""
        return self.steps

    @property
    def note(self) -> str:
        """What was built, and which epoch was kept."""
        return self._note

    @property
    def attends(self) -> bool:
        """Tell whether the net says where it looked."""
        return "attention" in [output.name for output in self._session.get_outputs()]

    @cached_property
    def graph(self) -> bytes:
        """The net in ONNX's format; `DataError` when its weights are not those of its sizes."""
        return net_graph(self.net, self.weights, self.features, self.steps)

    @cached_property
    def _session(self) -> "InferenceSession":
        return one_thread_session(self.graph, self.note)

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Score ranked features, [T, N, F] to [T, N]; NaN for names without a feature in half of a window.

        `DataError` for another number of features than the net has learned.
        """
        return self._over(values, self._full())

    def run(
        self, x: NDArray[np.float32], what: str = "score", keep: dict[str, NDArray[np.float32]] | None = None
    ) -> NDArray[np.float32]:
        """Run the graph on windows [n, steps, F] as `windows` cuts them."""
        feeds = {"x": x} | (self._full() if keep is None else keep)
        return np.asarray(self._session.run([what], feeds)[0])

    def save(self, stem: Path) -> Path:
        """Write weights and sizes as one safetensors file."""
        from safetensors.numpy import save_file

        path = stem.with_suffix(".safetensors")
        told = {"format": FORMAT, "net": net_to_json(self.net), "features": self.features}
        told |= {"steps": self.steps, "seed": self.seed, "note": self.note}
        # safetensors writes memory as it lies: transposed weights would come back as others.
        weights = {name: np.ascontiguousarray(each) for name, each in self.weights.items()}
        save_file(weights, path, metadata={"conclave": json.dumps(told, sort_keys=True)})
        return path

    def export(self, stem: Path) -> Path:
        """Write the graph that scores, `score` of windows `x` [N, steps, F] as `windows` cuts them."""
        path = stem.with_suffix(".onnx")
        path.write_bytes(self.graph)
        return path

    def served(self, graph: Path) -> "FittedNet":
        """Return this net, which its graph scores anyway; `DataError` when the file is not that graph."""
        if not graph.is_file() or graph.read_bytes() != self.graph:
            raise DataError(
                f"expected the graph of {self.note!r} in {graph.name!r}, found another; export it again"
            )
        return self

    def _full(self) -> dict[str, NDArray[np.float32]]:
        """Masks that leave every unit in."""
        if not self.net.passes:
            return {}
        return {
            f"keep_{at}": np.ones((1, width), dtype=np.float32) for at, width in enumerate(self.net.thinned)
        }

    def expect_features(self, values: NDArray[np.float32]) -> None:
        """Raise `DataError` unless the values are [T, N, F] of as many features as the net has learned."""
        if values.ndim != 3 or values.shape[2] != self.features:
            raise DataError(
                f"expected [sessions, names, {self.features}] ranked features, found shape {values.shape!r}; "
                "train again on these features"
            )

    def _over(self, values: NDArray[np.float32], keep: dict[str, NDArray[np.float32]]) -> FloatArray:
        self.expect_features(values)
        out = np.full(values.shape[:2], np.nan)
        last, names = np.nonzero(readable(values, self.steps))
        for at in range(0, len(last), BATCH):
            some = slice(at, at + BATCH)
            x = windows(values, last[some], names[some], self.steps)
            if len(x) < BATCH and len(last) > 1:
                x = np.concatenate([x, np.zeros((BATCH - len(x), *x.shape[1:]), dtype=np.float32)])
            out[last[some], names[some]] = self.run(x, keep=keep)[: len(last[some])]
        return out


class SpreadingNet(FittedNet):
    """A net that also says how sure it is, by how much its thinned selves disagree."""

    def spread(self, values: NDArray[np.float32]) -> FloatArray:
        """Return the deviation of thinned nets' scores, [T, N, F] to [T, N]; 1 is a session's median.

        Each pass leaves out the same units for every name, drawn by the fit's seed: one thinned net.
        """
        draw = np.random.default_rng(self.seed)
        passes = np.stack([self._over(values, self._thinned(draw)) for _ in range(self.net.passes)])
        apart = passes.std(axis=0, ddof=1)
        apart = np.where(apart > 0, apart, np.nan)
        typical = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in apart]
        return np.asarray(apart / np.array(typical)[:, None])

    def _thinned(self, draw: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        share = self.net.dropout
        return {
            f"keep_{at}": ((draw.random((1, width)) >= share) / (1 - share)).astype(np.float32)
            for at, width in enumerate(self.net.thinned)
        }


def fitted_net(net: Net, weights: Weights, **told: Any) -> FittedNet:
    """Return the net, with a spread if it has one."""
    return (SpreadingNet if net.passes else FittedNet)(net, weights, **told)


def load_net(path: Path) -> FittedNet:
    """Read what `save` wrote, and try it; `DataError` naming the file when it is damaged or foreign."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as stored:
            told = json.loads((stored.metadata() or {})["conclave"])
            if told["format"] != FORMAT:
                raise ValueError(f"format {told['format']!r}")
            weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        fitted = fitted_net(
            net_from_json(told["net"]),
            weights,
            features=int(told["features"]),
            steps=int(told["steps"]),
            seed=int(told["seed"]),
            note=str(told["note"]),
        )
        _try(fitted)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, DataError) as error:
        raise DataError(
            f"expected the weights of a net, found {path.name!r} damaged or foreign ({error}); train again"
        ) from error
    return fitted


def _try(fitted: FittedNet) -> None:
    """Score a window of middle ranks: sizes that do not fit each other cannot."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    if not all(np.isfinite(each).all() for each in fitted.weights.values()):
        raise ValueError("weights that are not finite")
    try:
        score = fitted.run(np.zeros((1, fitted.steps, fitted.features), dtype=np.float32))
    except (state.Fail, state.InvalidArgument, state.RuntimeException) as error:
        raise ValueError(str(error)) from error
    if score.shape != (1,) or not np.isfinite(score).all():
        raise ValueError(f"a score {score!r}")
