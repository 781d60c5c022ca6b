"""What of a trial may leave the house: the brief as it was shown, and nothing by its real name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agents.brief import Evidence
from agents.caller import Question
from agents.calls import RecordedCall
from agents.role import Role
from agents.roles import ROLES
from db.record_codec import from_plain, to_plain
from evals.case import Case
from evals.door_contestant import blind_seed, cycle_of
from fund.errors import DataError
from graph.asking import earlier_answers, veiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one call sent: instructions and brief."""

    system: str
    brief: str


@dataclass(frozen=True)
class Veil:
    """The pseudonyms of one trial."""

    case: Case
    number: int

    @cached_property
    def _known(self) -> tuple[Sent, str, dict[str, str]]:
        """Return what the role was sent, the hash of that, and every real name with its pseudonym."""
        evidence = from_plain(Evidence, self.case.given["evidence"])
        masked, names = veiled(evidence, blind_seed(self.case, self.number, "masked"))
        if names is None:
            raise DataError(f"{self.case.case_id}: expected pseudonyms to publish it under, found none")
        role: Role[Any] = ROLES[self.case.subject]
        request = role.request(
            cycle_id=cycle_of(self.case, self.number, "masked"),
            evidence=masked,
            earlier=earlier_answers(self.case.given.get("earlier", {}), names),
        )
        words = dict(names.by_ticker)
        words |= {each.name: words[each.ticker] for each in evidence.candidates if each.name}
        first = Question(
            cycle_id=request.cycle_id,
            role=request.role,
            attempt=0,
            system=request.system,
            brief=request.brief,
            answer_type=request.answer_type,
        )
        return Sent(system=request.system, brief=request.brief), first.prompt_hash, words

    @property
    def sent(self) -> Sent:
        """Return what the role is shown of this case in this trial."""
        return self._known[0]

    def sent_in(self, call: RecordedCall) -> Sent | None:
        """Return what a call sent; None of one that sent something else, as a second try does."""
        sent, known, _ = self._known
        return sent if call.prompt_hash == known else None

    def hide(self, value: Any) -> Any:
        """Return plain JSON with a pseudonym for every real ticker and name, in prose too."""
        words = self._known[2]
        return _walked(to_plain(value), self._pattern, words) if words else to_plain(value)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._known[2], key=lambda word: (-len(word), word))
        return re.compile(rf"(?<![\w.\-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w\-])")


def _walked(value: Any, pattern: re.Pattern[str], words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda found: words[found[0]], value)
    if isinstance(value, list):
        return [_walked(each, pattern, words) for each in value]
    if isinstance(value, dict):
        return {_walked(key, pattern, words): _walked(each, pattern, words) for key, each in value.items()}
    return value
