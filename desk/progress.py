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
)


class ProgressSink(Protocol):
    """Told what is being done and how far it is; may be called as often as there is news."""

    def __call__(self, label: str, done: int, total: int) -> None:
        """Show `done` of `total` steps of the stage called `label`; a new label ends the last stage."""
        ...


def silent(label: str, done: int, total: int) -> None:
    """Show nothing."""


@contextmanager
def progress_bars(console: Console) -> Iterator[ProgressSink]:
    """Show one line a stage, with a bar while it runs and the time it took once it is over."""
    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description:<32}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=False) as bars:
        stages: dict[str, TaskID] = {}

        def show(label: str, done: int, total: int) -> None:
            if label not in stages:
                for task in bars.tasks:
                    bars.update(task.id, completed=task.total or 1, total=task.total or 1)
                stages[label] = bars.add_task(label, total=max(total, 1))
            bars.update(stages[label], completed=done, total=max(total, 1))

        yield show
        for task in bars.tasks:
            bars.update(task.id, completed=task.total or 1, total=task.total or 1)
