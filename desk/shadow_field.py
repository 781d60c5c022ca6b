"""Who shadows the committee in force, by the mandate and the keys there are, and who is skipped and why."""

from agents.roles import RESEARCHERS, longest_question
from agents.roster import Seat
from desk.committee import roster_for
from desk.evaluating import KEYS, Field
from desk.settings import Settings
from fund.errors import ConfigError
from fund.mandate import Mandate


def shadow_field(settings: Settings, mandate: Mandate) -> Field:
    """Return the shadows by the name they have on record, and why others of the mandate cannot be asked.

    `compatible` is the deployment's own server, whichever LLM of it is named. Nothing here stops a desk.
    """
    access: dict[str, object] = {
        "anthropic": settings.anthropic_api_key,
        "openai": settings.openai_api_key,
        "compatible": settings.compatible_base_url,
        "offline": True,
    }
    rosters, skipped = {}, {}
    for name in mandate.shadows:
        provider = name.partition(":")[0]
        if not access[provider]:
            needed = "DESK_COMPATIBLE_BASE_URL" if provider == "compatible" else KEYS[provider]
            skipped[name] = f"no key: {needed} is not set"
            continue
        try:
            roster = roster_for(name, settings, mandate)
        except ConfigError as error:
            skipped[name] = str(error)
            continue
        if beyond := _beyond_the_budget(roster.seats[0], mandate):
            skipped[name] = beyond
        else:
            rosters[roster.seats[0].label] = roster
    return Field(rosters=rosters, skipped=skipped)


def _beyond_the_budget(seat: Seat, mandate: Mandate) -> str:
    """Return why a shadow could never be asked, empty where it can: two researchers ask at once."""
    needed = len(RESEARCHERS) * seat.worst_case("x" * longest_question(mandate.candidates))
    if needed <= mandate.shadow_budget_usd:
        return ""
    return (
        f"no money: its two researchers may cost {needed:f} USD at {seat.price}, and llm.shadow_budget_usd "
        f"is {mandate.shadow_budget_usd:f}"
    )
