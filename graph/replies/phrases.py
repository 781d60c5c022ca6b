"""How figures and other people's words are written in an answer."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from agents.untrusted import clean
from graph.chat_events import Table, TextToken
from tools.figures import Figure

MISSING = "n/a"
QUOTED_CHARACTERS = 400
SHORT_CHARACTERS = 240
"""A longer text makes a row of a table taller than it helps; it is said in full below."""
CENT = Decimal("0.01")
Cell = str | int | float | None
_PIECE = re.compile(r"\S+\s*|\s+")
_MARKUP = re.compile(r"[\\`*\[\]<>|~]|(?<![^\W_])_|_(?![^\W_])|^[#+-]")
_LINKS_ITSELF = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\w)(?=@[\w-]+\.)", re.IGNORECASE)
PIECE_WORDS = 3


def say(text: str) -> Iterator[TextToken]:
    """Yield a text in small pieces, as it would be spoken."""
    words = _PIECE.findall(text)
    for at in range(0, len(words), PIECE_WORDS):
        yield TextToken(text="".join(words[at : at + PIECE_WORDS]))


def quote(text: str, limit: int = QUOTED_CHARACTERS) -> str:
    """Return somebody else's words on one line, with every sign that Markdown or HTML reads escaped."""
    return _MARKUP.sub(lambda sign: "\\" + sign.group(0), unlinked(clean(text, limit)))


def unlinked(text: str) -> str:
    """Return a text with a gap in every address, which a page would make a link of by itself."""
    return _LINKS_ITSELF.sub(" ", text)


def cell(text: str, limit: int = QUOTED_CHARACTERS) -> str:
    """Return somebody else's words as the plain text of a table's cell."""
    return re.sub(r"[<>`|!\[\]]", " ", clean(text, limit)).strip()


def in_full(words: Iterable[tuple[str, str]], limit: int = SHORT_CHARACTERS) -> Iterator[TextToken]:
    """Say, each under its name, the words that were too long for their cell of a table."""
    cut = [f"- **{name}**: {quote(text)}" for name, text in words if cell(text, limit) != cell(text)]
    if cut:
        yield from say("\n\nIn full:\n" + "\n".join(cut) + "\n")


def percent(value: float | Decimal | None, *, signed: bool = False, digits: int = 2) -> str:
    """Return a fraction as a percentage; what rounds to nothing has no sign, what is missing says so."""
    if value is None:
        return MISSING
    text = f"{float(value) * 100:z.{digits}f}%"
    return f"+{text}" if signed and text.strip("0.%") and not text.startswith("-") else text


def points(difference: float) -> str:
    """Return the difference of two percentages, which is no percentage of either."""
    return f"{difference * 100:z.2f} points"


def usd(value: Decimal, *, signed: bool = False) -> str:
    """Return an amount in dollars and cents, the sign before the dollar."""
    cents = value.quantize(CENT)
    sign = "-" if cents < 0 else "+" if signed and cents else ""
    return f"{sign}${abs(cents):,.2f}"


def number(value: float | None, digits: int = 2) -> str:
    """Return a plain number."""
    return MISSING if value is None else f"{value:z.{digits}f}"


def shares(quantity: Decimal) -> str:
    """Return a quantity without trailing zeros."""
    return f"{quantity.normalize():,f}"


def role_title(role: str) -> str:
    """Return a role's name as it is shown: `macro_researcher` is the "Macro researcher"."""
    return role.replace("_", " ").capitalize()


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def figure(value: Figure, *, signed: bool = False) -> str:
    """Return a statistic's value alone."""
    return _in_unit(value, value.value, signed=signed)


def interval(value: Figure, *, signed: bool = True) -> str:
    """Return a statistic's 95% interval, or why it has none."""
    if value.low is None or value.high is None:
        return value.note or MISSING
    low, high = (_in_unit(value, end, signed=signed) for end in (value.low, value.high))
    return f"{low} to {high}"


def _in_unit(told: Figure, value: float | None, *, signed: bool) -> str:
    if told.unit == "fraction":
        return percent(value, signed=signed)
    if told.unit == "usd" and value is not None:
        return usd(Decimal(repr(value)), signed=signed)
    return number(value)


def table(title: str, columns: tuple[str, ...], rows: list[tuple[Cell, ...]]) -> Iterator[Table]:
    """Yield a table, or nothing when it would be empty."""
    if rows:
        yield Table(title=title, columns=columns, rows=tuple(rows))


def order_terms(kind: str, limit: Decimal | None, stop: Decimal | None) -> str:
    """Return when and at what price an order may trade."""
    once = f"once {usd(stop)} is touched" if stop is not None else ""
    at = f"at {usd(limit)} or better" if limit is not None else ""
    if once or at:
        return f"{at} {once}".strip()
    return "at the next close" if kind == "market_on_close" else "at the next open"
