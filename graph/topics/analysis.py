"""Which question about results, patterns or records the words put; the first rule that fits wins."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from graph.intent import Dimension, Intent, Only
from graph.topics.patterns import pattern_in
from graph.topics.records import Asked, record_asked, role_in, search_asked, sql_asked
from graph.topics.shadows import shadow_asked
from graph.topics.topic import REASON, Words
from tools.vocabulary import word_set

ANALYSIS_WORDS = word_set(
    "exposure drawdowns attribution contributed contribution correlation correlated correlations calibration "
    "discovery discovered discover scout pickers picker "
    "calibrated watchlist candles candle candlestick weekday weekdays confidence conviction agreement agree "
    "disagree regime regimes concerns worries warnings objections records record search lessons sectors "
    "roles cost costs earn earned earns made lost lose hurt helped drove value save saved worth "
    "agreed deepest "
    "shadow shadows sentiment sentiments tone forecasters losers winners chart plot heat diversified "
    "mondays tuesdays wednesdays thursdays fridays"
)
_DIMENSIONS: tuple[tuple[Dimension, str], ...] = (
    ("sector", r"sectors?|industr(?:y|ies)"),
    ("role", r"roles?|on the committee|committee members?|agents?"),
    ("forecaster", r"forecasters?"),
    ("bucket", r"buckets?"),
    ("ticker", r"tickers?|names?|stocks?|positions?|holdings?|compan(?:y|ies)"),
)


_OURS = ("we", "us", "our", "desk", "fund", "portfolio", "book", "you", "i", "me", "my")


def analysis_of(words: Words, text: str, named: bool) -> Intent | None:
    """Return the analysis a question asks for with the parts its words name, None for any other question.

    Args:
        words: The corrected words of the question.
        text: The question as it was typed, on one line.
        named: Whether it names a ticker.
    """
    asked = Asked(words=words, text=text, named=named)
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


def beside(found: Intent, names: Sequence[str], words: Words) -> Intent:
    """Return a comparison of the desk with what is named, or of two names with one another."""
    ours = words.any(*_OURS) or words.has("compare with", "compare to", "compare against", "compared to")
    first, second = names[0] if names else "", names[1] if len(names) > 1 else ""
    if ours or not names:
        return replace(found, ticker=None, against=first, tickers=tuple(names))
    return replace(found, ticker=first, against=second, tickers=tuple(names))


def only_of(text: str) -> Only:
    """Return the half of the results that is asked for."""
    if re.search(
        r"\b(?:losers?|losing (?:ones|trades|names|positions)|(?:lost|losing) (?:us )?money"
        r"|(?:at|with) a loss|in the red|under water)\b",
        text,
    ):
        return "losers"
    if re.search(
        r"\b(?:winners?|winning (?:ones|trades|names|positions)|(?:made|that make) (?:us )?money"
        r"|(?:at|with) a profit|profitable (?:ones|trades))\b",
        text,
    ):
        return "winners"
    return ""


def _patterns(asked: Asked) -> Intent | None:
    pattern = pattern_in(asked.words.text)
    if not pattern or asked.named:
        return None
    if pattern == "clamps" and asked.words.has("what did the limits cut", "set the"):
        return None
    return Intent(name="patterns", pattern=pattern)


def _watchlist(asked: Asked) -> Intent | None:
    listed = asked.words.has("watchlist", "watch list", "are we watching", "are you watching", "do we watch")
    return (
        Intent(name="watchlist") if listed and not asked.words.any("add", "remove", "adding", "put") else None
    )


def _alerts(asked: Asked) -> Intent | None:
    told = asked.words.any(
        "alert",
        "alerts",
        "notification",
        "notifications",
        "notified",
        "discord",
        "webhook",
        "email",
        "emails",
    )
    return Intent(name="alerts") if told and not asked.named else None


def _jobs(asked: Asked) -> Intent | None:
    planned = asked.words.any("schedule", "scheduled", "job", "jobs", "hearings") or asked.words.has(
        "run by itself", "runs by itself", "run next", "runs next", "by themselves"
    )
    return Intent(name="jobs") if planned and not asked.named else None


def _discovery(asked: Asked) -> Intent | None:
    said = asked.words.text
    if asked.named:
        return None
    if re.search(
        r"\bpickers?\b|\bscout(?:'s)?\b.*\b(?:good|better|well|worth|record|compare\w*|beat\w*)\b"
        r"|\bdiscover\w*\b.*\b(?:worth|beat\w*|perform\w*|better|compar\w*|pay|paid|earn\w*|return\w*)\b",
        said,
    ):
        return Intent(name="pickers")
    found = re.search(
        r"\bdiscover(?:y|ed|ies|s)?\b|\bscout(?:ed|s|ing)?\b|\bsuggestions?\b.*\bname"
        r"|\bnames? (?:were|was) suggested\b",
        said,
    )
    return Intent(name="discovery") if found else None


def _sentiment(asked: Asked) -> Intent | None:
    said = asked.words.text
    if asked.words.any("sentiment", "sentiments"):
        return Intent(name="sentiment")
    news = r"(?:news|headlines?|press|coverage|news ?flow|stories)"
    leans = (
        r"(?:good|bad|positive|negative|favorable|favourable|unfavorable|bullish|bearish|better|worse|tone|mood"
        r"|lean|leans|leaning)"
    )
    asks = re.search(
        rf"\b(?:is|are|was|were|how)\b.*\b{news}\b.*\b{leans}\b|\b{leans}\b.*\bor\b.*\b{leans}\b.*\b{news}\b"
        rf"|\b(?:tone|mood|slant) of (?:the |its |their )?{news}\b"
        rf"|\b(?:how|which way) (?:does|do|is|are) the {news}\b",
        said,
    )
    return Intent(name="sentiment") if asks else None


def _candles(asked: Asked) -> Intent | None:
    drawn = asked.words.any("chart", "plot", "draw", "graph")
    candles = asked.words.any("candle", "candles", "candlestick", "candlesticks")
    ways = asked.words.has("entries and exits", "in and out of", "entry and exit")
    if candles or (asked.named and (drawn or ways)):
        return Intent(name="candles")
    return None


def _correlation(asked: Asked) -> Intent | None:
    said = asked.words.text
    if re.search(r"\bcorrelat\w*\b|\bheat ?map\b|\bmove together\b|\bdiversif\w*\b", said) is None:
        return None
    return None if re.search(r"\bcorrelat\w*\b.*\b(?:1|one)\b", said) else Intent(name="correlation")


def _calibration(asked: Asked) -> Intent | None:
    calibrated = re.search(r"\bcalibrat\w*\b", asked.words.text) is not None
    return Intent(name="calibration") if calibrated else None


def _drawdowns(asked: Asked) -> Intent | None:
    said = asked.words.text
    listed = re.search(
        r"\bdrawdowns\b|\b(?:worst|largest|biggest|deepest|longest|current) drawdown\b"
        r"|\bdrawdown\b.*\b(?:recover\w*|long|last\w*|chart|when|start\w*)\b|\bpeak to trough\b"
        r"|\bhigh[- ]water mark\b"
        r"|\b(?:below|under|off) (?:the|our) (?:peak|high)\b|\bunder ?water\b|\bdeepest\b",
        said,
    )
    return Intent(name="drawdowns") if listed and "if" not in asked.words.set else None


def _attribution(asked: Asked) -> Intent | None:
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


def _exposure(asked: Asked) -> Intent | None:
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


def _compare(asked: Asked) -> Intent | None:
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


_RULES: tuple[Callable[[Asked], Intent | None], ...] = (
    record_asked,
    shadow_asked,
    _watchlist,
    _alerts,
    _jobs,
    _discovery,
    _sentiment,
    _patterns,
    search_asked,
    _calibration,
    _correlation,
    _candles,
    _drawdowns,
    sql_asked,
    _attribution,
    _exposure,
    _compare,
)
