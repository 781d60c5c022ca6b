"""How a long piece of work shows that it moves: bars for a person, nothing for a program."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class ProgressSink(Protocol):
    """Told what is being done and how far it is; may be called as often as there is news."""

    def __call__(self, label: str, done: int, total: int) -> None:
        """Show `done` of `total` steps of the stage called `label`; another label ends it.

        A stage that comes back, because work of another kind came in between, goes on where it was.
        """
        ...


def silent(label: str, done: int, total: int) -> None:
    """Show nothing."""


@contextmanager
def progress_bars(console: Console, *, time_left: bool = False) -> Iterator[ProgressSink]:
    """Show one line a stage, with a bar while it runs and the time it took once it is over.

    `time_left` adds a guess at how long it still takes.
    """
    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description:<32}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        *((TextColumn("left"), TimeRemainingColumn()) if time_left else ()),
    )
    with Progress(*columns, console=console, transient=False) as bars:
        stages: dict[str, TaskID] = {}

        def end_all_but(label: str | None) -> None:
            for task in bars.tasks:
                if task.description != label and not task.finished:
                    bars.update(task.id, completed=task.total)

        def show(label: str, done: int, total: int) -> None:
            end_all_but(label)
            if label not in stages:
                stages[label] = bars.add_task(label, total=max(total, 1))
            elif done < total:
                bars.tasks[bars.task_ids.index(stages[label])].finished_time = None
            bars.update(stages[label], completed=done, total=max(total, 1))

        yield show
        end_all_but(None)


@contextmanager
def progress_beside(console: Console, *, time_left: bool = False) -> Iterator[ProgressSink]:
    """Show progress beside the result, on standard error: bars for a person, lines for a log."""
    if console.quiet:
        yield silent
        return
    beside = Console(stderr=True)
    if not beside.is_terminal:
        yield _lines(beside)
        return
    with progress_bars(beside, time_left=time_left) as progress:
        yield progress


def _lines(beside: Console) -> ProgressSink:
    """Say that a stage is over, where there is no terminal to draw bars on."""

    def show(label: str, done: int, total: int) -> None:
        if done == total:
            beside.print(f"{label}: done ({total})", highlight=False)

    return show
