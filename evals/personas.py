"""Contestants of known skill, to try the scorers with: who sees the outcome, who guesses, who is no use."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from agents.answers import QuantAnswer
from agents.strict import parse_answer
from evals.case import Case
from evals.scorers.signal import side
from evals.trial import Output
from fund.errors import AnswerError

SKILL = 0.65
"""How often the forecaster persona is right: far above any real forecaster, so that scorers can be tried."""
CONVINCED = 0.6
Say = Callable[[Case, Random], str]


@dataclass(frozen=True, slots=True)
class Persona:
    """Says what its text function says, and is read as strictly as an LLM is."""

    name: str
    says: Say
    seed: int = 0

    async def answer(self, case: Case, number: int) -> Output:
        """Answer a case of the quant researcher; the same case, number and seed give the same answer."""
        text = self.says(case, Random(f"{self.seed}/{case.case_id}/{number}/{self.name}"))  # noqa: S311
        try:
            answer = parse_answer(text, QuantAnswer)
        except AnswerError as error:
            return Output(answer=None, silent=str(error), valid_first=False)
        return Output(answer=answer.model_dump(mode="json"))


def personas(seed: int, skill: float = SKILL) -> tuple[Persona, ...]:
    """Return the personas, the most skilled first."""

    def skilled(case: Case, rng: Random) -> str:
        """Be right so often; where nothing happened, guess."""
        happened = side(case) or rng.choice((-1, 1))
        return _view(case, CONVINCED * happened * (1 if rng.random() < skill else -1))

    told: Mapping[str, Say] = {
        "oracle": lambda case, rng: _view(case, CONVINCED * side(case)),
        "forecaster": skilled,
        "random": lambda case, rng: _view(case, CONVINCED * rng.choice((-1, 1))),
        "hold": lambda case, rng: _view(case, 0.0),
        "inverted": lambda case, rng: _view(case, -CONVINCED * side(case)),
        "garbage": lambda case, rng: rng.choice(_GARBAGE),
    }
    return tuple(Persona(name, says, seed) for name, says in told.items())


_GARBAGE = (
    "",
    "I would buy it.",
    '{"views": [], "summary": "a"} {"views": [], "summary": "b"}',
    '{"views": [{"ticker": "X", "conviction": 7, "reason": ""}], "summary": ""}',
    '{"views": [{"ticker": "X", "conviction": NaN, "reason": ""}], "summary": ""}',
)


def _view(case: Case, conviction: float) -> str:
    (candidate,) = case.given["evidence"]["candidates"]
    said: dict[str, Any] = {"ticker": candidate["ticker"], "conviction": conviction, "reason": "A persona."}
    return json.dumps({"views": [said], "summary": "A persona speaks."})
