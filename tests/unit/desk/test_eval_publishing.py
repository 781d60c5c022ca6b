"""`desk evals publish` and `--publish`: refused without a key, told when it fails; the evaluation stands."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from desk.cli import FAILED, OK, REFUSED, main
from desk.eval_publishing import publish_result
from desk.evaluating import Result
from desk.settings import Settings
from evals.experiment import ExperimentFolder
from evals.rivals import risk_rivals
from evals.runner import scored
from evals.suite import SUITE, dataset
from support.eval_runs import an_experiment
from support.langsmith_stub import KEY, LangSmithStub, langsmith, told

NAME = "risk_management"
CASES = 3


async def made(data_dir: Path) -> Result:
    """Keep an experiment of a baseline on three cases."""
    known, (rival, _) = dataset(NAME), risk_rivals()
    experiment = an_experiment(datasets={NAME: known.digest}, contestants={}, trials=1)
    with ExperimentFolder(data_dir / "evals", experiment) as folder:
        for case in known.cases[:CASES]:
            output = await rival.answer(case, 0)
            folder.keep(scored((NAME, case.case_id, rival.name, 0), case, output, SUITE[NAME].scorers))
        return Result(experiment=experiment, folder=folder.path, trials=folder.trials)


def settings_for(stub: LangSmithStub) -> Settings:
    return Settings(langsmith_api_key=KEY, langsmith_endpoint=stub.url)  # type: ignore[arg-type]


async def test_an_experiment_is_published_by_its_name_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = await made(tmp_path)
    command = ["evals", "publish", "last", "--data-dir", str(tmp_path)]
    with langsmith() as stub:
        monkeypatch.setenv("DESK_LANGSMITH_API_KEY", KEY)
        monkeypatch.setenv("DESK_LANGSMITH_ENDPOINT", stub.url)
        assert main([*command, "--json"]) == OK
        first = json.loads(capsys.readouterr().out)
        assert main(command) == OK
        again = " ".join(capsys.readouterr().out.split())
        stub.refusals = [told({"error": "Forbidden"}, 403)]
        monkeypatch.setenv("DESK_LANGSMITH_PROJECT", "another")
        assert main(command) == FAILED
        assert "LangSmith refused the key (403)" in capsys.readouterr().err
    assert (first["experiment"], first["runs"], first["new_runs"]) == (
        result.experiment.experiment_id,
        CASES,
        CASES,
    )
    assert first["experiments"] == [f"{NAME}: never shrinks"]
    assert f"{CASES} runs (0 of them new)" in again
    assert {run["start_time"] for run in stub.runs.values()} == {
        run["end_time"] for run in stub.runs.values()
    }


async def test_a_failure_is_told_with_what_to_do_and_the_evaluation_stands(tmp_path: Path) -> None:
    result = await made(tmp_path)
    before = {path.name: path.read_bytes() for path in result.folder.iterdir()}
    naps: list[float] = []
    with langsmith() as stub:
        stub.refusals = [told({}, 503)] * 5
        (said,) = publish_result(settings_for(stub), result, sleep=naps.append)
        assert said.startswith("Not published: LangSmith: expected an answer of http://127.0.0.1")
        assert f"`desk evals publish {result.experiment.experiment_id}` goes on" in said
        for name, kept in before.items():
            assert (result.folder / name).read_bytes() == kept
        stub.refusals = []
        (said,) = publish_result(settings_for(stub), result, sleep=naps.append)
        assert said.startswith("Published")
    gone = replace(result, folder=tmp_path / "gone")
    assert "expected an experiment" in publish_result(settings_for(stub), gone)[0]


@pytest.mark.parametrize("command", [["publish", "last"], ["run", "--publish"], ["gate", "--publish"]])
def test_without_a_key_nobody_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main(["evals", *command, "--data-dir", str(tmp_path), "--json"]) == REFUSED
    assert "needs DESK_LANGSMITH_API_KEY" in json.loads(capsys.readouterr().out)["error"]
    assert not (tmp_path / "evals").exists()


def test_a_replay_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESK_LANGSMITH_API_KEY", KEY)
    command = ["evals", "run", "--publish", "--replay", str(tmp_path / "calls.jsonl"), "--json"]
    assert main([*command, "--data-dir", str(tmp_path)]) == REFUSED
    assert "leave one out" in json.loads(capsys.readouterr().out)["error"]


async def test_a_check_needs_no_key_uploads_nothing_and_fails_where_a_score_was_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = await made(tmp_path)
    command = ["evals", "publish", "last", "--check", "--json", "--data-dir", str(tmp_path)]
    assert main(command) == OK
    scores = CASES * len(SUITE[NAME].scorers)
    assert json.loads(capsys.readouterr().out) == {
        "experiment": result.experiment.experiment_id,
        "scores": scores,
        "differences": [],
    }
    trials = result.folder / "trials.jsonl"
    trials.write_text(
        trials.read_text().replace('"scorer":"spoken","value":1.0', '"scorer":"spoken","value":0.0')
    )
    assert main(command) == FAILED
    assert len(json.loads(capsys.readouterr().out)["differences"]) == CASES
