"""How limits look in a terminal."""

from rich.console import RenderableType
from rich.table import Table

from graph.replies.limits import cap_of, limit_name, sample_of, shown
from graph.replies.phrases import percent
from tools.exposure import LimitsReport

STATES = {True: "kept", False: "past it", None: "not measured"}


def risk_table(report: LimitsReport) -> tuple[RenderableType, ...]:
    """Return every limit with what the book uses of it, and what a figure was measured on."""
    table = Table("Limit", "Now", "Cap", "Used", "State", "Measured on")
    for use in report.limits:
        table.add_row(
            limit_name(use),
            shown(use, use.value),
            cap_of(use),
            percent(use.used, digits=0),
            STATES[use.kept],
            sample_of(use),
        )
    shorts = "allowed" if report.shorts_allowed else "not allowed"
    note = (
        f"The book of {report.session}, {report.equity:,.2f} USD, under the mandate {report.mandate!r}; "
        f"shorts are {shorts}. Waiting orders count towards what is traded in one session."
    )
    return table, note
