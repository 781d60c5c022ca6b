"""What the desk is asked for: a cycle about some tickers, why, and under which name."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from fund.watching.trigger import Trigger

MOST_TICKERS = 60
"""So many names a committee looks at in one cycle at the most."""
TOLD_IN_FULL = 3
LONGEST_REASON = 1000
OF_THE_INDEX = frozenset({"volatility_jump", "volatility_level"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One request for a cycle."""

    key: str
    """A pure function of what was seen: whoever sees the same, asks under the same name."""
    tickers: tuple[str, ...]
    reason: str
    triggers: tuple[Trigger, ...]


class Outlet(Protocol):
    """Where submissions go; it takes them at once and never blocks."""

    def submit(self, submission: Submission) -> None:
        """Take one."""
        ...


def submissions_of(
    triggers: Sequence[Trigger], *, many_from: int, book: Sequence[str]
) -> tuple[Submission, ...]:
    """Return what to ask for after one look: a cycle for each, one for all when they are many.

    What the volatility index does concerns the `book`: the tickers that are held, or what stands for them.
    """
    of_index = tuple(each for each in triggers if each.kind in OF_THE_INDEX)
    others = tuple(each for each in triggers if each.kind not in OF_THE_INDEX)
    return (*_of_the_index(of_index, book), *_of_tickers(others, many_from))


def _of_the_index(triggers: Sequence[Trigger], book: Sequence[str]) -> Iterator[Submission]:
    for trigger in triggers:
        yield _submission((trigger,), tuple(book[:MOST_TICKERS]))


def _of_tickers(triggers: Sequence[Trigger], many_from: int) -> Iterator[Submission]:
    named = {trigger.ticker for trigger in triggers}
    if len(named) <= many_from:
        for trigger in triggers:
            yield _submission((trigger,), (trigger.ticker,))
        return
    ranked = sorted(triggers, key=lambda each: (each.kind == "volume_spike", -abs(each.change), each.ticker))
    tickers = tuple(dict.fromkeys(each.ticker for each in ranked))
    for begin in range(0, len(tickers), MOST_TICKERS):
        part = tickers[begin : begin + MOST_TICKERS]
        yield _submission(tuple(each for each in ranked if each.ticker in part), part)


def _submission(triggers: tuple[Trigger, ...], tickers: tuple[str, ...]) -> Submission:
    return Submission(
        key=f"monitor-{sha256(_named(triggers).encode()).hexdigest()[:40]}",
        tickers=tickers,
        reason=_reason(triggers),
        triggers=triggers,
    )


def _named(triggers: Iterable[Trigger]) -> str:
    return "\n".join(sorted(trigger.key for trigger in triggers))


def _reason(triggers: Sequence[Trigger]) -> str:
    told = [trigger.reason for trigger in triggers[:TOLD_IN_FULL]]
    if len(triggers) > TOLD_IN_FULL:
        rest = dict.fromkeys(trigger.ticker for trigger in triggers[TOLD_IN_FULL:])
        told.append(f"At the same time: {', '.join(rest)}.")
    said = " ".join(told)
    return said if len(said) <= LONGEST_REASON else f"{said[: LONGEST_REASON - 1]}…"
