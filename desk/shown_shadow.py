"""How the shadows look in a terminal."""

from collections.abc import Mapping

from rich.console import RenderableType
from rich.table import Table

from tools.figures import ENOUGH, Figure
from tools.shadow_scores import ShadowScore
from tools.shadows import ShadowDay, ShadowReport

NONE_SET = 'No shadow is set: name one in [llm] of the mandate, such as shadows = ["offline"].'
NOT_YET = "No decision has been put to a shadow yet; a served desk does it after each, --ask does it now."


def shadows_tables(report: ShadowReport) -> tuple[RenderableType, ...]:
    """Return how each shadow stands beside the committee in force, and who is skipped."""
    if not report.scores:
        return (NOT_YET if report.shadows else NONE_SET, *_skipped(report.skipped))
    won = Table("Who", "n", "Absent", "Win rate", "Mean excess", "Beside the committee", "Verdict")
    cost = Table("Who", "Sharpe", "Above 0", "p50 s", "p95 s", "USD each", "Tokens each")
    for score in report.scores:
        beside = told(score.beside, signed=True) if score.beside else ""
        n, verdict = str(score.decided + score.held), score.verdict
        rate, excess = told(score.win_rate), told(score.excess, signed=True)
        won.add_row(score.shadow, n, str(score.absent), rate, excess, beside, verdict)
        cost.add_row(*_cost(score))
    rule = f"Over {report.horizon_sessions} sessions: {report.rule}. Below {ENOUGH} it is too few to tell."
    return (rule, won, cost, *_skipped(report.skipped))


def shadow_day_tables(day: ShadowDay) -> tuple[RenderableType, ...]:
    """Return who would have bought and sold what on a session."""
    if not day.decisions:
        return (NOT_YET if day.shadows else NONE_SET, *_skipped(day.skipped))
    table = Table("Who", "Status", "Would buy", "Would sell", "As the committee", title=str(day.session))
    for each in day.decisions:
        bought, sold = (
            ", ".join(t.ticker for t in each.trades if t.side == side) or "nothing" for side in (1, -1)
        )
        shared = "" if each.shared is None else str(each.shared)
        table.add_row(each.shadow, each.cause or each.status, bought, sold, shared)
    return (table, *_skipped(day.skipped))


def told(figure: Figure, *, signed: bool = False) -> str:
    """Return a figure with its interval and its sample size, or why there is none."""

    def written(value: float) -> str:
        sign = "+" if signed else ""
        return f"{value:{sign}.2%}" if figure.unit == "fraction" else f"{value:{sign}.2f}"

    if figure.value is None:
        return figure.note
    span = (
        ""
        if figure.low is None or figure.high is None
        else ", ".join(map(written, (figure.low, figure.high)))
    )
    return f"{written(figure.value)} [{span or figure.note}], n = {figure.n}"


def _cost(score: ShadowScore) -> tuple[str, ...]:
    times = (None if ms is None else ms / 1000 for ms in (score.latency_p50_ms, score.latency_p95_ms))
    chance, usd, tokens = score.probabilistic_sharpe, score.cost_per_decision_usd, score.tokens_per_decision
    return (
        score.shadow,
        told(score.sharpe),
        "unknown" if chance is None else f"{chance:.1%}",
        *("unknown" if each is None else f"{each:.2f}" for each in times),
        "unknown" if usd is None else f"{usd:.5f}",
        "none" if tokens is None else f"{tokens:,.0f}",
    )


def _skipped(skipped: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"Skipped: {name} ({why})" for name, why in sorted(skipped.items()))
