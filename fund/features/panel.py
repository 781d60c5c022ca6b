"""The feature table: every feature of every member in every session, on one scale."""

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.candle_features import CANDLE_FEATURES
from fund.features.columns import Columns
from fund.features.cross_section import cross_rank
from fund.features.feature import Feature
from fund.features.price_features import PRICE_FEATURES
from fund.features.risk_features import RISK_FEATURES
from fund.features.universe import BoolArray, Universe
from fund.features.volume_features import VOLUME_FEATURES
from fund.market.view import FloatArray

FEATURES: tuple[Feature, ...] = (*PRICE_FEATURES, *RISK_FEATURES, *VOLUME_FEATURES, *CANDLE_FEATURES)
HISTORY_SESSIONS = max(feature.window for feature in FEATURES)
"""Sessions of history that give every feature its full value."""

CODE_VERSION = 1
"""Raise it when a kernel or a derived column changes its result; names and formulas are hashed anyway."""


def feature_version(features: tuple[Feature, ...]) -> str:
    """Return the id of a set of features: other names, formulas, windows or order have another."""
    defined = "\n".join(f"{f.name}|{f.formula}|{f.window}" for f in features)
    return f"{CODE_VERSION}-{hashlib.sha256(defined.encode()).hexdigest()[:12]}"


FEATURE_VERSION = feature_version(FEATURES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureTable:
    """Features as cross-sectional ranks in (-0.5, 0.5); NaN where a value is missing or no member traded."""

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
    """Compute the features and rank each over the members that traded in the session.

    A row depends on as many sessions as the longest window has and on nothing later: cutting the universe
    anywhere outside that window leaves the row identical to the bit. `last` keeps the last so many
    sessions only, which is what a forecast of today needs. Two features of one name raise `DataError`.
    """
    names = tuple(feature.name for feature in features)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"expected every feature once, found {twice!r} more often; rename or leave out one")
    columns = Columns(universe)
    sessions = universe.panel.sessions
    kept = slice(0 if last is None else max(len(sessions) - last, 0), len(sessions))
    close, present = universe.panel.close[kept], universe.present[kept]
    values = np.empty((*close.shape, len(features)), dtype=np.float32)
    for at, feature in enumerate(features):
        values[:, :, at] = cross_rank(_clean(feature.compute(columns)[kept], close), present)
    return FeatureTable(
        sessions=sessions[kept],
        tickers=universe.panel.tickers,
        names=names,
        values=values,
        present=present,
        version=feature_version(features),
    )


def _clean(values: FloatArray, close: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values) & np.isfinite(close), values, np.nan)
