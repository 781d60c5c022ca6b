"""Which question about results, patterns or records the words put; the first rule that fits wins."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from graph.intent import Dimension, Intent, Only
from graph.pattern_topics import pattern_in
from graph.topics import REASON, Words
from tools.vocabulary import word_set

ANALYSIS_WORDS = word_set(
    "exposure drawdowns attribution contributed contribution correlation correlated correlations calibration "
    "calibrated watchlist candles candle candlestick weekday weekdays confidence conviction agreement agree "
    "disagree regime regimes concerns worries warnings objections records record search lessons sectors "
    "roles cost costs earn earned earns made lost lose hurt helped drove value save saved worth "
    "agreed deepest "
    "forecasters losers winners chart plot heat diversified mondays tuesdays wednesdays thursdays fridays"
)
_DIMENSIONS: tuple[tuple[Dimension, str], ...] = (
    ("sector", r"sectors?|industr(?:y|ies)"),
    ("role", r"roles?|on the committee|committee members?|agents?"),
    ("forecaster", r"forecasters?"),
    ("bucket", r"buckets?"),
    ("ticker", r"tickers?|names?|stocks?|positions?|holdings?|compan(?:y|ies)"),
)
_ROLES = (
    ("macro_researcher", r"macro(?: researcher)?"),
    ("quant_researcher", r"quant(?: researcher)?"),
    ("portfolio_manager", r"portfolio manager|manager"),
    ("validator", r"validator"),
    ("risk_officer", r"risk officer"),
)
_KINDS = (
    ("news", r"\b(?:news|headlines?|articles?|stories)\b"),
    ("lesson", r"\b(?:lessons?|learnt|learned)\b"),
    ("event", r"\bevents?\b"),
)
_RECORD = re.compile(
    r"\b(?:show|open|display|see|get|read|view|give)\b.*?\b(?:record|entry|event|note|lesson|document"
    r"|memory)s? "
    r"(?:number |no\.? |nr\.? |id )?(?P<id>[a-z]*[:-]?\d[\w:.-]*)"
)
_RAW_SQL = re.compile(
    r"\s*(?:(?:/sql\b|sql:)|select\s+(?:\d+|\*|count\s*\(|sum\s*\(|now\s*\(|current_\w+"
    r"|version\s*\()\s*;?|(?:select|with)\s.*\b(?:from|select|as)\b"
    r"|(?:drop|alter|create|truncate)\s+(?:table|view|database|schema|role|user|index)\b|delete\s+from\s"
    r"|insert\s+into\s|update\s+\w+\s+set\s|grant\s+\w+\s+(?:on|to)\s)",
    re.IGNORECASE | re.DOTALL,
)
_COUNTED = (
    r"fills?|orders?|decisions?|events?|llm calls?|calls|forecasts?|signals?|reviews?|suggestions?"
    r"|commissions?|"
    r"closed trades|eval scores?|rows"
)
_BY = r"(?:by|per|each|every|in each|for each)"
_SQL = re.compile(
    rf"\b(?:how many|count(?: of| the)?|number of|average|avg|mean|sum of|total"
    rf"|most common)\b.*\b(?:{_COUNTED})\b.*"
    rf"(?:\b{_BY} \w+|\b(?:rejected|cancelled|expired|failed|spent)\b)"
    rf"|\bhow many (?:fills|orders|decisions|events|llm calls|calls|forecasts|signals|reviews|suggestions)\b"
)
_SAYING = r"(?:say|said|says|write|wrote|written|think|thought|mention|mentioned|conclude|concluded)"
_TALKING = (
    r"(?:discuss|discussed|mention|mentioned|talk about|talked about|speak of|spoke of|write about"
    r"|wrote about)"
)
_SEARCH = re.compile(
    r"^(?:please )?(?:search|find|look up|look for|dig up)\b"
    r"|\b(?:news|headlines|articles|stories|lessons|notes|records|rationales|events) (?:about|on"
    r"|mentioning|regarding|of)\b"
    r"|\bwhen did (?:we|you|anyone|someone|the \w+(?: \w+)?) (?:last |first |ever )?" + _TALKING + r"\b"
    r"|\b(?:who|did anyone|did anybody|has anyone|has anybody) (?:ever |last |has )?" + _TALKING + r"\b"
    r"|\bwhat (?:has been|was|have we) (?:said|written|learnt|learned|discussed)\b"
    r"|\b(?:did|when did|has) (?:anyone|anybody|someone|somebody) (?:ever )?(?:pause|paused"
    r"|halt|halted|resume|resumed)\b"
    r"|\bany (?:lessons|notes|records)\b|\bthat thing about\b"
)
_ROLE_SAID = re.compile(
    rf"\bwhat (?:did|has|have|does) (?:the )?(?P<role>{'|'.join(said for _, said in _ROLES)}|committee"
    rf"|anyone)\b"
    rf".*\b{_SAYING}\b"
)
_ABOUT = re.compile(
    r"\b(?:about|on|regarding|mentioning|for|of|discuss|discussed|mention|mentioned|with"
    r"|spoke of)\s+(?P<what>.+)"
)
_LEAD = re.compile(
    r"^(?:please )?(?:search|find|look up|look for|dig up)(?: the| our| all)?(?: records| events| news"
    r"| log| memory)?"
    r"(?: for| about| on)? "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a rule looks at: the corrected small words, and whether a name is among them."""

    words: Words
    text: str
    named: bool


