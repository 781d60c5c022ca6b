"""A committee without one of its roles: the others are told that it has not spoken."""

from collections.abc import Mapping
from typing import Any, Final

from agents.brief import Evidence
from agents.roles import ROLES
from fund.errors import ConfigError
from graph.committee import MACRO, MANAGER, QUANT, RISK, VALIDATOR
from graph.context import AskRole, RoleTurn

ABSENT: Final = "absent: left out of this replay"
EMPTY: Final[Mapping[str, Mapping[str, Any]]] = {
    MACRO: {"summary": ABSENT},
    QUANT: {"views": [], "summary": ABSENT},
    VALIDATOR: {"verdict": "approve", "concerns": [], "summary": ABSENT},
    RISK: {"factors": [], "summary": ABSENT},
}
"""What stands on the record for a role that is left out: a report without content, no way back, factor 1."""


class WithoutRole:
    """Asks every role but one; that one has nothing to say and nobody hears of it."""

    def __init__(self, ask: AskRole, left_out: str) -> None:
        self._ask = ask
        self._left_out = left_out

    async def __call__(self, role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
        """Return the role's turn, empty for the one that is left out."""
        if role == self._left_out:
            return RoleTurn(answer=dict(EMPTY[role]), silent=None, brief="", speaker=ABSENT)
        heard = {name: answer for name, answer in earlier.items() if name != self._left_out}
        return await self._ask(role, evidence, heard)


def leave_out(role: str) -> str:
    """Return the role when a committee can do without it; `ConfigError` says which can be left out."""
    can = ", ".join(EMPTY)
    if role == MANAGER:
        raise ConfigError(
            f"the {MANAGER} cannot be left out: without it nothing is proposed; these can: {can}"
        )
    if role not in ROLES:
        raise ConfigError(f"expected a role of the committee that can be left out ({can}), was {role!r}")
    return role
