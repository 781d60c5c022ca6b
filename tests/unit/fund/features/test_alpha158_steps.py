"""Windows put together from parts: what is merged is the window, and no session of it is left out."""

import numpy as np
import pytest

from fund.features.alpha158_panel import LANES, AdjustedBars, alpha158, last_alpha158
from fund.features.alpha158_steps import MERGES, PAD, steps
from support.alpha158_by_hand import made_bars

WINDOWS = (5, 10, 20, 30, 60)


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize(
    ("sessions", "kept"), [(61, 1), (90, 1), (7, 1), (1, 1), (90, 4), (90, 90), (30, 30)]
)
def test_every_window_asked_for_is_merged_from_its_sessions(sessions: int, kept: int, lanes: int) -> None:
    empty: list[list[int]] = [[] for _ in range((PAD + sessions) * lanes)]
    slots = [list(empty) for _ in range(3)]
    for i in range(sessions * lanes):
        slots[0][PAD * lanes + i] = [i]
    found: dict[int, list[list[int]]] = {}
    for newer, older, into, size, at, start, stop, back in steps(sessions, kept, lanes).tolist():
        assert back == size * lanes
        for i in range(start, stop):
            slots[into][i] = slots[older][i - back] + slots[newer][i]
        if at >= 0:
            found[at] = slots[into][-kept * lanes :]
    for at, window in enumerate(WINDOWS):
        whole = range(sessions * lanes)
        expected = [
            [each for each in whole if each % lanes == i % lanes and i - window * lanes < each <= i]
            for i in whole[-kept * lanes :]
        ]
        assert found[at] == expected


def test_the_last_session_of_many_names_needs_few_merges() -> None:
    merges = steps(61, 1, LANES)
    assert int((merges[:, 6] - merges[:, 5]).sum()) == 59 * LANES
    assert len(steps(61, 1, 1)) == len(MERGES)
    assert not merges.flags.writeable


@pytest.mark.parametrize("names", [1, 2, LANES - 1, LANES, LANES + 1, 2 * LANES + 3])
def test_names_side_by_side_are_the_panels_to_the_bit(names: int) -> None:
    some = made_bars()
    bars = {name: np.resize(column.T, (names, column.shape[0])).T for name, column in some.items()}
    bars["close"] = bars["close"] * np.linspace(0.5, 2.0, names)
    found = alpha158(AdjustedBars(**bars))[:, :, -1]
    assert last_alpha158(AdjustedBars(**bars)).tobytes() == found.tobytes()
    assert np.isfinite(found).any()
