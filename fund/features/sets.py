"""The sets of features by name, and every feature by its kind."""

from collections.abc import Iterable, Mapping

from fund.errors import DataError
from fund.features.alpha158 import ALPHA158
from fund.features.calendar_features import CALENDAR_FEATURES
from fund.features.candle_features import CANDLE_FEATURES
from fund.features.cross_asset_features import CROSS_ASSET_FEATURES
from fund.features.feature import Feature
from fund.features.filing_features import FILING_FEATURES
from fund.features.flow_features import FLOW_FEATURES
from fund.features.fractal_features import FRACTAL_FEATURES
from fund.features.macro_features import MACRO_FEATURES
from fund.features.market_features import MARKET_FEATURES
from fund.features.news_features import NEWS_FEATURES
from fund.features.oscillator_features import OSCILLATOR_FEATURES
from fund.features.panel import FEATURES
from fund.features.price_features import PRICE_FEATURES
from fund.features.risk_features import RISK_FEATURES
from fund.features.spectral_features import SPECTRAL_FEATURES
from fund.features.trend_features import TREND_FEATURES
from fund.features.volatility_features import VOLATILITY_FEATURES
from fund.features.volume_features import VOLUME_FEATURES

_DESK_NAMES = frozenset(feature.name for feature in FEATURES)

KINDS: Mapping[str, tuple[Feature, ...]] = {
    "trend and momentum": (*PRICE_FEATURES, *TREND_FEATURES),
    "oscillators": OSCILLATOR_FEATURES,
    "volatility": (*RISK_FEATURES, *VOLATILITY_FEATURES),
    "volume": (*VOLUME_FEATURES, *FLOW_FEATURES),
    "candles": CANDLE_FEATURES,
    "spectra": SPECTRAL_FEATURES,
    "fractals": FRACTAL_FEATURES,
    "other assets": CROSS_ASSET_FEATURES,
    "market": MARKET_FEATURES,
    "calendar": CALENDAR_FEATURES,
    "macro": MACRO_FEATURES,
    "filings": FILING_FEATURES,
    "news": NEWS_FEATURES,
    "Alpha158": tuple(feature for feature in ALPHA158 if feature.name not in _DESK_NAMES),
}
"""Every feature once. A name that Alpha158 has too is the desk's own: the two rank names alike, or nearly."""

SETS: Mapping[str, tuple[Feature, ...]] = {
    "desk": FEATURES,
    "alpha158": ALPHA158,
    "lab": tuple(feature for features in KINDS.values() for feature in features),
}
"""`desk` is what the desk's own forecasters read, `alpha158` Qlib's, `lab` everything."""

DESK, LAB = SETS["desk"], SETS["lab"]

_BESIDE_BARS = frozenset((*KINDS["macro"], *KINDS["filings"], *KINDS["news"]))


def reads_context(features: Iterable[Feature]) -> bool:
    """Tell whether any of some features reads what was known beside the bars."""
    return not _BESIDE_BARS.isdisjoint(features)


def feature_set(name: str) -> tuple[Feature, ...]:
    """Return a set by its name; an unknown one raises `DataError`."""
    if name not in SETS:
        raise DataError(
            f"expected a set of features from {sorted(SETS)!r}, found {name!r}; name one of these"
        )
    return SETS[name]


def features_named(names: Iterable[str]) -> tuple[Feature, ...]:
    """Return features of `lab` in the order asked for; unknown names raise `DataError`."""
    known = {feature.name: feature for feature in LAB}
    asked = tuple(names)
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise DataError(f"expected features of the {len(known)} in docs/features.md, found {unknown!r}")
    return tuple(known[name] for name in asked)
