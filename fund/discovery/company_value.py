"""What a company is worth on the market, as far as its last report lets one work it out."""

from fund.market.view import MarketView

LEAST_EPS = 0.10
"""USD: earnings a share are filed to the cent, so a smaller figure is off by more than a twentieth."""


def market_cap(view: MarketView, ticker: str) -> float | None:
    """Return price times diluted shares in USD; None where the last report does not give the shares.

    Shares are net income over diluted earnings a share of the same report, restated for splits since it was
    filed. A loss and a profit that contradict one another, or earnings below ten cents a share, give none.
    """
    report = view.report(ticker)
    if report is None or report.net_income is None or report.eps_diluted is None:
        return None
    if abs(report.eps_diluted) < LEAST_EPS or report.net_income * report.eps_diluted <= 0:
        return None
    shares = report.net_income / report.eps_diluted
    for action in view.actions(ticker, report.known_at.date()):
        if action.kind == "split" and action.detail == "split":
            shares *= float(action.value)
    return shares * float(view.mark(ticker).price)
