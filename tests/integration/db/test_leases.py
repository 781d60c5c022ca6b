"""Leases under any interleaving: one owner at a time, and a late one is unmasked by its token (INV-14)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, text

from db.decisions import Decisions
from db.engine import transaction
from db.leases import Lease, Leases
from fund.errors import LedgerError, TradingHaltedError
from support.records import NOON, a_cycle_record

MINUTE = timedelta(minutes=1)
owners, slots = st.sampled_from("abc"), st.sampled_from(["1", "2"])


def take(
    connection: Connection,
    owner: str,
    now: datetime = NOON,
    *,
    slot: str = "1",
    minutes: int = 10,
    predecessor_gone: bool = False,
) -> Lease | None:
    return Leases(connection).take(
        "daily", slot, owner=owner, now=now, duration=minutes * MINUTE, predecessor_gone=predecessor_gone
    )


def taken(connection: Connection, owner: str, now: datetime = NOON, *, slot: str = "1") -> Lease:
    lease = take(connection, owner, now, slot=slot)
    assert lease is not None
    return lease


def holds(connection: Connection, lease: Lease) -> bool:
    try:
        Leases(connection).require(lease)
    except TradingHaltedError:
        return False
    return True


def machine_over(connection: Connection) -> type[RuleBasedStateMachine]:
    """Owners that take, renew, check and give back leases while a clock moves, beside a model of it all."""

    class Interleaving(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            connection.execute(text("UPDATE desk.cycle_leases SET expires_at = '1970-01-01', owner = ''"))
            self.now = NOON
            self.given: list[Lease] = []
            self.current: dict[str, Lease] = {}

        @rule(minutes=st.integers(0, 12))
        def time_passes(self, minutes: int) -> None:
            self.now += minutes * MINUTE

        @rule(owner=owners, slot=slots, minutes=st.integers(1, 12), gone=st.booleans())
        def somebody_asks(self, owner: str, slot: str, minutes: int, gone: bool) -> None:
            before = self.current.get(slot)
            free = before is None or before.owner == owner or before.expires_at <= self.now or gone
            got = take(connection, owner, self.now, slot=slot, minutes=minutes, predecessor_gone=gone)
            assert (got is not None) == free
            if got is not None:
                assert (got.owner, got.slot, got.expires_at) == (owner, slot, self.now + minutes * MINUTE)
                assert all(got.token > old.token for old in self.given if old.slot == slot)
                self.given.append(got)
                self.current[slot] = got

        @rule(choice=st.integers(0, 999))
        def somebody_gives_back(self, choice: int) -> None:
            if self.given:
                lease = self.given[choice % len(self.given)]
                Leases(connection).give_back(lease, now=self.now)
                if self.current[lease.slot].token == lease.token:
                    self.current[lease.slot] = replace(self.current[lease.slot], expires_at=self.now)

        @invariant()
        def only_the_last_lease_of_a_slot_holds(self) -> None:
            for lease in self.given:
                assert holds(connection, lease) == (lease.token == self.current[lease.slot].token)

    return Interleaving


def test_whatever_the_order_one_owner_has_a_slot_and_tokens_only_rise(connection: Connection) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine_over(connection), settings=settings(max_examples=25, stateful_step_count=25)
    )


def test_a_lease_of_another_job_is_another_lease(connection: Connection) -> None:
    daily = taken(connection, "a")
    hourly = Leases(connection).take("hourly", "1", owner="b", now=NOON, duration=MINUTE)
    assert hourly is not None
    assert hourly.token == 1
    assert holds(connection, daily)
    renewed = taken(connection, "a")
    assert [holds(connection, lease) for lease in (hourly, renewed, daily)] == [True, True, False]
    Leases(connection).give_back(renewed, now=NOON)
    assert take(connection, "b") is not None
    assert Leases(connection).take("hourly", "1", owner="c", now=NOON, duration=MINUTE) is None


def test_giving_back_twice_does_not_shorten_the_successors_lease(connection: Connection) -> None:
    first = taken(connection, "a")
    Leases(connection).give_back(first, now=NOON)
    second = taken(connection, "b")
    Leases(connection).give_back(first, now=NOON)
    assert take(connection, "c", NOON + 9 * MINUTE) is None
    assert holds(connection, second)


@pytest.mark.parametrize(
    "use",
    [
        lambda connection, lease: take(connection, "b", NOON.replace(tzinfo=None)),
        lambda connection, lease: Leases(connection).give_back(lease, now=NOON.replace(tzinfo=None)),
    ],
    ids=["take", "give back"],
)
def test_a_time_without_a_zone_is_refused(
    connection: Connection, use: Callable[[Connection, Lease], object]
) -> None:
    lease = taken(connection, "a")
    with pytest.raises(LedgerError, match="timezone-aware"):
        use(connection, lease)


def test_a_lost_lease_says_whose_token_it_met(connection: Connection) -> None:
    first = taken(connection, "a")
    taken(connection, "a")
    with pytest.raises(TradingHaltedError, match=r"'daily', '1'.* had token 1 and is at 2 now; another"):
        Leases(connection).require(first)


def test_of_many_that_ask_at_once_one_gets_the_slot(engine: Engine) -> None:
    together = Barrier(6)

    def ask(owner: int) -> Lease | None:
        with transaction(engine) as connection:
            together.wait()
            return take(connection, f"owner-{owner}", slot="asked at once")

    with ThreadPoolExecutor(6) as pool:
        leases = [lease for lease in pool.map(ask, range(6)) if lease is not None]
    assert [lease.token for lease in leases] == [1]


def test_who_records_under_a_lease_keeps_the_successor_waiting_until_the_commit(engine: Engine) -> None:
    with transaction(engine) as connection:
        lease = taken(connection, "slow", slot="guarded")
    later = NOON + 20 * MINUTE
    recorded: list[str] = []

    def succeed() -> None:
        with transaction(engine) as connection:
            assert take(connection, "next", later, slot="guarded") is not None
            recorded.append("taken over")

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as connection:
            Leases(connection).require(lease)
            successor = pool.submit(succeed)
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            with engine.connect() as watcher:
                while not watcher.execute(waiting).scalar_one():
                    assert not successor.done(), "the successor did not wait"
            cycle = a_cycle_record("guarded")
            Decisions(connection).record_cycle(cycle, job="daily", slot="guarded", recorded_at=NOON)
            recorded.append("recorded")
        successor.result()
    assert recorded == ["recorded", "taken over"]
    with transaction(engine) as connection:
        assert not holds(connection, lease)
