"""The answer about the validator's concerns: whether any came before losses, and how sure one can be."""

from collections.abc import Iterator, Sequence

from graph.chat_events import ChatEvent
from graph.replies.pattern_words import open_ones, plain, with_interval
from graph.replies.phrases import figure, interval, number, percent, plural, say, table
from tools.concern_scores import ConcernScore, ConcernsReport


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
            f"{open_ones(report.still_open)}"
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
        f"is {plain(nearest.sign)}: {nearest.signed_lost} of {plural(nearest.signed, 'trade')} with it lost "
        f"and {nearest.others_lost} of {nearest.others} without, a lift of {figure(nearest.lift)} "
        f"(95% interval {interval(nearest.lift)}{few})."
    )


def _told_apart(score: ConcernScore) -> str:
    more = "more" if (score.lift.value or 0) > 1 else "fewer"
    return (
        f"{plain(score.sign)} came before {more} losses: {score.signed_lost} of "
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
                plain(score.sign),
                score.signed,
                score.signed_lost,
                with_interval(score.precision),
                with_interval(score.recall),
                with_interval(score.lift),
                number(score.adjusted),
            )
            for score in scores
        ],
    )
