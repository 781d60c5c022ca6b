"""Whether money came with the rises or with the falls, and at what average price."""

import numpy as np

from fund.features.columns import Columns, ratio
from fund.features.feature import Feature, over_windows
from fund.features.technical import decay, delay, moments
from fund.market.view import FloatArray


def _mean(x: FloatArray, w: int) -> FloatArray:
    return moments(x, w).mean


def _where_known(x: FloatArray, other: FloatArray) -> FloatArray:
    """Leave a value out wherever the other of the two is missing: both sums run over the same sessions."""
    return np.where(np.isfinite(other), x, np.nan)


def _on_balance(c: Columns, w: int) -> FloatArray:
    signed = np.sign(c.log_return) * c.dollar_volume
    return ratio(_mean(signed, w), _mean(_where_known(c.dollar_volume, signed), w))


def _from_average_price(c: Columns, w: int) -> FloatArray:
    money = (c.high + c.low + c.close) / 3.0 * c.shares
    average = ratio(_mean(money, w), _mean(_where_known(c.shares, money), w))
    return ratio(c.close, average) - 1.0


def _money_flow(c: Columns, w: int) -> FloatArray:
    typical = (c.high + c.low + c.close) / 3.0
    change = typical - delay(typical, 1)
    flow = np.where(change != 0.0, typical * c.shares, 0.0) + 0.0 * change
    return ratio(_mean(np.where(change > 0.0, flow, 0.0 * flow), w), _mean(flow, w))


def _accumulation(c: Columns, w: int) -> FloatArray:
    span = c.high - c.low
    place = np.where(span == 0.0, 0.0, ratio(2.0 * c.close - c.high - c.low, span))
    flow = place * c.dollar_volume
    return ratio(_mean(flow, w), _mean(_where_known(c.dollar_volume, flow), w))


def _force(c: Columns, w: int) -> FloatArray:
    force = c.log_return * c.dollar_volume
    return ratio(decay(force, w), decay(_where_known(c.dollar_volume, force), w))


def _surprise(c: Columns, w: int) -> FloatArray:
    mean, std = c.moments("log_dollar_volume", w)
    return ratio(c.log_dollar_volume - mean, std)


FLOW_FEATURES: tuple[Feature, ...] = (
    *over_windows(
        "OBV",
        (20, 60),
        "sum(sign(r) V) / sum(V)",
        "Granville (1963), on balance volume",
        _on_balance,
        extra=1,
    ),
    *over_windows(
        "VWAP",
        (5, 20, 60),
        "C / (sum(P S) / sum(S)) - 1, P = (H + L + C) / 3 and S adjusted shares",
        "Berkowitz, Logue and Noser (1988), J. of Finance 43",
        _from_average_price,
    ),
    *over_windows(
        "MFI",
        (14,),
        "sum(P S where P rose) / sum(P S where P moved), P = (H + L + C) / 3 and S adjusted shares",
        "Quong and Soudack (1989)",
        _money_flow,
        extra=1,
    ),
    *over_windows(
        "CMF",
        (20,),
        "sum((2 C - H - L) / (H - L) V) / sum(V), 0 for a bar without a range",
        "Chaikin (1996)",
        _accumulation,
    ),
    Feature(
        name="FORCE13",
        formula="EMA(r V) / EMA(V) of span 13, cut off after four spans",
        source="Elder (1993)",
        window=53,
        compute=lambda c: _force(c, 13),
    ),
    *over_windows(
        "VSURPRISE",
        (60,),
        "(ln V - mean(ln V)) / std(ln V)",
        "Gervais, Kaniel and Mingelgrin (2001), J. of Finance 56",
        _surprise,
    ),
    *over_windows(
        "VTREND",
        (20, 60),
        "slope of ln V on time",
        "Lee and Swaminathan (2000), J. of Finance 55",
        lambda c, w: c.trend("log_dollar_volume", w).slope,
    ),
)
