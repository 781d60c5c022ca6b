"""Volatility, rates, credit and prices of the economy as they were known, on a fixed scale.

Every series comes from the universe's context, which lags it by its publication. A change over w sessions is
one of what was known, not of what happened.
"""

import numpy as np

from fund.features.columns import Columns, log
from fund.features.feature import Feature
from fund.features.market_features import YEAR, of_market, of_now
from fund.features.technical import delay
from fund.market.view import FloatArray

ESTRELLA = "Estrella and Hardouvelis (1991), J. of Finance 46"
FAMA_FRENCH = "Fama and French (1989), J. of Financial Economics 25"
CHEN_ROLL_ROSS = "Chen, Roll and Ross (1986), J. of Business 59"
WHALEY = "Whaley (2000), J. of Portfolio Management 26"


def _moved(values: FloatArray, w: int) -> FloatArray:
    return values - delay(values, w)


def _log_moved(c: Columns, series: str, w: int) -> FloatArray:
    return _moved(log(c.condition(series)), w)


def _premium(c: Columns, w: int) -> FloatArray:
    at = c.universe.panel.tickers.index(c.universe.benchmark)
    realised = c.moments("log_return", w).std[:, at : at + 1] * YEAR**0.5
    return np.asarray(2.5 * (c.condition("VIX") / 100.0 - realised))


def _slope(c: Columns, short: str) -> FloatArray:
    return c.condition("UST_10Y") - c.condition(short)


def _curvature(c: Columns) -> FloatArray:
    return 2.0 * c.condition("UST_5Y") - c.condition("UST_2Y") - c.condition("UST_10Y")


MACRO_FEATURES: tuple[Feature, ...] = (
    of_now("VIX", "ln(VIX / 20) / 2", WHALEY, lambda c: log(c.condition("VIX") / 20.0) / 2.0),
    *of_market(
        "VIXCHANGE",
        (5, 20),
        "ln(VIX / VIX[-w]) / 2",
        WHALEY,
        lambda c, w: _log_moved(c, "VIX", w) / 2.0,
        extra=1,
    ),
    *of_market(
        "VIXPREMIUM",
        (20,),
        "2.5 (VIX / 100 - sqrt(252) std(r of the benchmark))",
        "Bollerslev, Tauchen and Zhou (2009), Review of Financial Studies 22",
        _premium,
        extra=1,
    ),
    of_now("RATE", "(UST_10Y - 3) / 10", FAMA_FRENCH, lambda c: (c.condition("UST_10Y") - 3) / 10),
    *of_market(
        "RATECHANGE",
        (20, 60),
        "(UST_10Y - UST_10Y[-w]) / 2",
        CHEN_ROLL_ROSS,
        lambda c, w: _moved(c.condition("UST_10Y"), w) / 2.0,
        extra=1,
    ),
    *of_market(
        "SHORTRATECHANGE",
        (60,),
        "(UST_3M - UST_3M[-w]) / 2",
        "Bernanke and Kuttner (2005), J. of Finance 60",
        lambda c, w: _moved(c.condition("UST_3M"), w) / 2.0,
        extra=1,
    ),
    of_now("TERM", "(UST_10Y - UST_2Y - 1) / 4", ESTRELLA, lambda c: (_slope(c, "UST_2Y") - 1.0) / 4.0),
    of_now("LONGTERM", "(UST_10Y - UST_3M - 1.5) / 6", ESTRELLA, lambda c: (_slope(c, "UST_3M") - 1.5) / 6.0),
    of_now(
        "CURVATURE",
        "(2 UST_5Y - UST_2Y - UST_10Y) / 4",
        "Litterman and Scheinkman (1991), J. of Fixed Income 1",
        lambda c: _curvature(c) / 4.0,
    ),
    of_now(
        "CREDIT",
        "(BAMLH0A0HYM2 - 5) / 10, the spread of high-yield bonds",
        FAMA_FRENCH,
        lambda c: (c.condition("BAMLH0A0HYM2") - 5.0) / 10.0,
    ),
    *of_market(
        "CREDITCHANGE",
        (20,),
        "(BAMLH0A0HYM2 - BAMLH0A0HYM2[-w]) / 4",
        "Gilchrist and Zakrajsek (2012), American Economic Review 102",
        lambda c, w: _moved(c.condition("BAMLH0A0HYM2"), w) / 4.0,
        extra=1,
    ),
    *of_market(
        "OILCHANGE",
        (20,),
        "ln(WTI / WTI[-w])",
        "Driesprong, Jacobsen and Maat (2008), J. of Financial Economics 89",
        lambda c, w: _log_moved(c, "WTI", w),
        extra=1,
    ),
    *of_market(
        "GOLDCHANGE",
        (20,),
        "2.5 ln(XAUUSD / XAUUSD[-w])",
        "Baur and Lucey (2010), Financial Review 45",
        lambda c, w: 2.5 * _log_moved(c, "XAUUSD", w),
        extra=1,
    ),
    *of_market(
        "DOLLARCHANGE",
        (20,),
        "-5 ln(EURUSD / EURUSD[-w])",
        "Lustig, Roussanov and Verdelhan (2014), J. of Financial Economics 111",
        lambda c, w: -5.0 * _log_moved(c, "EURUSD", w),
        extra=1,
    ),
    *of_market(
        "INFLATION",
        (YEAR,),
        "5 (ln(CPI_NSA / CPI_NSA[-w]) - 0.025)",
        "Fama and Schwert (1977), J. of Financial Economics 5",
        lambda c, w: 5.0 * (_log_moved(c, "CPI_NSA", w) - 0.025),
        extra=1,
    ),
    *of_market(
        "POLICY",
        (120,),
        "(FED_DISCOUNT_RATE - FED_DISCOUNT_RATE[-w]) / 3",
        "Jensen, Mercer and Johnson (1996), J. of Financial Economics 40",
        lambda c, w: _moved(c.condition("FED_DISCOUNT_RATE"), w) / 3.0,
        extra=1,
    ),
)
