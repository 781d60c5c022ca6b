"""How the headlines of the last sessions lean, by name and for the market."""

from fund.features.columns import Columns, ratio
from fund.features.feature import Feature, over_windows
from fund.features.market_features import of_market
from fund.features.technical import moments
from fund.market.view import FloatArray

TETLOCK = "Tetlock, Saar-Tsechansky and Macskassy (2008), J. of Finance 63"


def _score(c: Columns, w: int) -> FloatArray:
    return ratio(moments(c.known("news_score"), w).mean, moments(c.known("news_count"), w).mean)


def _count(c: Columns, w: int) -> FloatArray:
    return moments(c.known("news_count"), w).mean * w


def _market_score(c: Columns, w: int) -> FloatArray:
    told = moments(c.condition("news_count"), w).mean
    return ratio(moments(c.condition("news_score"), w).mean, told) / 2.0


NEWS_FEATURES: tuple[Feature, ...] = (
    *over_windows(
        "NEWS",
        (1, 5, 20),
        "mean score of the name's headlines of w sessions, missing without one",
        TETLOCK,
        _score,
        scaling="zscore",
    ),
    *over_windows(
        "NEWSCOUNT",
        (5, 20),
        "headlines of the name in w sessions",
        "Fang and Peress (2009), J. of Finance 64",
        _count,
        scaling="zscore",
    ),
    *of_market(
        "MARKETNEWS",
        (5, 20),
        "mean score of the market's headlines of w sessions / 2",
        "Tetlock (2007), J. of Finance 62",
        _market_score,
    ),
)
