"""A trained forecaster as files: LightGBM text, JSON and plain arrays, every byte under a hash."""

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from fund.errors import DataError
from fund.forecasting.calibration import Calibration
from fund.forecasting.card import card_from_json, card_to_json
from fund.forecasting.card_page import card_page
from fund.forecasting.catalogue import LOADERS, family_of
from fund.forecasting.ensemble.forecaster import ENSEMBLE
from fund.forecasting.ensemble.trained_ensemble import Find, with_members
from fund.forecasting.forecast import Exporting, FittedForecaster, ForecasterCard
from fund.forecasting.luck import Luck
from fund.forecasting.table import ForecastTable
from fund.forecasting.trained import TrainedFold, TrainedForecaster

FORMAT = 1
MANIFEST = "manifest.json"
_MATRICES = ("scores", "expected", "low", "high", "probability_up", "realised")


def write_artifact(trained: TrainedForecaster, folder: Path, luck: Luck | None = None) -> None:
    """Write every file into an empty folder, flushed to disk, the manifest last; `OSError` passes through.

    `luck` is for the card's page.
    """
    (folder / "card.json").write_text(card_to_json(trained.card), encoding="utf-8")
    for name, text in card_page(trained.card, trained.table, luck).items():
        (folder / name).write_text(text, encoding="utf-8")
    folds = [_save_fold(folder, at, fold) for at, fold in enumerate(trained.folds)]
    folds[-1] |= _export(folder, trained.folds[-1].fitted)
    (folder / "folds.json").write_text(json.dumps(folds, indent=1, allow_nan=False), encoding="utf-8")
    _save_table(folder / "table.npz", trained.table)
    written = sorted(folder.iterdir())
    manifest = {
        "format": FORMAT,
        "feature_version": trained.feature_version,
        "files": {path.name: file_sha256(path) for path in written},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    for path in (*written, folder / MANIFEST, folder):
        _flush(path)


def read_artifact(folder: Path, *, sha256: str | None = None, find: Find | None = None) -> TrainedForecaster:
    """Check every file, then read them; `DataError` naming the first that is damaged.

    `find` resolves the members of an ensemble, which cannot be read without it.
    """
    manifest = check_files(folder, sha256=sha256)
    card = card_from_json((folder / "card.json").read_text(encoding="utf-8"))
    family = family_of(card.forecaster)
    if family not in LOADERS:
        raise DataError(
            f"expected one of {sorted(LOADERS)!r}, found forecaster {card.forecaster!r}; train again"
        )
    folds = json.loads((folder / "folds.json").read_text(encoding="utf-8"))
    trained = TrainedForecaster(
        card=card,
        feature_version=str(manifest["feature_version"]),
        folds=tuple(_load_fold(folder, fold, LOADERS[family], manifest["files"]) for fold in folds),
        table=_load_table(folder / "table.npz", card),
    )
    if family != ENSEMBLE:
        return trained
    if find is None:
        raise DataError(f"expected a register to find the members of {card.version!r} in, found none")
    return with_members(trained, find)


def check_files(folder: Path, *, sha256: str | None = None) -> Mapping[str, Any]:
    """Compare every file with the manifest, and the manifest with `sha256` when given; return it."""
    path = folder / MANIFEST
    if sha256 is not None and file_sha256(path) != sha256:
        raise _damaged(path, f"hash {sha256!r}")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files, form, _ = dict(manifest["files"]), manifest["format"], manifest["feature_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, "a manifest") from error
    if form != FORMAT:
        raise DataError(
            f"expected artifact format {FORMAT!r}, found {form!r} in {folder.name!r}; train again"
        )
    for name, expected in files.items():
        if Path(name).name != name or file_sha256(folder / name) != expected:
            raise _damaged(folder / name, f"hash {expected!r}")
    return dict(manifest)


def file_sha256(path: Path) -> str:
    """Return the hash of a file's bytes; `DataError` when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise _damaged(path, "a readable file") from error


def _damaged(path: Path, expected: str) -> DataError:
    return DataError(
        f"expected {expected} for {path.name!r} of {path.parent.name!r}, "
        "found it missing or changed; train again"
    )


def _save_fold(folder: Path, at: int, fold: TrainedFold) -> dict[str, Any]:
    return {
        "file": fold.fitted.save(folder / f"fold-{at:03d}").name,
        "train_first": fold.train_first.isoformat(),
        "train_last": fold.train_last.isoformat(),
        "test_first": fold.test_first.isoformat(),
        "calibration": None if fold.calibration is None else asdict(fold.calibration),
    }


def _export(folder: Path, fitted: FittedForecaster) -> dict[str, str]:
    """Write the graph of the newest fold, which speaks for sessions to come; say why there is none."""
    if not isinstance(fitted, Exporting):
        return {}
    try:
        return {"graph": fitted.export(folder / "newest").name}
    except DataError as error:
        return {"no_graph": str(error)}


def _load_fold(
    folder: Path,
    stored: Mapping[str, Any],
    load: Callable[[Path], FittedForecaster],
    files: Mapping[str, str],
) -> TrainedFold:
    calibration = stored["calibration"]
    if calibration is not None:
        bounds = {key: tuple(calibration[key]) for key in ("low", "high")}
        calibration = Calibration(**(calibration | bounds))
    return TrainedFold(
        train_first=date.fromisoformat(stored["train_first"]),
        train_last=date.fromisoformat(stored["train_last"]),
        test_first=date.fromisoformat(stored["test_first"]),
        fitted=_load_fitted(folder, stored, load, files),
        calibration=calibration,
    )


def _load_fitted(
    folder: Path,
    stored: Mapping[str, Any],
    load: Callable[[Path], FittedForecaster],
    files: Mapping[str, str],
) -> FittedForecaster:
    """Read a fold and its graph, each under a hash of the manifest."""
    for name in (stored["file"], stored.get("graph")):
        if name is not None and name not in files:
            raise _damaged(folder / name, "a hash in the manifest")
    fitted = load(folder / stored["file"])
    if stored.get("graph") is None:
        return fitted
    if not isinstance(fitted, Exporting):
        raise _damaged(folder / stored["graph"], "a forecaster that a graph can stand for")
    return fitted.served(folder / stored["graph"])


def _save_table(path: Path, table: ForecastTable) -> None:
    np.savez_compressed(
        path,
        allow_pickle=False,
        sessions=np.array([session.isoformat() for session in table.sessions]),
        tickers=np.array(table.tickers),
        **{name: getattr(table, name) for name in _MATRICES},
    )


def _load_table(path: Path, card: ForecasterCard) -> ForecastTable:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return ForecastTable(
                forecaster=card.forecaster,
                version=card.version,
                horizon_sessions=card.horizon_sessions,
                sessions=tuple(date.fromisoformat(str(day)) for day in stored["sessions"]),
                tickers=tuple(str(ticker) for ticker in stored["tickers"]),
                **{name: stored[name] for name in _MATRICES},
            )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise _damaged(path, "arrays of forecasts") from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
