"""How a blind sheet is told: what waits, and at its end whose the decisions were and how far raters agree."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.ratings import RatingStanding
from graph.replies.phrases import cell, plural, quote, say, table

GO_ON = "*rate decisions blind*"


def begun_reply(now: RatingStanding) -> Iterator[ChatEvent]:
    """Say what the sheet is and put up the next decision."""
    if now.following is None:
        yield from finished_reply(now)
        return
    done = f"{now.rated} of {now.of} are rated" if now.rated else f"{now.of} decisions wait for your rating"
    yield from say(
        f"{done}, drawn from {quote(now.experiment)} by seed {now.seed}. Whose they are and how they ended "
        f"is told once you have rated them all. Stop whenever you like; {GO_ON} goes on."
    )
    yield now.following


def rated_reply(now: RatingStanding) -> Iterator[ChatEvent]:
    """Settle the decision that was rated; put up the next, or say what came of the sheet."""
    if now.just is not None:
        yield now.just
    if now.following is None:
        yield from finished_reply(now)
    else:
        yield now.following


def later_reply() -> Iterator[ChatEvent]:
    """Say that what was rated is kept."""
    yield from say(f"What you have rated is kept; {GO_ON} goes on where you are.")


def finished_reply(now: RatingStanding) -> Iterator[ChatEvent]:
    """Say how each contestant was rated and how far each two raters agree."""
    yield from say(
        f"All {now.of} decisions of {quote(now.experiment)} (seed {now.seed}) are rated, by "
        f"{', '.join(map(quote, now.raters))}. "
    )
    if now.agreement:
        yield from say(" ".join(now.agreement))
    else:
        yield from say(
            f"Once a second person has rated the same sheet, how far you agree is told: {GO_ON} gives it to "
            f"the next one who asks, or `desk evals sheet {now.experiment} --seed {now.seed}` writes it."
        )
    words = tuple(word for word, _ in now.contestants[0].counts) if now.contestants else ()
    yield from table(
        f"Rated blind by {plural(len(now.raters), 'person')}".replace("persons", "people"),
        ("Contestant", *(word.capitalize() for word in words), "Ratings"),
        [
            (
                cell(each.contestant),
                *(count for _, count in each.counts),
                sum(count for _, count in each.counts),
            )
            for each in now.contestants
        ],
    )
