"""A few of the simulated lives that `make soak` runs by the hundred."""

import gc
from collections.abc import Iterator

import pytest

from support import simulation
from support.database import DatabaseServer

pytestmark = pytest.mark.filterwarnings("ignore:.*ServerCursorMixin:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let cursors of cut connections warn here, where they may, and not in whatever test comes next."""
    yield
    gc.collect()


@pytest.mark.parametrize(("seed", "days"), [(0, 20), (3, 12)])
def test_days_full_of_faults_leave_books_that_an_outsider_counts_the_same(
    seed: int, days: int, database_server: DatabaseServer
) -> None:
    """Seed 0 has orders under a ticker that changes, 3 money that comes in while a life is cut short."""
    faults = simulation.simulate(database_server, seed, days)
    assert faults.total() > days, faults
    assert {"deposit", "resume"} <= faults.keys()


def test_an_auditor_who_sees_other_prices_objects_and_names_the_seed(
    database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "exact", lambda price: simulation.Decimal(repr(price)) + 1)
    with pytest.raises(AssertionError) as found:
        simulation.simulate(database_server, 1, 6)
    assert "simulation seed 1" in "".join(found.value.__notes__)
