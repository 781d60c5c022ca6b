"""A thousand seeded days with everything failing now and then, audited by an outsider to the product."""

from collections import Counter

import pytest

from support.database import DatabaseServer
from support.simulation import DAYS, simulate

SEEDS = 60


@pytest.mark.filterwarnings("ignore:.*ServerCursorMixin:pytest.PytestUnraisableExceptionWarning")
def test_a_thousand_days_of_faults_leave_books_that_an_outsider_counts_the_same(
    database_server: DatabaseServer, scale: float, reached: pytest.FixtureRequest
) -> None:
    seeds, faults = max(1, round(SEEDS * scale)), Counter[str]()
    for seed in range(seeds):
        faults += simulate(database_server, seed)
    reached("day simulation", days=seeds * DAYS, faults=faults.total(), invariant_failures=0)
