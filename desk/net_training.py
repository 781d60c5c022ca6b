"""How the desk trains nets, which takes hours: every epoch is told, and a killed training goes on."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock, get_ident

from desk.progress import ProgressSink
from fund.errors import DataError
from fund.forecasting.executing import Executor, nobody_waits
from fund.forecasting.families.nets.forecaster import NetForecaster
from fund.forecasting.forecast import Forecaster, ForecasterCard


class Epochs:
    """One bar for a walk of nets: its folds in epochs, so that it moves while a fold is at work.

    Folds may be fitted side by side. What trains no net here, or trains it elsewhere, is told in folds.
    """

    def __init__(self, progress: ProgressSink) -> None:
        self._progress = progress
        self._lock = Lock()
        self._folds: dict[str, int] = {}
        self._planned: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        self._at_work: dict[tuple[str, int], int] = {}

    def folds(self, label: str, done: int, total: int) -> None:
        """Hear of a walk how many folds are done."""
        with self._lock:
            self._folds[label] = total
            planned = self._planned.get(label)
            if planned is None:
                self._progress(label.capitalize(), done, total)
            elif done == total:
                self._progress(label.capitalize(), planned * total, planned * total)

    def epochs(self, label: str, done: int, planned: int) -> None:
        """Hear of one fold how many epochs are done; one that stopped early ends at what was planned.

        `DataError` ends a fold that nobody waits for: Ctrl-C would else take as long as the fold.
        """
        if nobody_waits():
            raise DataError(f"expected somebody to wait for {label!r}, found that it was ended; ask again")
        label, place = label.replace("epochs of", "training"), get_ident()
        with self._lock:
            self._planned[label] = planned
            self._at_work[label, place] = done
            if done == planned:
                del self._at_work[label, place]
                self._ended[label] = self._ended.get(label, 0) + 1
            working = sum(each for (name, _), each in self._at_work.items() if name == label)
            total = planned * max(self._folds.get(label, 1), self._ended.get(label, 0))
            so_far = planned * self._ended.get(label, 0) + working
            self._progress(label.capitalize(), min(so_far, total), total)


def resumable(
    chosen: Sequence[Forecaster], folder: Path | None, epochs: Epochs, executor: Executor
) -> tuple[Forecaster, ...]:
    """Return forecasters whose nets tell of each epoch and keep it in `folder`; what is learned is the same.

    Where work runs apart they are as they were: another machine has not this folder, and cannot tell here.
    """
    if executor.apart:
        return tuple(chosen)
    places = {each.name: None if folder is None else folder / each.name for each in chosen}
    return tuple(
        replace(each, progress=epochs.epochs, checkpoints=places[each.name])
        if isinstance(each, NetForecaster)
        else each
        for each in chosen
    )


def forget(cards: Iterable[ForecasterCard], folder: Path | None) -> None:
    """Delete the checkpoints of trainings that are on the register."""
    if folder is None:
        return
    for card in cards:
        shutil.rmtree(folder / card.forecaster, ignore_errors=True)
