"""Days and spans in plain English, told from the session the desk's clock stands at."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from fund.errors import QueryRefusedError
from tools.spans import ALL_SESSIONS, NAMED_SPANS, Span, between, trailing

MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
WEEKDAYS = {name.casefold(): number for number, name in enumerate(calendar.day_name)}
WEEKDAYS |= {name.casefold(): number for number, name in enumerate(calendar.day_abbr)}
_COUNTED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
NUMBERS = {word: number for number, word in enumerate(_COUNTED.split())} | {
    "a": 1,
    "an": 1,
    "thirty": 30,
    "forty": 40,
}
DAYS_OF = {"day": 1, "session": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
SESSIONS_OF = {"day": 1, "session": 1} | {name: n for name, n in NAMED_SPANS.items() if name != "today"}

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_COUNT = r"\d{1,4}|" + "|".join(sorted(NUMBERS, key=len, reverse=True))
_DAY = re.compile(
    rf"""\b(?:
      (?P<iso>\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}})
    | (?P<us>\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?)
    | (?P<dotted>\d{{1,2}}\.\d{{1,2}}\.\d{{2}}(?:\d{{2}})?)
    | (?P<m1>{_MONTH})\.?\ (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\ (?P<y1>\d{{4}}))?
    | (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?(?P<m2>{_MONTH})\b\.?(?:,?\ (?P<y2>\d{{4}}))?
    | (?P<before>day\ before\ yesterday)
    | (?P<relative>today|yesterday|yday)
    | (?P<n>{_COUNT})\ (?P<unit>trading\ day|day|session|week|month|year)s?\ ago
    | (?:(?P<which>last|past|this|previous|on)\ )?(?P<weekday>{_WEEKDAY})
    )\b""",
    re.VERBOSE,
)
_TRAILING = re.compile(
    rf"\b(?:last|past|previous|trailing|latest|recent)\ (?:(?P<n>{_COUNT})\ )?"
    r"(?P<unit>day|session|week|month|quarter|year)s?\b"
)
_BEFORE = re.compile(
    r"(?<!\bthe )\b(?:last|previous|prior|preceding)\ (?P<unit>week|month|quarter|year)\b(?!')"
    r"|\bthe (?:previous|prior|preceding)\ (?P<unit2>week|month|quarter|year)\b"
)
_HALF = re.compile(
    r"\b(?:h(?P<half>[12])|(?P<word>first|second|1st|2nd) half)(?: of)?(?: ?(?P<year>\d{4}))?\b"
    r"|\b(?P<year2>20\d{2}) ?h(?P<half2>[12])\b"
)
_SAID_OTHERWISE = (
    (re.compile(r"\b(?:the )?last (?:trading )?day of (?:the )?(?=year\b|20\d{2})"), "end of "),
    (
        re.compile(r"\b(?:at |by )?(?:the )?end of (?:the year|year|(?P<year>20\d{2}))(?!\w)"),
        "december 31 ",
    ),
    (re.compile(r"\byear[- ]end\b|\bnew year's eve\b"), "december 31"),
    (re.compile(r"\bchristmas(?: day)?\b"), "december 25"),
    (re.compile(r"\bnew year(?:'s day)?\b"), "january 1"),
    (re.compile(r"(?<=\bon )brexit(?: day)?\b|(?<=since )brexit(?: day)?\b"), "june 24 2016"),
    (
        re.compile(r"\b(?P<word>first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of)?(?= 20\d{2}\b|\b)"),
        "",
    ),
    (re.compile(r"\b(?P<year>20\d{2}) ?-?q(?P<quarter>[1-4])\b"), ""),
)
_TEENS = {"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16}
_TEENS |= {"seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20}
_SPOKEN_YEAR = re.compile(rf"\btwenty ({'|'.join(_TEENS)})\b")
_ORDINAL = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_TO_DATE = re.compile(
    r"\b(?:this|current)\ (?P<unit>week|month|quarter|year)\b|\b(?P<short>wtd|mtd|qtd|ytd)\b"
)
_MONTH_SPAN = re.compile(
    rf"\b(?:in|during|for|of|since|over)\ (?P<month>{_MONTH})\b(?!\ \d{{1,2}}\b)(?:,?\ (?P<year>\d{{4}}))?"
)
_OF_ONE_MONTH = re.compile(
    rf"\b(?:the )?(\d{{1,2}})(?:st|nd|rd|th)? (and|to|until|till|through) "
    rf"(?:the )?(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})\b"
)
"""As in "between the 3rd and the 17th of June"."""
_MONTHS_SPAN = re.compile(
    rf"\b(?:from|between)\ (?P<from>{_MONTH})(?:\ (?P<year1>\d{{4}}))?\ (?:to|and|until|till|through)\ "
    rf"(?P<to>{_MONTH})(?:\ (?P<year2>\d{{4}}))?\b(?!\ \d{{1,2}}\b)"
)
_BARE_MONTH = re.compile(
    r"\b(?:january|february|april|june|july|august|september|october|november"
    r"|december)\b(?!\ \d{1,2}\b)(?:,?\ \d{4})?"
)
_QUARTER_SPAN = re.compile(r"\bq(?P<quarter>[1-4])\b(?:\ ?(?P<year>\d{4}))?")
_YEAR_SPAN = re.compile(r"\b(?:in|during|for|of|over)\ (?P<year>20\d{2})\b")
_EVER = re.compile(
    r"\b(?:since (?:the )?(?:start|beginning|inception|day one|launch)|all[- ]time|overall|so far|ever|"
    r"in total|from the (?:start|beginning)|to date|whole (?:history|time|period))\b"
)
_SINCE = re.compile(r"\b(?:since|after|starting)\b")
_UNTIL = re.compile(r"\b(?:until|till|up to|before|through)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day found in a text, and where it stands."""

    day: date
    start: int
    stop: int


