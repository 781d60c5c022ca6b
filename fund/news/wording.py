"""What a headline says, freed of how it was typeset: its words, its figures, and the words that turn it."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise


def _words(listed: str) -> frozenset[str]:
    """Return the words of a list, with spaces between them."""
    return frozenset(listed.split())


SHINGLE_WORDS = 2
LONGEST = 400
"""Characters of a title that are read; no newsroom writes longer ones."""
_FLAGS = re.compile(
    r"^(?:(?:update|corrected|correction|refile|rpt|wrapup|brief|factbox|exclusive|timeline|graphic)"
    r"\s*(?:\d{1,2})?\s*[-:|]\s*"
    r"|(?:breaking(?: news)?|analysis|insight|live|watch|just in|alert|developing|new|repeat|video)"
    r"(?::\s*|\s[-|]\s))"
)
"""What a newsroom puts before a headline: "UPDATE 1-", "BREAKING: "."""
_AGENCIES = (
    r"reuters|bloomberg(?: news)?|ap(?: news)?|associated press|afp|cnbc|cnn(?: business)?|marketwatch|wsj"
    r"|the wall street journal|barron ?s|the new york times|nyt|ft|financial times|forbes|fortune|axios"
    r"|business insider|yahoo(?:!)? finance|yahoo(?:!)? news|seeking alpha|benzinga|investing\.com|zacks"
    r"|the motley fool|motley fool|investor ?s business daily|ibd|thestreet|bbc(?: news)?|the guardian|nasdaq"
    r"|fox business|usa today|the washington post|techcrunch|the verge|dow jones|business wire|pr newswire"
    r"|globenewswire|accesswire|newsfile|market ?screener|sources?|[\w-]+\.(?:com|net|org|co\.uk|io)"
)
_SUFFIX = re.compile(rf"\s*(?:(?:\s[-|]+\s|--\s*|\|\s*)(?:{_AGENCIES})|\((?:{_AGENCIES})\))\s*$")
_CUT_OFF = re.compile(r"\S*(?:\.{3,}|…)\s*$")
_SCALES = {
    "k": 3, "thousand": 3, "m": 6, "mm": 6, "mn": 6, "mln": 6, "million": 6, "b": 9, "bn": 9, "bln": 9,
    "billion": 9, "t": 12, "tn": 12, "trln": 12, "trillion": 12,
}  # fmt: skip
_UNITS = {
    "percent": "%", "pct": "%", "per cent": "%", "percentage points": "%", "bp": "bp", "bps": "bp",
    "basis points": "bp", "basis point": "bp", "x": "x", "times": "x",
}  # fmt: skip
_FIGURE = re.compile(
    r"(?P<sign>(?<![\w.])[-+])?(?:(?P<money>us\$|[$€£¥])\s?)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:[\s-]?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})\b)?"
    rf"(?:[\s-]?(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})\b|\s?(?P<sharp>%))?"
)
_SAID_NUMBERS = {
    "one": "1e0", "two": "2e0", "three": "3e0", "four": "4e0", "five": "5e0", "six": "6e0", "seven": "7e0",
    "eight": "8e0", "nine": "9e0", "ten": "1e1", "eleven": "11e0", "twelve": "12e0",
}  # fmt: skip
_QUARTERS = re.compile(r"\b(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th)[\s-]quarter\b")
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_TOKEN = re.compile(r"[^\W_]+(?:['&][^\W_]+)*|%")
_SILENT = _words("a an co corp inc llc ltd plc the")
TURNING = _words(
    """
    abandon abandoned abandons above after against ahead approve approved approves aren't bearish beat
    beats before below best better block blocked blocks boost boosts bought bullish buy buys can't
    cancel canceled cancelled cancels cannot climb climbed climbs close closes consider considered
    considering considers could cut cuts decline declined declines decrease decreases delay delayed
    delays denial denied denies deny despite didn't doesn't don't down downgrade downgraded downgrades
    drop dropped drops end ended ends except expect expected expects eye eyes fail failed failing fails
    fall falling falls fell fewer fire fires gain gained gains halt halted halts hasn't higher hike
    hiked hikes hire hires if increase increased increases isn't join joins jump jumped jumps least
    leave leaves less lift lifted lifts likely lose loses loss losses lost lower may might miss missed
    misses more most mull mulls near nears neither never no none nor not open opens over plan planned
    planning plans plunge plunged plunges possible postpone postponed postpones potential profit profits
    quit quits raise raised raises rallied rallies rally refuse refused refuses reject rejected rejects
    reportedly resign resigns rise rises rising rose rumor rumors rumour rumours sank seek seeks sell
    sells should sink sinks slid slide slides slump slumped slumps soar soared soars sold sought stop
    stopped stops strong surge surged surges talks to top topped tops trim trimmed trims tumble tumbled
    tumbles under unless unlikely up upgrade upgraded upgrades want wants wasn't weak weigh weighs will
    win wins without won won't worse worst would
    """
)
"""Words any one of which can turn what a headline says into something else."""


@dataclass(frozen=True)
class Wording:
    """A title in plain words; two of the same wording say the same."""

    words: tuple[str, ...]

    @cached_property
    def figures(self) -> frozenset[str]:
        """Every number with its size and unit (3 % is `3e0pct`), and words such as q1."""
        return frozenset(word for word in self.words if any(c.isdigit() for c in word))

    @cached_property
    def turns(self) -> frozenset[str]:
        """The words that decide what it says: up or down, will or did, yes or no."""
        return TURNING.intersection(self.words)

    @cached_property
    def shingles(self) -> frozenset[str]:
        """Every run of two words (Broder 1997); the word itself of a title of one."""
        words = self.words
        if len(words) < SHINGLE_WORDS:
            return frozenset(words)
        return frozenset(f"{a} {b}" for a, b in pairwise(words))


def resemblance(one: Wording, other: Wording) -> float:
    """Return the share of shingles two titles have in common (Broder 1997), 0 to 1."""
    union = len(one.shingles | other.shingles)
    return len(one.shingles & other.shingles) / union if union else 0.0


def is_contained(short: Wording, long: Wording) -> bool:
    """Tell whether one title is the other with words left out: none replaced, none moved."""
    rest = iter(long.words)
    return all(word in rest for word in short.words)


@lru_cache(maxsize=200_000)
def wording_of(title: str, source: str = "") -> Wording:
    """Return what a title says: NFKC, small letters, without flags ("UPDATE 1-") and its source's name."""
    text = plain_text(title)
    if source:
        text = _without_source(text, plain_text(source))
    while (shorter := _SUFFIX.sub("", text)) != text:
        text = shorter
    if (whole := _CUT_OFF.sub("", text)).strip():
        text = whole
    while (shorter := _FLAGS.sub("", text)) != text and shorter.strip():
        text = shorter
    text = _QUARTERS.sub(lambda match: f"q{_NTH[match['nth']]}", text)
    text = _FIGURE.sub(_figure, text)
    words = (_SAID_NUMBERS.get(word, word) for word in _TOKEN.findall(text))
    return Wording(words=tuple(word for word in words if word not in _SILENT))


