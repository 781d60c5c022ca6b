"""The figures of a text: numbers with their unit, sign and rounding, days, and counts in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from graph.evidence.signs_said import Sign, follows_a_loss, sign_in_words
from graph.words.dates import MONTHS, NUMBERS

Unit = Literal["plain", "percent", "points", "bp", "usd", "times", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidFigure:
    """One number as it is written: its value in its own unit, how finely it is written, and its direction."""

    start: int
    stop: int
    written: str
    value: float
    """Without its sign."""
    half_digit: float
    """Half of the last digit that is shown."""
    unit: Unit
    sign: Sign
    """What the sign before it or the words beside it say; 0 where nothing does."""
    explicit: bool = False
    """Whether the sign is written, not told by a word."""
    is_in_a_loss: bool = False
    """Whether no word beside it tells its direction, and the last one in its sentence tells of a loss."""
    hedged: bool = False
    """Whether it is said to be rough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidDay:
    """One day, month or year as it is written."""

    start: int
    stop: int
    written: str
    year: int | None
    month: int | None = None
    day: int | None = None


_MONTH = "|".join(sorted((month for month in MONTHS if month != "may"), key=len, reverse=True)) + "|may"
_DAY = re.compile(
    rf"""(?<![\w-])(?:
      (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})
        (?:[T\ ]\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\.\d+)?(?:Z|[+-]\d{{2}}:?\d{{2}})?)?(?:\ UTC)?
    | (?P<ym>(?:19|20)\d{{2}}-(?:0[1-9]|1[0-2]))(?!\d|-)
    | (?P<week>(?:19|20)\d{{2}}-W\d{{2}})
    | (?P<quarter>(?:19|20)\d{{2}}-Q[1-4]|Q[1-4](?:\ (?:19|20)\d{{2}})?)
    | (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?(?P<m1>{_MONTH})\b\.?(?:,?\ (?P<y1>(?:19|20)\d{{2}}))?
    | (?P<m2>{_MONTH})\.?\ (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![.,]\d|\ ?%)(?:,?\ (?P<y2>(?:19|20)\d{{2}}))?
    | (?P<m3>{_MONTH})\.?,?\ (?P<y3>(?:19|20)\d{{2}})
    )(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
_YEAR = re.compile(
    r"(?<![\w$.,+-])(?P<year>(?:19|20)\d{2})(?!\w|[.,]\d|-\d|\s?(?:%|per ?cent|bps?\b|basis|USD|dollars"
    r"|shares|trades|sessions|fills|orders|points|x\b))"
)
_NO_FIGURE = re.compile(
    r"\b10\s?% to 90\s?%"
    r"|\b9[059]\s?% (?:confidence |bootstrap |credible )?(?:interval|CI|bounds?)\b|\bS&P ?(?:500|100)\b"
    r"|\bRussell ?\d+\b|(?<![$\d.,])\b(?-i:3M)\b"
    r"|\bNasdaq[- ]?100\b|\b\d{1,2}:\d{2}(?::\d{2})?(?: ?UTC)?\b|\b(?:19|20)\d{2}s\b|\b12[-–]1\b"
    r"|\b(?:\d+|one|two|three|four|five|six)[- ](?:day|week|month|quarter|year|session|step)[- ]?(?:long"
    r"|old|high|low|average|moving|return|horizon|window)?\b(?!s)"
    r"|(?m:^\s*(?:\d{1,3}[.)]|#+ ?\d*)\s)|\b\d{1,3}(?:st|nd|rd|th)\b|\b(?:cmd|log|id)-[\w-]+|\bCOVID-19\b"
    r"|`[^`\n]*[A-Za-z_-][^`\n]*`",
    re.IGNORECASE,
)
"""Names of an interval or an index, times of day, marks of a list, places, ids and named windows."""
_INDEX = re.compile(r"\b(?:Russell|Nikkei|Stoxx|FTSE|CAC|DAX) ?\d{2,4}\b", re.IGNORECASE)
"""Names of indices that look like years."""
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "b": 1e9,
    "billion": 1e9,
}
_COUNT_WORDS = "|".join(sorted((w for w, n in NUMBERS.items() if n > 1), key=len, reverse=True))
_NUMBER = re.compile(
    rf"""(?P<sign>(?<![\w.,)%])[-+−–][^\S\n]?)?(?P<money>USD[^\S\n]?|US\$[^\S\n]?|\$[^\S\n]?)?(?P<sign2>[-+−])?
    (?:(?P<digits>(?<![\w.,])(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|(?<![\w.,\d])\.\d+)
       | \b(?P<word>{_COUNT_WORDS})\b)
    (?:[^\S\n]?(?P<scale>[kKM]|mn|bn|thousand|million|billion)(?![\w]))?
    (?P<unit>[^\S\n]?%(?:[-\ ]?points?\b)?|[-\ ]?per\ ?cent(?:age)?(?:[-\ ]points?)?\b|[^\S\n]?pp\b
      |[^\S\n]?(?:percentage[-\ ])?points?\b
      |[^\S\n]?bps?\b|[^\S\n]basis[-\ ]points?\b|[^\S\n]?USD\b|[^\S\n]dollars?\b
      |[^\S\n]?(?:×|x)(?!\w)|[^\S\n]times\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_JOINED = re.compile(r"^\s?(?:to|and|or|–|-|—)\s?$")
FARTHEST = 200
LARGEST = 10.0**FARTHEST
"""What is written larger, such as an id with an e between digits, is a figure that nobody holds."""
_HEDGE = re.compile(r"(?:about|around|roughly|nearly|almost|some|approximately|circa|~|≈)\s*$", re.IGNORECASE)
_COUNTED = re.compile(
    r"\s(?:open |closed |losing |winning |trading |calendar )?(?:shares?|sessions?|trades?|fills?|orders?"
    r"|days?|weeks?|months?|positions?|holdings?|names|stocks|tickers|records?|decisions?|rows|events?)\b",
    re.IGNORECASE,
)
"""What is counted, after a number."""


def said_days(text: str) -> tuple[SaidDay, ...]:
    """Return the days, months and years a text names; an impossible day keeps its numbers."""
    text = _blanked(text, [match.span() for match in _INDEX.finditer(text)])
    found = [_day(match) for match in _DAY.finditer(text)]
    rest = _blanked(text, [(day.start, day.stop) for day in found])
    years = [
        SaidDay(start=m.start(), stop=m.end(), written=m[0], year=int(m["year"]))
        for m in _YEAR.finditer(rest)
    ]
    return tuple(sorted([*found, *years], key=lambda day: day.start))


def said_figures(text: str) -> tuple[SaidFigure, ...]:
    """Return the numbers of a text that say how much; days, places, list marks and ids are none."""
    spans = [(day.start, day.stop) for day in said_days(text)]
    spans += [match.span() for match in _NO_FIGURE.finditer(_blanked(text, spans))]
    rest = _blanked(text, spans)
    matches = list(_NUMBER.finditer(rest))
    figures: list[SaidFigure] = []
    for at, match in enumerate(matches):
        following = matches[at + 1] if at + 1 < len(matches) else None
        unit = _unit_of(match)
        if unit == "plain" and following and _JOINED.match(rest[match.end() : following.start()]):
            unit = _unit_of(following)
        if unit == "plain" and _COUNTED.match(rest, match.end()):
            unit = "count"
        figure = _figure(match, unit, rest)
        if figure is not None:
            figures.append(figure)
    return tuple(figures)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence or line of a text begins and ends; together they are the whole text."""
    start = 0
    for match in re.finditer(r"(?<=[^\d\s][.!?])[\"')\]*_]*\s+|(?<=\d[.!?])\s+(?=[A-Z*_(])|\n+", text):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    characters = list(text)
    for start, stop in spans:
        characters[start:stop] = "\x00" * (stop - start)
    return "".join(characters)


def _day(match: re.Match[str]) -> SaidDay:
    part = match.groupdict()
    where = {"start": match.start(), "stop": match.end(), "written": match[0]}
    if part["iso"]:
        year, month, day = (int(each) for each in part["iso"].split("-"))
        return SaidDay(**where, year=year, month=month, day=day)  # type: ignore[arg-type]
    if part["ym"]:
        return SaidDay(**where, year=int(part["ym"][:4]), month=int(part["ym"][5:]))  # type: ignore[arg-type]
    if part["week"] or part["quarter"]:
        named = re.search(r"(?:19|20)\d{2}", match[0])
        return SaidDay(**where, year=int(named[0]) if named else None)  # type: ignore[arg-type]
    month = MONTHS[(part["m1"] or part["m2"] or part["m3"]).casefold()]
    number, spoken = part["d1"] or part["d2"], part["y1"] or part["y2"] or part["y3"]
    return SaidDay(
        **where,  # type: ignore[arg-type]
        year=int(spoken) if spoken else None,
        month=month,
        day=int(number) if number else None,
    )


def _unit_of(match: re.Match[str]) -> Unit:
    unit = (match["unit"] or "").strip().casefold()
    if unit in ("x", "×", "times"):
        return "times"
    if "basis" in unit or unit in ("bp", "bps"):
        return "bp"
    if "point" in unit or unit == "pp":
        return "points"
    if "%" in unit or "cent" in unit:
        return "percent"
    if match["money"] or unit in ("usd", "dollar", "dollars"):
        return "usd"
    return "plain"


def _figure(match: re.Match[str], unit: Unit, text: str) -> SaidFigure | None:
    word = match["word"]
    if word is not None:
        if unit == "plain" and match["scale"] is None:
            unit = "count"
        value, half = float(NUMBERS[word.casefold()]), 0.5
    else:
        digits = match["digits"].replace(",", "")
        mantissa, _, power = digits.casefold().partition("e")
        value = min(float(digits), LARGEST)
        half = 0.5 * 10.0 ** (min(int(power or 0), FARTHEST) - len(mantissa.partition(".")[2]))
    scale = _SCALES.get((match["scale"] or "").casefold(), 1.0)
    before = text[: match.start()]
    hedged = _HEDGE.search(before) is not None
    if hedged and scale == 1.0 and value >= 10 and value == int(value):
        shown = str(int(value))
        half *= 10.0 ** (len(shown) - len(shown.rstrip("0")))
    sign, explicit = _sign(match, text)
    return SaidFigure(
        start=match.start(),
        stop=match.end(),
        written=match[0].strip(),
        value=value * scale,
        half_digit=half * scale,
        unit=unit,
        sign=sign,
        explicit=explicit,
        hedged=hedged,
        is_in_a_loss=not sign and follows_a_loss(before),
    )


def _sign(match: re.Match[str], text: str) -> tuple[Sign, bool]:
    """Return the direction of a number, and whether it is written before it."""
    written = (match["sign"] or match["sign2"] or "").strip()
    if written in ("-", "−"):
        return -1, True
    if written == "+":
        return 1, True
    return sign_in_words(text[: match.start()], text[match.end() :]), False


def is_day(year: int, month: int, day: int) -> bool:
    """Tell whether the calendar has a day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
