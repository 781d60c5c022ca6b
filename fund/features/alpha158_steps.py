"""Which windows of Alpha158 are merged from which, and over which sessions that has to be done.

The windows 5, 10, 20, 30 and 60 are nested, so a window is the merge of a newer and an older part that are
known already: 1 + 1, 2 + 2, 1 + 4, 5 + 5, 10 + 10, 20 + 10, 30 + 30. All windows of all sessions are needed
for a panel. For the last session alone it is 59 windows a name: of 10 sessions every tenth, of 5 every fifth.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

PAD = 60
"""Empty sessions before the first, so that the older part of a window can always be read."""
MERGES = (
    (0, 0, 1, 1, -1),
    (1, 1, 2, 2, -1),
    (0, 2, 1, 1, 0),
    (1, 1, 0, 5, 1),
    (0, 0, 1, 10, 2),
    (1, 0, 2, 20, 3),
    (2, 2, 0, 30, 4),
)
"""Slots of newer part, older part and result, sessions of the newer, and the window that is made, or -1."""


@lru_cache(maxsize=64)
def steps(sessions: int, kept: int, lanes: int) -> Whole:
    """Return merges: what `MERGES` says of each, its start and stop in a row, how far back the older part is.

    A row holds `lanes` names side by side, session after session. The last `kept` sessions are asked for. One
    name is merged in a stretch; of many side by side only the windows that are needed are.
    """
    rows = []
    for merge, ages in zip(MERGES, _ages(), strict=True):
        stretches = [(age, kept) for age in ages] if lanes > 1 else [(0, kept + max(ages))]
        for age, long in stretches:
            stop = sessions - age
            start = max(stop - long, 0)
            if start < stop:
                at = merge[4] if age == 0 else -1
                rows.append((*merge[:4], at, (PAD + start) * lanes, (PAD + stop) * lanes, merge[3] * lanes))
    found = np.array(rows, dtype=np.int64).reshape(-1, 8)
    found.flags.writeable = False
    return found


@lru_cache(maxsize=1)
def _ages() -> tuple[tuple[int, ...], ...]:
    """Return how many sessions before the last one the windows end that are needed of each merge."""
    needed: list[set[int]] = [{0} if merge[4] >= 0 else set() for merge in MERGES]
    for at in range(len(MERGES) - 1, -1, -1):
        newer, older, _, size, _ = MERGES[at]
        for slot, apart in ((newer, 0), (older, size)):
            made = [before for before in range(at) if MERGES[before][2] == slot]
            if made:
                needed[made[-1]] |= {age + apart for age in needed[at]}
    return tuple(tuple(sorted(ages, reverse=True)) for ages in needed)
