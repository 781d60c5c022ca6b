"""A proposal delivered twice is one command, across restarts; a key is one user's, and one request's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from db.commands import Commands
from db.engine import in_transaction
from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from support.grounds import Stands, a_ground
from support.mandates import a_mandate, issue_levels
from support.players import a_quiet_market
from tools.control import ControlTools
from tools.control_once import USED, Once

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HISTORY = a_quiet_market()
ORDER = Once.of("owner", "order-1", '{"action":"kill"}')


def a_process(engine: Engine) -> ControlTools:
    """Return the tools as a desk has them that was just started."""
    ground = a_ground(HISTORY, a_mandate(breaker=issue_levels()), Stands)
    return ControlTools(engine, FixedClock(NOW), ground, may_act=lambda _: True)


def test_the_second_delivery_gets_the_first_command_also_after_a_restart(engine: Engine) -> None:
    first = a_process(engine).propose("kill", None, "owner", None, once=ORDER)
    assert a_process(engine).propose("kill", None, "owner", None, once=ORDER) == first
    waiting = in_transaction(engine, lambda connection: Commands(connection).pending(now=NOW))
    assert [command.command_id for command in waiting] == [ORDER.command_id]


def test_a_command_that_was_settled_is_not_opened_anew(engine: Engine) -> None:
    once = Once.of("owner", "order-2", "{}")
    tools = a_process(engine)
    tools.decline(tools.propose("kill", None, "owner", None, once=once).command_id, "owner")
    again = tools.propose("kill", None, "owner", None, once=once)
    assert tools.fate(again.command_id) == "declined"


def test_a_key_that_was_used_for_something_else_is_refused(engine: Engine) -> None:
    once = Once.of("owner", "order-3", "{}")
    tools = a_process(engine)
    tools.propose("kill", None, "owner", None, once=once)
    with pytest.raises(QueryRefusedError, match=USED):
        tools.propose("pause", None, "owner", None, once=replace(once, asked="other"))


def test_what_was_refused_leaves_its_key_free(engine: Engine) -> None:
    once = Once.of("owner", "order-4", "{}")
    tools = a_process(engine)
    with pytest.raises(QueryRefusedError):
        tools.propose("advance", 10_000, "owner", None, once=once)
    assert tools.fate(once.command_id) is None
    assert tools.propose("advance", 1, "owner", None, once=once).command_id == once.command_id


def test_the_same_key_of_two_users_is_two_keys() -> None:
    keys = {Once.of(user, key, "{}").command_id for user, key in (("a", "bc"), ("ab", "c"), ("a", "c"))}
    assert len(keys) == 3
