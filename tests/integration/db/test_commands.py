"""A pending command is executed once, in time, by the one who asked, as it was shown (INV-16)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, update

from db.commands import LIFETIME, Command, Commands, hash_args
from db.engine import transaction
from db.tables import commands
from fund.errors import LedgerError, QueryRefusedError
from support.records import NOON

SECOND = timedelta(seconds=1)


def propose(connection: Connection, command_id: str = "c1", **changes: object) -> Command:
    values: dict[str, object] = {"user_id": "owner", "thread_id": "t1", "now": NOON} | changes
    return Commands(connection).propose(command_id, "pause", {"reason": "storm"}, **values)  # type: ignore[arg-type]


def confirm(
    connection: Connection,
    command: Command,
    user_id: str = "owner",
    now: datetime = NOON,
) -> Command:
    return Commands(connection).confirm(command.command_id, user_id=user_id, now=now)


def test_a_confirmed_command_comes_back_as_it_was_proposed(connection: Connection) -> None:
    command = propose(connection)
    taken = confirm(connection, command, now=NOON + SECOND)
    assert (taken.action, taken.args, taken.thread_id) == ("pause", {"reason": "storm"}, "t1")
    assert (taken.status, taken.settled_at) == ("executed", NOON + SECOND)
    Commands(connection).note_result("c1", {"paused": True})
    settled = Commands(connection).get("c1")
    assert settled is not None
    assert settled.result == {"paused": True}


def test_a_proposal_delivered_twice_is_one_command(connection: Connection) -> None:
    assert propose(connection) == propose(connection)
    assert len(Commands(connection).pending(now=NOON)) == 1
    with pytest.raises(LedgerError, match="user_id 'owner' and came again with 'guest'"):
        propose(connection, user_id="guest")


def test_a_command_is_used_up_by_its_first_confirmation(connection: Connection) -> None:
    command = propose(connection)
    confirm(connection, command)
    with pytest.raises(QueryRefusedError, match="already executed"):
        confirm(connection, command)


def test_the_last_moment_is_the_one_before_it_expires(connection: Connection) -> None:
    command = propose(connection)
    assert command.expires_at == NOON + LIFETIME == NOON + timedelta(minutes=5)
    with pytest.raises(QueryRefusedError, match="expired at 12:05:00 UTC"):
        confirm(connection, command, now=command.expires_at)
    assert confirm(connection, command, now=command.expires_at - SECOND).status == "executed"


def test_another_user_learns_nothing_of_a_command(connection: Connection) -> None:
    command = propose(connection)
    with pytest.raises(QueryRefusedError) as refused:
        confirm(connection, command, user_id="guest")
    assert str(refused.value) == "there is no action 'c1' waiting for you; ask for it again"
    with pytest.raises(QueryRefusedError, match="no action 'c3' waiting"):
        Commands(connection).confirm("c3", user_id="owner", now=NOON)
    assert confirm(connection, command).status == "executed", "the owner's right is untouched"


def test_a_command_whose_arguments_were_changed_is_not_executed(connection: Connection) -> None:
    command = propose(connection)
    connection.execute(update(commands).values(args={"reason": "calm"}))
    with pytest.raises(QueryRefusedError, match="not what was asked for"), connection.begin_nested():
        confirm(connection, command)
    assert [kept.status for kept in Commands(connection).pending(now=NOON)] == ["pending"]
    assert command.args_hash == hash_args("pause", {"reason": "storm"}) != hash_args("resume", command.args)


def test_a_declined_command_stays_declined(connection: Connection) -> None:
    command = propose(connection)
    declined = Commands(connection).decline("c1", user_id="owner", now=NOON + SECOND)
    assert declined.status == "declined"
    with pytest.raises(QueryRefusedError, match="already declined"):
        confirm(connection, command)
    with pytest.raises(QueryRefusedError, match="already declined"):
        Commands(connection).decline("c1", user_id="owner", now=NOON)


def test_pending_commands_are_those_that_can_still_be_confirmed(connection: Connection) -> None:
    commands = Commands(connection)
    first = propose(connection, "c1")
    second = propose(connection, "c2", now=NOON + SECOND, thread_id="t2")
    confirm(connection, propose(connection, "c3"))
    assert commands.pending(now=NOON) == (first, second)
    assert commands.pending(now=NOON, thread_id="t2") == (second,)
    assert commands.pending(now=first.expires_at) == (second,)


def test_a_result_is_noted_only_of_what_was_executed(connection: Connection) -> None:
    propose(connection)
    Commands(connection).note_result("c1", {"done": True})
    pending = Commands(connection).get("c1")
    assert pending is not None
    assert pending.result is None


def test_of_many_confirmations_at_once_exactly_one_gets_the_command(engine: Engine) -> None:
    with transaction(engine) as connection:
        command = propose(connection, "raced")

    def attempt(_: int) -> bool:
        try:
            with transaction(engine) as connection:
                confirm(connection, command)
        except QueryRefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]


def test_a_failed_execution_leaves_the_command_pending(engine: Engine) -> None:
    with transaction(engine) as connection:
        command = propose(connection, "failed")

    def execute() -> None:
        with transaction(engine) as connection:
            confirm(connection, command)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        execute()
    with transaction(engine) as connection:
        assert confirm(connection, command).status == "executed"
