"""What a card says of an ensemble, as Markdown."""

from collections.abc import Iterator

from fund.forecasting.ensemble.figures import EnsembleFigures
from fund.metrics.inference import Interval


def ensemble_lines(figures: EnsembleFigures) -> Iterator[str]:
    """Yield the members with their weights, the figures side by side, and the verdicts."""
    yield from ("", "| member | version | weight | in other folds |", "|---|---|---|---|")
    for part in figures.members:
        yield (
            f"| {part.forecaster} | {part.version} | {part.weight:.1%} "
            f"| {part.weight_low:.1%} to {part.weight_high:.1%} |"
        )
    yield from ("", "| later half, the same names | rank IC (95 %) | n |", "|---|---|---|")
    for name, figure in (
        ("ensemble", figures.rank_ic),
        (f"{figures.best or 'member'}, best of the earlier half", figures.best_rank_ic),
        ("plain mean of the members", figures.equal_rank_ic),
        ("ensemble less best member, paired", figures.less_best),
        ("ensemble less plain mean, paired", figures.less_equal),
    ):
        yield f"| {name} | {_told(figure)} | {figure.n if figure else 0} |"
    yield from ("", *(f"- {verdict[:1].upper()}{verdict[1:]}." for verdict in figures.verdicts))


def _told(figure: Interval | None) -> str:
    if figure is None:
        return "too few sessions"
    return f"{figure.value:+.4f} ({figure.low:+.4f} to {figure.high:+.4f})"
