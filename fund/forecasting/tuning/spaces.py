"""Between which bounds the sizes of each family are looked for."""

from collections.abc import Mapping
from dataclasses import dataclass

from fund.errors import DataError
from fund.forecasting.catalogue import family_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A whole number, both bounds included; on a log scale where sizes matter by their ratio."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """A number between two bounds."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """One of some values, without an order."""

    values: tuple[int | float | str, ...]


Size = int | float | str
Space = Mapping[str, Whole | Real | OneOf]

_GROWTH: Space = {
    "trees": Whole(low=20, high=240, log=True),
    "learning_rate": Real(low=0.02, high=0.2, log=True),
    "min_rows_in_leaf": Whole(low=50, high=2_000, log=True),
    "row_share": Real(low=0.3, high=0.9),
    "feature_share": Real(low=0.2, high=0.9),
    "l2": Real(low=0.1, high=100.0, log=True),
    "every": Whole(low=1, high=5),
}
_LEAVES: Space = {**_GROWTH, "leaves": Whole(low=4, high=63, log=True)}
_LEARNING: Space = {
    "learning_rate": Real(low=2e-4, high=5e-3, log=True),
    "weight_decay": Real(low=1e-4, high=0.1, log=True),
    "dropout": Real(low=0.05, high=0.5),
    "every": Whole(low=1, high=5),
}
_RECURRENT: Space = {
    **_LEARNING,
    "hidden": OneOf(values=(16, 32, 64, 128)),
    "layers": Whole(low=1, high=3),
}
SPACES: Mapping[str, Space] = {
    "gbm": _LEAVES,
    "quantile": _LEAVES,
    "direction": _LEAVES,
    "lambdarank": _LEAVES,
    "xgb": {**_GROWTH, "depth": Whole(low=2, high=7)},
    "nearest": {
        "neighbours": Whole(low=25, high=1_000, log=True),
        "patterns": Whole(low=2_000, high=40_000, log=True),
        "every": Whole(low=2, high=10),
    },
    "ridge": {"penalty_per_row": Real(low=1e-3, high=10.0, log=True)},
    "gru": _RECURRENT,
    "lstm": _RECURRENT,
    "attention": _RECURRENT,
    "bilstm": _RECURRENT,
    "cnn": {**_LEARNING, "channels": OneOf(values=(8, 16, 32))},
    "tcn": {**_LEARNING, "channels": OneOf(values=(16, 32, 64))},
    "hybrid": {**_LEARNING, "hidden": OneOf(values=(16, 32, 64))},
    "patchtst": _LEARNING,
}
"""By family; the usual sizes lie inside. Families that are not here have nothing to choose."""


def space_of(family: str) -> Space:
    """Return a family's bounds; `DataError` for one without any, or one that there is not."""
    family_named(family)
    if family not in SPACES:
        raise DataError(
            f"expected a family with sizes to choose, found {family!r}, which is a fixed rule; "
            f"there are {', '.join(sorted(SPACES))}"
        )
    return SPACES[family]
