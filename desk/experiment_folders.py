"""Where the experiments of a desk lie, by the names their owner calls them."""

from pathlib import Path

from evals.experiment import TRIALS
from fund.errors import ConfigError

LAST = "last"


def experiment_folder(root: Path, name: str) -> Path:
    """Return the folder of an experiment; raises `ConfigError` with the newest ones where there is none."""
    found = sorted((p for p in root.glob("*") if (p / TRIALS).exists()), key=lambda p: p.stat().st_mtime)
    for folder in found:
        if folder.name == name:
            return folder
    if name == LAST and found:
        return found[-1]
    newest = ", ".join(folder.name for folder in found[-3:]) or "none; `desk evals run` makes one"
    raise ConfigError(f"expected an experiment of {root}, found {name!r}; the newest are {newest}")
