"""What a bakeoff would change in the roster, in lines for a terminal."""

from collections.abc import Iterable, Sequence

from desk.roster_choice import RoleChoice
from evals.report import told
from fund.metrics.paired import PairedDifference


def choice_lines(found: Sequence[RoleChoice], unmeasured: Iterable[str]) -> tuple[str, ...]:
    """Return by role who speaks and who should, with the evidence, and of which roles nothing is said."""
    untold = ", ".join(_title(role) for role in unmeasured)
    last = (f"{untold}: not measured by this bakeoff; nothing changes.",) if untold else ()
    return (*(line for each in found for line in _lines(each)), *last)


def _lines(found: RoleChoice) -> tuple[str, ...]:
    head = f"{_title(found.role)}, by {found.dataset}: "
    head += f"from {found.now} to {found.then}" if found.changes else f"stays with {found.now}"
    names = dict.fromkeys((found.now, found.then))
    scores = tuple(
        f"  {name}: {found.primary} {told(each.score)}; {each.cost_usd:.5f} USD a decision"
        for name in names
        if (each := found.evidence.get(name)) is not None
    )
    gap = (f"  {_gap(found.difference)}",) if found.changes and found.difference is not None else ()
    return (f"{head}: {found.why}.", *scores, *gap, f"  Of the bakeoff: {found.verdict}")


def _gap(difference: PairedDifference) -> str:
    span = difference.interval
    if difference.mean is None or span is None:
        return f"The difference cannot be told from n = {difference.cases}."
    return (
        f"The change over the same cases: {difference.mean:+.3f} [{span.low:+.3f}, {span.high:+.3f}], "
        f"n = {difference.cases}."
    )


def _title(role: str) -> str:
    return role.replace("_", " ").capitalize()