def find_days(text: str, today: date) -> tuple[Day, ...]:
    """Return the days a lower-case text names, in order; a day without a year is the last such day.

    Raises:
        QueryRefusedError: A day is written that no calendar has.
    """
    found = (_day(match, today) for match in _DAY.finditer(said_plainly(text)))
    return tuple(day for day in found if day is not None)


def find_span(text: str, today: date) -> Span | None:
    """Return the span of time a lower-case text names, None if it names none."""
    if _EVER.search(text):
        return ALL_SESSIONS
    text = _OF_ONE_MONTH.sub(r"\1 \4 \2 \3 \4", said_plainly(text))
    days = find_days(text, today)
    if len(days) >= 2:
        return between(days[0].day, days[1].day)
    if len(days) == 1:
        before = text[: days[0].start].rstrip()
        if _ends_with(_SINCE, before) or _ends_with(re.compile(r"\bfrom\b"), before):
            return between(days[0].day, None)
        if _ends_with(_UNTIL, before):
            return between(None, days[0].day)
    trailed = _before(text, today) or _trailing(text) or _to_date(text, today)
    if trailed is not None:
        return trailed
    if len(days) == 1:
        return trailing(1) if days[0].day == today else between(days[0].day, days[0].day)
    return _named_period(text, today)


def count_of(word: str) -> int | None:
    """Return the whole number a word or digits stand for, None if they stand for none."""
    if word.isascii() and word.isdigit():
        return int(word) if len(word) <= 6 else None
    return NUMBERS.get(word)


def _ends_with(pattern: re.Pattern[str], text: str) -> bool:
    words = " ".join(text.split()[-2:])
    return any(match.end() == len(words) for match in pattern.finditer(words))


def _day(match: re.Match[str], today: date) -> Day | None:
    try:
        day = _read(match, today)
    except (ValueError, OverflowError):
        raise QueryRefusedError(
            f"there is no day {match.group(0)!r} in the calendar; write 2017-01-31"
        ) from None
    return Day(day=day, start=match.start(), stop=match.end()) if day else None


def _read(match: re.Match[str], today: date) -> date | None:
    part = match.groupdict()
    if part["iso"]:
        year, month, day = (int(number) for number in re.split(r"[-/.]", part["iso"]))
        return date(year, month, day)
    if part["us"]:
        month, day, *rest = (int(number) for number in part["us"].split("/"))
        month, day = (day, month) if month > 12 else (month, day)
        return _dated(month, day, rest[0] + 2000 * (rest[0] < 100) if rest else None, today)
    if part["dotted"]:
        day, month, year = (int(number) for number in part["dotted"].split("."))
        return date(year + 2000 * (year < 100), month, day)
    if part["m1"] or part["m2"]:
        name, number, year_text = (
            (part["m1"], part["d1"], part["y1"]) if part["m1"] else (part["m2"], part["d2"], part["y2"])
        )
        return _dated(MONTHS[name], int(number), int(year_text) if year_text else None, today)
    if part["before"]:
        return today - timedelta(days=2)
    if part["relative"]:
        return today if part["relative"] == "today" else today - timedelta(days=1)
    if part["unit"] in ("session", "trading day"):
        return _weekdays_before(today, count_of(part["n"]) or 0)
    if part["unit"]:
        return today - timedelta(days=(count_of(part["n"]) or 0) * DAYS_OF[part["unit"]])
    return _weekday(part["weekday"], part["which"], today)


