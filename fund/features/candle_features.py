"""The shape of one session's bar."""

from collections.abc import Callable

import numpy as np

from fund.features.columns import Columns, ratio
from fund.features.feature import Feature
from fund.market.view import FloatArray


def _candle(name: str, formula: str, compute: Callable[[Columns], FloatArray], window: int = 1) -> Feature:
    return Feature(name=name, formula=formula, source="Qlib Alpha158", window=window, compute=compute)


CANDLE_FEATURES: tuple[Feature, ...] = (
    _candle("KMID", "(C - O) / O", lambda c: ratio(c.close - c.open, c.open)),
    _candle("KLEN", "(H - L) / O", lambda c: ratio(c.high - c.low, c.open)),
    _candle("KMID2", "(C - O) / (H - L)", lambda c: ratio(c.close - c.open, c.high - c.low)),
    _candle("KUP", "(H - max(O, C)) / O", lambda c: ratio(c.high - np.maximum(c.open, c.close), c.open)),
    _candle("KLOW", "(min(O, C) - L) / O", lambda c: ratio(np.minimum(c.open, c.close) - c.low, c.open)),
    _candle("KSFT", "(2 C - H - L) / O", lambda c: ratio(2.0 * c.close - c.high - c.low, c.open)),
    _candle("GAP", "ln(O / C[-1])", lambda c: c.log_gap, window=2),
)
