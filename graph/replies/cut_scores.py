"""The answer about limits, exits and cuts: which saved money, and which cost some."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import Cell, number, percent, plural, say, table, usd
from tools.cut_scores import CutScore, CutsReport


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
