"""The canary on a desk of its own: its past knows no future, and every leak that is planted is caught."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import Connection, text

from db.engine import transaction
from db.memory import MemoryStore
from db.spoilt_memory import PREFIX, forget_later, never_committed, spoil_later
from desk.bootstrap import Desk
from desk.canary import CanaryWorkshop
from desk.cli import FAILED, OK, REFUSED
from evals.canary.canary import Canary
from evals.canary.flight import Past, fly, plant_each
from evals.canary.leaks import LEAKS
from evals.canary.poison import STORES, Store
from fund.errors import NoDataError
from fund.features.universe import Universe
from fund.forecasting.samples import make_samples
from fund.forecasting.trained import TrainedForecaster
from support.forecasters import trained_on, with_column
from support.started_desks import REPLAYED, Run

pytest_plugins = ["support.desks"]
pytestmark = pytest.mark.long

EVER = datetime(2030, 1, 1, tzinfo=UTC)
THEN = datetime(2017, 1, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def workshop(desk: Desk) -> Iterator[CanaryWorkshop]:
    with CanaryWorkshop(desk) as made:
        yield made


@pytest.fixture(scope="module")
def past(workshop: CanaryWorkshop) -> Past:
    return Past(cycle_ids=workshop.cycle_ids(), moment=workshop.moment)


def quiet(label: str, done: int, total: int) -> None:
    assert done <= total, label


def remembered(connection: Connection) -> list[tuple[object, ...]]:
    chosen = text("SELECT memory_id, known_at, outcome FROM desk.memories ORDER BY memory_id")
    return [tuple(row) for row in connection.execute(chosen)]


def test_the_past_of_a_desk_knows_no_future(workshop: CanaryWorkshop, past: Past) -> None:
    flight = fly(workshop, past, dates=5, seed=1, retrain=1, told=quiet)
    assert flight.leaks == ()
    assert (flight.dates, flight.closely, flight.trained_again) == (5, 1, 1)
    assert flight.on_record == REPLAYED
    assert flight.first < flight.last
    assert flight.stores == STORES


@pytest.mark.parametrize("store", STORES)
def test_a_leak_planted_in_a_store_is_caught_there(
    workshop: CanaryWorkshop, past: Past, store: Store
) -> None:
    (planted,) = plant_each(workshop, past, [store], seed=1, told=quiet)
    assert planted.caught, planted
    assert planted.leak is not None
    assert planted.leak.store == store
    assert planted.leak.difference.known != planted.leak.difference.found


class Careless(CanaryWorkshop):
    """A desk that trains on a feature which is the label itself."""

    def train(self, universe: Universe) -> Sequence[TrainedForecaster]:
        samples = make_samples(universe, 5)
        future = np.nan_to_num(samples.target)
        return [trained_on(with_column(samples, "future", future))]


def test_a_training_that_reads_its_labels_is_caught_by_training_anew(desk: Desk, past: Past) -> None:
    moment = past.moment(past.cycle_ids[0])
    assert moment is not None
    with Careless(desk) as careless:
        (leak,) = Canary(careless, 1).train_again(moment)
    assert (leak.store, leak.session) == ("training", moment.session)


def test_a_leak_in_a_store_that_is_not_poisoned_is_not_laid_to_another(
    workshop: CanaryWorkshop, past: Past
) -> None:
    canary = Canary(workshop, 1, stores=("macro",), plant=LEAKS["trades"])
    moments = [past.moment(cycle_id) for cycle_id in past.drawn(3, 1)]
    stores = {leak.store for moment in moments if moment for leak in canary.look(moment)}
    assert "macro" not in stores


def test_a_desk_without_a_past_is_not_called_clean(workshop: CanaryWorkshop) -> None:
    nothing = Past(cycle_ids=(), moment=workshop.moment)
    with pytest.raises(NoDataError, match="no decision is on record"):
        fly(workshop, nothing, dates=5, seed=1, retrain=0, told=quiet)


def test_every_kind_of_evidence_is_in_what_is_compared(workshop: CanaryWorkshop, past: Past) -> None:
    moment = past.moment(past.cycle_ids[-1])
    assert moment is not None
    assert len(moment.lessons) == 3
    canary = Canary(workshop, 1)
    with canary._worlds.known(moment) as world:
        record = moment.decide(world)
    assert record.proposal is not None
    evidence = record.proposal.evidence["evidence"]
    assert all(candidate["forecasts"] for candidate in evidence["candidates"])
    # No trade of this short past ended before its last close; a planted one is caught in the store of trades.
    assert all("similar" in candidate for candidate in evidence["candidates"])
    assert all(evidence["market"][part] for part in ("readings", "headlines", "similar_conditions"))


def test_spoilt_memories_are_seen_inside_and_gone_afterwards(desk: Desk) -> None:
    with transaction(desk.engine) as connection:
        before = remembered(connection)
    with never_committed(desk.engine) as connection:
        known = sum(MemoryStore(connection).count(kind, as_of=EVER) for kind in ("trade", "conditions"))
        assert spoil_later(connection, THEN, ["trade", "conditions"]) == known
        inside = remembered(connection)
    assert [row for row in inside if row[1] <= THEN] == [row for row in before if row[1] <= THEN]
    later = [row for row in inside if row[1] > THEN]
    assert len(later) == known
    assert all(str(row[0]).startswith(PREFIX) for row in later)
    with never_committed(desk.engine) as connection:
        forgotten = forget_later(connection, THEN)
        assert remembered(connection) == [row for row in before if row[1] <= THEN]
        assert forgotten == len(before) - len(remembered(connection))
    with transaction(desk.engine) as connection:
        assert remembered(connection) == before


def test_the_command_says_that_all_is_clean_and_leaves_nothing(run: Run, desk: Desk) -> None:
    with transaction(desk.engine) as connection:
        before = remembered(connection)
    code, out, err = run("canary", "--dates", "3", "--retrain", "0", "--plant", "trades")
    assert code == OK
    assert "planted leaks caught: all; clean run: 0" in out
    assert "Deciding in three worlds: done (3)" in err
    with transaction(desk.engine) as connection:
        assert remembered(connection) == before


def test_the_command_tells_a_program_what_it_looked_at(run: Run) -> None:
    code, out, _ = run(
        "canary", "--dates", "2", "--store", "macro", "--store", "news", "--seed", "3", "--json"
    )
    told = json.loads(out)
    assert (code, told["clean"], told["planted"]) == (OK, True, [])
    assert told["flight"]["stores"] == ["macro", "news"]
    assert (told["flight"]["dates"], told["flight"]["seed"]) == (2, 3)


def test_a_planted_leak_that_is_missed_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LEAKS, "news", lambda world: world)  # type: ignore[arg-type]
    monkeypatch.setattr("evals.canary.flight.PLANTED_DATES", 2)  # of nothing there is no more on other dates
    code, out, _ = run("canary", "--dates", "1", "--retrain", "0", "--plant", "news")
    assert code == FAILED
    assert "planted leaks caught: 0 of 1; clean run: 0" in out


@pytest.mark.parametrize(
    "wrong", [("--dates", "0"), ("--store", "gossip"), ("--retrain", "-1"), ("--plant", "nothing")]
)
def test_what_makes_no_sense_is_refused(run: Run, wrong: tuple[str, ...]) -> None:
    code, out, err = run("canary", *wrong)
    assert (code, out) == (REFUSED, "")
    assert "canary --help" in err
