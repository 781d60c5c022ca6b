"""Past decisions taken again from what is on record: byte for byte, or with exactly one thing changed."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from db.engine import transaction
from db.past import Past
from desk.bootstrap import Desk
from desk.changes import Change, with_limit, with_llm, without_memory, without_news, without_role
from desk.difference import Difference, difference_of
from desk.rebuild import Rebuilder
from fund.errors import QueryRefusedError
from graph.left_out import ABSENT
from graph.research import HEADLINES
from support.kept_records import kept_on
from support.started_desks import REPLAYED

pytest_plugins = ["support.desks"]


@pytest.fixture(scope="module")
def rebuilder(desk: Desk) -> Iterator[Rebuilder]:
    with Rebuilder(desk, desk.settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def cycle_ids(desk: Desk) -> tuple[str, ...]:
    with transaction(desk.engine) as connection:
        return Past(connection).cycle_ids()


def kept_by(desk: Desk) -> object:
    """Return every table of the desk that is a record, the calls of the rules among them."""
    kept = kept_on(desk.stores.url.replace("postgresql+psycopg", "postgresql", 1))
    with transaction(desk.engine) as connection:
        calls = connection.exec_driver_sql("SELECT count(*), max(started_at) FROM desk.llm_calls").all()
        mandates = connection.exec_driver_sql("SELECT * FROM desk.mandates").all()
    return kept, calls, mandates


def test_every_decision_of_a_first_start_is_rebuilt_byte_for_byte_and_nothing_is_written(
    desk: Desk, rebuilder: Rebuilder, cycle_ids: tuple[str, ...]
) -> None:
    before = kept_by(desk)
    again = [rebuilder.rebuild(cycle_id) for cycle_id in cycle_ids]
    assert len(again) == REPLAYED
    assert [each.stored.cycle_id for each in again if not each.same] == []
    assert sum(bool(each.then.orders) for each in again) > REPLAYED / 2, "decisions that decided something"
    assert all(difference_of(each).inputs == () for each in again)
    assert kept_by(desk) == before
