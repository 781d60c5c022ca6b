"""Whatever a book looks like, what a decision orders leaves it within every limit, where it can trade."""

from typing import Any

import pytest
from hypothesis import Phase, settings

from support.hostile_books import any_hostile_book, stays_within_limits

pytestmark = pytest.mark.long


@any_hostile_book
@settings(max_examples=500, phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False)
def test_no_decision_leaves_a_book_over_a_limit(**drawn: Any) -> None:
    stays_within_limits(**drawn)
