"""Trained forecasters on disk: a folder per version, whole or not there at all."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from fund.errors import DataError, NoDataError
from fund.forecasting.artifact import MANIFEST, check_files, file_sha256, read_artifact, write_artifact
from fund.forecasting.card import implausible
from fund.forecasting.ensemble.trained_ensemble import Find
from fund.forecasting.luck import Luck
from fund.forecasting.trained import TrainedForecaster


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A registered version: where it lies, and the hash that pins every byte of it."""

    version: str
    folder: Path
    sha256: str
    """Of the manifest, which holds the hash of every other file."""


class Registry:
    """The folder that holds one sub-folder per version."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def versions(self) -> tuple[str, ...]:
        """Return every registered version, sorted."""
        return tuple(sorted(path.parent.name for path in self._root.glob(f"[!.]*/{MANIFEST}")))

    def register(
        self,
        trained: TrainedForecaster,
        *,
        explanation: str = "",
        must_explain: bool = True,
        luck: Luck | None = None,
    ) -> Artifact:
        """Write a trained forecaster, whole or not at all; an intact version is kept, a damaged one replaced.

        A card with an implausibly good figure raises `DataError` unless `explanation` says why it is right;
        the explanation becomes part of the card. Without `must_explain` such a card is kept as well, for
        whoever puts it to use to refuse. `luck` tells its page what was tried until it was judged.
        """
        reasons = implausible(trained.card)
        if reasons and must_explain and not explanation.strip():
            raise DataError(
                f"expected figures that daily data can give, found {'; '.join(reasons)} "
                f"for {trained.card.version!r}; look for a leak, or register it with an explanation"
            )
        folder = self._root / trained.card.version
        if not _intact(folder):
            self._write(
                replace(trained, card=replace(trained.card, explanation=explanation.strip())), folder, luck
            )
        return Artifact(version=folder.name, folder=folder, sha256=file_sha256(folder / MANIFEST))

    def load(self, version: str, *, sha256: str | None = None, find: Find | None = None) -> TrainedForecaster:
        """Read a version after checking every file against the manifest, and the manifest against `sha256`.

        `find` resolves the members of an ensemble; without it they are read from here and stay in its hands.
        `NoDataError` when there is no such version; `DataError` naming the file that is damaged.
        """
        folder = self._folder(version)
        trained = read_artifact(folder, sha256=sha256, find=find or cache(self._member))
        if trained.card.version != version:
            raise DataError(
                f"expected the card of {version!r}, found that of {trained.card.version!r}; train again"
            )
        return trained

    def _member(self, version: str, sha256: str) -> TrainedForecaster:
        return self.load(version, sha256=sha256)

    def fold_bytes(self, version: str) -> int:
        """Return the size on disk of what was fitted; `NoDataError` when there is no such version."""
        return sum(path.stat().st_size for path in self._folder(version).glob("fold-*"))

    def _folder(self, version: str) -> Path:
        if version not in self.versions():
            raise NoDataError(
                f"expected one of the registered versions {self.versions()!r}, found {version!r}; "
                "train it first"
            )
        return self._root / version

    def _write(self, trained: TrainedForecaster, folder: Path, luck: Luck | None) -> None:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            workplace = Path(tempfile.mkdtemp(prefix=".draft-", dir=self._root))
        except OSError as error:
            raise _unwritable(self._root, error) from error
        try:
            draft = workplace / "new"
            draft.mkdir()
            write_artifact(trained, draft, luck)
            _put(draft, folder, aside=workplace / "damaged")
        except OSError as error:
            raise _unwritable(folder, error) from error
        finally:
            shutil.rmtree(workplace, ignore_errors=True)


def _put(draft: Path, folder: Path, *, aside: Path) -> None:
    """Rename a draft into place; another process may have been first, or a damaged folder in the way."""
    try:
        draft.rename(folder)
    except OSError:
        if _intact(folder):
            return
        if folder.exists():
            folder.rename(aside)
        draft.rename(folder)


def _intact(folder: Path) -> bool:
    if not (folder / MANIFEST).is_file():
        return False
    try:
        check_files(folder)
    except DataError:
        return False
    return True


def _unwritable(folder: Path, error: OSError) -> DataError:
    return DataError(
        f"expected to write the folder {folder.name!r}, found {error.strerror!r}; "
        "free space or fix its permissions"
    )
