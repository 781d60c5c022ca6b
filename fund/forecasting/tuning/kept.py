"""What tuning chose, kept beside its journal: a later training goes by it without another search.

A search of ten years ago looked at nothing since, so its choice stays out of sample on newer data.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from fund.errors import DataError, NoDataError
from fund.forecasting.catalogue import TUNED, Variant, sized
from fund.forecasting.tuning.spaces import space_of
from fund.forecasting.tuning.tuned import Chosen, TunedForecaster, TuningPlan, space_hash
from fund.metrics.overfitting import Overfitting

TUNING = "tuning"
"""Name of the folder of journals and of what was chosen."""
CHOSEN = "chosen"


def keep_sizes(folder: Path, tuned: TunedForecaster, horizon_sessions: int) -> None:
    """Keep what was chosen, in place of what was before; whole or not at all, `DataError` where it cannot."""
    path = _path(folder, tuned.name, horizon_sessions)
    text = json.dumps(
        {
            "family": tuned.family,
            "space": space_hash(tuned.space),
            "plan": asdict(tuned.plan),
            "seed": tuned.seed,
            "trials": tuned.trials,
            "overfitting": tuned.overfitting and asdict(tuned.overfitting),
            "chosen": [{"until": c.until.isoformat(), "sizes": dict(c.sizes)} for c in tuned.chosen],
        },
        indent=1,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".draft", delete=False) as draft:
            draft.write(text)
        os.replace(draft.name, path)
    except OSError as error:
        raise DataError(
            f"expected to write {path.name!r}, found {error.strerror!r}; free space or fix its permissions"
        ) from error


def kept_sizes(folder: Path, variant: Variant) -> TunedForecaster:
    """Return a variant with the sizes that its last tuning chose.

    `NoDataError` where it was never tuned; `DataError` for what is damaged, or was chosen between other
    bounds than today's.
    """
    name = f"{variant.forecaster.name}{TUNED}"
    path = _path(folder, name, variant.horizon_sessions)
    again = (
        f"`desk tune {variant.family} --features {variant.feature_set} --horizon {variant.horizon_sessions}`"
    )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoDataError(
            f"expected sizes that were chosen for {variant.forecaster.name} over {variant.horizon_sessions} "
            f"sessions, found none; {again} chooses them"
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(f"expected the sizes kept in {path.name!r}, found {error!r:.120}; {again}") from error
    try:
        return _tuned(found, name, variant)
    except (KeyError, TypeError, ValueError, AttributeError, DataError) as error:
        raise DataError(f"expected the sizes kept in {path.name!r}, found {error!r:.200}; {again}") from error


def _tuned(found: Mapping[str, Any], name: str, variant: Variant) -> TunedForecaster:
    space = space_of(variant.family)
    if (found["family"], found["space"]) != (variant.family, space_hash(space)):
        raise DataError(f"sizes of {found['family']!r} between other bounds than today's")
    chosen = tuple(
        Chosen(until=date.fromisoformat(each["until"]), sizes=dict(each["sizes"])) for each in found["chosen"]
    )
    if not chosen or any(each.sizes.keys() != space.keys() for each in chosen):
        raise DataError(f"no sizes, or others than {', '.join(space)}")
    for each in chosen:
        sized(variant.family, each.sizes)
    return TunedForecaster(
        name=name,
        family=variant.family,
        chosen=tuple(sorted(chosen, key=lambda each: each.until)),
        plan=TuningPlan(**found["plan"]),
        space=space,
        seed=int(found["seed"]),
        trials=_count(found["trials"]),
        overfitting=Overfitting(**found["overfitting"]) if found["overfitting"] else None,
    )


def _count(trials: object) -> int:
    if not isinstance(trials, int) or trials < 1:
        raise DataError(f"a count of trials of {trials!r}")
    return trials


def _path(folder: Path, name: str, horizon_sessions: int) -> Path:
    return folder / CHOSEN / f"{name}-{horizon_sessions}.json"
