"""The chat's baseline is compared on the same desk and the same cases, or not at all."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.cli import main
from desk.eval_chat import spread
from desk.eval_chat_gate import cases_then, require_same_desk
from evals.baseline import Baseline, promoted
from evals.chat_cases import chat_dataset
from evals.experiment import Experiment
from evals.trial import Output, Score, Trial
from fund.errors import ConfigError
from graph.chat import OFFLINE

DESK = {"session": "2017-02-02"}


def an_experiment(digest: str = "cases", parameters: Mapping[str, str] = DESK) -> Experiment:
    return Experiment(
        name="chat-gate",
        datasets={"chat": digest},
        contestants={OFFLINE: "a profile of the chat"},
        trials=1,
        prompts={},
        commit="abc",
        parameters=dict(parameters),
    )


def a_baseline() -> Baseline:
    trials = [
        Trial(
            dataset="chat",
            case_id="c1",
            contestant=OFFLINE,
            number=number,
            output=Output(answer={}),
            scores=(Score(scorer="right", value=value, why=""),),
        )
        for number, value in enumerate((1.0, 0.0, None))
    ]
    at = datetime(2026, 11, 29, tzinfo=UTC)
    return promoted(an_experiment(), trials, reason="the first measure", at=at, by="owner")


def test_the_same_desk_and_cases_are_compared_by_the_mean_of_what_could_be_scored() -> None:
    baseline = a_baseline()
    require_same_desk(baseline, an_experiment())
    assert cases_then(baseline, "chat") == {"c1": 0.5}
    assert cases_then(baseline, "other") == {}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (an_experiment(parameters={"session": "2017-02-03"}), "a desk at 2017-02-02"),
        (an_experiment("others"), "its cases are others"),
    ],
)
def test_another_desk_or_other_cases_are_refused(now: Experiment, said: str) -> None:
    with pytest.raises(ConfigError, match=r"expected|nothing") as refused:
        require_same_desk(a_baseline(), now)
    assert said in str(refused.value)


@pytest.mark.parametrize("beside", [("--llm", "openai:gpt"), ("--controls",), ("--dataset", "robustness")])
def test_what_has_no_meaning_beside_the_chat_is_refused(
    beside: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evals", "gate", "--chat", *beside, "--data-dir", str(tmp_path)]) == 2
    assert f"expected --chat alone, found {beside[0]} beside it" in " ".join(capsys.readouterr().err.split())


def test_cases_to_reword_are_taken_at_even_distances() -> None:
    cases = chat_dataset().cases
    chosen = spread(cases, 30)
    assert len({case.case_id for case in chosen}) == 30
    assert chosen[0] == cases[0]
    assert len({case.strata["topic"] for case in chosen}) >= 10
    assert spread(cases, 1000) == list(cases)
