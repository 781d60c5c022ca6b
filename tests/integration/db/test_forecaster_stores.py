"""The stores of forecasters against a second telling of their rules, from two sides at once, at edges."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Barrier, Thread

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import transaction
from db.forecasters import Forecasters
from db.live_scores import LiveScores
from db.promotions import Promotions
from db.trials import Trials, trial_findings
from fund.errors import DataError, LedgerError, NoDataError
from fund.forecasting.trials import GENESIS, first_broken
from support.forecaster_lives import FIRST, a_live_score, a_trial, registered
from support.forecasters import a_card
from support.records import NOON

VERSIONS = tuple(
    (name, horizon, f"{name}-{horizon}-{n}")
    for name in ("gbm", "ridge")
    for horizon in (5, 20)
    for n in range(3)
)


@dataclass
class Told:
    """What the register should say of a version, by the sentences of its methods alone."""

    name: str
    horizon: int
    role: str = "challenger"
    active: bool = False


class Second:
    """The register told a second time, in memory."""

    def __init__(self) -> None:
        self.rows = {version: Told(name, horizon) for name, horizon, version in VERSIONS}

    def champion(self, horizon: int) -> str | None:
        led = [v for v, row in self.rows.items() if row.horizon == horizon and row.role == "champion"]
        assert len(led) <= 1
        return led[0] if led else None

    def namesakes(self, version: str) -> list[Told]:
        own = self.rows[version]
        return [
            row
            for other, row in self.rows.items()
            if (row.name, row.horizon) == (own.name, own.horizon) and other != version
        ]

    def activate(self, version: str) -> None:
        own, leader = self.rows[version], self.champion(self.rows[version].horizon)
        leads = leader is None or self.rows[leader].name == own.name
        for row in self.namesakes(version):
            row.role, row.active = "retired", False
        own.role, own.active = ("champion" if leads else "challenger"), True

    def challenge(self, version: str) -> None:
        for row in self.namesakes(version):
            if not row.active:
                row.role = "retired"
        if not self.rows[version].active:
            self.rows[version].role = "challenger"

    def lead(self, version: str, silence: bool) -> None:
        own, leader = self.rows[version], self.champion(self.rows[version].horizon)
        if leader is not None:
            before = self.rows[leader]
            before.role, before.active = "challenger", not silence and before.name != own.name
        for row in self.namesakes(version):
            if row.active:
                row.role, row.active = "challenger", False
        own.role, own.active = "champion", True


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_done_in_whatever_order_the_register_says_what_its_sentences_say(
    connection: Connection, seed: int
) -> None:
    for name, horizon, version in VERSIONS:
        registered(connection, version, name=name, horizon=horizon)
    store, second = Forecasters(connection), Second()
    rng = np.random.default_rng(seed)
    for _ in range(40):
        version = VERSIONS[rng.integers(len(VERSIONS))][2]
        silence = bool(rng.integers(2))
        action = rng.choice(["activate", "challenge", "lead"])
        if action == "lead" and second.champion(second.rows[version].horizon) == version:
            with pytest.raises(DataError, match="sessions already"):
                store.lead(version)
            continue
        if action == "lead":
            previous = second.champion(second.rows[version].horizon)
            assert store.lead(version, silence=silence).previous == previous
            second.lead(version, silence)
        else:
            getattr(store, action)(version)
            getattr(second, action)(version)
        told = {row.version: (row.role, row.active) for row in store.all()}
        assert told == {v: (row.role, row.active) for v, row in second.rows.items()}, (action, version)
    for horizon in (5, 20):
        speaking = store.speaking(horizon)
        assert len({row.name for row in speaking}) == len(speaking), "a name speaks once over a horizon"
        leader = store.champion(horizon)
        assert leader is None or speaking[0] == leader
    assert {row.version for row in store.scored()} == {
        v for v, row in second.rows.items() if row.role != "retired"
    }


def test_a_version_names_one_artifact_for_ever(connection: Connection) -> None:
    store = registered(connection, "gbm-1")
    card = replace(a_card(), version="gbm-1")
    assert not store.register(card, manifest_sha256="a" * 64, at=NOON + timedelta(days=9))
    assert store.known("gbm-1").registered_at == NOON, "the first registration stands"
    for other, sha in (
        (card, "b" * 64),
        (replace(card, seed=8), "a" * 64),
        (replace(card, trials=9), "a" * 64),
    ):
        with pytest.raises(DataError, match="'gbm-1' is registered with other content; a version names one"):
            store.register(other, manifest_sha256=sha, at=NOON)


@pytest.mark.parametrize("act", ["activate", "challenge", "lead", "known"])
def test_a_version_nobody_registered_is_told_with_where_to_look(connection: Connection, act: str) -> None:
    with pytest.raises(NoDataError, match="none of version 'gbm-9'; `desk forecasters --all` lists them"):
        getattr(Forecasters(connection), act)("gbm-9")
    with pytest.raises(NoDataError, match="gbm-9"):
        Forecasters(connection).explain("gbm-9", "why")


def test_an_activation_again_changes_nothing_and_takes_nobody_s_place(connection: Connection) -> None:
    store = registered(connection, "gbm-1")
    store.activate("gbm-1")
    before = store.all()
    placed = store.activate("gbm-1")
    assert (placed.previous, placed.role, store.all()) == (None, "champion", before)


def test_promotions_are_numbered_without_gaps_and_hold_what_a_person_wrote(connection: Connection) -> None:
    store, promotions = registered(connection, "gbm-1", "gbm-2"), Promotions(connection)
    odd = 'it\'s "better"; DROP TABLE x -- \N{SNOWMAN}\n\x00[/]'
    for n, version in enumerate(("gbm-1", "gbm-2") * 3):
        placed = store.activate(version)
        promotions.record(placed, "trained", by="me", why=odd, at=NOON + timedelta(hours=n))
    told = promotions.latest()
    assert [each.seq for each in told] == [6, 5, 4, 3, 2, 1]
    assert promotions.latest(limit=2) == told[:2]
    assert promotions.latest(5, limit=100) == told
    assert "DROP TABLE x" in told[0].why
    assert "\N{SNOWMAN}" in told[0].why
    with pytest.raises(DBAPIError, match="foreign key"), connection.begin_nested():
        promotions.record(replace(placed, version="gbm-9"), "trained", by="me", why="", at=NOON)
    with pytest.raises(DBAPIError, match="kind_known"), connection.begin_nested():
        promotions.record(placed, "crowned", by="me", why="", at=NOON)  # type: ignore[arg-type]


def test_scores_come_twice_in_one_delivery_and_the_rest_is_whole(connection: Connection) -> None:
    registered(connection, "gbm-1", "gbm-2")
    scores = LiveScores(connection)
    days = [FIRST + timedelta(days=n) for n in range(3)]
    made = [a_live_score(session=day, rank_ic=0.01 * n) for n, day in enumerate(days)]
    assert scores.record([], at=NOON) == 0
    assert scores.record([made[2], made[0]], at=NOON) == 2
    assert scores.record([*made, replace(made[1], version="gbm-2")], at=NOON) == 2
    assert scores.of("gbm-1") == tuple(made), "oldest first, whatever the order they came in"
    assert scores.filled(["gbm-2"]) == {"gbm-2": {days[1]}}
    assert (scores.of("gbm-9"), scores.filled(["gbm-9"])) == ((), {"gbm-9": frozenset()})


@pytest.mark.parametrize(
    ("changes", "refused", "said"),
    [
        ({"rank_ic": float("nan")}, LedgerError, "must hold finite figures"),
        ({"log_loss": float("inf")}, LedgerError, "must hold finite figures"),
        ({"hit_rate": 1.2}, DBAPIError, "shares"),
        ({"known_session": FIRST}, DBAPIError, "known_after_forecast"),
        ({"rank_ic": None}, DBAPIError, "absence_has_a_reason"),
        ({"names": -1}, DBAPIError, "names_counted"),
        ({"version": "gbm-9"}, DBAPIError, "foreign key"),
    ],
    ids=["nan", "inf", "share", "known too early", "absent without a reason", "names", "nobody's"],
)
def test_a_score_that_cannot_be_is_refused_by_the_table_itself(
    connection: Connection, changes: dict[str, object], refused: type[Exception], said: str
) -> None:
    registered(connection, "gbm-1")
    with pytest.raises(refused, match=said), connection.begin_nested():
        LiveScores(connection).record([a_live_score(**changes)], at=NOON)
    assert LiveScores(connection).of("gbm-1") == ()


def test_a_trial_is_counted_by_its_configuration_alone_and_kept_to_the_last_digit(
    connection: Connection,
) -> None:
    trials = Trials(connection)
    odd = replace(a_trial(1), sharpe=0.1 + 0.2, sessions=0, rank_ic=None)
    assert trials.append(odd)
    assert not trials.append(replace(odd, sharpe=9.0, at=NOON + timedelta(days=1))), (
        "judged again, no new trial"
    )
    (link,) = trials.chain()
    assert (link.trial, link.previous_hash) == (odd, GENESIS)
    assert trials.append(a_trial(1, horizon_sessions=20))
    assert [each.horizon_sessions for each in trials.all()] == [5, 20]
    assert first_broken(trials.chain()) is None


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE desk.forecaster_trials SET seq = 9 WHERE seq = 3", "expected number 3 in the chain, was 9"),
        ("DELETE FROM desk.forecaster_trials WHERE seq = 1", "expected number 1 in the chain, was 2"),
        ("UPDATE desk.forecaster_trials SET hash = 'x' WHERE seq = 2", "the hash chain breaks here"),
        (
            "UPDATE desk.forecaster_trials SET previous_hash = repeat('0', 64) WHERE seq = 3",
            "the hash chain breaks here",
        ),
        (
            "UPDATE desk.forecaster_trials t SET content = o.content, trial_id = t.trial_id FROM "
            "desk.forecaster_trials o WHERE t.seq = 2 AND o.seq = 1",
            "its columns are not what its content says",
        ),
    ],
    ids=["moved", "first gone", "hash", "previous", "another's content"],
)
def test_whatever_is_done_to_the_trials_behind_the_desk_s_back_is_named(
    connection: Connection, tampering: str, found: str
) -> None:
    for number in (1, 2, 3):
        Trials(connection).append(a_trial(number))
    connection.execute(text("RESET ROLE"))
    connection.execute(text("ALTER TABLE desk.forecaster_trials DISABLE TRIGGER append_only"))
    connection.execute(text(tampering))
    (finding,) = trial_findings(connection)
    assert finding.table == "forecaster_trials"
    assert found in finding.problem


def at_once(engine: Engine, *works: Callable[[Connection, int], object], times: int) -> list[BaseException]:
    """Do each piece of work in a thread and in transactions of its own, all begun together."""
    errors: list[BaseException] = []
    begin = Barrier(len(works))

    def run(work: Callable[[Connection, int], object]) -> None:
        begin.wait()
        try:
            for n in range(times):
                with transaction(engine) as connection:
                    work(connection, n)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [Thread(target=run, args=(work,)) for work in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return errors


def test_trials_and_promotions_of_two_at_once_are_one_chain_without_a_gap(engine: Engine) -> None:
    with transaction(engine) as connection:
        registered(connection, "twin-1", name="twin", horizon=10)
        placed = Forecasters(connection).activate("twin-1")
        before, chained = len(Promotions(connection).latest(limit=1000)), len(Trials(connection).chain())

    def one(connection: Connection, n: int) -> None:
        Trials(connection).append(a_trial(1000 + n, family="twin"))
        Promotions(connection).record(placed, "trained", by="one", why="", at=NOON)

    def other(connection: Connection, n: int) -> None:
        Trials(connection).append(a_trial(1004 + n, family="twin"))
        Promotions(connection).record(placed, "trained", by="other", why="", at=NOON)

    assert at_once(engine, one, other, times=8) == []
    with transaction(engine) as connection:
        trials = Trials(connection)
        assert len({each.trial_id for each in trials.all() if each.family == "twin"}) == 12, (
            "four of them are the same configuration"
        )
        assert len(trials.chain()) == chained + 12
        assert trial_findings(connection) == ()
        told = Promotions(connection).latest(limit=1000)
        assert [each.seq for each in told] == list(range(before + 16, 0, -1))
        assert {each.by for each in told[:16]} == {"one", "other"}
