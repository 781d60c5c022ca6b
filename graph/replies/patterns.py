"""Answers about patterns in the desk's own past, and first of all whether there is one."""

from collections.abc import Iterator

from graph.chat_events import Chart, ChatEvent
from graph.replies.pattern_words import open_ones, plain, with_interval
from graph.replies.phrases import Cell, interval, number, percent, plural, say, table, usd
from tools.calibration_chart import calibration_figure
from tools.confidence_scores import ConfidenceReport, ForecasterCalibration
from tools.groups_chart import groups_figure, title_of
from tools.outcomes_by import OutcomeGroup, OutcomesBy, OutcomesReport

CHANCE = 0.05
"""What happens less often than this by chance is told from chance."""


def outcomes_reply(report: OutcomesReport) -> Iterator[ChatEvent]:
    """Say how trades ended by one dimension, and whether the groups can be told from chance."""
    yield from say(_outcomes_headline(report.trades))
    if report.trades.caveat and report.trades.n:
        yield from say(f" Mind that {report.trades.caveat}.")
    if report.sessions is not None and report.sessions.n:
        yield from say(f" {_outcomes_headline(report.sessions)}")
    for found in (report.trades, report.sessions):
        if found is not None and found.n:
            yield from _groups_table(found)
    shown = report.sessions if report.sessions is not None and report.sessions.n else report.trades
    if len(shown.groups) > 1:
        yield Chart(title=f"Mean return by {title_of(shown)}", figure=groups_figure(shown))
    if report.trades.n:
        yield from say(f"\n\nReturns are net of costs.{open_ones(report.still_open)}")


def confidence_reply(report: ConfidenceReport) -> Iterator[ChatEvent]:
    """Say whether the desk was right as often as it was sure."""
    yield from say(_calibration_headline(report))
    if report.trades.n:
        yield from say(f" {_outcomes_headline(report.trades)}")
    yield from table(
        "Calibration of the forecasters",
        ("Forecaster", "n", "Brier (95%)", "Saying the mean", "Calibration error", "By chance up to"),
        [_calibration_row(each) for each in report.forecasters],
    )
    for first in report.forecasters[:1]:
        figure_of_it = calibration_figure(first.forecaster, first.calibration)
        yield Chart(title=f"Calibration of {first.forecaster}", figure=figure_of_it)
    yield from table(
        f"Every view by conviction, over the next {report.horizon_sessions} sessions",
        ("Conviction", "Views", "Beat the average (95%)", "Mean excess (95%)"),
        [
            (each.name, each.views, with_interval(each.beat), with_interval(each.mean_excess, signed=True))
            for each in report.views
        ],
    )
    if report.trades.n:
        yield from _groups_table(report.trades)
    yield from say(
        "\n\nForecasts and views are those of the candidates the committee saw, labelled from the next open "
        "to the open a horizon later; their outcomes overlap, so intervals draw whole sessions in blocks."
        f"{f' {report.pending:,} forecasts are too young to be judged.' if report.pending else ''}"
    )


def _outcomes_headline(found: OutcomesBy) -> str:
    """Name the best group, and say at once whether that means anything."""
    by, noun = title_of(found), found.counted
    if not found.n:
        return f"No trade was closed ({found.span}), so there is nothing to part by {by}."
    best = next((group for group in found.groups if group.name == found.best), None)
    whole = f"{plural(found.n, noun[:-1])} in {plural(len(found.groups), 'group')}"
    if best is None:
        few = f"; {found.chance_note}" if found.chance_note else ""
        return f"There is nothing to compare by {by}: {whole}{few} ({found.span})."
    mean = best.mean_return
    bounds = f"95% interval {interval(mean)}" if mean.low is not None else mean.note
    lead = (
        f"By {by}, {noun} did best with {plain(best.name)}: {percent(mean.value, signed=True)} on average "
        f"(n = {best.n}, {bounds})"
    )
    if found.chance is None:
        return f"{lead}; {whole}, and {found.chance_note}."
    drawn = f"drawn at random, {whole} differ as much {percent(found.chance, digits=1)} of the time"
    if found.chance >= CHANCE:
        return f"{lead}. The groups cannot be told from chance: {drawn} ({found.span})."
    return (
        f"{lead}. The groups differ by more than chance alone explains: {drawn} ({found.span}). That is one "
        f"of {found.questions} such tables, and one in twenty looks so by chance."
    )


def _groups_table(found: OutcomesBy) -> Iterator[ChatEvent]:
    title = f"{found.counted.capitalize()} by {title_of(found)}"
    columns: tuple[str, ...] = (title_of(found).capitalize(), "n", "Win rate (95%)", "Mean return (95%)")
    rows: list[tuple[Cell, ...]] = [
        (plain(group.name), group.n, with_interval(group.win_rate), _mean(group)) for group in found.groups
    ]
    if found.counted == "trades":
        columns = (*columns, "Profit")
        rows = [
            (*row, usd(group.profit, signed=True) if group.profit is not None else "")
            for row, group in zip(rows, found.groups, strict=True)
        ]
    yield from table(title, columns, rows)


def _mean(group: OutcomeGroup) -> str:
    mean = group.mean_return
    return f"{percent(mean.value, signed=True)} ({interval(mean)})"


def _calibration_headline(report: ConfidenceReport) -> str:
    if not report.forecasters:
        return f"No forecast on record is old enough to be judged ({report.span})."
    first = report.forecasters[0]
    found = first.calibration
    promise = (
        f"On {found.n:,} forecasts over {found.sessions} sessions the probabilities of {first.forecaster}"
    )
    missed = (
        f"a calibration error of {percent(found.error)}, a Brier score of {number(found.brier_value, 4)} "
        f"against {number(found.brier_constant, 4)} for saying the mean every time"
    )
    if found.error_by_chance is None:
        return f"{promise} cannot be judged: too few sessions to say ({missed})."
    off = found.error > found.error_by_chance
    told = "were off by more than sampling explains" if off else "cannot be told from well calibrated"
    better = "better" if found.brier_value < found.brier_constant else "no better"
    return (
        f"{promise} {told}: {missed}, so they were {better} than knowing nothing but the mean; "
        f"sampling alone makes an error of up to {percent(found.error_by_chance)} ({report.span})."
    )


def _calibration_row(each: ForecasterCalibration) -> tuple[Cell, ...]:
    found = each.calibration
    bounds = f" ({number(found.brier.low, 4)} to {number(found.brier.high, 4)})" if found.brier else ""
    chance = found.error_by_chance
    return (
        f"{each.forecaster}, {plural(each.horizon_sessions, 'session')}",
        found.n,
        f"{number(found.brier_value, 4)}{bounds}",
        number(found.brier_constant, 4),
        percent(found.error),
        percent(chance) if chance is not None else "too few sessions",
    )
