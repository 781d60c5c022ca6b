"""A few of the simulated lives that `make soak` runs by the hundred."""

import pytest

from support.database import DatabaseServer
from support.simulation import simulate


@pytest.mark.parametrize("seed", [7, 8, 27])
@pytest.mark.filterwarnings("ignore:.*ServerCursorMixin:pytest.PytestUnraisableExceptionWarning")
def test_days_full_of_faults_leave_books_that_an_outsider_counts_the_same(
    seed: int, database_server: DatabaseServer
) -> None:
    """Seeds 7 and 8 have splits of a day's orders, 27 a split without a price."""
    faults = simulate(database_server, seed)
    assert faults.total() > 20, faults
    assert {"silent", "nonsense"} <= faults.keys()


def test_a_book_that_is_a_cent_off_is_found_and_the_seed_is_named(
    database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support import simulation

    monkeypatch.setattr(simulation, "exact", lambda price: simulation.Decimal(repr(price)) + 1)
    with pytest.raises(AssertionError) as found:
        simulate(database_server, 1)
    assert "simulation seed 1" in "".join(found.value.__notes__)
