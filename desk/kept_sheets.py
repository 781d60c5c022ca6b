"""Blind sheets as they are kept: under the experiment, the seed and the rater's name, as the CSV they are."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from desk.eval_asking import REPORT
from evals.experiment import MANIFEST, TRIALS, read_experiment
from evals.json_lines import read_lines
from evals.memorisation import CONTROLLED
from evals.sheet import Rating, Sheet, sheet_of
from evals.suite import dataset, digest
from evals.trial import Trial
from fund.errors import ConfigError, DeskError
from fund.metrics.kappa import cohen_kappa

SHEETS, SUFFIX = "sheets", ".csv"
RATER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SINGLE = "Two sheets show how far raters agree."


class KeptSheets:
    """The sheets of the experiments of a folder, and what raters wrote on them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.sheet = lru_cache(maxsize=8)(self._drawn)

    def whole(self) -> tuple[str, ...]:
        """Return the ended experiments a sheet can be drawn from, the newest first."""
        found = [path.parent for path in self._root.glob(f"*/{REPORT}") if _is_drawable(path.parent)]
        return tuple(each.name for each in sorted(found, key=_ended, reverse=True))

    def draws(self) -> tuple[tuple[str, int], ...]:
        """Return the sheets that somebody has written on, as experiment and seed, the newest first."""
        found = [
            path
            for path in self._root.glob(f"*/{SHEETS}/*")
            if path.name.isdigit() and _is_drawable(path.parent.parent)
        ]
        newest = sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
        return tuple((path.parent.parent.name, int(path.name)) for path in newest)

    def begun(self, rater: str) -> tuple[tuple[str, int], ...]:
        """Return the sheets that a rater has written on, the one written on last first."""
        mine = {draw: self._folder(*draw) / f"{rater}{SUFFIX}" for draw in self.draws()}
        last = {draw: path.stat().st_mtime_ns for draw, path in mine.items() if path.exists()}
        return tuple(sorted(last, key=lambda draw: last[draw], reverse=True))

    def texts(self, experiment: str, seed: int) -> dict[str, str]:
        """Return what every rater of a sheet has written so far, by name."""
        paths = sorted(self._folder(experiment, seed).glob(f"*{SUFFIX}"))
        return {path.name.removesuffix(SUFFIX): path.read_text(encoding="utf-8") for path in paths}

    def keep(self, experiment: str, seed: int, rater: str, text: str) -> None:
        """Keep what a rater has written, whole or not at all; `ConfigError` for a name that is none."""
        if RATER.fullmatch(rater) is None:
            raise ConfigError(f"expected a rater's name of letters, digits, dots and dashes, found {rater!r}")
        folder = self._folder(experiment, seed)
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / f"{rater}.half"
        half.write_text(text, encoding="utf-8", newline="")
        half.replace(folder / f"{rater}{SUFFIX}")

    def _folder(self, experiment: str, seed: int) -> Path:
        return self._root / experiment / SHEETS / str(seed)

    def _drawn(self, experiment: str, seed: int) -> Sheet:
        """Draw the sheet of an experiment; the same seed draws alike."""
        folder, known = self._root / experiment, dataset(CONTROLLED)
        made = read_experiment(folder)
        if made.datasets.get(known.name) != digest(known.name):
            raise ConfigError(f"{experiment}: expected an experiment over the {known.name} of this program")
        trials = [t for t in read_lines(folder / TRIALS, Trial) if t.contestant in made.contestants]
        return sheet_of(known, trials, seed)


def agreements(ratings: Mapping[str, Sequence[Rating]]) -> tuple[str, ...]:
    """Say how far each two raters of a sheet agree; nothing where there is one."""
    told = {
        f"{first} and {second}": agreement(ratings[first], ratings[second])
        for first, second in combinations(sorted(ratings), 2)
    }
    return tuple(told.values()) if len(told) == 1 else tuple(f"{who}: {said}" for who, said in told.items())


def agreement(first: Sequence[Rating], second: Sequence[Rating]) -> str:
    """Say how far two raters agree, by Cohen's kappa with its size and interval."""
    kappa = cohen_kappa([each.rating for each in first], [each.rating for each in second])
    if kappa is None:
        return "The raters' agreement cannot be told: too few decisions, or both always said the same word."
    return f"Cohen's kappa {kappa.value:.2f} [{kappa.low:.2f}, {kappa.high:.2f}], n = {kappa.n}."


def _is_drawable(folder: Path) -> bool:
    """Tell whether an experiment asked what a sheet is drawn from, and still has its answers."""
    if not (folder / TRIALS).exists() or not (folder / MANIFEST).exists():
        return False
    try:
        return read_experiment(folder).datasets.get(CONTROLLED) == digest(CONTROLLED)
    except DeskError:
        return False


def _ended(folder: Path) -> float:
    return (folder / REPORT).stat().st_mtime
