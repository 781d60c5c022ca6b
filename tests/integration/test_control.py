"""Proposing and confirming over the real database: one person, one time, in time, all or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import Connection, Engine

from db.commands import Commands
from db.events import Events
from db.trading_state import TradingState
from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from support.grounds import Stands, a_ground
from support.mandates import a_mandate, issue_levels
from support.players import a_quiet_market
from tools.control import ControlTools
from tools.control_action import CommitteeCost

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IDS = count(1)
HISTORY = a_quiet_market()
VIEWER = "viewer"


def tools_of(engine: Engine, stands: Stands | None = None, clock: FixedClock | None = None) -> ControlTools:
    here = stands or Stands()
    return ControlTools(
        engine,
        clock or FixedClock(NOW),
        a_ground(HISTORY, a_mandate(breaker=issue_levels()), lambda: here),
        may_act=lambda name: name != VIEWER,
        new_id=lambda: f"cmd-{next(IDS):06d}",
    )


@pytest.fixture
def control(engine: Engine) -> Iterator[ControlTools]:
    tools = tools_of(engine)
    yield tools
    if tools.trading().is_paused:
        tools.confirm(tools.propose("resume", None, "owner", None).command_id, "owner")


def paused(engine: Engine) -> bool:
    with engine.connect() as connection:
        return TradingState(connection).get().is_paused


def test_a_proposal_says_exactly_what_it_would_do_and_does_nothing(
    engine: Engine, control: ControlTools
) -> None:
    pending = control.propose("advance", 5, "owner", "thread")
    assert pending.sentence.startswith("Advance 5 sessions: the next 5 sessions are played")
    assert pending.expires_at == NOW + timedelta(minutes=5)
    assert "from the next decision on no new orders" in control.propose("pause", None, "owner", "t").sentence
    assert not paused(engine)


@pytest.mark.parametrize(("asked", "sessions"), [(None, 1), (1, 1), (40, 40), (0, 40)])
def test_advancing_takes_one_to_all_that_are_left(
    control: ControlTools, asked: int | None, sessions: int
) -> None:
    pending = control.propose("advance", asked, "owner", None)
    assert control.confirm(pending.command_id, "owner").sessions == sessions


@pytest.mark.parametrize("asked", [-1, 41, 10**9])
def test_more_than_is_left_is_refused_with_the_range(control: ControlTools, asked: int) -> None:
    with pytest.raises(QueryRefusedError, match="1 to 40 sessions"):
        control.propose("advance", asked, "owner", None)


def test_the_end_of_the_data_and_the_real_clock_cannot_be_advanced(engine: Engine) -> None:
    with pytest.raises(QueryRefusedError, match="no session is left"):
        tools_of(engine, Stands(unplayed=0)).propose("advance", 1, "owner", None)
    with pytest.raises(QueryRefusedError, match="real clock"):
        tools_of(engine, Stands(mode="live", unplayed=None)).propose("advance", 1, "owner", None)


def test_an_unknown_action_is_refused(control: ControlTools) -> None:
    with pytest.raises(
        QueryRefusedError,
        match=r"an action is pause, .*, promote_forecaster or roll_back_forecaster, found 'liquidate'",
    ):
        control.propose("liquidate", None, "owner", None)  # type: ignore[arg-type]


def test_a_confirmed_pause_is_done_in_the_same_transaction_and_is_an_event(
    engine: Engine, control: ControlTools
) -> None:
    done = control.confirm(control.propose("pause", None, "owner", None).command_id, "owner")
    assert done.sessions is None
    assert "paused" in done.sentence
    with engine.connect() as connection:
        assert TradingState(connection).get().changed_by == "owner"
        latest = Events(connection).latest(kind="trading_paused", limit=1)
        command = Commands(connection).get(done.command_id)
    assert latest[0].event.data["by"] == "owner"
    assert command is not None
    assert (command.status, command.result) == ("executed", {"done": done.sentence})


def test_what_would_change_nothing_is_refused(control: ControlTools) -> None:
    with pytest.raises(QueryRefusedError, match="nothing to resume"):
        control.propose("resume", None, "owner", None)
    control.confirm(control.propose("pause", None, "owner", None).command_id, "owner")
    with pytest.raises(QueryRefusedError, match="already paused since 2026-11-20 12:00 UTC"):
        control.propose("pause", None, "owner", None)


@pytest.mark.parametrize("user", ["somebody", "", "OWNER", "owner "])
def test_nobody_else_can_confirm_or_decline(engine: Engine, control: ControlTools, user: str) -> None:
    pending = control.propose("pause", None, "owner", None)
    with pytest.raises(QueryRefusedError, match="waiting for you"):
        control.confirm(pending.command_id, user)
    with pytest.raises(QueryRefusedError, match="waiting for you"):
        control.decline(pending.command_id, user)
    assert not paused(engine)


def test_a_command_cannot_be_used_twice_nor_after_being_declined(control: ControlTools) -> None:
    pending = control.propose("advance", 1, "owner", None)
    control.confirm(pending.command_id, "owner")
    with pytest.raises(QueryRefusedError, match="already executed"):
        control.confirm(pending.command_id, "owner")
    declined = control.propose("pause", None, "owner", None)
    assert "nothing was done (pause trading)" in control.decline(declined.command_id, "owner")
    with pytest.raises(QueryRefusedError, match="already declined"):
        control.confirm(declined.command_id, "owner")


def test_a_command_expires_after_five_minutes(engine: Engine) -> None:
    clock = FixedClock(NOW)
    control = tools_of(engine, clock=clock)
    pending = control.propose("pause", None, "owner", "late thread")
    clock.move(NOW + timedelta(minutes=5) - timedelta(microseconds=1))
    assert [each.command_id for each in control.open_commands("late thread")] == [pending.command_id]
    clock.move(NOW + timedelta(minutes=5))
    assert control.open_commands("late thread") == ()
    with pytest.raises(QueryRefusedError, match="expired"):
        control.confirm(pending.command_id, "owner")
    assert not paused(engine)


def test_how_a_ticket_stands_is_told_whoever_settled_it_and_when(engine: Engine) -> None:
    clock = FixedClock(NOW)
    control = tools_of(engine, clock=clock)
    done, declined, late = (
        control.propose("advance", number, "owner", "fates").command_id for number in (1, 2, 3)
    )
    assert {control.fate(each) for each in (done, declined, late)} == {"pending"}
    control.confirm(done, "owner")
    control.decline(declined, "owner")
    clock.move(NOW + timedelta(minutes=5))
    assert [control.fate(each) for each in (done, declined, late)] == ["executed", "declined", "expired"]
    assert control.fate("cmd-nothing") is None


def test_what_a_script_asked_for_waits_in_every_conversation_of_its_user_and_of_nobody_else(
    control: ControlTools,
) -> None:
    own = control.propose("advance", 1, "owner", "script thread").command_id
    of_script = control.propose("advance", 2, "owner", None).command_id
    assert of_script in {each.command_id for each in control.open_commands("another thread", "owner")}
    assert of_script not in {each.command_id for each in control.open_commands("another thread", "vera")}
    assert [each.command_id for each in control.open_commands("script thread")] == [own]


@pytest.mark.parametrize("command_id", ["", "cmd-nothing", "' OR 1=1 --", "cmd-" + "x" * 5000])
def test_an_id_that_is_none_is_a_sentence(control: ControlTools, command_id: str) -> None:
    with pytest.raises(QueryRefusedError, match="waiting for you"):
        control.confirm(command_id, "owner")


def test_of_many_confirmations_at_once_exactly_one_gets_it(control: ControlTools) -> None:
    pending = control.propose("advance", 3, "owner", None)

    def confirm(_: int) -> bool:
        try:
            return control.confirm(pending.command_id, "owner").sessions == 3
        except QueryRefusedError:
            return False

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert sum(pool.map(confirm, range(8))) == 1


def test_the_kill_switch_is_thrown_once_and_only_a_resume_ends_it(
    engine: Engine, control: ControlTools
) -> None:
    pending = control.propose("kill", None, "owner", None)
    assert pending.sentence.startswith("Throw the kill switch: every order that has not traded is cancelled")
    assert not paused(engine)
    done = control.confirm(pending.command_id, "owner")
    assert done.sentence.startswith("The kill switch is thrown: 0 orders were cancelled.")
    assert control.trading().latched
    with pytest.raises(QueryRefusedError, match="kill switch is on since 2026-11-20 12:00 UTC already"):
        control.propose("kill", None, "owner", None)
    with pytest.raises(QueryRefusedError, match="already halted"):
        control.propose("pause", None, "owner", None)


def test_a_resume_shows_its_evidence_and_names_what_is_not_met(control: ControlTools) -> None:
    control.confirm(control.propose("kill", None, "owner", None).command_id, "owner")
    pending = control.propose("resume", None, "owner", "a thread")
    assert [each.name for each in pending.evidence] == ["drawdown", "winning_sessions", "sharpe"]
    assert "0 of the 3 levels of the mandate for a resume are met." in pending.sentence
    assert "The Sharpe ratio takes 7 sessions since the change, there are 0" in pending.sentence
    assert control.open_commands("a thread") == (pending,), "the ticket says the same when it is shown again"
    standing = control.breaker()
    assert (standing.status.state, standing.evidence, standing.proposed) == ("open", pending.evidence, False)


def test_an_approval_expires_when_the_state_changes(engine: Engine, control: ControlTools) -> None:
    control.confirm(control.propose("pause", None, "owner", None).command_id, "owner")
    asked = control.propose("resume", None, "owner", None)
    control.confirm(control.propose("kill", None, "owner", None).command_id, "owner")
    for _ in range(2):
        with pytest.raises(QueryRefusedError, match="this approval expired: the state changed"):
            control.confirm(asked.command_id, "owner")
    assert paused(engine)
    control.confirm(control.propose("resume", None, "owner", None).command_id, "owner")
    assert not paused(engine)


def test_the_approval_of_a_resume_is_kept_with_the_evidence_it_rested_on(
    engine: Engine, control: ControlTools
) -> None:
    control.confirm(control.propose("pause", None, "owner", None).command_id, "owner")
    asked = control.propose("resume", None, "owner", None)
    control.confirm(asked.command_id, "owner", "at the terminal")
    status = control.trading()
    assert (status.approved, status.changed_by) == (asked.evidence, "owner")
    assert status.reason == "confirmed at the terminal"
    assert control.breaker().evidence == ()


def test_the_result_of_an_advance_is_kept_with_its_command(engine: Engine, control: ControlTools) -> None:
    pending = control.propose("advance", 1, "owner", None)
    control.confirm(pending.command_id, "owner")
    control.note_result(pending.command_id, {"played": 1})
    with engine.connect() as connection:
        command = Commands(connection).get(pending.command_id)
    assert command is not None
    assert command.result == {"played": 1}


def with_ground(engine: Engine, **changes: object) -> ControlTools:
    ground = a_ground(HISTORY, a_mandate(breaker=issue_levels()), Stands, **changes)
    return ControlTools(
        engine,
        FixedClock(NOW),
        ground,
        may_act=lambda name: name != VIEWER,
        new_id=lambda: f"cmd-{next(IDS):06d}",
    )


def test_what_an_llm_may_cost_is_on_the_ticket_against_what_is_left_of_the_day(engine: Engine) -> None:
    looked_at = list[int]()

    def cost(candidates: int) -> CommitteeCost:
        looked_at.append(candidates)
        return CommitteeCost(llm="an LLM", most=Decimal("0.5"), left=Decimal(2), budget=Decimal(5))

    control = with_ground(engine, committee_cost=cost)
    told = control.propose("advance", 3, "owner", None).consequences
    assert told == (
        "Asks an LLM for at most 1.50 USD, 0.50 USD each; 2.00 USD of the day's 5.00 USD are left.",
    )
    (short,) = control.propose("advance", 6, "owner", None).consequences
    assert short.endswith("That may not be enough: a role that cannot be paid is silent.")
    assert looked_at == [a_mandate().candidates] * 2


class Offered:
    """Bakeoffs that are offered, and one that may be under way."""

    def __init__(self, going: str = "") -> None:
        self.going = going

    def plan(self, about: Sequence[str], trials: int | None) -> dict[str, object]:
        return {"datasets": list(about) or ["robustness"], "trials": trials or 4, "most_usd": "0.00"}

    def told(self, connection: Connection, args: Mapping[str, object]) -> tuple[str, ...]:
        return ("Asks no LLM and costs nothing.",)

    def under_way(self) -> str:
        return self.going

    def stop(self, by: str) -> str:
        self.going = ""
        return f"Cancelled by {by}."


def test_a_bakeoff_is_proposed_with_what_it_costs_and_one_at_a_time(engine: Engine) -> None:
    with pytest.raises(QueryRefusedError, match="this desk offers no evaluations"):
        with_ground(engine).propose("evaluate", None, "owner", None)
    offered = Offered()
    control = with_ground(engine, bakeoffs=offered)
    pending = control.propose("evaluate", None, "owner", None, about=["risk_management"], trials=2)
    assert pending.sentence.startswith("Run a bakeoff over risk management: the same cases through everybody")
    assert "each asked 2 times" in pending.sentence
    assert pending.consequences == (
        "Asks no LLM and costs nothing.",
        "Orders: none. No roster is changed by it.",
    )
    again = control.propose("evaluate", None, "owner", None)
    assert control.confirm(pending.command_id, "owner").sentence == ""
    offered.going = "a bakeoff is under way, 3 of 10 answers"
    with pytest.raises(QueryRefusedError, match="3 of 10 answers: wait for it"):
        control.confirm(again.command_id, "owner")
    with pytest.raises(QueryRefusedError, match="wait for it, or say"):
        control.propose("evaluate", None, "owner", None)
    with engine.connect() as connection:
        newest, *_ = Commands(connection).executed("evaluate", limit=5)
    assert (newest.command_id, newest.result) == (pending.command_id, None)


def test_a_bakeoff_is_cancelled_only_while_it_is_under_way(engine: Engine) -> None:
    offered = Offered("a bakeoff is under way, 3 of 10 answers")
    control = with_ground(engine, bakeoffs=offered)
    pending = control.propose("stop_evaluation", None, "owner", None)
    assert control.confirm(pending.command_id, "owner").sentence == "Cancelled by owner."
    with pytest.raises(QueryRefusedError, match="no bakeoff is under way"):
        control.propose("stop_evaluation", None, "owner", None)