def plain_text(text: str) -> str:
    """Return a text in NFKC and small letters on one line, with plain quotes and dashes, cut to its limit."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    folded = re.sub("[’‘`´ʼ]", "'", re.sub("[‐‑‒–—―−]", "-", folded))
    folded = re.sub(r"(?<=\w)'s\b", "", folded)
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in folded).split())


def _without_source(text: str, source: str) -> str:
    ended = re.sub(rf"\s*(?:\s[-|]+\s|--\s*|\|\s*){re.escape(source)}\s*$", "", text)
    return ended if ended.strip() else text


def _figure(match: re.Match[str]) -> str:
    """Return a number as one word with its size and unit, so that 5 million and 5 billion differ."""
    text, (start, end) = match.string, match.span()
    if (start and text[start - 1].isalnum()) or (end < len(text) and text[end].isalpha()):
        return match[0]
    whole, _, decimals = match["number"].replace(",", "").partition(".")
    digits = f"{whole}{decimals}".lstrip("0") or "0"
    short = digits.rstrip("0") or "0"
    exponent = _SCALES.get(match["scale"] or "", 0) - len(decimals) + len(digits) - len(short)
    unit = "%" if match["sharp"] else _UNITS.get(match["unit"] or "", "")
    sign = "minus" if match["sign"] == "-" else ""
    size = f"e{exponent}" if exponent >= 0 else f"n{-exponent}"
    return f" {sign}{_MONEY.get(match['money'] or '', '')}{short}{size}{_LETTERS.get(unit, unit)} "


_MONEY = {"$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "¥": "jpy"}
_LETTERS = {"%": "pct"}
