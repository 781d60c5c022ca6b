"""What those who are asked may cost, and whether the day's budget of the mandate can pay it."""

import logging
from collections.abc import Iterable, Sequence
from decimal import Decimal

from agents.roles import RESEARCHERS, ROLES, longest_question
from agents.roster import Roster, Seat
from fund.errors import ConfigError
from fund.mandate import Mandate
from graph.committee import MANAGER, VALIDATOR

logger = logging.getLogger("conclave.committee")
TOGETHER = tuple(role.name for role in RESEARCHERS)

MOST_CALLS = (*ROLES, MANAGER, VALIDATOR)
"""Of one run: every role, and the manager and the validator once more."""


def most_of_a_run(roster: Roster, candidates: int) -> Decimal:
    """Return the most that one run of the committee over so many candidates may cost, USD."""
    question = "x" * longest_question(candidates)
    return sum((roster.seats_for(role)[0].worst_case(question) for role in MOST_CALLS), Decimal(0))


def check_budget(roster: Roster, mandate: Mandate) -> None:
    """Refuse a day's budget under which a role would always be silent: one alone, or the second of the two
    researchers, who are asked at once.

    A budget of 0 is a choice: whatever costs money is not asked, and the book is held.
    """
    budget, question = mandate.llm_daily_budget_usd, "x" * longest_question(mandate.candidates)
    seats = {role: roster.seats_for(role)[0] for role in ROLES}
    most = {role: seat.worst_case(question) for role, seat in seats.items()}
    paid = dict.fromkeys(seats[role].spec.llm_id for role, usd in most.items() if usd)
    if paid and budget == 0:
        silent = "every role is" if all(most.values()) else "a role is"
        logger.warning(
            "llm.daily_budget_usd is 0, so %s is never asked: %s silent and the book is held",
            ", ".join(paid),
            silent,
        )
        return
    for roles in (TOGETHER, *((role,) for role in ROLES if role not in TOGETHER)):
        needed = sum((most[role] for role in roles), Decimal(0))
        if needed > budget:
            raise ConfigError(_too_dear(roles, (seats[role] for role in roles), needed, budget))


def _too_dear(roles: Sequence[str], seats: Iterable[Seat], needed: Decimal, budget: Decimal) -> str:
    who = f"the {roles[0].replace('_', ' ')}"
    if roles == TOGETHER:
        who = "the two researchers, asked side by side,"
    prices = " and ".join(
        dict.fromkeys(
            f"{'' if seat.price.known else 'assumed '}price of {seat.spec.llm_id}, {seat.price}"
            for seat in seats
            if not seat.is_rules
        )
    )
    return (
        f"llm.daily_budget_usd is {budget:f}, but {who} may cost {needed:f} USD at the {prices}: "
        "raise llm.daily_budget_usd in the mandate, or state the price in its section [llm.prices]"
    )
