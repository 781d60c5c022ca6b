"""How stress results look in a terminal."""

from rich.console import Group, RenderableType
from rich.table import Table

from tools.stress import StressReport


def stress_table(report: StressReport) -> RenderableType:
    """Return every scenario with its total, or one scenario by position."""
    book = f"The book of {report.session}, {report.equity:,.2f} USD. Stress moves are no forecasts."
    if len(report.results) > 1:
        table = Table("Scenario", "What happens", "P&L USD", "Of equity", "Sessions behind it")
        for result in report.results:
            table.add_row(
                result.scenario,
                result.description,
                f"{result.pnl_usd:+,.2f}",
                f"{result.fraction:+.2%}",
                str(result.sample or ""),
            )
        return Group(table, book)
    (result,) = report.results
    table = Table("Ticker", "Weight", "Move", "P&L USD", "Basis", title=result.description)
    for row in result.positions:
        table.add_row(row.ticker, f"{row.weight:.2%}", f"{row.move:+.2%}", f"{row.pnl:+,.2f}", row.basis)
    total = f"Total {result.pnl_usd:+,.2f} USD, {result.fraction:+.2%} of equity."
    return Group(table, total, *result.caveats, book)
