"""What the LLMs are told, letter by letter: a change here is a change of the product, and is meant.

Run this file with PYTHONPATH=.:tests to write the golden files anew, and read the difference first.
"""

import json
from pathlib import Path

import pytest

from agents.answers import (
    CandidateView,
    Concern,
    MacroAnswer,
    ManagerAnswer,
    QuantAnswer,
    TargetWeight,
    ValidatorAnswer,
)
from agents.blind import blind
from agents.briefs import Earlier
from agents.offline import rule_answer
from agents.roles import ROLES, prompt_hashes
from support.evidence import a_full_evidence

HERE = Path(__file__).parent
EARLIER = Earlier(
    macro=MacroAnswer(
        regime="risk_on",
        exposure=0.8,
        confidence=0.6,
        drivers=["breadth 66 %"],
        sectors_to_avoid=["Energy"],
        summary="Calm and rising.",
    ),
    quant=QuantAnswer(
        views=[
            CandidateView(ticker="TK00", conviction=-0.12, reason="faded"),
            CandidateView(ticker="TK01", conviction=0.41, reason="gbm rank 0.93; momentum +12.0 %"),
        ],
        summary="One strong name.",
    ),
    manager=ManagerAnswer(
        targets=[
            TargetWeight(ticker="TK00", weight=0.0, reason="Close: conviction -0.12 after 7 sessions."),
            TargetWeight(ticker="TK01", weight=0.06, reason="Buy: conviction +0.41."),
        ],
        summary="One in, one out.",
    ),
    validator=ValidatorAnswer(
        verdict="revise",
        concerns=[Concern(ticker="TK01", kind="crowded", severity=0.4, reason="three names already")],
        summary="One concern.",
    ),
)


def golden_files() -> dict[str, str]:
    """Return every golden file's name and what it should hold."""
    evidence = a_full_evidence(4, memories=2, headlines=2, history=3)
    hidden, _ = blind(evidence, seed=1)
    files = {"prompt_hashes.json": json.dumps(prompt_hashes(), indent=2)}
    for name, role in ROLES.items():
        brief = role.brief(evidence, EARLIER)
        files[f"{name}.brief.json"] = brief
        files[f"{name}.blind.json"] = role.brief(hidden)
        files[f"{name}.offline_answer.json"] = json.dumps(json.loads(rule_answer(brief)), indent=2)
    return files


@pytest.mark.parametrize("name", sorted(golden_files()))
def test_it_reads_as_recorded(name: str) -> None:
    assert golden_files()[name] + "\n" == (HERE / name).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in HERE.glob("*.json")} == set(golden_files())


if __name__ == "__main__":
    for name, text in golden_files().items():
        (HERE / name).write_text(text + "\n", encoding="utf-8")
