"""Answers about patterns in the desk's own past, and first of all whether there is one."""

from collections.abc import Iterator, Sequence

from graph.chat_events import Chart, ChatEvent
from graph.replies.phrases import Cell, figure, interval, number, percent, plural, say, table, usd
from tools.calibration_chart import calibration_figure
from tools.concern_scores import ConcernScore, ConcernsReport
from tools.confidence_scores import ConfidenceReport, ForecasterCalibration
from tools.cut_scores import CutScore, CutsReport
from tools.figures import Figure
from tools.groups_chart import groups_figure, title_of
from tools.outcomes_by import OutcomeGroup, OutcomesBy, OutcomesReport

CHANCE = 0.05
"""What happens less often than this by chance is told from chance."""


def concerns_reply(report: ConcernsReport) -> Iterator[ChatEvent]:
    """Say whether the validator's concerns predicted losses, and how sure one can be."""
    if not report.trades:
        yield from say(
            f"No trade was closed ({report.span}), so it cannot be said which concerns came before losses."
        )
    else:
        yield from say(_concerns_headline(report))
    yield from _concern_table("Concerns, and how the trades ended", report.scores, "trades", "lost")
    if report.passed_over:
        yield from say(f"\n\n{_passed_over(report)}")
    yield from _concern_table(
        f"Passed over: what they did in {report.look_ahead} sessions", report.passed_over, "names", "fell"
    )
    if report.scores:
        yield from say(
            f"\n\n{len(report.scores)} signs were looked at among the same trades; p is adjusted for that "
            "(Holm). Trades overlap in time, so these intervals are narrow rather than wide."
            f"{_open_ones(report.still_open)}"
        )


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
        yield from say(f"\n\nReturns are net of costs.{_open_ones(report.still_open)}")


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
            (each.name, each.views, _with_interval(each.beat), _with_interval(each.mean_excess, signed=True))
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


def cuts_reply(report: CutsReport) -> Iterator[ChatEvent]:
    """Say which limits and exits saved money and which cost some."""
    yield from say(_cuts_headline(report))
    yield from table(
        f"What was cut away, followed for {report.horizon_sessions} sessions",
        ("Limit", "Cuts", "Names", "Saved", "95% interval", "Return of what was cut", "p, adjusted"),
        [_cut_row(score) for score in report.scores],
    )
    if not report.cuts and not report.pending:
        return
    left_out = [
        f"{plural(count, 'cut')} {why}"
        for count, why in (
            (report.repeated, "repeated one of the same name by the same limit and count once"),
            (report.pending, "are too young to be judged"),
            (report.unpriced, "have no price to be judged by"),
        )
        if count
    ]
    rest = f" {'; '.join(left_out)}." if left_out else ""
    yield from say(
        f"\n\nWhat was cut away is priced {report.price_rule}, gross of costs; what the freed money did "
        f"instead is not counted.{rest}"
    )


def _concerns_headline(report: ConcernsReport) -> str:
    base = report.base_rate
    lost = (
        f"{percent(base.value, digits=0)} of {plural(report.trades, 'closed trade')} lost "
        f"(95% interval {interval(base, signed=False)}; {report.span})"
    )
    found = [score for score in report.scores if score.told_apart]
    if found:
        said = "; ".join(_told_apart(score) for score in found)
        return f"Of the validator's concerns {said}. {lost}."
    if not report.scores:
        return f"No closed trade had been opened against a concern, so nothing can be compared: {lost}."
    nearest = min(report.scores, key=lambda score: (score.p_value, score.sign))
    few = f"; {nearest.lift.note}" if nearest.lift.note else ""
    return (
        f"No concern of the validator can be told from chance as a warning of losses: {lost}. The nearest "
        f"is {_sign(nearest.sign)}: {nearest.signed_lost} of {plural(nearest.signed, 'trade')} with it lost "
        f"and {nearest.others_lost} of {nearest.others} without, a lift of {figure(nearest.lift)} "
        f"(95% interval {interval(nearest.lift)}{few})."
    )


