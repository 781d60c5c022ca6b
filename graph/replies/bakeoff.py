"""How a bakeoff is told: whom it speaks for by dataset, with every score's size and interval."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, number, plural, quote, say, table
from tools.bakeoffs import BakeoffDataset, BakeoffEnd, BakeoffNow, BakeoffResult, BakeoffScore
from tools.control_words import listed, spoken


def bakeoff_reply(now: BakeoffNow) -> Iterator[ChatEvent]:
    """Say how far the one under way is, then what the last one came to."""
    going = now.under_way
    if going is not None:
        far = f"{going.done:,} of {going.total:,} answers" if going.total else "it is just beginning"
        yield from say(
            f"A bakeoff over {listed([quote(spoken(each)) for each in going.datasets])} is under way since "
            f"{going.begun_at:%Y-%m-%d %H:%M} UTC: {far}. "
        )
    if now.last is not None:
        ended = f"The last bakeoff ended on {now.last.ended_at:%Y-%m-%d %H:%M} UTC"
        yield from say(f"{ended}, each case asked {plural(now.last.trials, 'time')}.\n")
        yield from _result(now.last)


def end_reply(end: BakeoffEnd) -> Iterator[ChatEvent]:
    """Say what came of a bakeoff that has just ended."""
    if end.result is None:
        yield from say(quote(end.stopped))
        return
    yield from say(f"The bakeoff has ended, each case asked {plural(end.result.trials, 'time')}.\n")
    yield from _result(end.result)


def _result(last: BakeoffResult) -> Iterator[ChatEvent]:
    """Say the verdicts, show the scores, and where the whole report is."""
    for each in last.datasets:
        yield from say(f"\n- **{quote(spoken(each.dataset))}**: {quote(each.verdict)}")
    for said in last.unspoken:
        yield from say(f"\n- {quote(said)}")
    if last.skipped:
        yield from say(f"\n- **skipped**: {quote('; '.join(last.skipped))}")
    yield from say(
        f"\n\n[The whole report]({last.page}) has every other score, the costs and what was run; at the "
        "terminal `desk evals choose` puts a choice into force.\n\n"
    )
    for each in last.datasets:
        yield from table(_title(each), COLUMNS, [_row(score) for score in each.scores])


COLUMNS = ("Contestant", "Score", "95% interval", "Cases", "USD an answer")


def _title(found: BakeoffDataset) -> str:
    chance = "" if found.no_skill is None else f", no skill {found.no_skill:g}"
    return f"{spoken(found.dataset)}: {spoken(found.score)}{chance}"


def _row(score: BakeoffScore) -> tuple[str | int | float | None, ...]:
    known = score.low is not None and score.high is not None
    return (
        cell(score.contestant),
        number(score.value, 3),
        f"{number(score.low, 3)} to {number(score.high, 3)}" if known else MISSING,
        score.n,
        f"{score.cost_usd:.5f}",
    )
