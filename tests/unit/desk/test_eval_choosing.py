"""`desk evals choose`: a bakeoff's choice is shown with its evidence, written on a word, and taken back."""

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agents.prices import price_of
from agents.roles import prompt_hashes
from desk.cli import FAILED, OK, REFUSED, main
from desk.evaluating import EVALS
from desk.mandate import load_mandate
from desk.roster_choice import UNASKED
from evals.case import Case
from evals.experiment import TRIALS, Experiment, ExperimentFolder, trials_text
from evals.suite import ROBUSTNESS, SUITE, dataset
from evals.trial import Output, Score, Trial
from support.checkout import ROOT
from support.llms import KEY

RULES, LLM, CHEAP = "offline rules, no LLM", "anthropic:claude-haiku-4-5", "openai:gpt-5.4-mini"
RISK = "risk_management"
ROLE = "risk_officer"
USD = {RULES: Decimal(0), LLM: Decimal("0.002"), CHEAP: Decimal("0.001")}
SHIPPED = (ROOT / "mandate.toml").read_text(encoding="utf-8")


def priced(llm_id: str) -> str:
    provider, _, llm = llm_id.partition(":")
    return f"{llm_id} at {price_of(provider, llm)}"  # type: ignore[arg-type]


def an_experiment(**changes: Any) -> Experiment:
    made = Experiment(
        name="bakeoff",
        datasets={name: dataset(name).digest for name in (RISK, ROBUSTNESS)},
        contestants={RULES: priced("offline:rules"), LLM: priced(LLM), CHEAP: priced(CHEAP)},
        trials=4,
        prompts=prompt_hashes(),
        commit="c0ffee",
    )
    return replace(made, **changes)


def trials_of(experiment: Experiment, right: dict[str, float]) -> list[Trial]:
    """Return what everybody said: right in that share of the cases, baselines in none, all safe."""
    found: list[Trial] = []
    for name in experiment.datasets:
        rivals = [rival.name for rival in SUITE[name].rivals()]
        for contestant in (*experiment.contestants, *rivals):
            for number in range(experiment.trials):
                for at, case in enumerate(dataset(name).cases):
                    value = float(at % 20 < 20 * right.get(contestant, 0.0)) if name == RISK else 1.0
                    found.append(a_trial(name, case, contestant, number, value))
    return found


def a_trial(name: str, case: Case, contestant: str, number: int, value: float) -> Trial:
    return Trial(
        dataset=name,
        case_id=case.case_id,
        contestant=contestant,
        number=number,
        output=Output(answer=None, silent="nothing", cost_usd=USD.get(contestant, Decimal(0))),
        scores=(Score(scorer=SUITE[name].primary.name, value=value, why=""),),
    )


