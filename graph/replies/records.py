"""Answers out of the records: what was found, each line with the record it cites."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import cell, number, plural, quote, role_title, say, table
from tools.records import RecordHit, RecordsFound, WholeRecord

CITED = 5
"""Records told in words; the table has them all."""
QUOTED = 280
NAMES = {
    "event": "an event",
    "decision": "a decision",
    "rationale": "a rationale",
    "news": "a headline",
    "lesson": "a lesson",
}
FOUND_BY = {"meaning": "meaning", "words": "words", "both": "meaning and words", "newest": "newest"}


def search_reply(found: RecordsFound) -> Iterator[ChatEvent]:
    """Say how many records fit and what the best of them say, each with its number and its id."""
    yield from say(_first_sentence(found))
    yield from say("".join(_line(place, hit) for place, hit in enumerate(found.hits[:CITED], start=1)))
    yield from table(
        "Records found",
        ("No.", "Record", "Kind", "Ticker", "Role", "Session", "Known", "Text", "Found by", "Likeness"),
        [_row(place, hit) for place, hit in enumerate(found.hits, start=1)],
    )
    if found.hits:
        yield from say(f"\n\nTo see one whole, ask: show record {_id(found.hits[0].record_id)}.")
    if found.asked and not found.by_meaning:
        yield from say(
            "\n\nOnly words were compared: the encoder that compares meanings is not loaded here or not yet."
        )
    elif found.waiting:
        yield from say(f"\n\n{plural(found.waiting, 'record')} could be found by words only so far.")


def record_reply(found: WholeRecord) -> Iterator[ChatEvent]:
    """Tell one record whole, and where it comes from."""
    about = f" about {found.ticker}" if found.ticker else ""
    yield from say(
        f"Record {_id(found.record_id)} is {NAMES[found.kind]}{about} of {found.session.isoformat()}"
        f"{f' by the {_role(found.role)}' if found.role else ''}:\n\n> {quote(found.text, 4000)}\n\n"
    )
    yield from say(f"Source: {_source(found)}. It was known from {found.known_at:%Y-%m-%d %H:%M} UTC on.")
    if found.cycle_id is not None:
        yield from say(
            f" For everything that was decided with it, ask: decision of {found.session.isoformat()}."
        )


def _first_sentence(found: RecordsFound) -> str:
    within = _within(found)
    about = f' on "{quote(found.asked, 120)}"' if found.asked else ""
    if not found.hits:
        return f"Nothing on record fits{about}{within}; try other words or a wider filter."
    best, count = found.hits[0], plural(len(found.hits), "record")
    begin = f"{count}{about}{within}; the best fit" if about else f"The newest {count}{within}; the first"
    whose = f" about {best.ticker}" if best.ticker else ""
    return f"{begin} is {NAMES[best.kind]} of {best.session.isoformat()}{whose} [1].\n"


def _within(found: RecordsFound) -> str:
    parts = [
        f"about {found.ticker}" if found.ticker else "",
        f"of kind {found.kind}" if found.kind else "",
        f"by the {_role(found.role)}" if found.role else "",
        f"from {found.since.isoformat()}" if found.since else "",
        f"to {found.until.isoformat()}" if found.until else "",
    ]
    return "".join(f" {part}" for part in parts if part)


def _line(place: int, hit: RecordHit) -> str:
    who = _role(hit.role) if hit.role else NAMES[hit.kind].split()[-1]
    about = f", {hit.ticker}" if hit.ticker else ""
    more = f" (and {hit.alike} more that say the same with other figures)" if hit.alike else ""
    told = hit.text.removeprefix(f"{hit.session.isoformat()}, ")
    if hit.ticker and told.startswith(f"{hit.ticker} "):
        about = ""
    return f"\n- [{place}] {hit.session.isoformat()}, {who}{about}: {quote(told, QUOTED)}{more}"


def _row(place: int, hit: RecordHit) -> tuple[str | int | float | None, ...]:
    return (
        place,
        cell(hit.record_id),
        hit.kind,
        hit.ticker,
        role_title(hit.role) if hit.role else None,
        hit.session.isoformat(),
        f"{hit.known_at:%Y-%m-%d %H:%M}",
        cell(hit.text),
        FOUND_BY[hit.found_by],
        number(hit.likeness) if hit.likeness is not None else None,
    )


def _source(found: WholeRecord) -> str:
    match found.kind:
        case "news":
            return f"a headline of {quote(found.origin)}, {_id(found.source_id)}"
        case "event":
            return f"event {_id(found.source_id)} ({quote(found.origin)})"
        case "lesson":
            return f"the closed trade {_id(found.source_id)}"
        case _:
            return f"cycle {_id(found.source_id)}, said by {quote(found.origin)}"


def _id(record_id: str) -> str:
    return f"`{record_id.replace('`', '')}`"


def _role(role: str) -> str:
    return role.replace("_", " ")