def raw_sql(text: str) -> bool:
    """Tell whether a text is SQL, not a question."""
    return _RAW_SQL.match(text) is not None


def analysis_of(words: Words, text: str, named: bool) -> Intent | None:
    """Return the analysis a question asks for with the parts its words name, None for any other question.

    Args:
        words: The corrected words of the question.
        text: The question as it was typed, on one line.
        named: Whether it names a ticker.
    """
    asked = _Asked(words=words, text=text, named=named)
    return next((found for rule in _RULES if (found := rule(asked)) is not None), None)


def dimension_of(text: str) -> Dimension:
    """Return what a text asks a whole to be split by, empty where it does not."""
    for name, said in _DIMENSIONS:
        if re.search(
            rf"\b(?:by|per|each|every|across|which|what|over the|whose|who) (?:of our |our "
            rf"|the )?(?:{said})\b",
            text,
        ):
            return name
    return ""


def only_of(text: str) -> Only:
    """Return the half of the results that is asked for."""
    if re.search(
        r"\b(?:losers?|losing (?:ones|trades|names|positions)|lost money|in the red|under water)\b", text
    ):
        return "losers"
    if re.search(
        r"\b(?:winners?|winning (?:ones|trades|names|positions)|made money|profitable (?:ones|trades))\b",
        text,
    ):
        return "winners"
    return ""


def role_in(text: str) -> str:
    """Return the role a text speaks of, empty for none."""
    return next((role for role, said in _ROLES if re.search(rf"\b(?:{said})\b", text)), "")


def kind_in(text: str) -> str:
    """Return the kind of records a text asks for, empty for any."""
    return next((kind for kind, said in _KINDS if re.search(said, text)), "")


def searched_for(text: str) -> str:
    """Return the words to search for, without those that only ask for a search."""
    lower = _LEAD.sub("", text.casefold().strip(" ?.!"))
    match = _ABOUT.search(lower)
    return (match["what"] if match is not None else lower).strip(" ?.!") or lower


def _record(asked: _Asked) -> Intent | None:
    match = _RECORD.search(asked.text.casefold())
    return Intent(name="record", record=match["id"]) if match is not None else None


def _patterns(asked: _Asked) -> Intent | None:
    pattern = pattern_in(asked.words.text)
    if not pattern or asked.named:
        return None
    if pattern == "clamps" and asked.words.has("what did the limits cut", "set the"):
        return None
    return Intent(name="patterns", pattern=pattern)


def _search(asked: _Asked) -> Intent | None:
    said = asked.words.text
    if _SEARCH.search(said) is None:
        spoken = _ROLE_SAID.search(said)
        about = spoken is not None and re.search(r"\b(?:about|on|regarding)\b", said[spoken.end("role") :])
        if spoken is None or not about or asked.named:
            return None
    return Intent(name="search", text=searched_for(asked.text), role=role_in(said), kind=kind_in(said))


def _sql(asked: _Asked) -> Intent | None:
    if asked.named or _SQL.search(asked.words.text) is None:
        return None
    return Intent(name="sql", text=asked.text)


def _watchlist(asked: _Asked) -> Intent | None:
    listed = asked.words.has("watchlist", "watch list", "are we watching", "are you watching", "do we watch")
    return (
        Intent(name="watchlist") if listed and not asked.words.any("add", "remove", "adding", "put") else None
    )


def _candles(asked: _Asked) -> Intent | None:
    drawn = asked.words.any("chart", "plot", "draw", "graph")
    candles = asked.words.any("candle", "candles", "candlestick", "candlesticks")
    ways = asked.words.has("entries and exits", "in and out of", "entry and exit")
    if candles or (asked.named and (drawn or ways)):
        return Intent(name="candles")
    return None


def _correlation(asked: _Asked) -> Intent | None:
    said = asked.words.text
    if re.search(r"\bcorrelat\w*\b|\bheat ?map\b|\bmove together\b|\bdiversif\w*\b", said) is None:
        return None
    return None if re.search(r"\bcorrelat\w*\b.*\b(?:1|one)\b", said) else Intent(name="correlation")


