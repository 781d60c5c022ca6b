"""Which sessions of its window moved a net's score, and where it looked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.market.view import FloatArray

MOST_BARS = 20
"""Of the picture: a wider one does not fit a phone."""
NAMED, LAST = 3, 5
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What each session of a window gave to one score, oldest first."""

    sessions: tuple[date, ...]
    added: tuple[float, ...]
    """To the score, in its own units, summed over the features."""
    attention: tuple[float, ...] | None
    """Share of each session in what the net pooled, sum 1; None of a net that does not attend."""

    words: tuple[str, ...]
    """Which sessions gave most, and which were looked at most where the net attends."""
    pictures: tuple[str, ...]
    """The movement, and the attention where there is any, each as a row of bars."""


def window_of(
    sessions: Sequence[date], added: Sequence[float], attention: Sequence[float] | None = None
) -> Window:
    """Return what sessions gave to a score, in figures, words and bars."""
    rows = [("movement", [abs(each) for each in added])]
    if attention is not None:
        rows.append(("attention", list(attention)))
    return Window(
        sessions=tuple(sessions),
        added=tuple(added),
        attention=None if attention is None else tuple(attention),
        words=tuple(_words(sessions, added, attention)),
        pictures=tuple(f"{bars(amounts)} {what} by session, oldest first" for what, amounts in rows),
    )


def _words(
    sessions: Sequence[date], added: Sequence[float], attention: Sequence[float] | None
) -> Iterator[str]:
    moved = np.abs(added)
    if moved.sum() > 0:
        named = ", ".join(f"{sessions[at]} ({added[at]:+.3f})" for at in _largest(moved))
        share = moved[-LAST:].sum() / moved.sum()
        yield (
            f"Of its {len(moved)} sessions these moved the score most: {named}; the last "
            f"{min(LAST, len(moved))} have {share:.0%} of all movement."
        )
    else:
        yield f"None of its {len(moved)} sessions moved the score."
    if attention is not None:
        looked = ", ".join(f"{sessions[at]} ({attention[at]:.1%})" for at in _largest(attention))
        yield f"It looked most at {looked}; an even look gives each {1 / len(attention):.1%}."


def bars(amounts: Sequence[float]) -> str:
    """Draw amounts >= 0 as at most 20 bars, neighbours added up where there are more; the tallest is full."""
    parts = np.array(
        [part.sum() for part in np.array_split(np.asarray(amounts), min(len(amounts), MOST_BARS))]
    )
    top = parts.max(initial=0.0)
    if not top > 0:
        return _BARS[0] * len(parts)
    return "".join(_BARS[at] for at in np.rint(parts / top * (len(_BARS) - 1)).astype(int).tolist())


def _largest(amounts: Sequence[float] | FloatArray) -> list[int]:
    """Return where the largest amounts stand, the largest first and the newest of equals."""
    order = np.lexsort((-np.arange(len(amounts)), -np.asarray(amounts)))
    return [int(at) for at in order[:NAMED]]
