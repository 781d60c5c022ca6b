"""The committee by name, in the order it speaks."""

from collections.abc import Mapping
from typing import Any, Final

from agents.macro_researcher import MACRO_RESEARCHER
from agents.portfolio_manager import PORTFOLIO_MANAGER
from agents.quant_researcher import QUANT_RESEARCHER
from agents.risk_officer import RISK_OFFICER
from agents.role import Role
from agents.scout import SCOUT
from agents.validator import VALIDATOR

RESEARCHERS: Final = (MACRO_RESEARCHER, QUANT_RESEARCHER)
"""Those who are asked side by side, so that both must be paid for at once."""

__all__ = [
    "ASKED",
    "MACRO_RESEARCHER",
    "PORTFOLIO_MANAGER",
    "QUANT_RESEARCHER",
    "RESEARCHERS",
    "RISK_OFFICER",
    "ROLES",
    "SCOUT",
    "VALIDATOR",
    "prompt_hashes",
]

ROLES: Final[Mapping[str, Role[Any]]] = {
    role.name: role
    for role in (MACRO_RESEARCHER, QUANT_RESEARCHER, PORTFOLIO_MANAGER, VALIDATOR, RISK_OFFICER)
}
ASKED: Final[Mapping[str, Role[Any]]] = {**ROLES, SCOUT.name: SCOUT}
"""Everybody who can be asked: the committee, and the scout, who has no seat in it and no part in a decision's
record."""


def longest_question(candidates: int) -> int:
    """Return how many characters prompt, schema and brief of a researcher have at most."""
    return 8_000 + 1_000 * candidates


def prompt_hashes() -> dict[str, str]:
    """Return the hash of the prompt of every role of the committee, by role, for the record of a cycle."""
    return {name: role.prompt_hash for name, role in ROLES.items()}
