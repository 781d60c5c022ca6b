"""How much of what forecasters show is luck, as it is told in the chat."""

from collections.abc import Iterator, Sequence

from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, say, table
from tools.forecasters import Standing

Cell = str | int


def luck_reply(standings: Sequence[Standing]) -> Iterator[ChatEvent]:
    """Say how much was tried, then what that leaves of each version's figures."""
    if not standings:
        return
    tried = max((each.luck.tried for each in standings), key=lambda each: each.total)
    yield from say(
        f"How much of this is luck: {tried.total} configurations were judged so far, of them {tried.claims} "
        "claims out of sample. An edge is called one only where luck gives the best of so many as good a "
        "record less than one time in twenty. "
    )
    yield from table(
        "How much of this is luck",
        ("Version", "Tried", "p alone", "p among claims", "Deflated Sharpe", "Overfitting", "Superiority p"),
        [_row(each) for each in standings],
    )


def _row(each: Standing) -> tuple[Cell, ...]:
    luck = each.luck
    edge, sharpe = luck.edge, luck.deflated
    overfitting, superiority = luck.overfitting, luck.superiority
    return (
        each.version,
        luck.tried.of_name,
        MISSING if edge.chance is None else f"{edge.chance:.3f}",
        MISSING if edge.corrected is None else f"{edge.corrected:.3f}",
        MISSING if sharpe is None else f"{sharpe.probability:.2f} (n = {sharpe.n})",
        "no sizes chosen"
        if overfitting is None
        else f"{overfitting.probability:.2f} ({overfitting.strategies} sizes, n = {overfitting.n})",
        MISSING if superiority is None else f"{superiority.p_value:.3f} (n = {superiority.n})",
    )
