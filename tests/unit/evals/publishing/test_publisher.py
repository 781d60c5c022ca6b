"""Publishing to a stub of LangSmith: everything once, nothing twice, and nothing by its real name."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agents.llm import LLMDoor
from agents.roster import Roster
from agents.scripted import Line, ScriptedChatModel
from db.record_codec import to_json
from evals.case import Dataset
from evals.door_contestant import DoorContestant
from evals.experiment import CALLS, Experiment, ExperimentFolder
from evals.memorisation import under
from evals.part import part_of
from evals.publishing.publisher import PUBLISHED, Publication, Publisher
from evals.publishing.uplink import Destination, PublishError, Uplink
from evals.recordings import Recordings
from evals.runner import Entry, run
from evals.suite import SUITE
from fund.clock import FixedClock, SystemClock
from support.datasets import dataset
from support.eval_runs import an_experiment
from support.langsmith_stub import KEY, LangSmithStub, langsmith, told
from support.llms import NOW, a_seat
from support.wire_stub import page

CASES = 3
RIVALS = SUITE["signal_quality"].rivals()[1:2]
FEW = dataset("signal_quality").only([case.case_id for case in dataset("signal_quality").cases[:CASES]])
ANSWER = (
    '{"views": [{"ticker": "X01", "conviction": 0.5, "reason": "X01 ranks high"}], "summary": "One view."}'
)


@pytest.fixture(autouse=True)
def _a_small_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the dataset that is asked and published be three cases of the real one."""

    def known(name: str) -> Dataset:
        return FEW if name == FEW.name else dataset(name)

    monkeypatch.setattr("evals.publishing.kept.dataset", known)
    monkeypatch.setattr("evals.publishing.publisher.AT_ONCE", 4)


def an_experiment_of(**changes: Any) -> Experiment:
    plain = an_experiment(
        datasets={FEW.name: FEW.digest}, contestants={"anthropic:test-llm": "at a price"}, trials=2
    )
    return replace(plain, **changes)


