"""A role of the committee: what it sees, what it may answer, and the prompt it works under."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic

from agents.brief import Evidence
from agents.briefs import Earlier, Parts, render
from agents.calls import prompt_hash
from agents.replies import AnswerT, RoleRequest
from fund.errors import ConfigError

PROMPTS = Path(__file__).with_name("prompts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Generic[AnswerT]):
    """One seat at the table; the same evidence and earlier answers give the same brief, byte for byte."""

    name: str
    answer_type: type[AnswerT]
    sees: Callable[[Evidence, Earlier], Parts]

    @property
    def prompt(self) -> str:
        """Return the system prompt, from `prompts/<name>.md`."""
        return read_prompt(self.name)

    @property
    def prompt_hash(self) -> str:
        """Return the hash of the system prompt, for the record of a decision."""
        return prompt_hash(self.prompt)

    def brief(self, evidence: Evidence, earlier: Earlier | None = None) -> str:
        """Return what the role is told."""
        return render(self.sees(evidence, earlier or Earlier()))

    def request(
        self, *, cycle_id: str, evidence: Evidence, earlier: Earlier | None = None
    ) -> RoleRequest[AnswerT]:
        """Return the question to put to the door; only candidates may be spoken of."""
        return RoleRequest(
            cycle_id=cycle_id,
            role=self.name,
            system=self.prompt,
            brief=self.brief(evidence, earlier),
            answer_type=self.answer_type,
            allowed_tickers=frozenset(candidate.ticker for candidate in evidence.candidates),
        )


@cache
def read_prompt(role: str) -> str:
    """Return a role's prompt; raises `ConfigError` naming the file when it is missing."""
    path = PROMPTS / f"{role}.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"prompts/{path.name}: expected the prompt of {role!r}, found none") from error
