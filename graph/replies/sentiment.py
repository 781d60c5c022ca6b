"""How the news leans, told with what it rests on and the newest headlines as they were read."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, number, plural, quote, say, table
from tools.sentiment import MARKET, NewsSentiment

LEANS = {"positive": "good", "neutral": "neither good nor bad", "negative": "bad"}
READERS = {
    "lexicon": "a word list of the desk's own, which knows no context",
    "llm": "an LLM",
    "classifier": "a classifier",
}
LONGEST = 140
"""Characters of a headline in the table."""


def sentiment_reply(found: NewsSentiment) -> Iterator[ChatEvent]:
    """Say whether the news is good or bad, how sure that is, and by whom it was read."""
    about = "the market" if found.ticker == MARKET else f"{found.ticker} ({quote(found.name)})"
    over = f"the last {plural(found.sessions, 'session')} to {found.session.isoformat()}"
    if found.sentiment_score is None or found.leaning is None:
        yield from say(f"How the news on {about} leans over {over} is not known: {quote(found.reason)}.")
    else:
        yield from say(
            f"The news on {about} over {over} {_seems(found)} "
            f"{LEANS[found.leaning]}: "
            f"{_signed(found.sentiment_score)} on a scale from -1 to 1{_interval(found)}, "
            f"from {plural(found.headlines, 'headline')} "
            f"({found.positive} positive, {found.neutral} neutral, {found.negative} negative) of "
            f"{plural(found.sources, 'source')}. {_told(found)}"
        )
        yield from say(_how(found))
    yield from table(
        "The newest headlines, as they were read",
        ("Known at (UTC)", "Score", "Headline", "Source", "Told by"),
        [
            (
                f"{each.known_at:%Y-%m-%d %H:%M}",
                MISSING if each.sentiment_score is None else _signed(each.sentiment_score),
                cell(each.title, LONGEST),
                cell(each.source, 80),
                each.told_by,
            )
            for each in found.latest
        ],
    )


def _seems(found: NewsSentiment) -> str:
    """Return how firmly it is said: what cannot be told from the contrary only seems so."""
    return "is" if found.low is not None and found.high is not None and not _straddles(found) else "seems"


def _straddles(found: NewsSentiment) -> bool:
    return found.low is not None and found.high is not None and found.low <= 0 <= found.high


def _interval(found: NewsSentiment) -> str:
    if found.low is None or found.high is None:
        return " (too few headlines for an interval)"
    unsure = ", which cannot be told from neutral" if _straddles(found) else ""
    return f" (95% interval {_signed(found.low)} to {_signed(found.high)}{unsure})"


def _told(found: NewsSentiment) -> str:
    copies = (
        f"{plural(found.copies, 'more telling')} of these are not counted again. " if found.copies else ""
    )
    unread = f"{plural(found.unread, 'headline')} got no score. " if found.unread else ""
    named = f"{found.by_name} of them only name it in a market headline. " if found.by_name else ""
    return f"{copies}{unread}{named}"


def _how(found: NewsSentiment) -> str:
    kind = found.scorer.partition("/")[0]
    alone = "All of it comes from one source. " if found.sources == 1 else ""
    return (
        f"{alone}Read by {READERS.get(kind, 'a scorer')} ({quote(found.scorer)}); a headline counts half "
        f"after {plural(found.half_life_days, 'day')}. It tells the tone of titles, not where the price goes."
    )


def _signed(score: float) -> str:
    text = number(score)
    return f"+{text}" if score > 0 and text.strip("0.") else text
