"""What families of LightGBM trees share once they are fitted: scores, files, graphs, contributions."""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.families.row_trees import RowTrees
from fund.forecasting.families.width import expect_width
from fund.forecasting.serving.served_trees import Grown, ServedTrees
from fund.forecasting.serving.tree_nodes import lightgbm_nodes
from fund.market.view import FloatArray

if TYPE_CHECKING:
    from lightgbm import Booster


class FittedTrees(RowTrees):
    """LightGBM's boosters; the score is one of them's."""

    def __init__(self, boosters: Sequence["Booster"], served: ServedTrees | None = None) -> None:
        self._boosters = tuple(boosters)
        self._served = served

    @property
    def note(self) -> str:
        """How large the fit is."""
        return f"{sum(each.num_trees() for each in self._boosters)} trees"

    def contributions(self, values: NDArray[np.float32]) -> FloatArray:
        """Return what each feature adds to the score of [n, F] rows, and the mean last: [n, F + 1].

        Exact Shapley values of the trees, which sum to the score. Source: Lundberg et al. (2020), "From
        local explanations to global understanding with explainable AI for trees", Nature Machine
        Intelligence 2.
        """
        expect_width(values, self._width)
        rows = np.ascontiguousarray(values, dtype=np.float32)
        booster = self._boosters[self.scoring]
        return np.asarray(booster.predict(rows, num_threads=1, pred_contrib=True), dtype=np.float64)

    def save(self, stem: Path) -> Path:
        """Write LightGBM's text format; of several boosters, a JSON list of it."""
        texts = [each.model_to_string() for each in self._boosters]
        path = stem.with_suffix(".txt" if len(texts) == 1 else ".json")
        path.write_text(texts[0] if len(texts) == 1 else json.dumps(texts), encoding="utf-8")
        return path

    @cached_property
    def _width(self) -> int:
        return int(self._boosters[0].num_feature())

    def _again(self, served: ServedTrees) -> Self:
        return type(self)(self._boosters, served)

    def _grown(self) -> Grown:
        return Grown(
            nodes=lightgbm_nodes([each.dump_model() for each in self._boosters]),
            columns=self._width,
            outputs=len(self._boosters),
            comparison="<=",
            precision=np.float64,
        )

    def _native(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        return np.column_stack([each.predict(rows, num_threads=1) for each in self._boosters])


def read_boosters(path: Path, count: int = 1) -> tuple["Booster", ...]:
    """Read what `FittedTrees.save` wrote; `DataError` naming the file when it is damaged."""
    import lightgbm

    try:
        text = path.read_text(encoding="utf-8")
        texts = [text] if count == 1 else json.loads(text)
        if len(texts) != count:
            raise ValueError(f"{len(texts)!r} boosters")
        for each in texts:
            _expect_whole(each)
        return tuple(lightgbm.Booster(model_str=each) for each in texts)
    except (
        lightgbm.basic.LightGBMError,
        OSError,
        ValueError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise DataError(f"expected LightGBM's text, found {path.name!r} unreadable; train again") from error


def _expect_whole(text: str) -> None:
    """Raise `ValueError` for a text that was cut short: LightGBM ends the whole process on one."""
    sizes = re.search(r"^tree_sizes=([0-9 ]*)$", text, re.MULTILINE)
    if sizes is None:
        raise ValueError("no sizes of trees")
    counts = [int(each) for each in sizes[1].split()]
    begun = text.find("Tree=0\n") if counts else text.find("end of trees")
    trees = begun >= 0 and text.startswith("end of trees", begun + sum(counts))
    if not trees or not re.search(r"^end of parameters\s+pandas_categorical:.*\n\Z", text, re.MULTILINE):
        raise ValueError(f"less than {len(counts)!r} trees")
