"""A trial in the words of LangSmith: ids that follow from our own names, in order, and nothing made up."""

import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from evals.publishing.records import Place, dataset_name, example, experiment_body, trial_record
from evals.publishing.veil import Veil
from evals.trial import Output, Score, Trial
from support.datasets import dataset
from support.eval_runs import AT, a_call, an_experiment

KNOWN = dataset("signal_quality")
CASE = KNOWN.cases[3]
TICKER = CASE.given["evidence"]["candidates"][0]["ticker"]
PLACE = Place(dataset_id=UUID(int=1), experiment_id=UUID(int=2))


def a_trial(answer: object = None, silent: str | None = None, **output: object) -> Trial:
    said = {"views": [{"ticker": TICKER, "conviction": 0.5, "reason": f"{TICKER} is cheap"}], "summary": ""}
    given = None if silent else answer or said
    return Trial(
        dataset=KNOWN.name,
        case_id=CASE.case_id,
        contestant="it",
        number=1,
        output=Output(answer=given, silent=silent, **output),  # type: ignore[arg-type]
        scores=(
            Score(scorer="direction", value=None, why="the name did neither well nor badly"),
            Score(scorer="net_return", value=-0.01, why=f"+1 of {TICKER}"),
        ),
    )


def test_the_same_trial_has_the_same_ids_and_another_has_others() -> None:
    first, again = (trial_record(PLACE, CASE, a_trial(), [a_call()], AT) for _ in range(2))
    assert first == again
    elsewhere = trial_record(
        Place(dataset_id=UUID(int=1), experiment_id=UUID(int=3)), CASE, a_trial(), [], AT
    )
    assert elsewhere.run_id != first.run_id
    ids = [run["id"] for run in first.runs] + [each["id"] for each in first.feedback]
    assert len(set(ids)) == len(ids) == 4
    assert all(UUID(each).version == 5 for each in ids)


def test_calls_stand_below_their_trial_in_the_order_of_time() -> None:
    late = a_call("call-2", started_at=AT + timedelta(seconds=5), attempt=1, error="refused: no JSON")
    run, first, second = trial_record(PLACE, CASE, a_trial(), [a_call(), late], AT).runs
    assert run["dotted_order"] == f"20261101T120000000000Z{run['id']}"
    assert first["dotted_order"] == f"{run['dotted_order']}.20261101T120000000000Z{first['id']}"
    assert second["dotted_order"].split(".")[1].startswith("20261101T120005000000Z")
    assert (run["start_time"], run["end_time"]) == (first["start_time"], second["end_time"])
    assert {each["trace_id"] for each in (first, second)} == {run["id"]}
    assert (second["error"], second["extra"]["metadata"]["try"]) == ("refused: no JSON", 1)
    assert "error" not in first


def test_tokens_and_cost_of_a_call_are_told_and_money_of_a_trial_is_exact() -> None:
    trial = a_trial(cost_usd=Decimal("0.0021"))
    run, call = trial_record(PLACE, CASE, trial, [a_call()], AT).runs
    assert call["outputs"]["usage_metadata"] == {
        "input_tokens": 100,
        "output_tokens": 10,
        "total_tokens": 110,
        "total_cost": 0.002,
    }
    assert run["extra"]["metadata"] == {"case": CASE.case_id, "trial": 1, "cost_usd": "0.0021"}


def test_a_trial_without_a_call_has_the_time_of_its_experiment() -> None:
    (run,) = trial_record(PLACE, CASE, a_trial(), [], AT).runs
    assert run["start_time"] == run["end_time"] == AT.isoformat()


def test_silence_is_an_error_and_no_answer() -> None:
    record = trial_record(PLACE, CASE, a_trial(silent=f"answer: {TICKER} twice"), [], AT)
    assert record.runs[0]["outputs"] == {}
    assert record.runs[0]["error"] == f"answer: {Veil(CASE, 1).hide(TICKER)} twice"


def test_answers_and_explanations_speak_of_the_pseudonym() -> None:
    record = trial_record(PLACE, CASE, a_trial(), [], AT)
    hidden = Veil(CASE, 1).hide(TICKER)
    (view,) = record.runs[0]["outputs"]["views"]
    assert (view["ticker"], view["reason"]) == (hidden, f"{hidden} is cheap")
    unscored, scored = record.feedback
    assert (unscored["score"], unscored["value"]) == (None, "not scorable")
    assert (scored["score"], scored["value"], scored["comment"]) == (-0.01, None, f"+1 of {hidden}")


def test_large_fields_travel_apart_and_every_part_knows_its_length() -> None:
    record = trial_record(PLACE, CASE, a_trial(silent="away"), [a_call()], AT)
    parts = dict(record.parts())
    root, call = (each["id"] for each in record.runs)
    assert [name for name in parts if name.startswith("post.")] == [
        *(f"post.{root}{field}" for field in ("", ".inputs", ".outputs", ".extra", ".error")),
        *(f"post.{call}{field}" for field in ("", ".inputs", ".outputs", ".extra")),
    ]
    assert len([name for name in parts if name.startswith("feedback.")]) == 2
    for _, body, kind, headers in parts.values():
        assert (kind, headers) == ("application/json", {"Content-Length": str(len(body))})
    assert not {"inputs", "outputs", "extra"} & json.loads(parts[f"post.{root}"][1]).keys()


def test_an_example_is_what_is_shown_and_holds_no_label() -> None:
    made = example(UUID(int=1), CASE)
    assert made["inputs"]["role"] == "quant_researcher"
    assert made["inputs"]["brief"] == json.loads(Veil(CASE, 0).sent.brief)
    assert made["metadata"] == {"case": CASE.case_id, **CASE.strata}
    assert made.keys() == {"id", "dataset_id", "inputs", "metadata"}
    assert dataset_name(KNOWN).endswith(KNOWN.digest[:12])


def test_an_experiment_tells_everything_that_it_follows_from() -> None:
    experiment = an_experiment()
    made = experiment_body("ours", UUID(int=1), experiment, "first", AT)
    told = made["extra"]["metadata"]
    assert (told["llm"], told["commit"], told["trials"]) == ("anthropic:some", "abc", 4)
    assert told["experiment"] == experiment.experiment_id
    assert told["prompts"] == {"validator": "hash"}
    baseline = experiment_body("ours", UUID(int=1), experiment, "always buy", AT)
    assert baseline["extra"]["metadata"]["llm"] == "a baseline without an LLM"
