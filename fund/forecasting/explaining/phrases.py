"""What the features are called in a sentence."""

import re
from collections.abc import Mapping

PHRASES: Mapping[str, str] = {
    "ROC": "{w}-day return",
    "MOM": "{w}-day momentum without the last month",
    "MA": "{w}-day mean price over the price",
    "BETA": "slope of the {w}-day trend",
    "RSQR": "straightness of the {w}-day trend",
    "RESI": "distance above the {w}-day trend line",
    "MAX": "{w}-day high over the price",
    "MIN": "{w}-day low over the price",
    "QTLU": "upper fifth of {w}-day prices over the price",
    "QTLD": "lower fifth of {w}-day prices over the price",
    "RANK": "place of the price among its last {w} days",
    "RSV": "place of the price in its {w}-day range",
    "IMAX": "age of the {w}-day high",
    "IMIN": "age of the {w}-day low",
    "IMXD": "age of the {w}-day high less that of the low",
    "CNTP": "share of days up in {w} days",
    "CNTN": "share of days down in {w} days",
    "CNTD": "days up less days down in {w} days",
    "SUMP": "share of gains in {w}-day movement",
    "SUMN": "share of losses in {w}-day movement",
    "SUMD": "gains less losses in {w}-day movement",
    "RSI": "{w}-day relative strength index",
    "MACD": "MACD above its signal line",
    "BOLL": "place in the {w}-day Bollinger band",
    "SECTOR": "{w}-day return above its sector",
    "RESMOM": "{w}-day return beyond the market's part",
    "VOL": "{w}-day volatility",
    "PARK": "{w}-day volatility from highs and lows",
    "GK": "{w}-day volatility from ranges and bodies",
    "YZ": "{w}-day volatility with gaps",
    "VOLRATIO": "short volatility over long",
    "ATR": "{w}-day average true range",
    "STD": "{w}-day deviation of the price",
    "LOTTERY": "largest daily gain in {w} days",
    "MKTBETA": "{w}-day beta to the market",
    "RESVOL": "{w}-day volatility beyond the market's part",
    "CORR": "{w}-day correlation of price and volume",
    "CORD": "{w}-day correlation of return and change of volume",
    "VMA": "{w}-day mean volume over today's",
    "VSTD": "unevenness of {w}-day volume",
    "WVMA": "unevenness of {w}-day movement weighted by volume",
    "VSUMP": "share of rises in {w}-day changes of volume",
    "VSUMN": "share of falls in {w}-day changes of volume",
    "VSUMD": "rises less falls in {w}-day changes of volume",
    "ATTENTION": "last week's volume over last quarter's",
    "AMIHUD": "{w}-day price move per dollar traded",
    "LIQUIDITY": "{w}-day dollar volume",
    "KMID": "day's move from open to close",
    "KLEN": "day's range",
    "KMID2": "day's move as a part of its range",
    "KUP": "upper shadow of the day's bar",
    "KUP2": "upper shadow as a part of the day's range",
    "KLOW": "lower shadow of the day's bar",
    "KLOW2": "lower shadow as a part of the day's range",
    "KSFT": "close's place in the day's bar",
    "KSFT2": "close's place as a part of the day's range",
    "GAP": "overnight gap",
    "OPEN": "open over the close",
    "HIGH": "high over the close",
    "LOW": "low over the close",
    "VWAP": "volume-weighted price over the close",
}
"""By the feature's name, or by its name without the number of sessions; {w} is that number."""

WINDOW = "{w}"
_NAME = re.compile(r"(?P<stem>.*?[^0-9])(?P<window>[0-9]*)")


def phrase_of(feature: str, phrases: Mapping[str, str] = PHRASES) -> str:
    """Return what a feature is called in a sentence; one without a phrase is called by its name."""
    whole = phrases.get(feature, WINDOW)
    if WINDOW not in whole:
        return whole
    parts = _NAME.fullmatch(feature)
    known = parts and parts["window"] and phrases.get(parts["stem"])
    return known.format(w=parts["window"]) if parts and known else f"feature {feature}"
