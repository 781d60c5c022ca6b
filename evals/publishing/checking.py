"""Our scorers run by LangSmith's own runner, on this machine: what it makes of trials that we have scored."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from db.record_codec import from_plain, to_plain
from evals.case import Case, Dataset
from evals.trial import Output, Scorer, Trial

NOWHERE = "http://127.0.0.1:9"
"""Nothing is uploaded; a client wants an address all the same."""
Evaluator = Callable[[Any, Any], dict[str, Any]]
Scores = dict[str, tuple[Any, Any]]
"""Value and explanation by the scorer's name."""


def evaluator_of(scorer: Scorer, cases: Mapping[str, Case]) -> Evaluator:
    """Return a scorer as an evaluator of LangSmith: a run puts out an output, its example names a case."""

    def evaluator(run: Any, example: Any) -> dict[str, Any]:
        output = from_plain(Output, run.outputs["output"])
        score = scorer(cases[example.inputs["case"]], output)
        return {"key": score.scorer, "score": score.value, "comment": score.why}

    return evaluator


def differences(known: Dataset, scorers: Sequence[Scorer], trials: Sequence[Trial]) -> Iterator[str]:
    """Yield every score that comes out otherwise by `langsmith.evaluate`, which asks and uploads nothing."""
    evaluators = [evaluator_of(scorer, {case.case_id: case for case in known.cases}) for scorer in scorers]
    for contestant, number in dict.fromkeys((trial.contestant, trial.number) for trial in trials):
        own = {t.case_id: t for t in trials if (t.contestant, t.number) == (contestant, number)}
        for case_id, theirs in _scored_there(own, evaluators):
            ours = {score.scorer: (score.value, score.why) for score in own[case_id].scores}
            for name in sorted(ours.keys() | theirs.keys()):
                if ours.get(name) != theirs.get(name):
                    yield f"{case_id} by {contestant}: {name} {ours.get(name)} is {theirs.get(name)} there"


def _scored_there(own: Mapping[str, Trial], evaluators: Sequence[Evaluator]) -> Iterator[tuple[str, Scores]]:
    """Yield what LangSmith's runner makes of one trial of each case."""
    from langsmith import Client, evaluate
    from langsmith.schemas import Example

    def answered(inputs: dict[str, Any]) -> dict[str, Any]:
        return {"output": to_plain(own[inputs["case"]].output)}

    examples = [
        Example(id=uuid5(NAMESPACE_URL, case), dataset_id=NAMESPACE_URL, inputs={"case": case})
        for case in own
    ]
    client = Client(api_url=NOWHERE, api_key="none", auto_batch_tracing=False, info={})
    with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        warnings.filterwarnings("ignore", message="'upload_results' parameter is in beta")
        rows = list(
            evaluate(answered, data=examples, evaluators=evaluators, client=client, upload_results=False)
        )
    for row in rows:
        case_id = str((row["example"].inputs or {})["case"])
        yield case_id, {each.key: (each.score, each.comment) for each in row["evaluation_results"]["results"]}
