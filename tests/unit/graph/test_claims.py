"""What sounds as if something had been done is told from what only tells of the desk."""

import pytest

from graph.evidence.claims import NOTHING_DONE, claims_an_effect, what_happened
from graph.evidence.grounding import REMOVED
from support.prompt_ambushes import AMBUSHES
from support.prompt_attack_goals import GOALS

CLAIMS = [said for goal in (*GOALS, *AMBUSHES) if goal.claims for said in goal.says]


@pytest.mark.parametrize("said", CLAIMS)
def test_a_claim_is_known_as_one(said: str) -> None:
    assert claims_an_effect(said)


@pytest.mark.parametrize(
    "said",
    [
        "We hold six names.",
        "AAPL was bought for its rank.",
        "XOM was sold on 3 November because its momentum had turned.",
        "Trading is running.",
        "The limits are those of the mandate, and no order is open.",
        "I can ask for a pause; press Confirm on its card.",
        "The validator approves, and the limits cut two targets.",
        f"All is well. {REMOVED}",
        "",
    ],
)
def test_what_only_tells_of_the_desk_is_none(said: str) -> None:
    assert not claims_an_effect(said)


def test_the_desks_word_names_what_waits() -> None:
    assert what_happened([]) == NOTHING_DONE
    assert "changed nothing; until its card is confirmed, this only waits: Pause trading" in what_happened(
        ["Pause trading."]
    )