def _weekdays_before(today: date, count: int) -> date:
    """Return the day so many weekdays before; a holiday among them is not known here."""
    weeks, rest = divmod(count, 5)
    day = today - timedelta(weeks=weeks)
    while rest:
        day -= timedelta(days=1)
        rest -= day.weekday() < 5
    return day


def _weekday(name: str, which: str | None, today: date) -> date | None:
    if len(name) <= 3 and which is None:
        return None
    back = (today.weekday() - WEEKDAYS[name]) % 7
    return today - timedelta(days=back or (7 if which in ("last", "previous", "past") else 0))


def _dated(month: int, day: int, year: int | None, today: date) -> date:
    if year is not None:
        return date(year, month, day)
    for past in range(today.year, today.year - 5, -1):
        leap_only = month == 2 and day == 29 and not calendar.isleap(past)
        if not leap_only and date(past, month, day) <= today:
            return date(past, month, day)
    return date(today.year, month, day)


def said_plainly(text: str) -> str:
    """Return a text with the days and quarters that have names of their own written as all others are."""
    text = _SPOKEN_YEAR.sub(lambda match: str(2000 + _TEENS[match[1]]), text)
    for pattern, plain in _SAID_OTHERWISE:
        text = pattern.sub(lambda match, plain=plain: _plainly(match, plain), text)  # type: ignore[misc]
    return text


def _plainly(match: re.Match[str], plain: str) -> str:
    part = match.groupdict()
    if part.get("quarter"):
        return f"q{part['quarter']} {part['year']}"
    if part.get("word"):
        return f"q{_ORDINAL[part['word']]}"
    return plain + (part.get("year") or "")


def _before(text: str, today: date) -> Span | None:
    """Return the calendar period before today's: "last month" is the one before "this month"."""
    match = _BEFORE.search(text)
    if match is None:
        return None
    unit = match["unit"] or match["unit2"]
    last = starts_of(today)[unit] - timedelta(days=1)
    return between(starts_of(last)[unit], last)


def starts_of(day: date) -> dict[str, date]:
    """Return the first day of the calendar's periods that a day lies in."""
    return {
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": date(day.year, 3 * ((day.month - 1) // 3) + 1, 1),
        "year": date(day.year, 1, 1),
    }


def _trailing(text: str) -> Span | None:
    match = _TRAILING.search(text)
    if match is None:
        return None
    count = count_of(match["n"]) if match["n"] else 1
    sessions = (count or 0) * SESSIONS_OF[match["unit"]]
    return trailing(sessions) if sessions else None


def _to_date(text: str, today: date) -> Span | None:
    match = _TO_DATE.search(text)
    if match is None:
        return None
    unit = match["unit"] or {"w": "week", "m": "month", "q": "quarter", "y": "year"}[match["short"][0]]
    return between(starts_of(today)[unit], today)


def _months(match: re.Match[str], today: date) -> Span:
    """Return the span from one month to another; the year that is named last is both months'."""
    first, last = MONTHS[match["from"]], MONTHS[match["to"]]
    year = int(match["year2"] or match["year1"] or today.year - (last > today.month))
    begun = int(match["year1"]) if match["year1"] else year - (first > last)
    return between(date(begun, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _named_period(text: str, today: date) -> Span | None:
    if match := _MONTHS_SPAN.search(text):
        return _months(match, today)
    if match := _MONTH_SPAN.search(text):
        month = MONTHS[match["month"]]
        year = int(match["year"]) if match["year"] else today.year - (month > today.month)
        first = date(year, month, 1)
        open_ended = match.group(0).startswith("since")
        return between(first, None if open_ended else first.replace(day=calendar.monthrange(year, month)[1]))
    if match := _QUARTER_SPAN.search(text):
        quarter = int(match["quarter"])
        year = int(match["year"]) if match["year"] else today.year - (3 * quarter - 2 > today.month)
        last_month = 3 * quarter
        return between(
            date(year, last_month - 2, 1), date(year, last_month, calendar.monthrange(year, last_month)[1])
        )
    if match := _HALF.search(text):
        half = int(match["half"] or match["half2"] or _ORDINAL[match["word"]])
        year = int(match["year"] or match["year2"] or today.year - (6 * half - 5 > today.month))
        return between(date(year, 6 * half - 5, 1), date(year, 6 * half, 30 if half == 1 else 31))
    if match := _YEAR_SPAN.search(text):
        return between(date(int(match["year"]), 1, 1), date(int(match["year"]), 12, 31))
    if match := _BARE_MONTH.search(text):
        return _named_period(f"in {match[0]}", today)
    named = re.search(r"\b(?:the|a|for) (week|month|quarter|year)\b", text)
    return trailing(NAMED_SPANS[named[1]]) if named else None