def _told_apart(score: ConcernScore) -> str:
    more = "more" if (score.lift.value or 0) > 1 else "fewer"
    return (
        f"{_sign(score.sign)} came before {more} losses: {score.signed_lost} of "
        f"{plural(score.signed, 'trade')} with it lost, a lift of {figure(score.lift)} "
        f"(95% interval {interval(score.lift)}, p = {number(score.adjusted, 3)} after Holm)"
    )


def _passed_over(report: ConcernsReport) -> str:
    base, first = report.passed_over_base, report.passed_over[0]
    pending = f" {plural(report.pending, 'more')} cannot be judged yet." if report.pending else ""
    told = "can be" if first.told_apart else "cannot be"
    return (
        f"Of the candidates that were neither held nor bought, {percent(first.precision.value, digits=0)} of "
        f"{first.signed} with a concern fell over the next {report.look_ahead} sessions, against "
        f"{percent(base.value, digits=0)} of all {base.n}: that {told} told from chance.{pending}"
    )


def _concern_table(
    title: str, scores: Sequence[ConcernScore], counted: str, ended: str
) -> Iterator[ChatEvent]:
    yield from table(
        title,
        (
            "Concern",
            f"{counted.capitalize()} with it",
            ended.capitalize(),
            "Precision",
            "Recall",
            "Lift",
            "p",
        ),
        [
            (
                _sign(score.sign),
                score.signed,
                score.signed_lost,
                _with_interval(score.precision),
                _with_interval(score.recall),
                _with_interval(score.lift),
                number(score.adjusted),
            )
            for score in scores
        ],
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
        f"By {by}, {noun} did best with {_sign(best.name)}: {percent(mean.value, signed=True)} on average "
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
        (_sign(group.name), group.n, _with_interval(group.win_rate), _mean(group)) for group in found.groups
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


def _cuts_headline(report: CutsReport) -> str:
    if not report.cuts:
        young = f"; {plural(report.pending, 'cut')} cannot be judged yet" if report.pending else ""
        return f"No cut of a limit or an exit can be judged ({report.span}){young}."
    did = "saved" if report.saved >= 0 else "cost"
    told = [score for score in report.scores if score.told_apart]
    whole = (
        f"Together {plural(report.cuts, 'cut')} {did} {usd(abs(report.saved))} over the "
        f"{report.horizon_sessions} sessions after them ({report.span})"
    )
    if told:
        named = ", ".join(f"{each.limit} {_did(each)} {usd(abs(each.saved))}" for each in told)
        return f"{whole}. Told from chance: {named}."
    first = report.scores[0]
    return (
        f"{whole}, but no limit can be told from chance. The largest sum is of {first.limit}, which "
        f"{_did(first)} {usd(abs(first.saved))} in {plural(first.cuts, 'cut')}"
        f"{f': {first.mean_return.note}' if first.mean_return.note else ''}."
    )


def _did(score: CutScore) -> str:
    return "saved" if score.saved >= 0 else "cost"


def _cut_row(score: CutScore) -> tuple[Cell, ...]:
    bounds = score.mean_return.note
    if score.low is not None and score.high is not None:
        bounds = f"{usd(score.low, signed=True)} to {usd(score.high, signed=True)}"
    return (
        score.limit,
        score.cuts,
        score.names,
        usd(score.saved, signed=True),
        bounds,
        percent(score.mean_return.value, signed=True),
        number(score.adjusted) if score.adjusted is not None else "too few",
    )


def _with_interval(value: Figure, *, signed: bool = False) -> str:
    if value.value is None:
        return value.note
    return f"{figure(value, signed=signed)} ({interval(value, signed=signed)})"


def _open_ones(count: int) -> str:
    if not count:
        return ""
    are = "position is" if count == 1 else "positions are"
    return f" {count} {are} still open and not counted."


def _sign(sign: str) -> str:
    return sign.replace("_", " ")
