"""A checkpoint that was damaged between two processes: the committee ends as if nothing had happened."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from agents.brief import Evidence
from graph.checkpoints import libpq_url, open_checkpoints
from graph.committee import VALIDATOR, build_committee
from graph.context import CommitteeContext, RoleTurn
from graph.state import CommitteeState
from graph.strategy import run_committee
from support.evidence import a_candidate, an_evidence
from support.scripted_roles import ScriptedRoles, some_roles

EVIDENCE = an_evidence(a_candidate("AAPL"), a_candidate("MSFT"))
DAMAGE = {
    "another value": r"UPDATE graph.checkpoint_blobs SET blob = '\x00ff'",
    "no message at all": r"UPDATE graph.checkpoint_blobs SET blob = '\xc1c1'",
    "another encoding": "UPDATE graph.checkpoint_blobs SET type = 'json'",
    "an empty answer": r"UPDATE graph.checkpoint_blobs SET blob = '\x80' WHERE channel = 'answers'",
    "an empty head": "UPDATE graph.checkpoints SET checkpoint = '{}'",
    "a head of another kind": "UPDATE graph.checkpoints SET checkpoint = '[]'",
    "other metadata": "UPDATE graph.checkpoints SET metadata = '[]'",
    "lost values": "DELETE FROM graph.checkpoint_blobs",
    "lost heads": "DELETE FROM graph.checkpoints",
    "lost writes": "DELETE FROM graph.checkpoint_writes",
    "a write to nowhere": "UPDATE graph.checkpoint_writes SET channel = 'nowhere'",
}


class CutOff(Exception):  # noqa: N818 - what a killed process leaves is no error of ours
    """The process ends here."""


async def cut_off_and_gone_on(
    url: str, name: str, damage: str, then: Evidence = EVIDENCE
) -> tuple[CommitteeState, ScriptedRoles]:
    """Run a committee until the validator's turn, damage its checkpoint, and run it on."""
    saver, pool = await open_checkpoints(libpq_url(url))
    committee, before, after = build_committee(saver), some_roles(), some_roles()

    async def dying(role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
        if role == VALIDATOR:
            raise CutOff
        return await before(role, evidence, earlier)

    try:
        with pytest.raises(CutOff):
            await run_committee(committee, CommitteeContext(cycle_id=name, evidence=EVIDENCE, ask=dying))
        with psycopg.connect(libpq_url(url)) as connection:
            assert connection.execute(damage.encode()).rowcount > 0
        context = CommitteeContext(cycle_id=name, evidence=then, ask=after)
        return await run_committee(committee, context), after
    finally:
        await pool.close()


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_checkpoint_ends_in_the_state_of_an_undisturbed_run(name: str, database_url: str) -> None:
    context = CommitteeContext(cycle_id="calm", evidence=EVIDENCE, ask=some_roles())
    calm = asyncio.run(run_committee(build_committee(), context))
    state, asked_again = asyncio.run(cut_off_and_gone_on(database_url, name, DAMAGE[name]))
    assert state["answers"] == calm["answers"]
    assert state["silent"] == {}
    assert max(Counter(asked_again.asked).values()) <= 2, "once to go on, once to begin again"


def test_an_undamaged_checkpoint_asks_only_who_had_not_spoken(database_url: str) -> None:
    state, asked_again = asyncio.run(
        cut_off_and_gone_on(database_url, "sound", "UPDATE graph.checkpoints SET metadata = metadata")
    )
    assert asked_again.asked == ["validator", "risk_officer"]
    assert len(state["answers"]) == 5


def test_a_run_about_other_names_than_it_began_with_begins_again(database_url: str) -> None:
    watched = an_evidence(a_candidate("AAPL"), a_candidate("MSFT"), a_candidate("XOM"))
    untouched = "UPDATE graph.checkpoints SET metadata = metadata"
    state, asked_again = asyncio.run(cut_off_and_gone_on(database_url, "watched", untouched, watched))
    assert len(asked_again.asked) == 5
    assert state["about"] == ["AAPL", "MSFT", "XOM"]
