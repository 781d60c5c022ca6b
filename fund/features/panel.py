"""The feature table: every feature of every member in every session, on one scale."""

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.candle_features import CANDLE_FEATURES
from fund.features.columns import Columns
from fund.features.cross_section import cross_rank, cross_zscore
from fund.features.feature import Feature, Scaling
from fund.features.price_features import PRICE_FEATURES
from fund.features.risk_features import RISK_FEATURES
from fund.features.universe import BoolArray, Universe
from fund.features.volume_features import VOLUME_FEATURES
from fund.market.view import FloatArray

FEATURES: tuple[Feature, ...] = (*PRICE_FEATURES, *RISK_FEATURES, *VOLUME_FEATURES, *CANDLE_FEATURES)
HISTORY_SESSIONS = max(feature.window for feature in FEATURES)
"""Sessions of history that give every feature its full value."""

REACHES = (2, 21, 64, 130)
"""Sessions that are read for the last one of a feature whose window is no longer; beyond them all are."""

CODE_VERSION = 2
"""Raise it when a kernel or a derived column changes its result; names and formulas are hashed anyway."""


def feature_version(features: tuple[Feature, ...]) -> str:
    """Return the id of a set of features: other names, formulas, windows or order have another."""
    defined = "\n".join(
        f"{f.name}|{f.formula}|{f.window}" + ("" if f.scaling == "rank" else f"|{f.scaling}")
        for f in features
    )
    return f"{CODE_VERSION}-{hashlib.sha256(defined.encode()).hexdigest()[:12]}"


FEATURE_VERSION = feature_version(FEATURES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureTable:
    """Features in [-0.5, 0.5], each on its own scaling; NaN where one is missing or no member traded."""

    sessions: tuple[date, ...]
    tickers: tuple[str, ...]
    names: tuple[str, ...]
    """F feature names, the order of the last axis."""
    values: NDArray[np.float32]
    """[T, N, F]."""
    present: BoolArray
    """[T, N] members that traded in the session."""
    version: str
    """Which set of features this is, `feature_version`."""

    def column(self, name: str) -> NDArray[np.float32]:
        """Return one feature as [T, N]; an unknown name raises `DataError`."""
        if name not in self.names:
            raise DataError(f"expected one of {len(self.names)} features, found {name!r}; see FEATURES")
        return self.values[:, :, self.names.index(name)]


def feature_table(
    universe: Universe, features: tuple[Feature, ...] = FEATURES, *, last: int | None = None
) -> FeatureTable:
    """Compute the features and scale each over the members that traded in the session.

    A row depends on as many sessions as the longest window has and on nothing later: cutting the universe
    anywhere outside that window leaves the row identical to the bit. `last` keeps the last so many
    sessions only, which is what a forecast of today needs. Two features of one name, and fewer than one
    session asked for, raise `DataError`.
    """
    if last is not None and last < 1:
        raise DataError(
            f"expected one session or more, found last = {last!r}; ask for 1, or for all with None"
        )
    names = tuple(feature.name for feature in features)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"expected every feature once, found {twice!r} more often; rename or leave out one")
    sessions = universe.panel.sessions
    count = len(sessions) if last is None else min(last, len(sessions))
    kept = slice(len(sessions) - count, len(sessions))
    close, present = universe.panel.close[kept], universe.present[kept]
    values = np.empty((*close.shape, len(features)), dtype=np.float32)
    reached: dict[int, Columns] = {}
    for at, feature in enumerate(features):
        start = _start(feature, len(sessions), count)
        if start not in reached:
            rows = universe.rows(start, len(sessions)) if start else universe
            reached[start] = Columns(rows, last=last)
        found = feature.compute(reached[start])
        found = _clean(found[len(found) - count :], close)
        values[:, :, at] = _scaled(found, feature.scaling, present)
    return FeatureTable(
        sessions=sessions[kept],
        tickers=universe.panel.tickers,
        names=names,
        values=values,
        present=present,
        version=feature_version(features),
    )


def _start(feature: Feature, sessions: int, count: int) -> int:
    """Return the session from which a feature's last `count` values are computed, shared by many features."""
    reach = next((reach for reach in REACHES if feature.window <= reach), None)
    return 0 if reach is None else max(sessions - count - reach + 1, 0)


def _clean(values: FloatArray, close: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values) & np.isfinite(close), values, np.nan)


def _scaled(values: FloatArray, scaling: Scaling, present: BoolArray) -> FloatArray:
    if scaling == "rank":
        return cross_rank(values, present)
    if scaling == "zscore":
        return cross_zscore(values, present)
    return np.where(present, np.clip(values, -0.5, 0.5), np.nan)
