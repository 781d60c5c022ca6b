"""Which decision a person means: by its id, by its session, or the last one."""

from datetime import date
from difflib import get_close_matches

from db.past import Past, StoredCycle
from fund.errors import QueryRefusedError

LAST = "last"


def cycle_named(past: Past, name: str) -> StoredCycle:
    """Return the decision that is meant; raises `QueryRefusedError` with the nearest ids where none is."""
    found = past.cycle(name)
    if found is not None:
        return found
    if name == LAST:
        ids = tuple(filter(None, [past.last_cycle_id()]))
    else:
        day = _day(name)
        ids = past.cycle_ids(day) if day is not None else ()
    if len(ids) > 1:
        raise QueryRefusedError(f"{name} has several decisions; name one of them: {', '.join(ids)}")
    chosen = past.cycle(ids[0]) if ids else None
    if chosen is None:
        raise QueryRefusedError(
            f"expected a cycle on record, was {name!r}; {_nearest(past.cycle_ids(), name)}"
        )
    return chosen


def _nearest(known: tuple[str, ...], name: str) -> str:
    if not known:
        return "no session has been played"
    near = get_close_matches(name, known, n=3, cutoff=0.5) or [known[0], known[-1]]
    return f"nearest: {', '.join(near)}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
