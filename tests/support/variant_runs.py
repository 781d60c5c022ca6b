"""Every variant of the catalogue trained once over the long panel, and each written down as it ends."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from scipy.special import stdtr

from fund.errors import DataError
from fund.features.panel import FeatureTable, feature_version
from fund.features.universe import Universe
from fund.forecasting.book_figures import CARD_COST_BPS, sharpe_at
from fund.forecasting.card import implausible
from fund.forecasting.catalogue import Variant
from fund.forecasting.training import train, version_of
from fund.forecasting.validation import Schedule
from fund.market.view import FloatArray
from fund.metrics.inference import Interval, mean_error
from support.long_walks import FIRST, SCHEDULE, Yearly, samples_from

FITTED = 504
"""Sessions a fit is used for: two years, so that every variant can be afforded once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Bars that variants are trained on, and what they are called in a record."""

    universe: Universe
    name: str
    version: str
    """Hash of the file the bars came from."""
    first: int = FIRST
    """Session of the bars that is learned from first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRun:
    """What came of one variant."""

    variant: str
    key: str
    """Of all that decides the result: a run with another key is another run."""
    panel: str
    fault: str = ""
    """Why it was not trained; empty when it was."""
    rank_ic: Interval | None = None
    p_value: float | None = None
    """Two-sided, of a mean rank IC of 0; by the estimate that the interval is made of."""
    net_sharpe: Interval | None = None
    """Yearly, of the best tenth less the worst net of 5 bp a side, over the equal weight of the panel."""
    equal_weight: Interval | None = None
    """Yearly Sharpe ratio of holding every name alike over the same sessions, before costs."""
    coverage: Interval | None = None
    alarms: tuple[str, ...] = ()
    test_first: str = ""
    test_last: str = ""
    fits: int = 0
    fit_sessions: int = FITTED
    seconds: float = 0.0
    """Of the processor."""


def key_of(variant: Variant, panel: Panel, fit_sessions: int) -> str:
    """Return what tells a run of a variant from every other."""
    version = version_of(
        Yearly(variant.forecaster, fit_sessions),
        _schedule(variant),
        f"{panel.version}-{panel.name}",
        feature_version(variant.features),
    )
    return version.rpartition("-")[2]


def run_variant(
    variant: Variant, panel: Panel, table: FeatureTable, fit_sessions: int = FITTED
) -> VariantRun:
    """Train a variant and say what came of it; what stops it is part of the record."""
    started = process_time()
    forecaster = Yearly(variant.forecaster, fit_sessions)
    about: dict[str, Any] = {
        "variant": variant.name,
        "key": key_of(variant, panel, fit_sessions),
        "panel": panel.name,
        "fit_sessions": fit_sessions,
    }
    try:
        samples = samples_from(table, panel.universe, variant.horizon_sessions, panel.first)
        (trained,) = train(
            samples,
            (forecaster,),
            _schedule(variant),
            universe_name=panel.name,
            data_version=panel.version,
            baselines=(),
        )
    except Exception as error:  # noqa: BLE001 - whatever stops a variant is what this run is to find
        fault = f"{type(error).__name__}: {error}"
        return VariantRun(**about, fault=fault, seconds=process_time() - started)
    card = trained.card
    return VariantRun(
        **about,
        rank_ic=card.rank_ic,
        p_value=p_of_mean(trained.table.daily_rank_ic, card.horizon_sessions),
        net_sharpe=sharpe_at(card.books, "long-short", CARD_COST_BPS),
        equal_weight=card.equal_weight_sharpe,
        coverage=card.coverage,
        alarms=implausible(card),
        test_first=str(card.test_first),
        test_last=str(card.test_last),
        fits=forecaster.fits,
        seconds=process_time() - started,
    )


def p_of_mean(samples: FloatArray, lag: int) -> float | None:
    """Return the two-sided p-value of a mean of 0, by the error that `mean_interval` states; None of none."""
    finite = samples[np.isfinite(samples)]
    if len(finite) < 2:
        return None
    error, freedom = mean_error(finite, lag)
    if error == 0.0:
        return None
    return float(2.0 * stdtr(freedom, -math.fabs(float(finite.mean()) / error)))


def read_runs(path: Path) -> dict[str, VariantRun]:
    """Return the runs of a file by their key, the last of each; none where there is no file.

    A line that a kill left half-written is passed over. `DataError` for any other that is not a run.
    """
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines() if text.endswith("\n") else text.splitlines()[:-1]
    return {run.key: run for run in map(_read, lines)}


def write_run(path: Path, run: VariantRun) -> None:
    """Add a run at the end of the file, in place of a half-written one."""
    before = path.read_bytes() if path.is_file() else b""
    whole = before[: before.rfind(b"\n") + 1]
    if whole != before:
        path.write_bytes(whole)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(run), sort_keys=True, allow_nan=False) + "\n")


def outstanding(
    asked: Iterable[Variant], panel: Panel, done: Iterable[str], fit_sessions: int
) -> Iterator[Variant]:
    """Yield the variants of which there is no run yet."""
    known = set(done)
    return (each for each in asked if key_of(each, panel, fit_sessions) not in known)


def cut(universe: Universe, sessions: int, names: int) -> Universe:
    """Return the last sessions of a universe, and the first members that trade in all of them."""
    recent = universe.rows(len(universe.panel.sessions) - sessions, len(universe.panel.sessions))
    whole = np.flatnonzero(recent.present.all(axis=0))[:names]
    members = np.zeros_like(recent.members)
    members[:, whole] = recent.members[:, whole]
    return replace(recent, members=members)


def _schedule(variant: Variant) -> Schedule:
    return replace(SCHEDULE, horizon_sessions=variant.horizon_sessions)


def _read(line: str) -> VariantRun:
    try:
        stored = json.loads(line)
        for name in ("rank_ic", "net_sharpe", "equal_weight", "coverage"):
            stored[name] = None if stored[name] is None else Interval(**stored[name])
        return VariantRun(**stored | {"alarms": tuple(stored["alarms"])})
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"expected a run of a variant on each line, found {line[:80]!r}; move the file away to begin anew"
        ) from error
