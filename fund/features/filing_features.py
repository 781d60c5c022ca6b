"""What a company earns, owns and owes by its last filing, from the moment that was known, against its price.

Formulas write C for the raw close, X[-y] for the same quarter a year before, and a year's flow for that of a
10-K or four times that of a 10-Q. Shares are those that net income and earnings a share imply.
"""

from collections.abc import Callable

import numpy as np

from fund.features.columns import Columns, log, ratio
from fund.features.feature import Feature
from fund.market.view import FloatArray

BASU = "Basu (1977), J. of Finance 32"
FAMA_FRENCH = "Fama and French (1992), J. of Finance 47"
NOVY_MARX = "Novy-Marx (2013), J. of Financial Economics 108"


def _filed(
    name: str,
    formula: str,
    source: str,
    compute: Callable[[Columns], FloatArray],
    *,
    in_dollars: bool = False,
) -> Feature:
    return Feature(
        name=name, formula=formula, source=source, window=1, compute=compute, in_dollars=in_dollars
    )


def _worth(c: Columns) -> FloatArray:
    return c.known("shares") * c.bars("close")


def _positive(values: FloatArray) -> FloatArray:
    return np.where(values > 0, values, np.nan)


def _over(c: Columns, name: str, other: str) -> FloatArray:
    return ratio(c.known(name), _positive(c.known(other)))


def _over_worth(c: Columns, name: str) -> FloatArray:
    return ratio(c.known(name), _worth(c))


def _growth(c: Columns, name: str) -> FloatArray:
    return log(ratio(c.known(name), _positive(c.known(f"{name}_before"))))


def _accruals(c: Columns) -> FloatArray:
    now, before = c.known("equity") - c.known("cash"), c.known("equity_before") - c.known("cash_before")
    return ratio(now - before, _positive(c.known("assets_before")))


def _earnings_change(c: Columns) -> FloatArray:
    return ratio(c.known("eps") - c.known("eps_before"), c.bars("close"))


def _margin_change(c: Columns) -> FloatArray:
    return _over(c, "income", "revenue") - _over(c, "income_before", "revenue_before")


FILING_FEATURES: tuple[Feature, ...] = (
    _filed(
        "EARNINGSYIELD",
        "diluted earnings a share of a year / C",
        BASU,
        lambda c: ratio(c.known("eps"), c.bars("close")),
    ),
    _filed(
        "SALESYIELD",
        "revenue of a year / (shares C)",
        "Barbee, Mukherji and Raines (1996), Financial Analysts J. 52",
        lambda c: _over_worth(c, "revenue"),
    ),
    _filed("BOOKTOMARKET", "equity / (shares C)", FAMA_FRENCH, lambda c: _over_worth(c, "equity")),
    _filed(
        "SIZE",
        "ln(shares C)",
        "Banz (1981), J. of Financial Economics 9",
        lambda c: log(_worth(c)),
        in_dollars=True,
    ),
    _filed(
        "CASHSHARE",
        "cash / assets",
        "Palazzo (2012), J. of Financial Economics 104",
        lambda c: _over(c, "cash", "assets"),
    ),
    _filed("ROE", "net income of a year / equity", NOVY_MARX, lambda c: _over(c, "income", "equity")),
    _filed("ROA", "net income of a year / assets", NOVY_MARX, lambda c: _over(c, "income", "assets")),
    _filed(
        "MARGIN",
        "net income / revenue",
        "Soliman (2008), Accounting Review 83",
        lambda c: _over(c, "income", "revenue"),
    ),
    _filed(
        "MARGINCHANGE",
        "net income / revenue less the same [-y]",
        "Soliman (2008), Accounting Review 83",
        _margin_change,
    ),
    _filed(
        "ASSETTURNOVER",
        "revenue of a year / assets",
        "Soliman (2008), Accounting Review 83",
        lambda c: _over(c, "revenue", "assets"),
    ),
    _filed(
        "LEVERAGE",
        "assets / equity",
        "Bhandari (1988), J. of Finance 43",
        lambda c: _over(c, "assets", "equity"),
    ),
    _filed(
        "SALESGROWTH",
        "ln(revenue / revenue[-y])",
        "Lakonishok, Shleifer and Vishny (1994), J. of Finance 49",
        lambda c: _growth(c, "revenue"),
    ),
    _filed(
        "EARNINGSCHANGE",
        "(earnings a share of a year - the same [-y]) / C",
        "Bernard and Thomas (1989), J. of Accounting Research 27",
        _earnings_change,
    ),
    _filed(
        "ASSETGROWTH",
        "ln(assets / assets[-y])",
        "Cooper, Gulen and Schill (2008), J. of Finance 63",
        lambda c: _growth(c, "assets"),
    ),
    _filed(
        "ISSUANCE",
        "ln(shares / shares[-y]), splits apart",
        "Pontiff and Woodgate (2008), J. of Finance 63",
        lambda c: _growth(c, "shares"),
    ),
    _filed(
        "ACCRUALS",
        "(equity - cash - the same [-y]) / assets[-y]",
        "Sloan (1996), Accounting Review 71, from the balance sheet",
        _accruals,
    ),
    _filed(
        "FILED",
        "days since the last report became known",
        "Bernard and Thomas (1989), J. of Accounting Research 27",
        lambda c: c.known("filed_days"),
    ),
)
