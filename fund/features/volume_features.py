"""How much money changed hands, and whether price went with it."""

from fund.features.columns import Columns, log, ratio
from fund.features.feature import Feature, over_windows
from fund.market.view import FloatArray

ALPHA158 = "Qlib Alpha158, in dollars instead of shares"


def _attention(c: Columns) -> FloatArray:
    return log(ratio(c.moments("dollar_volume", 5).mean, c.moments("dollar_volume", 60).mean))


VOLUME_FEATURES: tuple[Feature, ...] = (
    *over_windows(
        "CORR",
        (20, 60),
        "correlation of C and ln V",
        ALPHA158,
        lambda c, w: c.pair("close", "log_dollar_volume", w).correlation,
    ),
    *over_windows(
        "CORD",
        (20, 60),
        "correlation of r and ln(V / V[-1])",
        ALPHA158,
        lambda c, w: c.pair("log_return", "dollar_volume_change", w).correlation,
        extra=1,
    ),
    *over_windows(
        "VMA",
        (5, 20),
        "mean(V) / V",
        ALPHA158,
        lambda c, w: ratio(c.moments("dollar_volume", w).mean, c.dollar_volume),
    ),
    *over_windows(
        "VSTD",
        (20,),
        "std(V) / mean(V)",
        ALPHA158,
        lambda c, w: ratio(c.moments("dollar_volume", w).std, c.moments("dollar_volume", w).mean),
    ),
    Feature(
        name="ATTENTION",
        formula="ln(mean V over 5 sessions / mean V over 60)",
        source="Gervais, Kaniel and Mingelgrin (2001), J. of Finance 56",
        window=60,
        compute=_attention,
    ),
    *over_windows(
        "AMIHUD",
        (20,),
        "mean(|r| / V)",
        "Amihud (2002), J. of Financial Markets 5",
        lambda c, w: c.moments("illiquidity", w).mean,
        extra=1,
        in_dollars=True,
    ),
    *over_windows(
        "LIQUIDITY",
        (20,),
        "mean(ln V)",
        "Brennan, Chordia and Subrahmanyam (1998), J. of Financial Economics 49",
        lambda c, w: c.moments("log_dollar_volume", w).mean,
        in_dollars=True,
    ),
)
