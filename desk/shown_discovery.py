"""How the discovery looks in a terminal."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table

from fund.discovery.shortlist import ListChange
from tools.discovery import PickerReport, SuggestionReport


def suggestions_tables(
    report: SuggestionReport, changes: Sequence[ListChange], *, fresh: bool
) -> tuple[RenderableType, ...]:
    """Return what a run found, who was silent, and what changed on the list."""
    again = "" if fresh else " It was on record already; nothing was done again."
    told: list[RenderableType] = [f"Discovery of {report.session} over {report.universe} names.{again}"]
    told += [f"{turn.picker} was silent: {turn.silent}" for turn in report.pickers if turn.silent]
    if report.names:
        table = Table("Rank", "Ticker", "Name", "Score", "Found by", "On the watchlist", "Said")
        for each in report.names:
            said = "; ".join(each.said.values())
            table.add_row(
                str(each.rank),
                each.ticker,
                each.name,
                f"{each.score:.2f}",
                ", ".join(each.said),
                each.listed or "no",
                said if len(said) <= 160 else f"{said[:159]}…",
            )
        told.append(table)
    told += [f"{'+' if each.joined else '-'} {each.ticker}: {each.reason}" for each in changes]
    return (*told, f"Returns are followed from the open of {report.entry_session}: {report.rule}.")


def performance_tables(report: PickerReport) -> tuple[RenderableType, ...]:
    """Return the pickers beside the lot, and the lists beside the universe."""
    told: list[RenderableType] = [f"Over {report.horizon_sessions} sessions: {report.rule}."]
    if not report.scores:
        told.append("It is not known yet what any suggestion returned.")
    else:
        table = Table("Picker", "Mean excess", "95% interval", "Beyond the lot", "95% interval", "n", "Apart")
        for score in report.scores:
            table.add_row(
                score.picker,
                _percent(score.mean),
                _interval(score.low, score.high),
                _percent(score.beyond_lot),
                _interval(score.beyond_low, score.beyond_high),
                str(score.sessions),
                str(score.independent),
            )
        told.append(table)
        told.append("n counts sessions; apart, those whose holding periods do not overlap.")
    if report.cost is not None:
        told.append(f"A round trip costs {report.cost:.2%}, alike for all and not taken off above.")
    if report.lists:
        lists = Table("List", "Return", "Beyond the universe a session", "95% interval", "n", "Costs")
        for each in report.lists:
            lists.add_row(
                each.name,
                _percent(each.value),
                _percent(each.beyond, digits=3),
                _interval(each.beyond_low, each.beyond_high, digits=3),
                str(each.sessions),
                f"{each.costs:.2%}",
            )
        told.append(f"Held on paper in equal weights since {report.lists_since}, costs taken off:")
        told.append(lists)
    return tuple(told)


def _percent(value: float | None, digits: int = 2) -> str:
    return "unknown" if value is None else f"{value:+.{digits}%}"


def _interval(low: float | None, high: float | None, digits: int = 2) -> str:
    if low is None or high is None:
        return "too few sessions"
    return f"{_percent(low, digits)} to {_percent(high, digits)}"
