"""How forecasters look at the terminal: who leads, what each is worth, and two side by side."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table

from db.retrainings import Retraining
from desk.shown_luck import luck_lines, luck_table
from fund.forecasting.life.comparison import Comparison
from fund.metrics.inference import Interval
from tools.forecasters import ForecastersCompared, ForecastersReport, Standing


def forecasters_tables(report: ForecastersReport) -> tuple[RenderableType, ...]:
    """Return every version in a table, then what is wrong, what was trained anew, and what was put to use."""
    if not report.forecasters:
        return ("No forecaster is on the register yet; `desk train` makes the first.",)
    table = Table("Version", "Out of sample: rank IC (95 %)", "Live", "Drift")
    table.columns[0].no_wrap = True  # it is what `promote` and `compare` are told
    for each in report.forecasters:
        role = each.role if each.speaks or each.role == "retired" else f"{each.role}, silent"
        role = f"{role}, pinned" if each.pinned else role
        span = f"{each.test_first} to {each.test_last}" if each.test_first else "none"
        table.add_row(
            f"{each.version}\n{role}, {each.horizon_sessions} ahead",
            f"{interval(each.rank_ic)} {each.worth}; {span}{_baselines(each)}",
            _live(each),
            "unavailable" if each.unavailable else each.drift,
        )
    hidden = f"{report.retired} versions are retired; --all lists them too." if report.retired else ""
    return (
        table,
        luck_table(report.forecasters),
        *_wrong(report.forecasters),
        *([hidden] if hidden else []),
        *_retrainings(report),
        *_promotions(report),
    )


def compared_tables(found: ForecastersCompared) -> tuple[RenderableType, ...]:
    """Return two versions side by side, with what can be said of the difference and what cannot."""
    parts: list[RenderableType] = []
    told = (
        ("walk-forward, before they were used", found.walk_forward),
        ("live, since both were trained", found.live),
    )
    for title, comparison in told:
        parts += [_compared(title, comparison), f"{title.capitalize()}: {comparison.verdict}."]
    cost = (
        f"{found.first.forecaster}: {found.first.trials} and {found.second.forecaster}: "
        f"{found.second.trials} configurations were judged over this horizon; the more, the likelier luck."
    )
    return (*parts, cost, *luck_lines(found.first), *luck_lines(found.second))


def interval(figure: Interval | None, digits: int = 4) -> str:
    """Return a figure with its bounds and its sample size."""
    if figure is None:
        return "too few sessions"
    bounds = f"{figure.low:+.{digits}f} to {figure.high:+.{digits}f}"
    return f"{figure.value:+.{digits}f} ({bounds}, n = {figure.n})"


def _compared(title: str, comparison: Comparison) -> Table:
    span = f"{comparison.first_session} to {comparison.last_session}" if comparison.sessions else "no session"
    table = Table("", "Mean daily rank IC (95 %)", title=f"{title}: {comparison.sessions} sessions, {span}")
    table.add_row(comparison.first, interval(comparison.first_rank_ic))
    table.add_row(comparison.second, interval(comparison.second_rank_ic))
    table.add_row("difference, looked at once", interval(comparison.difference))
    table.add_row("difference, looked at daily", _sequential(comparison))
    return table


def _sequential(comparison: Comparison) -> str:
    found = comparison.sequential
    if found is None:
        return "too few sessions"
    bounds = (
        f"{found.low:+.4f} to {found.high:+.4f}"
        if found.low is not None and found.high is not None
        else "no bounds yet"
    )
    decided = f", decided after {found.decided}" if found.decided else ""
    return f"{found.value:+.4f} ({bounds}, n = {found.n}, p = {found.p_value:.3f}{decided})"


def _promotions(report: ForecastersReport) -> Iterable[str]:
    """Say what was put to use, newest as the report has it, a sentence each."""
    for made in report.promotions:
        place = f", in place of {made.previous}" if made.previous else ""
        why = f"{made.why}; explained: {made.explanation}" if made.explanation else made.why
        kind = made.kind.replace("_", " ") + (" and pinned" if made.pinned else "")
        yield (
            f"{made.at:%Y-%m-%d %H:%M}: {made.version} was {kind} over {made.horizon_sessions} sessions"
            f"{place} by {made.by}: {why}."
        )


def _retrainings(report: ForecastersReport) -> Iterable[str]:
    """Say which trainings were called for, a sentence each, and why."""
    for made in report.retrainings:
        yield f"{made.at:%Y-%m-%d %H:%M}: {retrained(made)}"


def retrained(made: Retraining) -> str:
    """Return what was trained anew, on what, and what called for it."""
    ahead = f"over {made.horizon_sessions} sessions"
    ended = {
        "made": f"{made.name} was trained anew {ahead} on {made.train_first} to {made.train_last} and became "
        f"the challenger {made.version}",
        "failed": f"{made.name} was not trained anew {ahead}",
    }.get(made.status, f"the training of {made.name} {ahead} was stopped")
    return f"{ended}: {made.said}. Called for by {made.cause} of {made.because_of}: {made.why}."


def _baselines(each: Standing) -> str:
    """Return what asks for no skill over the same sessions and names, a line each."""
    return "".join(f"\n{name} {interval(figure)}" for name, figure in sorted(each.baseline_rank_ic.items()))


def _live(each: Standing) -> str:
    if each.live_rank_ic is not None:
        return interval(each.live_rank_ic)
    return f"{each.live_sessions} sessions" if each.live_sessions else "none yet"


def _wrong(standings: Sequence[Standing]) -> Iterable[str]:
    for each in standings:
        if each.unavailable:
            yield f"{each.version} is unavailable: {each.unavailable}"
        if each.drift_reasons:
            told = "; ".join(each.drift_reasons)
            yield f"{each.version} on {each.drift_session}: {told}. A training is due."