def ran(root: Path, script: Any = lambda messages: ANSWER, **changes: Any) -> Path:
    """Run an experiment of an LLM, its rivals and one control, and return its folder."""
    experiment = an_experiment_of(**changes)
    with ExperimentFolder(root, experiment) as folder, closing(Recordings(folder.calls)) as log:
        door = LLMDoor(
            roster=Roster(seats=(a_seat(ScriptedChatModel(script=script)),)), log=log, clock=SystemClock()
        )
        name = "anthropic:test-llm"
        contestants = (
            DoorContestant(name, door, log, shown="masked"),
            DoorContestant(under(name, "real"), door, log, shown="real"),
            *RIVALS,
        )
        entry = Entry(dataset=FEW, contestants=contestants, scorers=SUITE[FEW.name].scorers, trials=2)
        asyncio.run(run([entry], done=folder.trials, keep=folder.keep))
        return folder.path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("evals"))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of the experiment that nobody has published."""
    own = tmp_path / made.name
    own.mkdir()
    for name in ("experiment.json", "trials.jsonl", CALLS):
        (own / name).write_bytes((made / name).read_bytes())
    return own


@pytest.fixture
def stub() -> Iterator[LangSmithStub]:
    with langsmith() as served:
        yield served


def published(stub: LangSmithStub, folder: Path, slept: list[float] | None = None) -> Publication:
    destination = Destination(url=stub.url, key=KEY, project="ours")
    naps = [] if slept is None else slept

    def wait(headers: Any, now: Any) -> float:
        return float(headers.get("retry-after", 0))

    with Uplink(destination, clock=FixedClock(NOW), wait=wait, sleep=naps.append, rng=Random(1)) as uplink:
        return Publisher(uplink, destination).publish(folder)


def test_datasets_experiments_runs_calls_and_scores_arrive(stub: LangSmithStub, folder: Path) -> None:
    found = published(stub, folder)
    contestants = 1 + len(RIVALS)
    assert (found.new_runs, found.runs, found.left_out) == (contestants * CASES * 2,) * 2 + ({},)
    (known,) = stub.datasets.values()
    assert known["name"] == f"conclave signal_quality {FEW.digest[:12]}"
    assert len(stub.examples) == CASES
    assert len(stub.sessions) == contestants
    roots = [run for run in stub.runs.values() if "parent_run_id" not in run]
    calls = [run for run in stub.runs.values() if "parent_run_id" in run]
    assert (len(roots), len(calls)) == (contestants * CASES * 2, CASES * 2)
    assert len(stub.feedback) == len(roots) * len(SUITE[FEW.name].scorers)
    for each in roots:
        assert each["reference_example_id"] in stub.examples
        assert stub.sessions[each["session_id"]]["reference_dataset_id"] == known["id"]
    for call in calls:
        assert call["trace_id"] == call["parent_run_id"] in stub.runs
        assert call["dotted_order"].startswith(stub.runs[call["parent_run_id"]]["dotted_order"])
        assert [said["role"] for said in call["inputs"]["messages"]] == ["system", "user"]
        assert json.loads(call["inputs"]["messages"][1]["content"])["names"].startswith("pseudonyms")
        assert call["outputs"]["usage_metadata"]["total_tokens"] > 0


def test_scores_are_feedback_with_their_explanation_and_not_scorable_is_no_zero(
    stub: LangSmithStub, folder: Path
) -> None:
    published(stub, folder)
    of = [each for each in stub.feedback.values() if each["key"] == "direction"]
    assert {each["value"] for each in of if each["score"] is None} == {"not scorable"}
    assert {each["value"] for each in of if each["score"] is not None} == {None}
    assert {each["score"] for each in of} >= {None, 0.0}
    assert all(each["comment"] for each in of)
    assert all(each["run_id"] in stub.runs for each in of)


def test_nothing_is_made_twice_even_where_the_record_of_it_is_lost(stub: LangSmithStub, folder: Path) -> None:
    first = published(stub, folder)
    ids = [set(kept) for kept in (stub.datasets, stub.sessions, stub.examples, stub.runs, stub.feedback)]
    posted = stub.asked.count(("POST", "/runs/multipart"))
    again = published(stub, folder)
    assert (again.new_runs, again.runs) == (0, first.runs)
    assert stub.asked.count(("POST", "/runs/multipart")) == posted
    (folder / PUBLISHED).unlink()
    lost = published(stub, folder)
    assert lost.new_runs == first.runs
    assert [set(k) for k in (stub.datasets, stub.sessions, stub.examples, stub.runs, stub.feedback)] == ids


def test_what_was_cut_off_goes_on_where_it_was(stub: LangSmithStub, folder: Path) -> None:
    whole = published(stub, folder)
    (folder / PUBLISHED).unlink()
    with langsmith() as other:
        other.refuses, other.refusals = "/runs/multipart", [told({}, 202), told({"error": "no"}, 400)]
        with pytest.raises(PublishError, match="400"):
            published(other, folder)
        arrived = (folder / PUBLISHED).read_text().count("-")
        assert arrived > 0
        assert published(other, folder).new_runs < whole.runs


def test_a_batch_of_which_a_part_is_there_is_sent_in_halves(stub: LangSmithStub, folder: Path) -> None:
    published(stub, folder)
    kept = dict(stub.runs)
    roots = [run_id for run_id, run in kept.items() if "parent_run_id" not in run]
    for lost in roots[::3]:
        for run_id in [each["id"] for each in kept.values() if each["trace_id"] == lost]:
            del stub.runs[run_id]
    assert len(stub.runs) < len(kept)
    (folder / PUBLISHED).unlink()
    published(stub, folder)
    assert stub.runs.keys() == kept.keys()


def test_no_real_name_date_or_label_is_sent(stub: LangSmithStub, folder: Path) -> None:
    published(stub, folder)
    sent = stub.everything()
    for case in FEW.cases:
        (candidate,) = case.given["evidence"]["candidates"]
        assert candidate["name"] not in sent
        if len(candidate["ticker"]) > 1:
            assert f'"{candidate["ticker"]}"' not in sent
        assert case.given["evidence"]["session"] not in sent
        assert case.label["next_open"] not in sent
    assert "net_excess" not in sent
    assert KEY not in sent
    assert "(real)" not in sent


def test_an_answer_that_speaks_of_a_company_does_so_under_the_pseudonym_it_was_shown(
    stub: LangSmithStub, folder: Path
) -> None:
    published(stub, folder)
    said = [run["outputs"] for run in stub.runs.values() if run.get("outputs", {}).get("views")]
    assert {view["ticker"] for answer in said for view in answer["views"]} == {"X01"}
    assert {view["reason"] for answer in said for view in answer["views"]} == {"", "X01 ranks high"}


def test_a_second_try_is_traced_without_what_it_sent(stub: LangSmithStub, tmp_path: Path) -> None:
    lines = iter([Line(text="I would rather not."), *[Line(text=ANSWER)] * 100])
    folder = ran(tmp_path, lambda messages: next(lines))
    published(stub, folder)
    by_try = {run["extra"]["metadata"]["try"]: run for run in stub.runs.values() if run["run_type"] == "llm"}
    assert by_try[1]["inputs"]["messages"] == []
    assert by_try[1]["inputs"]["prompt_hash"] != by_try[0]["inputs"]["prompt_hash"]
    assert [run["error"] for run in stub.runs.values() if run["run_type"] == "llm" and "error" in run]


def test_what_nobody_answered_is_not_published_until_it_is(stub: LangSmithStub, folder: Path) -> None:
    lines = (folder / "trials.jsonl").read_text().splitlines()
    gone = json.loads(lines[0])
    gone["output"] |= {"answer": None, "silent": "unavailable: down", "absent": True}
    (folder / "trials.jsonl").write_text("\n".join([json.dumps(gone), *lines[1:]]) + "\n")
    first = published(stub, folder)
    (folder / "trials.jsonl").write_text("\n".join([json.dumps(gone), *lines[1:], lines[0]]) + "\n")
    assert published(stub, folder).new_runs == 1
    assert published(stub, folder).runs == first.runs + 1


@pytest.mark.parametrize(
    ("datasets", "why"),
    [
        ({"chat": "digest"}, "the records of this desk"),
        ({"robustness": dataset("robustness").digest}, "real names"),
        ({FEW.name: "another"}, "cut anew"),
    ],
)
def test_what_is_not_published_is_said_with_its_reason(
    stub: LangSmithStub, folder: Path, datasets: dict[str, str], why: str
) -> None:
    (folder / "experiment.json").write_text(to_json(an_experiment_of(datasets=datasets)))
    found = published(stub, folder)
    assert found.runs == 0
    assert why in found.told[1]
    assert stub.asked == []


def test_a_key_that_is_refused_ends_it_at_once_and_is_not_told(stub: LangSmithStub, folder: Path) -> None:
    stub.refusals = [told({"error": f"Unauthorized {KEY}"}, 401)]
    slept: list[float] = []
    with pytest.raises(PublishError, match="DESK_LANGSMITH_API_KEY") as refused:
        published(stub, folder, slept)
    assert KEY not in str(refused.value)
    assert (len(stub.asked), slept) == (1, [])
    assert published(stub, folder).new_runs > 0


def test_who_asks_to_wait_is_waited_for_and_who_is_overloaded_is_asked_ever_more_seldom(
    stub: LangSmithStub, folder: Path
) -> None:
    stub.refusals = [told({}, 429, retry_after="7"), told({}, 503), told({}, 500)]
    slept: list[float] = []
    published(stub, folder, slept)
    assert slept[0] == 7.0
    assert 1.0 <= slept[1] <= 3.0
    assert 2.0 <= slept[2] <= 6.0


@pytest.mark.parametrize(
    ("refusals", "told_as"),
    [
        ([told({}, 429, retry_after="3000")], "asks to be left alone for 3000 s"),
        ([told({"error": "down"}, 502)] * 5, "502 .* 5 times"),
        ([page()], "expected JSON, found 'text/html' with status 200"),
        ([told({"detail": "Not Found"}, 404)], "404 .*DESK_LANGSMITH_ENDPOINT"),
        ([told({"detail": [{"loc": ["body"]}]}, 422)], "422"),
        ([told({"items": []})], "expected a list"),
        ([told([]), told({"id": "no uuid"})], "with its id"),
        ([told([]), told({}, 409), told([])], "with its id"),
        ([told({}, 302, location="http://127.0.0.1:1/")], "302"),
    ],
)
def test_what_is_no_answer_is_a_sentence(
    stub: LangSmithStub, folder: Path, refusals: list[Any], told_as: str
) -> None:
    stub.refusals = list(refusals)
    with pytest.raises(PublishError, match=told_as):
        published(stub, folder)


def test_nobody_there_is_tried_again_and_then_said(folder: Path) -> None:
    with langsmith() as gone:
        pass
    slept: list[float] = []
    with pytest.raises(PublishError, match=r"ConnectError.* 5 times"):
        published(gone, folder, slept)
    assert len(slept) == 4


def test_another_of_us_may_make_the_same_dataset_at_the_same_moment(
    stub: LangSmithStub, folder: Path
) -> None:
    made = {
        "id": "7f0b1f0e-2f0a-4c43-8f53-0d5a3a2f9c11",
        "name": f"conclave signal_quality {FEW.digest[:12]}",
    }
    stub.datasets[made["id"]] = made
    stub.refusals = [told([]), told({"detail": "Dataset with this name already exists."}, 409)]
    published(stub, folder)
    assert list(stub.datasets) == [made["id"]]
    assert len(stub.examples) == CASES


def test_a_part_of_a_dataset_is_a_dataset_of_its_own(stub: LangSmithStub, folder: Path) -> None:
    part = part_of(FEW, 2)
    taken = {case.case_id for case in part.cases}
    partly = an_experiment_of(datasets={FEW.name: part.digest}, parameters={"cases": 2})
    (folder / "experiment.json").write_text(to_json(partly))
    lines = (folder / "trials.jsonl").read_text().splitlines()
    kept = [line for line in lines if json.loads(line)["case_id"] in taken]
    (folder / "trials.jsonl").write_text("\n".join(kept) + "\n")
    found = published(stub, folder)
    assert (found.left_out, len(stub.examples)) == ({}, 2)
    assert [each["name"].split()[-1] for each in stub.datasets.values()] == [part.digest[:12]]
