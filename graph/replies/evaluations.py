"""How the nightly evaluations are told: the gate's word, what fell, and the worst cases."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from db.eval_nights import EvalNight, EvalScore
from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, number, plural, quote, say, table, usd
from tools.evaluations import Evaluations

NO_NIGHT = "No night's evaluation is on record yet; `desk evals night` makes one."


def evaluations_reply(found: Evaluations) -> Iterator[ChatEvent]:
    """Say what the last night came to, then how its scores stand and what went worst."""
    if not found.nights:
        yield from say(NO_NIGHT)
        return
    night = found.nights[0]
    why = f": {quote('; '.join(night.reasons))}" if night.reasons else ""
    yield from say(f"The evaluation of {night.day.isoformat()} is {night.colour}{why}. ")
    fell = [score for score in night.scores if _signed(score.over_last).startswith("-")]
    yield from say(f"{_fell(fell)} " if any(s.over_last is not None for s in night.scores) else "")
    changed = [each for each in found.changes if each.day == night.day]
    if changed:
        yield from say(f"Before it these changed: {', '.join(changed[0].changed)}. ")
    if len(found.nights) > 1:
        yield from say(_together(found.nights))
    yield from table(
        f"Scores of {night.day.isoformat()}",
        (
            "Dataset",
            "Contestant",
            "Score",
            "95 % interval",
            "Cases",
            "To the baseline",
            "To the night before",
        ),
        [
            (
                each.dataset,
                cell(each.contestant),
                MISSING if each.value is None else f"{each.value:.3f}",
                MISSING if each.low is None else f"{number(each.low, 3)} to {number(each.high, 3)}",
                each.cases,
                _signed(each.over_baseline),
                _signed(each.over_last),
            )
            for each in night.scores
        ],
    )
    worst = [(each.case, cell(each.told)) for each in night.worst]
    yield from table("Worst cases of the night", ("Case", "Score and why"), list(worst))


def _fell(fell: list[EvalScore]) -> str:
    """Say which scores are below the night's before; a fall alone is no finding, the gate's word is."""
    if not fell:
        return "No score is below the night before."
    listed = ", ".join(
        f"{each.dataset} of {quote(each.contestant)} ({_signed(each.over_last)})" for each in fell
    )
    return f"Below the night before: {listed}; whether that is more than noise is the gate's word."


def _together(nights: tuple[EvalNight, ...]) -> str:
    counted = Counter(night.colour for night in nights)
    listed = ", ".join(f"{count} {colour}" for colour, count in counted.most_common())
    cost = sum((night.cost_usd for night in nights), Decimal(0))
    return f"Of the last {plural(len(nights), 'night')}: {listed}; the calls cost {usd(cost)}."


def _signed(value: float | None) -> str:
    return MISSING if value is None else f"{value:+z.3f}"
