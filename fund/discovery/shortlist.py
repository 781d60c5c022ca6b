"""The discovered half of the watchlist: who joins it, who leaves, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """A name that joins the list or leaves it."""

    ticker: str
    joined: bool
    reason: str


def next_changes(
    standing: Mapping[str, int],
    suggested: Sequence[str],
    *,
    most: int,
    patience_runs: int,
    elsewhere: frozenset[str] = frozenset(),
) -> tuple[ListChange, ...]:
    """Return what a run changes on the list: those that leave first, then those that join.

    A name leaves when it was not suggested in `patience_runs` runs in a row, or when it is `elsewhere`: on
    the owner's half, or held. Where the list is full, a new name takes the place of the one that has been
    missing longest, if that is half of `patience_runs` at least; until then it waits.

    Args:
        standing: The names on the list, each with how many runs in a row it was not suggested, this one
            included; 0 for one that is suggested now.
        suggested: The names of this run, the best first.
        most: How many names the list holds at most.
        patience_runs: After how many runs without a suggestion a name leaves.
        elsewhere: Names that have no place on this list.
    """
    left = {ticker: "it is held or on the owner's half" for ticker in sorted(standing) if ticker in elsewhere}
    left |= {
        ticker: f"not suggested in {missed} runs"
        for ticker, missed in sorted(standing.items())
        if missed >= patience_runs and ticker not in left
    }
    stays = {ticker: missed for ticker, missed in standing.items() if ticker not in left}
    longest = sorted(stays, key=lambda ticker: (-stays[ticker], ticker))
    for ticker in longest[: max(len(stays) - most, 0)]:
        left[ticker] = f"the list holds {most} names at most"
        del stays[ticker]
    joined: list[str] = []
    for ticker in suggested:
        if ticker in stays or ticker in elsewhere or ticker in joined:
            continue
        if len(stays) + len(joined) >= most:
            gone = max(stays, key=lambda each: (stays[each], each), default=None)
            if gone is None or 2 * stays[gone] < patience_runs or stays[gone] == 0:
                break
            left[gone] = f"gave way to {ticker}, not suggested in {stays.pop(gone)} runs"
        joined.append(ticker)
    return (
        *(ListChange(ticker=ticker, joined=False, reason=left[ticker]) for ticker in sorted(left)),
        *(
            ListChange(ticker=ticker, joined=True, reason=f"suggested, rank {suggested.index(ticker) + 1}")
            for ticker in joined
        ),
    )
