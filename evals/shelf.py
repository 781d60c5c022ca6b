"""Datasets as they are kept in the checkout: compressed, the same bytes for the same cases."""

import gzip
import zlib
from pathlib import Path

from evals.case import Dataset, dataset_of
from fund.errors import DataError

SHELF = Path(__file__).with_name("datasets")
SUFFIX = ".jsonl.gz"


def keep(dataset: Dataset, folder: Path = SHELF) -> Path:
    """Write a dataset under its name, whole or not at all, and return its path.

    Equal datasets give equal files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{dataset.name}{SUFFIX}"
    half = path.with_suffix(".half")
    half.write_bytes(gzip.compress(dataset.text().encode(), compresslevel=9, mtime=0))
    half.replace(path)
    return path


def kept(name: str, folder: Path = SHELF) -> Dataset:
    """Return a dataset by its name; raises `DataError` where there is none, or it cannot be read."""
    path = folder / f"{name}{SUFFIX}"
    try:
        return dataset_of(gzip.decompress(path.read_bytes()).decode())
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise DataError(
            f"{path.name}: expected a dataset, found {error}; `desk evals make` makes it"
        ) from error
