"""What a figure is of, in a result and in a sentence: a statistic, whose, which span, which of several."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_STATISTICS = (
    ("excess return", r"returns? (?:above|over|beyond) (?:the )?(?:benchmark|spy)|excess returns?"),
    ("annualised return", r"annuali[sz]ed returns?|CAGR"),
    ("mean return", r"(?:mean|average|median|daily|expected) returns?(?: of a (?:position|trade))?"),
    ("return", r"(?:total )?return(?!\))"),
    ("Sharpe", r"sharpe(?: ratio)?"),
    ("Sortino", r"sortino(?: ratio)?"),
    ("Calmar", r"calmar(?: ratio)?"),
    ("information ratio", r"information ratio"),
    ("Treynor", r"treynor(?: ratio)?"),
    ("volatility", r"volatility|vol"),
    ("current drawdown", r"current drawdown"),
    ("drawdown", r"drawdown"),
    ("win rate", r"win(?:ning)? rate"),
    ("hit rate", r"hit rate"),
    ("profit factor", r"profit factor"),
    ("expectancy", r"expectancy"),
    ("average win", r"average (?:win|winner)s?"),
    ("average loss", r"average (?:loss|loser)(?:es|s)?"),
    ("best session", r"best (?:session|day)"),
    ("worst session", r"worst (?:session|day)"),
    ("tracking error", r"tracking error"),
    ("CVaR", r"cvar|expected shortfall"),
    ("VaR", r"var|value at risk"),
    ("beta", r"beta"),
    ("alpha", r"alpha"),
    ("correlation", r"correlation"),
    ("skewness", r"skew(?:ness)?"),
    ("kurtosis", r"kurtosis"),
    ("turnover", r"turnover"),
    ("precision", r"precision"),
    ("recall", r"recall"),
    ("lift", r"lift"),
    ("unrealised", r"unreali[sz]ed"),
    ("realised", r"reali[sz]ed"),
    ("commissions", r"commissions?"),
    ("slippage", r"slippage"),
    ("cash", r"cash"),
)
"""Names that mean one thing only, the longer ones first; loose words such as profit are not among them."""
_STATISTIC = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<s{n}>{said})" for n, (_, said) in enumerate(_STATISTICS)) + r")(?!\w)",
    re.IGNORECASE,
)
ADDED_UP = frozenset({"unrealised", "realised", "commissions", "cash"})
"""Those of them that are money, of which two make a sum."""
_WHOSE = re.compile(
    r"(?<![\w-])(?:(?P<desk>we|our|ours|us|desk|portfolio|book|fund)"
    r"|(?P<benchmark>spy|benchmark|s&p(?: 500)?))(?!\w)",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"(?:,(?!\d{3})|[;\n|])|\band\b|\bwhile\b|\bwhereas\b|\bbut\b", re.IGNORECASE)
_TIED = re.compile(r"\s?(?:(?:in|during|for|of|by|from) (?:the |our )?)?", re.IGNORECASE)
"""Between a figure and the name that belongs to it."""
DESK, BENCHMARK = "whose:desk", "whose:benchmark"


@dataclass(frozen=True, slots=True)
class Naming:
    """A name as it stands in a text, and what it may stand for."""

    start: int
    stop: int
    labels: frozenset[str]


@lru_cache(maxsize=4096)
def statistics_of(key: str) -> frozenset[str]:
    """Return the statistics that the name of a field says it holds."""
    words = key.replace("_", " ")
    found = frozenset(f"statistic:{_STATISTICS[_which(m)][0]}" for m in _STATISTIC.finditer(words))
    return found | {"statistic:drawdown"} if "statistic:current drawdown" in found else found


def _which(match: re.Match[str]) -> int:
    return int(str(match.lastgroup)[1:])


def namings(text: str, known: Mapping[str, frozenset[str]]) -> tuple[Naming, ...]:
    """Return every name in a text, in order: statistics, whose they are, what else results are told by."""
    found = [
        Naming(m.start(), m.end(), frozenset({f"statistic:{_STATISTICS[_which(m)][0]}"}))
        for m in _STATISTIC.finditer(text)
    ]
    found += [
        Naming(m.start(), m.end(), frozenset({DESK if m["desk"] else BENCHMARK}))
        for m in _WHOSE.finditer(text)
    ]
    lower = text.casefold()
    for name, labels in known.items():
        if name in lower:
            at = re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", lower)
            found += [Naming(m.start(), m.end(), labels) for m in at]
    return tuple(sorted(found, key=lambda each: each.start))


def named_for(
    text: str, names: Iterable[Naming], figure: tuple[int, int], others: Sequence[tuple[int, int]]
) -> dict[str, frozenset[str]]:
    """Return, kind by kind, the names that a figure of a sentence is told under.

    Those tied to it ("in May", "for SPY"), else those between the figure before it and itself or right
    behind it, else those that follow it and do not lead to the next figure. A name of several kinds
    counts in each.
    """
    earlier = max((stop for _, stop in others if stop <= figure[0]), default=None)
    later = min((start for start, _ in others if start >= figure[1]), default=len(text) + 1)
    before: list[Naming] = []
    after: list[Naming] = []
    tied: list[Naming] = []
    start = _after_split(text, earlier, figure[0])
    stop = _before_split(text, figure[1], later)
    for name in names:
        if name.start >= figure[1]:
            between = _TIED.fullmatch(text, figure[1], name.start) if name.stop <= later else None
            if between is not None:
                (tied if between[0].strip() else before).append(name)
            elif name.stop <= stop:
                after.append(name)
        elif start <= name.start and not (earlier and _TIED.fullmatch(text, earlier, name.start)):
            before.append(name)
    return {**_by_kind(after), **_by_kind(before), **_by_kind(tied)}


def _after_split(text: str, earlier: int | None, stop: int) -> int:
    """Return where the names before a figure begin: at the last break after the figure before it."""
    if earlier is None:
        return 0
    return max((match.end() for match in _SPLIT.finditer(text, earlier, stop)), default=earlier)


def _before_split(text: str, start: int, later: int) -> int:
    """Return where the names after a figure end: at the last break before the next figure."""
    if later > len(text):
        return len(text)
    return max((match.start() for match in _SPLIT.finditer(text, start, later)), default=start)


def _by_kind(names: Iterable[Naming]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name in names:
        for label in name.labels:
            kind = label.partition(":")[0]
            found[kind] = found.get(kind, frozenset()) | {label}
    return found
