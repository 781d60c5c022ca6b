"""Fitting a forecaster on many spans, wherever the work runs."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fund.forecasting.executing import Executor
from fund.forecasting.forecast import FittedForecaster, Forecaster
from fund.forecasting.samples import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    """A fitted forecaster as its own native file: what travels is what would be kept, and no object."""

    name: str
    content: bytes


def fit_all(
    samples: Samples, forecaster: Forecaster, spans: Sequence[range], executor: Executor
) -> Iterator[FittedForecaster]:
    """Yield a fit for each span of sessions, in order; which executor it is has no part in the result.

    Whole folds side by side share no barrier, so a busy machine stalls none.
    """
    _ = samples.target
    items = [(forecaster, span) for span in spans]
    if not executor.apart:
        yield from executor.map(_fitted, samples, items)
        return
    for packed in executor.map(_packed, samples, items):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / packed.name
            path.write_bytes(packed.content)
            yield forecaster.load(path)


def _fitted(samples: Samples, item: tuple[Forecaster, range]) -> FittedForecaster:
    forecaster, span = item
    return forecaster.fit(samples, span)


def _packed(samples: Samples, item: tuple[Forecaster, range]) -> _Packed:
    with tempfile.TemporaryDirectory() as folder:
        path = _fitted(samples, item).save(Path(folder) / "fit")
        return _Packed(name=path.name, content=path.read_bytes())
