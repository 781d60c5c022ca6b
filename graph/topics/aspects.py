"""Which figure, which side and which end of a ranking a question names."""

from graph.intent import Aspect, Extreme
from graph.topics.topic import Words
from tools.vocabulary import word_set

STATISTICS = {
    "sharpe": "Sharpe ratio",
    "drawdown": "max drawdown",
    "sortino": "Sortino ratio",
    "calmar": "Calmar ratio",
    "alpha": "alpha",
    "tracking": "tracking error",
    "information": "information ratio",
    "volatility": "volatility",
    "volatile": "volatility",
    "commission": "costs",
    "commissions": "costs",
    "costs": "costs",
    "turnover": "costs",
    "fee": "costs",
    "fees": "costs",
}


def statistic_of(words: Words) -> str:
    """Return the figure of the results that is asked for by name, empty for the whole report."""
    return next((STATISTICS[word] for word in words.all if word in STATISTICS), "")


def aspect_of(words: Words) -> Aspect:
    """Return whether a question is on a purchase, a sale, or a name left out."""
    if words.any("skip", "skipped", "ignore", "ignored", "pass", "passed", "reject", "rejected"):
        return "skipped"
    if words.any(*_OUT):
        return "skipped" if words.any("not", "never") else "sold"
    if words.any("not", "no", "never"):
        return "skipped"
    return "bought" if words.any(*_INTO) else "any"


def extreme_of(words: Words) -> Extreme:
    """Return which end of a ranking is asked for; nothing where both ends are."""
    ends = {end for end, said in _EXTREMES.items() if words.any(*said)}
    ends -= {"largest"} if ends & {"best", "worst"} else set()
    return ends.pop() if len(ends) == 1 else ""


_EXTREMES: dict[Extreme, frozenset[str]] = {
    "largest": word_set("biggest largest top main"),
    "smallest": word_set("smallest"),
    "best": word_set("best winner"),
    "worst": word_set("worst loser"),
}
_OUT = word_set(
    "sell sold selling sale close closed closing exit exited exiting trim trimmed reduce reduced"
    " dropped dump dumped "
    "dumping offload offloaded rid liquidate liquidated"
)
_INTO = word_set(
    "buy bought buying purchase purchased add added adding hold own holding open opened want"
    " wanted acquire acquired"
)
