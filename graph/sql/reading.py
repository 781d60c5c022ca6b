"""What a plain question asks of the records; a word that is not understood is not passed over."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from graph.sql.subject import Measure, Subject
from graph.sql.subjects import BY_MEASURE, SUBJECTS
from graph.words.dates import MONTHS, NUMBERS, WEEKDAYS, count_of, find_span
from graph.words.wording import plain, words_of
from tools.directory import Directory
from tools.spans import Span
from tools.vocabulary import word_set

Operation = Literal["count", "sum", "avg", "median", "rows", "win_rate"]
EXTREMES = dict.fromkeys(
    word_set("largest biggest highest best most top maximum max longest greatest slowest"), True
) | dict.fromkeys(word_set("smallest lowest worst fewest least minimum min shortest cheapest fastest"), False)
AMOUNTS = word_set("tokens token shares")
LENGTHS = word_set("longest shortest slowest fastest")
OPERATIONS: dict[str, Operation] = {
    **dict.fromkeys(("average", "avg", "mean", "typical"), "avg"),
    **dict.fromkeys(("median",), "median"),
    **dict.fromkeys(("total", "sum", "altogether"), "sum"),
    **dict.fromkeys(("count", "number"), "count"),
}
FILLER = word_set(
    "a an the of in on at for to from and with was were is are be been did do does had have has what which "
    "how many much me my our we us i you it its there that this show list give get see tell please all any "
    "every each by per during over between since until through till up when who whose desk desks record "
    "records recorded committee ? . , so far ever made give given got came come out their them these those "
    "now currently today last latest recent newest first oldest than more went go paid pay limits use "
    "used using among"
)
TIME_WORDS = (
    frozenset(MONTHS)
    | frozenset(WEEKDAYS)
    | frozenset(NUMBERS)
    | word_set(
        "day days session sessions week weeks month months quarter quarters year years ago past previous "
        "trailing this current wtd mtd qtd ytd yesterday today before after start beginning inception q1 q2 "
        "q3 q4 date launch one time in total to whole history period"
    )
)
_THRESHOLD = re.compile(
    r"\b(?P<way>over|above|more than|greater than|bigger than|larger than|exceeding|at least|deeper than|"
    r"worse than|under|below|less than|smaller than|at most)\s+(?P<usd>\$)?\s*(?P<number>\d[\d,]*(?:\.\d+)?)"
    r"\s*(?P<unit>%|percent|per cent|usd|dollars|ms|milliseconds|days|shares|k\b)?"
)
_UPWARD = word_set("over above more greater bigger larger exceeding at deeper worse")
_COUNTED = re.compile(
    r"\b(?:(?P<before>top|last|latest|first|best|worst|largest|biggest|highest|lowest|smallest|longest|newest|"
    rf"recent)\s+)(?P<count>\d{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})\b"
    r"(?!\s*(?:trading )?(?:day|session|week|month|quarter|year)s?\b)"
)
_PREFIXED = re.compile(
    r"\b(?P<count>\d{1,3})\s+(?=(?:largest|biggest|best|worst|highest|lowest|smallest|longest)\b)"
)
_LIMIT_NAME = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_GROUPED = re.compile(r"\b(?:by|per|for each|for every|each|every)\s+(?P<group>[a-z]+)")
_WHICH = re.compile(r"\b(?:which|what)\s+(?P<group>[a-z]+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A bound that a measure must pass."""

    measure: Measure
    is_above: bool
    number: str
    is_percent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it was understood, whole."""

    text: str
    subject: Subject
    operation: Operation
    measure: Measure | None
    extreme: bool | None
    """True for the largest first, False for the smallest, None where none is asked for."""
    group: str | None
    group_word: str
    filters: tuple[tuple[str, str], ...]
    """(word, condition)."""
    tickers: tuple[str, ...]
    span: Span | None
    threshold: Threshold | None
    count: int | None


def read_asked(text: str, directory: Directory, today: date, wall: date | None = None) -> Asked | None:
    """Return what a question asks of the records, None when any of its words is not understood.

    `wall` is the real date, by which "last week" is told where a subject's days are the real calendar's.
    """
    lower = plain(text).casefold()
    mentions = directory.spot(plain(text))
    for mention in mentions:
        lower = re.sub(rf"\$?\b{re.escape(mention.words.casefold().lstrip('$'))}(?:'s)?", " ", lower)
    span = find_span(lower, today)
    found = _Reading(lower, span, tuple(m.instrument.ticker for m in mentions)).result()
    if found is None or span is None or wall is None or not found.subject.by_wall:
        return found
    return replace(found, span=find_span(lower, wall))


class _Reading:
    """One question being read; every step takes the words it understands off the text."""

    def __init__(self, lower: str, span: Span | None, tickers: tuple[str, ...]) -> None:
        self._asked = lower
        self._span = span
        self._tickers = tickers
        self._bound = _THRESHOLD.search(lower)
        rest = lower if self._bound is None else lower.replace(self._bound.group(0), " ", 1)
        counted = _COUNTED.search(rest) or _PREFIXED.search(rest)
        self._count = count_of(counted["count"]) if counted is not None else None
        if counted is not None:
            rest = rest[: counted.start("count")] + " " + rest[counted.end("count") :]
        self._names = tuple(_LIMIT_NAME.findall(rest))
        self._rest = _LIMIT_NAME.sub(" ", rest)
        self._words = words_of(self._rest, VOCABULARY)

    def result(self) -> Asked | None:
        subject = self._subject()
        if subject is None or (self._tickers and not subject.has_ticker) or len(self._tickers) > 5:
            return None
        joined = " ".join(self._words)
        group_word = self._group_word(joined, subject)
        extreme = next((EXTREMES[word] for word in self._words if word in EXTREMES), None)
        measure, measure_word = self._measure(subject, group_word, extreme)
        operation = self._operation(joined, subject, measure, group_word, extreme)
        names = self._named(subject)
        threshold = self._threshold(subject, measure)
        if threshold is not None and measure is None:
            measure = threshold.measure
        filters = tuple(
            (word, subject.filters[word])
            for word in self._words
            if word in subject.filters and word != group_word and operation != "win_rate"
        )
        if names is None or (self._bound is not None and threshold is None):
            return None
        if not self._understood(subject, group_word, measure_word):
            return None
        return Asked(
            text=self._asked,
            subject=subject,
            operation=operation,
            measure=measure,
            extreme=extreme,
            group=subject.groups[group_word] if group_word else None,
            group_word=group_word,
            filters=tuple(dict.fromkeys((*filters, *names))),
            tickers=self._tickers,
            span=self._span,
            threshold=threshold,
            count=self._count,
        )

    def _subject(self) -> Subject | None:
        for subject in SUBJECTS:
            if any(word in subject.words for word in self._words):
                return subject
        return next((BY_MEASURE[word] for word in self._words if word in BY_MEASURE), None)

    def _group_word(self, joined: str, subject: Subject) -> str:
        """Return the word things are gathered by; "per fill" of fills gathers nothing."""
        for match in _GROUPED.finditer(joined):
            word = match["group"]
            if word in subject.groups and word not in subject.words:
                return word
            if word in ("day", "session", "date") and word in subject.groups:
                return word
        which = _WHICH.search(joined)
        if which and which["group"] in subject.groups and which["group"] not in subject.words:
            return which["group"]
        return ""

    def _measure(self, subject: Subject, group_word: str, extreme: bool | None) -> tuple[Measure | None, str]:
        named = [word for word in self._words if word in subject.measures and word != group_word]
        if named:
            strong = [word for word in named if word not in subject.filters] or named
            return subject.measures[strong[0]], strong[0]
        length = next((word for word in self._words if word in LENGTHS), None)
        by_length = next(
            (subject.measures[name] for name in ("held", "latency") if name in subject.measures), None
        )
        if length is not None and by_length is not None and by_length.unit in ("days", "milliseconds"):
            return by_length, ""
        if extreme is not None and not group_word and subject.usual:
            return subject.measures[subject.usual], ""
        return None, ""

    def _operation(
        self, joined: str, subject: Subject, measure: Measure | None, group_word: str, extreme: bool | None
    ) -> Operation:
        if subject.view == "closed_trades" and re.search(r"\bwin rate\b|\bshare of winn", joined):
            return "win_rate"
        named = next((OPERATIONS[word] for word in self._words if word in OPERATIONS), None)
        if named is not None:
            return named
        if how_many := re.search(r"\bhow many (\w+)", joined):
            is_amount = how_many[1] in AMOUNTS and subject.measures.get(how_many[1]) is measure is not None
            return "sum" if is_amount else "count"
        if "how much" in joined or re.search(r"\bwhat did .*\b(?:cost|spend|pay)\b", joined):
            return "sum"
        if group_word:
            return "count" if measure is None else "sum" if measure.adds_up else "avg"
        if measure is None or extreme is not None or self._bound is not None:
            return "rows"
        is_shown = measure.sql in subject.columns.split(", ")
        is_amount = subject.view in ("fills", "closed_trades", "llm_calls") and measure.unit != "fraction"
        is_listed = any(word in ("list", "show") for word in self._words) or measure.name == "price"
        return "rows" if is_shown and (is_listed or not is_amount) else "sum"

    def _named(self, subject: Subject) -> tuple[tuple[str, str], ...] | None:
        """Return conditions for names written with underscores, None where they belong to nothing."""
        column = {"reviews": "limit_name", "events": "kind", "signals": "role", "llm_calls": "role"}
        column |= {"job_runs": "job", "hearings": "job", "alerts": "kind", "eval_scores": "dataset"}
        if self._names and subject.view not in column:
            return None
        return tuple((name, f"{column[subject.view]} = '{name}'") for name in self._names)

    def _threshold(self, subject: Subject, measure: Measure | None) -> Threshold | None:
        if self._bound is None or (measure is None and not subject.usual):
            return None
        measure = measure or subject.measures[subject.usual]
        unit = self._bound["unit"] or ""
        is_percent = unit in ("%", "percent", "per cent")
        if is_percent and measure.unit != "fraction" and measure.fraction_sql is None:
            return None
        number = self._bound["number"].replace(",", "") + ("000" if unit == "k" else "")
        is_above = self._bound["way"].split()[0] in _UPWARD and self._bound["way"] != "at most"
        return Threshold(measure=measure, is_above=is_above, number=number, is_percent=is_percent)

    def _understood(self, subject: Subject, group_word: str, measure_word: str) -> bool:
        known = (
            subject.words | subject.filters.keys() | subject.measures.keys() | EXTREMES.keys()
            | OPERATIONS.keys() | FILLER | {group_word, measure_word}
        )  # fmt: skip
        if self._span is not None:
            known |= TIME_WORDS
        if subject.view == "closed_trades":
            known |= {"rate", "share", "round", "time"}
        return all(word in known or (self._span is not None and word[:1].isdigit()) for word in self._words)


def _vocabulary() -> frozenset[str]:
    words = set(EXTREMES) | set(OPERATIONS)
    for subject in SUBJECTS:
        words |= {*subject.words, *subject.filters, *subject.measures, *subject.groups}
    return frozenset(word for word in words if len(word) >= 4)


VOCABULARY = _vocabulary()