def _calibration(asked: _Asked) -> Intent | None:
    calibrated = re.search(r"\bcalibrat\w*\b", asked.words.text) is not None
    return Intent(name="calibration") if calibrated else None


def _drawdowns(asked: _Asked) -> Intent | None:
    said = asked.words.text
    listed = re.search(
        r"\bdrawdowns\b|\b(?:worst|largest|biggest|deepest|longest|current) drawdown\b"
        r"|\bdrawdown\b.*\b(?:recover\w*|long|last\w*|chart|when|start\w*)\b|\bpeak to trough\b"
        r"|\bhigh[- ]water mark\b"
        r"|\b(?:below|under|off) (?:the|our) (?:peak|high)\b|\bunder ?water\b|\bdeepest\b",
        said,
    )
    return Intent(name="drawdowns") if listed and "if" not in asked.words.set else None


def _attribution(asked: _Asked) -> Intent | None:
    said = asked.words.text
    dimension = dimension_of(said)
    earned = re.search(
        r"\battribut\w*\b|\bcontribut\w*\b|\b(?:made|make|makes|earn|earned|earns|lost|lose|cost|costs"
        r"|drove|drives|"
        r"hurt|hurts|helped|helps|added|adds) (?:us |the |our )?(?:most |the most |any |more )?(?:money"
        r"|return|returns|profit|profits|loss|losses|pnl|most|"
        r"value|us)\b|\b(?:drove|drives|behind) (?:that|this|it|the (?:return|profit|loss|result"
        r"|performance))\b"
        r"|\b(?:profit|pnl|return|returns|gains|losses|performance|results|made) (?:by|per"
        r"|for each) (?:sector|industry|role|ticker|name|stock|forecaster|position)\b"
        r"|\bwhere (?:did|does|do) (?:the|our) (?:profit|profits|money|return|returns|loss|losses"
        r"|gains) come from\b"
        r"|\bearns? (?:its|their) keep\b|\bvalue\b.*\badd(?:ed)?\b|\badds?(?:ed)? value\b",
        said,
    )
    if earned is None or asked.named:
        return None
    whole = re.search(
        r"\b(?:attribut|contribut)\w*\b|\bcome from\b|\b(?:drove|drives|behind) (?:that|this|it|the)\b", said
    )
    if role_in(said) and not dimension:
        return Intent(name="attribution", dimension="role")
    if not dimension and whole is None:
        return None
    return Intent(name="attribution", dimension=dimension or "ticker", only=only_of(said))


def _exposure(asked: _Asked) -> Intent | None:
    said = asked.words.text
    exposed = re.search(
        r"\bexposures?\b|\bexposed\b|\b(?:sector|bucket) (?:weights?|split|allocation|breakdown)\b"
        r"|\b(?:which|what) sectors? (?:are|is|do) (?:we|our)\b"
        r"|\bconcentrated\b.*\bsectors?\b"
        r"|\bgross and net\b|\b(?:too )?concentrated in\b|\b(?:over|under)weight\b",
        said,
    )
    if exposed is None or asked.named or asked.words.any("limit", "limits", "cap", "max", "maximum", *REASON):
        return None
    dimension = dimension_of(said)
    sector = re.search(
        r"\bsectors?\b|\bconcentrated in\b|\bweight in\b|\b(?:exposure|exposed)\b.*\bto \w+", said
    )
    return Intent(name="exposure", dimension=dimension or ("sector" if sector else ""))


def _compare(asked: _Asked) -> Intent | None:
    said = asked.words.text
    compared = re.search(
        r"\b(?:compare|compared|comparison|versus)\b|\b(?:beat|beating|against|than|outperform\w*"
        r"|underperform\w*|"
        r"behind|ahead of) (?:the )?(?:spy|s&p|index|market|benchmark|qqq|dow)\b",
        said,
    )
    ours = asked.words.any(
        "we", "us", "our", "desk", "fund", "portfolio", "book", "you", "performance", "return"
    )
    if asked.named and re.search(
        r"\b(?:better|worse)\b.*\bfor us\b|\b(?:did|does|do|is) (?:better|worse)\b", said
    ):
        return Intent(name="compare")
    if asked.named and not ours and asked.words.any("compare", "compared", "versus"):
        return Intent(name="compare")
    if (
        compared is None
        or not ours
        or asked.words.any("will", "forecast", "if", "exposure", "why", "sectors")
    ):
        return None
    return Intent(name="compare")


_RULES: tuple[Callable[[_Asked], Intent | None], ...] = (
    _record,
    _watchlist,
    _patterns,
    _search,
    _calibration,
    _correlation,
    _candles,
    _drawdowns,
    _sql,
    _attribution,
    _exposure,
    _compare,
)
