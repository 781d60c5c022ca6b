"""The map of the holdings says on how many sessions it rests, and refuses to be drawn from noise."""

import numpy as np
import pytest

from fund.errors import QueryRefusedError
from support.pasts import DAYS
from tools.correlations import MOST, CorrelationMap, map_of

Index = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def levels(sessions: int, names: int, seed: int = 2) -> Index:
    """Return total-return indices; the first two names move as one, the others alone."""
    moves = np.random.default_rng(seed).normal(0, 0.01, (sessions, names))
    moves[:, 1] = moves[:, 0] + moves[:, 1] / 10
    index: Index = np.vstack([np.ones(names), np.cumprod(1 + moves, axis=0)])
    return index


def a_map(sessions: int = 120, names: int = 4) -> CorrelationMap:
    return map_of(DAYS[0], [f"N{n}" for n in range(names)], levels(sessions, names))


def test_the_two_that_move_as_one_are_the_closest_pair() -> None:
    found = a_map()
    closest = found.closest[0]
    assert {closest.first, closest.second} == {"N0", "N1"}
    assert closest.correlation > 0.98
    assert closest.low is not None
    assert closest.high is not None
    assert closest.low < closest.correlation < closest.high
    assert found.sessions == 120
    assert found.rows[0][1] < closest.correlation


def test_the_least_alike_are_named_too() -> None:
    found = a_map()
    assert found.farthest is not None
    assert found.farthest.correlation < 0.3
    assert found.tickers == ("N0", "N1", "N2", "N3")


@pytest.mark.parametrize("sessions", [10, 59])
def test_few_sessions_are_refused(sessions: int) -> None:
    with pytest.raises(QueryRefusedError, match=f"too few sessions to say.*found {sessions}"):
        a_map(sessions)


def test_a_holding_without_enough_bars_is_left_out_and_named() -> None:
    index = levels(120, 4)
    index[:60, 2] = np.nan
    found = map_of(DAYS[0], ["A", "B", "C", "D"], index)
    assert (found.tickers, found.left_out, found.sessions) == (("A", "B", "D"), ("C",), 120)


def test_a_missing_bar_leaves_out_its_session_for_all() -> None:
    index = levels(120, 3)
    index[50, 1] = np.nan
    assert map_of(DAYS[0], ["A", "B", "C"], index).sessions == 118


def test_the_picture_holds_the_largest_positions_only() -> None:
    found = a_map(names=MOST + 3)
    assert len(found.tickers) == MOST
    assert found.left_out == (f"N{MOST}", f"N{MOST + 1}", f"N{MOST + 2}")


def test_the_map_is_symmetric_and_its_diagonal_is_empty_in_the_picture() -> None:
    found = a_map()
    rows = np.array(found.rows)
    assert (rows == rows.T).all()
    cells = found.figure["data"][0]["z"]  # type: ignore[index]
    assert [cells[at][at] for at in range(4)] == [None] * 4
    assert cells[0][1] == found.rows[0][1]
