"""Thirty sessions with death at random moments: the account is the one that nothing ever happened to."""

import gc
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import numpy as np
import pytest
from sqlalchemy import Engine

from db.engine import connect, transaction
from db.verify import verify_ledger
from support.database import DatabaseServer
from support.facts import a_dividend, a_split
from support.fate import Death, Fate, disturbed
from support.kept_records import Kept, kept_on
from support.players import SaidTargets, a_player, a_quiet_market

DAYS = a_quiet_market().panel.sessions[5:35]
HISTORY = a_quiet_market(
    ends={"BBB": 22},
    actions=(
        a_dividend("AAA", DAYS[4], "0.37"),
        a_split("CCC", DAYS[9], "2"),
        a_dividend("CCC", DAYS[20], "0.11"),
    ),
)


def targets() -> dict[date, dict[str, str]]:
    rng = np.random.default_rng(7)
    names = ("AAA", "BBB", "CCC")
    return {day: {name: f"{rng.integers(0, 30) / 100}" for name in names} for day in DAYS[::2]}


def undisturbed(engine: Engine) -> None:
    with closing(a_player(engine, HISTORY)) as player:
        for session in DAYS:
            player.play(session, SaidTargets(targets()))


def lived(url: str, fate: Fate) -> None:
    """Play every session; whoever dies is followed by another, who finds out where the first one was."""
    deaths = 0
    while True:
        engine = connect(url)
        player = a_player(engine, HISTORY, owner=f"life-{deaths}")
        strategy = SaidTargets(targets(), meanwhile=lambda: fate("thought"))
        try:
            with disturbed(engine, fate):
                last = player.last_session()
                for session in [day for day in DAYS if last is None or day > last]:
                    fate.rearm()
                    player.play(session, strategy)
            return
        except Death:
            deaths += 1
        finally:
            player.close()
            engine.dispose()


def libpq(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.fixture(scope="module")
def calm(database_server: DatabaseServer) -> Iterator[Kept]:
    url = database_server.clone()
    engine = connect(url)
    undisturbed(engine)
    engine.dispose()
    yield kept_on(libpq(url))
    database_server.drop(url)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.filterwarnings("ignore:.*ServerCursorMixin:pytest.PytestUnraisableExceptionWarning")
def test_thirty_sessions_of_deaths_and_cut_connections_leave_the_same_account(
    seed: int, database_server: DatabaseServer, calm: Kept
) -> None:
    url, fate = database_server.clone(), Fate(seed)
    lived(url, fate)
    assert kept_on(libpq(url)) == calm
    engine = connect(url)
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()
    engine.dispose()
    assert fate.struck.total() > 10, fate.struck
    database_server.drop(url)
    gc.collect()  # here, where cursors of cut connections may warn, and not in whatever test comes next


def test_the_undisturbed_account_had_something_to_lose(calm: Kept) -> None:
    lengths = {name: len(rows) for name, rows in calm.tables.items()}
    assert lengths["cycles"] == lengths["marks"] == len(DAYS)
    assert lengths["fills"] > len(DAYS)
    booked = " ".join(str(row) for row in calm.tables["journal"])
    assert all(
        kind in booked
        for kind in ("deposit-", "fill-", "dividend-AAA", "dividend-CCC", "split-", "delisting-")
    )
