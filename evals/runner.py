"""Asks every contestant every case several times: in parallel, interleaved, and never twice for one trial."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evals.case import Case, Dataset
from evals.trial import Contestant, Output, Score, Scorer, Trial
from fund.errors import ConfigError, DeskError, TradingHaltedError

Key = tuple[str, str, str, int]
"""Dataset, case, contestant, number of the trial."""
Progress = Callable[[int, int], None]
Keep = Callable[[Trial], None]
MOST_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A dataset with those who are asked it, and how their outputs are scored."""

    dataset: Dataset
    contestants: tuple[Contestant, ...]
    scorers: tuple[Scorer, ...]
    trials: int


def key_of(trial: Trial) -> Key:
    """Return what makes a trial itself."""
    return trial.dataset, trial.case_id, trial.contestant, trial.number


async def run(
    entries: Sequence[Entry],
    *,
    done: Iterable[Trial] = (),
    keep: Keep = lambda trial: None,
    progress: Progress = lambda done, total: None,
    at_once: int = MOST_AT_ONCE,
) -> tuple[Trial, ...]:
    """Return all trials in a fixed order, whatever the order in which they ended.

    `done` are those of a run that was cut off: they are not made again, but for those that nobody answered.
    `keep` is called with each new one as it ends. The first trial of every contestant on a case comes before
    the second of any, so that a run that is stopped has compared like with like. Where `progress` raises
    `TradingHaltedError`, the trials at hand end and are kept, and none is begun any more.
    """
    found: dict[Key, Trial] = {key_of(trial): trial for trial in done if not trial.output.absent}
    planned = tuple(_planned(entries))
    if len({key for key, *_ in planned}) < len(planned):
        raise ConfigError("expected contestants of different names on a dataset, found one twice")
    left = [each for each in planned if each[0] not in found]
    slots = asyncio.Semaphore(at_once)
    halted: list[TradingHaltedError] = []
    count = len(planned) - len(left)
    progress(count, len(planned))

    async def one(key: Key, case: Case, contestant: Contestant, scorers: Sequence[Scorer]) -> None:
        nonlocal count
        async with slots:
            if halted:
                return
            output = await contestant.answer(case, key[3])
        found[key] = trial = scored(key, case, output, scorers)
        keep(trial)
        count += 1
        try:
            progress(count, len(planned))
        except TradingHaltedError as halt:
            halted.append(halt)

    try:
        async with asyncio.TaskGroup() as tasks:
            for each in left:
                tasks.create_task(one(*each))
    except* DeskError as failed:
        raise failed.exceptions[0] from None
    if halted:
        raise halted[-1]
    return tuple(found[key] for key, *_ in planned)


def scored(key: Key, case: Case, output: Output, scorers: Sequence[Scorer]) -> Trial:
    """Return the trial of an output with everything its scorers say."""
    dataset, case_id, contestant, number = key
    if output.absent:
        scores = tuple(Score(scorer=each.name, value=None, why="nobody answered") for each in scorers)
    else:
        scores = tuple(scorer(case, output) for scorer in scorers)
    return Trial(
        dataset=dataset,
        case_id=case_id,
        contestant=contestant,
        number=number,
        output=output,
        scores=scores,
    )


def _planned(entries: Sequence[Entry]) -> Iterable[tuple[Key, Case, Contestant, Sequence[Scorer]]]:
    for entry in entries:
        for number in range(entry.trials):
            for case in entry.dataset.cases:
                for contestant in entry.contestants:
                    key = (entry.dataset.name, case.case_id, contestant.name, number)
                    yield key, case, contestant, entry.scorers
