"""Trials in the words of LangSmith: examples, an experiment, runs with the calls below them, and feedback."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from agents.calls import RecordedCall
from db.record_codec import to_plain
from evals.case import Case, Dataset
from evals.experiment import Experiment
from evals.publishing.uplink import Part
from evals.publishing.veil import Veil
from evals.trial import Trial

UNSCORABLE = "not scorable"
Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the runs of a contestant on a dataset go; every id follows from these and our own names."""

    dataset_id: UUID
    experiment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """A trial as it is sent: its run, the runs of its calls, and what scorers say of it."""

    run_id: UUID
    runs: tuple[Body, ...]
    feedback: tuple[Body, ...]

    def parts(self) -> Iterator[Part]:
        """Yield the parts of a multipart body."""
        for run in self.runs:
            apart = {name: run[name] for name in ("inputs", "outputs", "extra", "error") if name in run}
            yield _part(f"post.{run['id']}", {key: run[key] for key in run if key not in apart})
            for name, value in apart.items():
                yield _part(f"post.{run['id']}.{name}", value)
        for each in self.feedback:
            yield _part(f"feedback.{each['id']}", each)


def dataset_name(dataset: Dataset) -> str:
    """Return what a dataset is called: cut anew, it is another."""
    return f"conclave {dataset.name} {dataset.digest[:12]}"


def example_id(dataset_id: UUID, case_id: str) -> UUID:
    """Return the id of a case."""
    return uuid5(dataset_id, case_id)


def example(dataset_id: UUID, case: Case) -> Body:
    """Return a case as it is shown in its first trial; its label is shown to nobody, and stays here."""
    return {
        "id": str(example_id(dataset_id, case.case_id)),
        "dataset_id": str(dataset_id),
        "inputs": {"role": case.subject, "brief": json.loads(Veil(case, 0).sent.brief)},
        "metadata": {"case": case.case_id, **case.strata},
    }


def experiment_body(
    name: str, dataset_id: UUID, experiment: Experiment, contestant: str, at: datetime
) -> Body:
    """Return a contestant's experiment on one dataset, with everything it follows from."""
    known = to_plain(experiment)
    metadata = {
        "experiment": experiment.experiment_id,
        "contestant": contestant,
        "llm": experiment.contestants.get(contestant, "a baseline without an LLM"),
        **{
            key: known[key]
            for key in ("commit", "datasets", "parameters", "prompts", "seed", "trials", "occasion")
        },
    }
    return {
        "id": str(uuid5(dataset_id, name)),
        "name": name,
        "description": f"{contestant} in {experiment.experiment_id}",
        "reference_dataset_id": str(dataset_id),
        "start_time": at.isoformat(),
        "extra": {"metadata": metadata},
    }


def trial_record(
    place: Place, case: Case, trial: Trial, calls: Sequence[RecordedCall], began: datetime
) -> TrialRecord:
    """Return a trial under its pseudonyms; `began` stands for the time of one that made no call."""
    veil, output = Veil(case, trial.number), trial.output
    run_id = uuid5(place.experiment_id, f"{trial.case_id}#{trial.number}")
    start = min((call.started_at for call in calls), default=began)
    order = f"{start:%Y%m%dT%H%M%S%f}Z{run_id}"
    body = {
        "id": str(run_id),
        "trace_id": str(run_id),
        "dotted_order": order,
        "name": case.subject,
        "run_type": "chain",
        "session_id": str(place.experiment_id),
        "reference_example_id": str(example_id(place.dataset_id, case.case_id)),
        "start_time": start.isoformat(),
        "end_time": max((_end(call) for call in calls), default=start).isoformat(),
        "inputs": {"role": case.subject, "brief": json.loads(veil.sent.brief)},
        "outputs": {} if output.answer is None else veil.hide(output.answer),
        "extra": {
            "metadata": {"case": case.case_id, "trial": trial.number, "cost_usd": str(output.cost_usd)}
        },
    }
    if output.silent is not None:
        body["error"] = veil.hide(output.silent)
    below = [_call_run(body, place, veil, call) for call in calls]
    return TrialRecord(
        run_id=run_id, runs=(body, *below), feedback=tuple(_feedback(run_id, place, veil, trial))
    )


def _call_run(above: Mapping[str, Any], place: Place, veil: Veil, call: RecordedCall) -> Body:
    """Return the trace of a call: what was sent where that is certain, and what came as it came."""
    run_id = uuid5(UUID(above["id"]), call.call_id)
    sent = veil.sent_in(call)
    messages = [] if sent is None else [("system", sent.system), ("user", sent.brief)]
    tokens = {
        "input_tokens": call.input_tokens,
        "output_tokens": call.output_tokens,
        "total_tokens": call.input_tokens + call.output_tokens,
        "total_cost": float(call.cost_usd),
    }
    body = {
        "id": str(run_id),
        "trace_id": above["trace_id"],
        "parent_run_id": above["id"],
        "dotted_order": f"{above['dotted_order']}.{call.started_at:%Y%m%dT%H%M%S%f}Z{run_id}",
        "name": f"{call.provider}:{call.llm}",
        "run_type": "llm",
        "session_id": str(place.experiment_id),
        "start_time": call.started_at.isoformat(),
        "end_time": _end(call).isoformat(),
        "inputs": {
            "prompt_hash": call.prompt_hash,
            "messages": [{"role": role, "content": text} for role, text in messages],
        },
        "outputs": {"answer": veil.hide(call.answer), "usage_metadata": tokens},
        "extra": {"metadata": {"ls_provider": call.provider, "ls_model_name": call.llm, "try": call.attempt}},
    }
    if call.error:
        body["error"] = veil.hide(call.error)
    return body


def _feedback(run_id: UUID, place: Place, veil: Veil, trial: Trial) -> Iterator[Body]:
    for score in trial.scores:
        yield {
            "id": str(uuid5(run_id, score.scorer)),
            "run_id": str(run_id),
            "trace_id": str(run_id),
            "session_id": str(place.experiment_id),
            "key": score.scorer,
            "score": score.value,
            "value": UNSCORABLE if score.value is None else None,
            "comment": veil.hide(score.why),
            "feedback_source": {"type": "api", "metadata": {"scorer": score.scorer}},
        }


def _end(call: RecordedCall) -> datetime:
    return call.started_at + timedelta(milliseconds=call.latency_ms)


def _part(name: str, value: object) -> Part:
    body = json.dumps(value, allow_nan=False).encode()
    return name, (None, body, "application/json", {"Content-Length": str(len(body))})
