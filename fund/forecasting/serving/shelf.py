"""Artifacts in memory: read when first asked for, and put back when there are too many of them."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np

from fund.errors import DataError
from fund.forecasting.registry import Registry
from fund.forecasting.trained import TrainedForecaster

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Held:
    trained: TrainedForecaster
    bytes: int


class Shelf:
    """Trained forecasters by version, the least recently used put back above a cap in megabytes.

    What is in a caller's hands stays with it; the cap is on what the shelf keeps. A forecaster larger than
    the whole cap is read for each question and never kept, and nothing is put back for it. The members of an
    ensemble lie here under their own versions, so that all together keep to the cap.
    """

    def __init__(self, registry: Registry, *, cap_megabytes: float) -> None:
        if not cap_megabytes > 0:
            raise DataError(f"expected a cap above 0 megabytes, found {cap_megabytes!r}")
        self._registry = registry
        self._cap = cap_megabytes * MEGABYTE
        self._held: OrderedDict[tuple[str, str], _Held] = OrderedDict()
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """Size of everything it keeps."""
        with self._lock:
            return sum(each.bytes for each in self._held.values())

    @property
    def versions(self) -> tuple[str, ...]:
        """What it keeps, the least recently used first."""
        with self._lock:
            return tuple(version for version, _ in self._held)

    def get(self, version: str, sha256: str) -> TrainedForecaster:
        """Return a forecaster, read and checked against its hash unless it is kept already.

        Raises `NoDataError` for an unknown version, `DataError` naming a damaged or foreign file.
        """
        key = (version, sha256)
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                return held.trained
        trained = self._registry.load(version, sha256=sha256, find=self.get)
        size = self._size(version, trained)
        if size > self._cap:
            return trained
        with self._lock:
            self._held[key] = _Held(trained=trained, bytes=size)
            self._held.move_to_end(key)
            while sum(each.bytes for each in self._held.values()) > self._cap:
                self._held.popitem(last=False)
        return trained

    def _size(self, version: str, trained: TrainedForecaster) -> int:
        """Its native files, which are about as large in memory, and the arrays of its table."""
        arrays = (value for value in vars(trained.table).values() if isinstance(value, np.ndarray))
        return self._registry.fold_bytes(version) + sum(each.nbytes for each in arrays)
