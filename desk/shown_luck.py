"""How the luck in forecasters' figures looks at the terminal."""

from collections.abc import Sequence

from rich.table import Table

from tools.forecasters import Standing

TITLE = "How much of this is luck"


def luck_table(standings: Sequence[Standing]) -> Table:
    """Return what was tried for each version, and what that leaves of its figures."""
    table = Table(
        "Version",
        "Tried: of its name, in all, claims",
        "p alone, among the claims",
        "Long-short Sharpe net, above the best of luck",
        "Overfitting, superiority",
        title=TITLE,
    )
    table.columns[0].no_wrap = True
    for each in standings:
        tried = each.luck.tried
        table.add_row(
            each.version,
            f"{tried.of_name}, {tried.total}, {tried.claims}",
            _chances(each),
            _deflated(each),
            f"{_overfitting(each)}, {_superiority(each)}",
        )
    return table


def luck_lines(standing: Standing) -> tuple[str, ...]:
    """Return the same of one version in sentences."""
    return tuple(f"{standing.version}: {said}." for said in standing.luck.told)


def _chances(each: Standing) -> str:
    edge = each.luck.edge
    if edge.chance is None or edge.corrected is None or edge.rank_ic is None:
        return "too few sessions"
    return f"{edge.chance:.3f}, {edge.corrected:.3f} (n = {edge.rank_ic.n})"


def _deflated(each: Standing) -> str:
    found = each.luck.deflated
    if found is None:
        return "no book"
    return f"{found.sharpe:+.2f}, P = {found.probability:.2f} (n = {found.n})"


def _overfitting(each: Standing) -> str:
    found = each.luck.overfitting
    if found is None:
        return "no sizes chosen"
    return f"PBO {found.probability:.2f} ({found.strategies} sizes, n = {found.n})"


def _superiority(each: Standing) -> str:
    found = each.luck.superiority
    return "too few books" if found is None else f"p = {found.p_value:.3f} (n = {found.n})"
