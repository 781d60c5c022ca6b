"""Publishes a finished experiment: datasets by digest, an experiment a contestant, runs with their scores.

A second time nothing is made twice: datasets and experiments are found by their names, the ids of everything
else follow from theirs, what arrived is kept beside the trials, and what is there already counts as arrived.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from evals.case import Dataset
from evals.json_lines import JsonLines
from evals.publishing.kept import KeptExperiment, kept_in
from evals.publishing.records import (
    Body,
    Place,
    TrialRecord,
    dataset_name,
    example,
    experiment_body,
    trial_record,
)
from evals.publishing.uplink import ConflictError, Destination, PublishError, Uplink
from evals.trial import Trial

PUBLISHED = "published.jsonl"
AT_ONCE = 50
MOST_BYTES = 2_000_000
"""Of one request; a case of sixty candidates alone may be more."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One line of the file beside the trials: runs that a destination has."""

    target: str
    run_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What came of publishing an experiment."""

    experiment_id: str
    datasets: tuple[str, ...]
    experiments: tuple[str, ...]
    new_runs: int
    runs: int
    left_out: Mapping[str, str]
    """What was not published, and why."""

    @property
    def told(self) -> tuple[str, ...]:
        """Return it in words."""
        done = (
            f"Published {self.experiment_id} to LangSmith: {len(self.experiments)} experiments over "
            f"{len(self.datasets)} datasets, {self.runs} runs ({self.new_runs} of them new)."
        )
        return (done, *(f"Not published: {name} ({why})" for name, why in self.left_out.items()))


class Publisher:
    """Publishes experiments to one destination."""

    def __init__(self, uplink: Uplink, destination: Destination) -> None:
        self._uplink, self._destination = uplink, destination
        self._datasets: dict[str, UUID] = {}

    def publish(self, folder: Path, progress: Progress = lambda done, total: None) -> Publication:
        """Publish what a folder holds, or the rest of it; raises `PublishError` where it is not taken.

        Controls stay here: some were shown real names.
        """
        kept = kept_in(folder)
        records = {
            (name, contestant): self._records(kept, name, contestant, trials)
            for (name, contestant), trials in kept.parts.items()
        }
        new = self._sent(folder, [record for each in records.values() for record in each], progress)
        return Publication(
            experiment_id=kept.experiment.experiment_id,
            datasets=tuple(dict.fromkeys(name for name, _ in records)),
            experiments=tuple(f"{name}: {contestant}" for name, contestant in records),
            new_runs=new,
            runs=sum(map(len, records.values())),
            left_out=kept.left_out,
        )

    def _sent(self, folder: Path, records: Sequence[TrialRecord], progress: Progress) -> int:
        """Send what has not arrived yet, keep what has, and return how many were new."""
        target = self._destination.target
        with closing(JsonLines(folder / PUBLISHED, Arrived)) as ledger:
            arrived = {run for line in ledger if line.target == target for run in line.run_ids}
            fresh = [record for record in records if str(record.run_id) not in arrived]
            done = len(records) - len(fresh)
            progress(done, len(records))
            for batch in _batches(fresh):
                self._send(batch)
                ids = tuple(str(record.run_id) for record in batch)
                ledger.append(Arrived(target=target, run_ids=ids))
                done += len(batch)
                progress(done, len(records))
        return len(fresh)

    def _send(self, batch: Sequence[TrialRecord]) -> None:
        """Send some trials; where one is there already, each half by itself, down to the one that is."""
        try:
            self._uplink.post_parts("/runs/multipart", [part for record in batch for part in record.parts()])
        except ConflictError:
            if len(batch) > 1:
                self._send(batch[: len(batch) // 2])
                self._send(batch[len(batch) // 2 :])

    def _records(
        self, kept: KeptExperiment, name: str, contestant: str, trials: Sequence[Trial]
    ) -> list[TrialRecord]:
        """Return the trials of a contestant as they are sent, with their experiment made where it is not."""
        known = kept.datasets[name]
        dataset_id = self._dataset(known)
        named = f"{self._destination.project} {kept.experiment.experiment_id} {name} {contestant}"
        body = experiment_body(named, dataset_id, kept.experiment, contestant, kept.began)
        place = Place(dataset_id=dataset_id, experiment_id=self._made("/sessions", named, body))
        cases = {case.case_id: case for case in known.cases}
        return [
            trial_record(place, cases[trial.case_id], trial, kept.calls_of(trial), kept.began)
            for trial in trials
        ]

    def _dataset(self, known: Dataset) -> UUID:
        """Return the id of a dataset there, made once for each digest with all its cases."""
        if known.digest in self._datasets:
            return self._datasets[known.digest]
        name = dataset_name(known)
        extra = {"metadata": {"digest": known.digest}}
        body = {"name": name, "description": known.about, "data_type": "kv", "extra": extra}
        dataset_id = self._made("/datasets", name, body)
        if self._examples_there(name) < len(known.cases):
            self._add([example(dataset_id, case) for case in known.cases])
        self._datasets[known.digest] = dataset_id
        return dataset_id

    def _add(self, examples: Sequence[Body]) -> None:
        for at in range(0, len(examples), AT_ONCE):
            self._add_some(examples[at : at + AT_ONCE])

    def _add_some(self, examples: Sequence[Body]) -> None:
        """Add cases; where one is there already, each half by itself."""
        try:
            self._uplink.post("/examples/bulk", list(examples))
        except ConflictError:
            if len(examples) > 1:
                self._add_some(examples[: len(examples) // 2])
                self._add_some(examples[len(examples) // 2 :])

    def _made(self, path: str, name: str, body: Body) -> UUID:
        """Return the id of what is called so, and make it where there is none; two may do so at once."""
        found = self._found(path, name)
        if found is None:
            try:
                found = self._uplink.post(path, body)
            except ConflictError:
                found = self._found(path, name)
        try:
            return UUID(dict(found or {})["id"])
        except (TypeError, KeyError, ValueError, AttributeError):
            raise PublishError(
                f"LangSmith: expected {name!r} with its id, found {str(found)[:120]!r}"
            ) from None

    def _found(self, path: str, name: str) -> Mapping[str, Any] | None:
        found = self._uplink.get(path, name=name, limit=1)
        if not isinstance(found, list):
            raise PublishError(
                f"LangSmith: expected a list of what is called {name!r}, found {str(found)[:120]!r}"
            )
        return next((each for each in found if isinstance(each, dict) and each.get("name") == name), None)

    def _examples_there(self, name: str) -> int:
        found = self._found("/datasets", name) or {}
        count = found.get("example_count")
        return count if isinstance(count, int) else 0


def _batches(records: Sequence[TrialRecord]) -> Iterator[list[TrialRecord]]:
    """Yield trials in order, as many at once as a request takes."""
    batch: list[TrialRecord] = []
    size = 0
    for record in records:
        own = sum(len(part[1][1]) for part in record.parts())
        if batch and (len(batch) == AT_ONCE or size + own > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += own
    if batch:
        yield batch