@pytest.fixture(scope="module")
def bakeoffs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of experiments by who was right how often."""
    root = tmp_path_factory.mktemp("bakeoffs")
    for name, right in {
        "better": {RULES: 0.5, LLM: 0.95, CHEAP: 0.5},
        "alike": {RULES: 0.2, LLM: 0.8, CHEAP: 0.8},
    }.items():
        write(root / name, an_experiment(), trials_of(an_experiment(), right))
    return root


def write(root: Path, experiment: Experiment, trials: list[Trial]) -> Path:
    with ExperimentFolder(root, experiment) as folder:
        path = folder.path
    (path / TRIALS).write_text(trials_text(trials), encoding="utf-8")
    return path


@pytest.fixture
def mandate(tmp_path: Path) -> Path:
    path = tmp_path / "mandate.toml"
    path.write_text(SHIPPED, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("DESK_ANTHROPIC_LLM", LLM.partition(":")[2])
    monkeypatch.setenv("DESK_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("DESK_OPENAI_LLM", CHEAP.partition(":")[2])


class Choosing:
    """The command over one of the made bakeoffs."""

    def __init__(self, folder: Path, mandate: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.mandate, self._capsys = folder, mandate, capsys

    def __call__(self, *more: str, code: int = OK) -> dict[str, Any]:
        where = ("--data-dir", str(self.folder), "--mandate", str(self.mandate), "--json")
        assert main(["evals", "choose", *more, *where]) == code
        found: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return found

    def use(self, bakeoff: Path) -> Path:
        shutil.copytree(bakeoff, self.folder / EVALS, dirs_exist_ok=True)
        (found,) = (self.folder / EVALS).iterdir()
        return found

    def make(self, experiment: Experiment, trials: list[Trial]) -> None:
        write(self.folder / EVALS, experiment, trials)


@pytest.fixture
def choosing(tmp_path: Path, mandate: Path, capsys: pytest.CaptureFixture[str]) -> Choosing:
    return Choosing(tmp_path / "desk", mandate, capsys)


def entries(mandate: Path) -> dict[str, str]:
    return {entry.role: entry.llm for entry in load_mandate(mandate).llm_roster}


def seated(mandate: Path, llm: str) -> None:
    mandate.write_text(f'{SHIPPED}\n[llm.roster]\n{ROLE} = "{llm}"\n', encoding="utf-8")


def test_the_winner_is_shown_with_its_evidence_and_written_and_undone(
    choosing: Choosing, bakeoffs: Path, mandate: Path
) -> None:
    choosing.use(bakeoffs / "better")
    seated(mandate, CHEAP)
    before = mandate.read_text()
    found = choosing("--yes")
    (role,) = found["roles"]
    assert found["written"] is True
    assert (role["role"], role["now"], role["then"], role["changes"]) == (ROLE, CHEAP, LLM, True)
    assert role["why"] == "better than every other by more than noise"
    gap = role["difference"]["interval"]
    assert 0.2 < gap["low"] < role["difference"]["mean"] < gap["high"] < 0.7
    assert gap["n"] == 96
    costs = {name: each["cost_usd"] for name, each in role["evidence"].items()}
    assert costs == {CHEAP: "0.001", LLM: "0.002"}
    assert mandate.read_text() == before.replace(CHEAP, LLM)
    rest = "macro researcher, quant researcher, portfolio manager, validator"
    speaking = f"{LLM} ({rest}); {CHEAP} (risk officer)"
    assert choosing("--undo", "--yes") == {"undone": True, "speaking": speaking}
    assert mandate.read_text() == before


def test_nothing_is_written_without_the_word(
    choosing: Choosing, bakeoffs: Path, mandate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choosing.use(bakeoffs / "better")
    seated(mandate, "offline")
    before = mandate.read_text()
    asked: list[str] = []
    for said, code in (("no", FAILED), ("choose", OK)):

        def typed(console: object, question: str, *, said: str = said, **_: object) -> str:
            asked.append(question)
            return said

        monkeypatch.setattr("rich.console.Console.input", typed)
        assert choosing(code=code)["written"] is (said == "choose")
        assert (mandate.read_text() == before) == (said == "no")
    assert asked[0].startswith(f"Write {ROLE} into mandate.toml? It counts from the next start of the desk")


def test_no_difference_takes_the_cheaper_and_who_is_not_dearer_stays(
    choosing: Choosing, bakeoffs: Path, mandate: Path
) -> None:
    choosing.use(bakeoffs / "alike")
    seated(mandate, LLM)
    (role,) = choosing("--yes")["roles"]
    assert (role["then"], role["why"]) == (CHEAP, "no difference: the cheaper")
    assert entries(mandate) == {ROLE: CHEAP}
    (again,) = choosing("--yes")["roles"]
    assert (again["then"], again["changes"]) == (CHEAP, False)


def test_the_rules_may_win_and_an_equal_at_the_same_price_is_no_reason_to_change(
    choosing: Choosing, mandate: Path, bakeoffs: Path
) -> None:
    alone = an_experiment(contestants={RULES: priced("offline:rules"), LLM: priced(LLM)})
    choosing.make(alone, trials_of(alone, {RULES: 0.9, LLM: 0.1}))
    (role,) = choosing("--yes")["roles"]
    assert (role["now"], role["then"]) == (LLM, RULES)
    assert entries(mandate) == {ROLE: "offline"}


def test_equals_at_one_price_are_no_reason_to_change(
    choosing: Choosing, mandate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(USD, LLM, USD[CHEAP])
    two = an_experiment(contestants={CHEAP: priced(CHEAP), LLM: priced(LLM)})
    choosing.make(two, trials_of(two, {CHEAP: 0.8, LLM: 0.8}))
    for holder in (CHEAP, LLM):
        seated(mandate, holder)
        (role,) = choosing()["roles"]
        assert (role["then"], role["changes"]) == (holder, False)


def test_who_speaks_now_stays_where_the_bakeoff_did_not_ask_them(
    choosing: Choosing, bakeoffs: Path, mandate: Path
) -> None:
    choosing.use(bakeoffs / "better")
    seated(mandate, "anthropic:another")
    (role,) = choosing()["roles"]
    assert (role["changes"], role["why"]) == (False, UNASKED)
    seated(mandate, f"{LLM}@http://127.0.0.1:9/v1")
    assert choosing()["roles"][0]["changes"] is False, "the same name at another address is somebody else"


def test_whoever_does_not_fit_the_schema_is_replaced_and_not_chosen(
    choosing: Choosing, mandate: Path
) -> None:
    ran = an_experiment()
    trials = [
        replace(trial, output=replace(trial.output, valid_first=trial.contestant != LLM))
        for trial in trials_of(ran, {RULES: 0.5, LLM: 0.95, CHEAP: 0.5})
    ]
    choosing.make(ran, trials)
    (role,) = choosing("--yes")["roles"]
    assert (role["now"], role["then"]) == (LLM, RULES)
    assert role["why"] == "who speaks now does not pass the safety gates"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"datasets": {RISK: dataset(RISK).digest}}, "found none: nobody is known to be safe under attack"),
        ({"trials": 3}, "expected 4 trials of each case or more, found 3"),
        ({"datasets": {RISK: "other", ROBUSTNESS: dataset(ROBUSTNESS).digest}}, f"{RISK} was cut anew since"),
        ({"prompts": prompt_hashes() | {ROLE: "other"}}, f"the prompt of {ROLE} is another since"),
        ({"contestants": {RULES: priced("offline:rules"), LLM: f"{LLM} at 9 / 9 USD"}}, f"{LLM} costs "),
        ({"name": "run"}, "expected a bakeoff of "),
        ({"datasets": {ROBUSTNESS: dataset(ROBUSTNESS).digest}}, "expected a bakeoff that measured a role"),
    ],
)
def test_a_bakeoff_of_other_questions_than_todays_is_refused(
    choosing: Choosing, mandate: Path, changes: dict[str, Any], said: str
) -> None:
    choosing.make(an_experiment(**changes), [])
    assert said in choosing("--yes", code=REFUSED)["error"]
    assert mandate.read_text() == SHIPPED


def test_a_bakeoff_that_was_cut_short_or_lacks_answers_is_refused(choosing: Choosing, mandate: Path) -> None:
    ran = an_experiment()
    trials = trials_of(ran, {LLM: 0.9})
    choosing.make(ran, trials[:-1])
    assert (
        f"expected 580 answers of {CHEAP} in robustness, found 579"
        in choosing("--yes", code=REFUSED)["error"]
    )
    poor = [
        replace(trial, output=replace(trial.output, absent=trial.contestant == LLM and trial.number == 3))
        for trial in trials
    ]
    choosing.make(ran, poor)
    assert f"answers of {LLM} in robustness, found 435" in choosing("--yes", code=REFUSED)["error"]
    assert mandate.read_text() == SHIPPED


def test_a_choice_the_desk_could_not_start_with_is_refused(
    choosing: Choosing, bakeoffs: Path, mandate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choosing.use(bakeoffs / "better")
    seated(mandate, CHEAP)
    before = mandate.read_text()
    monkeypatch.delenv("DESK_ANTHROPIC_API_KEY")
    found = choosing("--yes", code=REFUSED)
    assert f"llm.roster.{ROLE}: {LLM} needs a key of anthropic" in found["error"]
    monkeypatch.setenv("DESK_PROVIDER", "offline")
    assert "asks nobody for any role" in choosing("--yes", code=REFUSED)["error"]
    assert mandate.read_text() == before


def test_a_role_that_was_not_measured_is_refused(choosing: Choosing, bakeoffs: Path) -> None:
    folder = choosing.use(bakeoffs / "better")
    for role, what in (("validator", "a role that it measured"), ("chairman", "a role")):
        told = choosing("--role", role, code=REFUSED)["error"]
        assert told == f"{folder.name}: expected {what}, found '{role}'; it measured {ROLE}"
    assert choosing("--role", ROLE, "--from", folder.name, "--yes")["experiment"] == folder.name
    told = choosing("--from", "bakeoff-x", code=REFUSED)["error"]
    assert "found 'bakeoff-x'; the newest are bakeoff-" in told


def test_what_is_shown_tells_scores_costs_and_whom_nothing_is_said_about(
    choosing: Choosing, bakeoffs: Path, mandate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choosing.use(bakeoffs / "better")
    seated(mandate, CHEAP)
    where = ["--data-dir", str(choosing.folder), "--mandate", str(mandate)]
    assert main(["evals", "choose", "--yes", *where]) == OK
    told = " ".join(capsys.readouterr().out.split())
    for said in (
        f"Risk officer, by {RISK}: from {CHEAP} to {LLM}: better than every other by more than noise.",
        f"{LLM}: shrunk_right 0.9",
        "0.00200 USD a decision",
        "The change over the same cases: +0.4",
        "Macro researcher, Quant researcher, Portfolio manager, Validator: not measured by this bakeoff",
        "mandate.toml is written; mandate.toml.before is how it was.",
    ):
        assert said in told
