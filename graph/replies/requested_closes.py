"""How the closes that the owner has asked for are told."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import cell, percent, plural, say, shares, table
from tools.requested_closes import RequestedCloses


def requested_closes_reply(found: RequestedCloses) -> Iterator[ChatEvent]:
    """Say which closes stand, and which of them can still be taken back."""
    if not found.closes:
        yield from say("No close that you have asked for is waiting.")
        return
    yield from say(f"{plural(len(found.closes), 'close')} that you have asked for stand.")
    undecided = [each.ticker for each in found.closes if each.ordered is None]
    if undecided:
        yield from say(f' Say "keep {undecided[0]} after all" to take one back before it is decided.')
    yield from table(
        "Requested closes",
        ("Ticker", "Part", "Asked by", "Asked (UTC)", "Order"),
        [
            (
                each.ticker,
                percent(each.fraction, digits=0),
                cell(each.by),
                f"{each.asked_at:%Y-%m-%d %H:%M}",
                f"{shares(each.ordered)} shares at the next open"
                if each.ordered is not None
                else "not decided",
            )
            for each in found.closes
        ],
    )
