"""The life of a command, whatever is done with it: at most one effect, by one person, in time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from db.commands import Commands
from db.engine import transaction
from db.events import Events
from db.watchlist import Watchlist
from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from support.grounds import Stands, a_ground
from support.mandates import a_mandate
from support.players import NOW, a_quiet_market
from tools.control import OWNER_ONLY, ControlTools
from tools.control_words import ACTIONS

HISTORY = a_quiet_market()
IDS = count(1)
MINUTES = (0, 1, 4, 5, 6)
"""From the proposal to an act; it expires with the fifth."""


@dataclass(frozen=True)
class Act:
    """Something somebody does with a ticket."""

    kind: Literal["confirm", "decline", "tamper", "wait"]
    user: Literal["owner", "partner", "viewer"]
    minutes: int


ACTS = st.lists(
    st.builds(
        Act,
        kind=st.sampled_from(["confirm", "confirm", "confirm", "decline", "tamper", "wait"]),
        user=st.sampled_from(["owner", "owner", "partner", "viewer"]),
        minutes=st.sampled_from(MINUTES),
    ),
    min_size=1,
    max_size=6,
)


def a_control(engine: Engine, clock: FixedClock) -> ControlTools:
    return ControlTools(
        engine,
        clock,
        a_ground(HISTORY, a_mandate(), Stands),
        may_act=lambda name: name != "viewer",
        new_id=lambda: f"cmd-{next(IDS):06d}",
    )


def tampered(engine: Engine, command_id: str) -> None:
    """Change what a command is about, as somebody with the database's password could."""
    with transaction(engine) as connection:
        connection.execute(
            text(
                "UPDATE desk.commands SET args = jsonb_set(args, '{tickers}', '[\"CCC\"]') "
                "WHERE command_id = :id AND status = 'pending'"
            ),
            {"id": command_id},
        )


def refusal_of(do: Callable[..., object], *arguments: object) -> str | None:
    """Return what an attempt was refused with, None where it went through."""
    try:
        do(*arguments)
    except QueryRefusedError as refusal:
        return str(refusal)
    return None


@given(acts=ACTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_command_takes_effect_at_most_once_and_only_by_its_owners_timely_word(
    engine: Engine, acts: list[Act]
) -> None:
    clock = FixedClock(NOW)
    control = a_control(engine, clock)
    with transaction(engine) as connection:
        Watchlist(connection).change(["AAA", "CCC"], watched=False, command_id="reset", by="test", at=NOW)
    pending = control.propose("watch", None, "owner", None, tickers=["AAA"])
    intact, open_, confirmed = True, True, False
    for act in sorted(acts, key=lambda each: each.minutes):
        clock.move(NOW + timedelta(minutes=act.minutes))
        in_time = act.minutes < 5
        may = open_ and in_time and act.user == "owner" and (intact or act.kind == "decline")
        if act.kind == "tamper":
            tampered(engine, pending.command_id)
            intact = intact and not open_
        if act.kind not in ("confirm", "decline"):
            continue
        do = control.confirm if act.kind == "confirm" else control.decline
        refusal = refusal_of(do, pending.command_id, act.user)
        assert (refusal is None) == may, (act, refusal)
        assert (refusal == OWNER_ONLY) == (act.user == "viewer")
        if may:
            open_, confirmed = False, act.kind == "confirm"
    with transaction(engine) as connection:
        watched = [each.ticker for each in Watchlist(connection).current()]
        command = Commands(connection).get(pending.command_id)
        told = [each.event for each in Events(connection).latest(kind="command_executed", limit=500)]
    assert watched == (["AAA"] if confirmed else [])
    assert command is not None
    assert (command.status == "executed") == confirmed
    assert sum(each.event_id == f"command-{pending.command_id}" for each in told) == confirmed


def test_a_viewer_neither_proposes_confirms_nor_declines(engine: Engine) -> None:
    control = a_control(engine, FixedClock(NOW))
    pending = control.propose("pause", None, "owner", "t")
    for action in ACTIONS:
        assert refusal_of(control.propose, action, None, "viewer", "t") == OWNER_ONLY
    assert refusal_of(control.confirm, pending.command_id, "viewer") == OWNER_ONLY
    assert refusal_of(control.decline, pending.command_id, "viewer") == OWNER_ONLY
    assert [each.command_id for each in control.open_commands("t")] == [pending.command_id]


def test_an_owner_who_has_become_a_viewer_confirms_nothing_any_more(engine: Engine) -> None:
    roles = {"owner": True}
    clock = FixedClock(NOW)
    control = ControlTools(
        engine,
        clock,
        a_ground(HISTORY, a_mandate(), Stands),
        may_act=lambda name: roles[name],
        new_id=lambda: f"cmd-{next(IDS):06d}",
    )
    pending = control.propose("pause", None, "owner", None)
    roles["owner"] = False
    assert refusal_of(control.confirm, pending.command_id, "owner") == OWNER_ONLY
    assert control.trading().state == "closed"
