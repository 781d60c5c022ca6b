"""How a hearing of the committee is told: what it would do, and that nothing is ordered."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.desk_control import Hearing
from graph.replies.phrases import MISSING, cell, in_full, percent, plural, quote, say, table


def hearing_reply(heard: Hearing) -> Iterator[ChatEvent]:
    """Say what the committee would do now, name by name."""
    day = heard.session.isoformat()
    if heard.status != "decided":
        cause = quote(heard.cause) or "no reason was given"
        yield from say(
            f"The committee came to nothing on the close of {day} ({heard.status}): {cause}. "
            "Nothing is ordered."
        )
    else:
        orders = [f"{each.would} {each.ticker}" for each in heard.names if each.would]
        would = f"would {', '.join(orders)}" if orders else "would trade nothing"
        yield from say(
            f"Asked about {plural(len(heard.names), 'name')} on the close of {day}, the committee {would}. "
            f"This was a hearing: nothing is ordered. Speaking: {quote(heard.provider)}."
        )
    yield from table(
        f"Hearing on {day}; nothing is ordered",
        ("Ticker", "Held", "Wanted", "After limits", "Would order", "Why"),
        [
            (
                each.ticker,
                percent(each.held),
                percent(each.wanted) if each.wanted is not None else "as it is",
                percent(each.allowed) if each.allowed is not None else MISSING,
                each.would or "nothing",
                cell(each.reason),
            )
            for each in heard.names
        ],
    )
    yield from in_full([(each.ticker, each.reason) for each in heard.names if each.reason])
