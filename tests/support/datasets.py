"""The datasets of the checkout, read once, and what the rules say to a case."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from agents.answers import Answer, MacroAnswer, ManagerAnswer, QuantAnswer, ValidatorAnswer
from agents.brief import Evidence
from agents.briefs import Earlier
from agents.offline import RULES
from agents.offline_brief import Brief
from agents.roles import ROLES
from db.record_codec import from_plain
from evals.case import Case, Dataset
from evals.shelf import kept

NAMES = ("signal_quality", "risk_management", "validator_patterns", "robustness")
WORDS = ("reason", "summary", "drivers")


@cache
def dataset(name: str) -> Dataset:
    return kept(name)


def evidence_of(case: Case) -> Evidence:
    return from_plain(Evidence, case.given["evidence"])


def earlier_of(case: Case) -> Earlier:
    said: Mapping[str, Any] = case.given["earlier"]
    kinds = {
        "macro": ("macro_researcher", MacroAnswer),
        "quant": ("quant_researcher", QuantAnswer),
        "manager": ("portfolio_manager", ManagerAnswer),
        "validator": ("validator", ValidatorAnswer),
    }
    return Earlier(
        **{part: kind.model_validate(said[role]) for part, (role, kind) in kinds.items() if role in said}  # type: ignore[arg-type]
    )


def brief_of(case: Case) -> str:
    return ROLES[case.subject].brief(evidence_of(case), earlier_of(case))


def rules_answer(case: Case) -> Answer:
    return RULES[case.subject](Brief.read(brief_of(case)))


def without_words(answer: Answer) -> Any:
    """Return what an answer decides, without how it says so."""
    return _bare(answer.model_dump(mode="json"))


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key not in WORDS}
    return [_bare(item) for item in value] if isinstance(value, list) else value
