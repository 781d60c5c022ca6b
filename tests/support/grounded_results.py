"""What the tools returned in the turns whose answers are labelled: their own shapes, made-up figures."""

from collections.abc import Mapping
from typing import Any


def _figure(name: str, value: float | None, unit: str, n: int, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "n": n, "counted": "sessions", "low": low, "high": high, "note": ""}


PERFORMANCE = {
    "span": "since the start, 2017-01-03 to 2017-06-30",
    "base": "2016-12-30",
    "last": "2017-06-30",
    "sessions": 124,
    "equity": "108412.37",
    "profit": "8412.37",
    "desk": [
        _figure("return", 0.0841237, "fraction", 124, 0.0122, 0.1604),
        _figure("annualised return", 0.1782, "fraction", 124),
        _figure("volatility", 0.0934, "fraction", 124, 0.081, 0.107),
        _figure("Sharpe ratio", 1.86, "ratio", 124, 0.41, 3.3),
        _figure("max drawdown", -0.0417, "fraction", 124, -0.0655, -0.0231),
        _figure("Sortino ratio", 2.71, "ratio", 124, 0.6, 5.1),
        _figure("Calmar ratio", 4.27, "ratio", 124),
        _figure("best session", 0.0213, "fraction", 124),
        _figure("worst session", -0.0187, "fraction", 124),
    ],
    "comparisons": [
        {
            "name": "SPY (total return)",
            "figures": [
                _figure("return", 0.0932, "fraction", 124),
                _figure("volatility", 0.0711, "fraction", 124),
                _figure("Sharpe ratio", 2.43, "ratio", 124),
                _figure("max drawdown", -0.0279, "fraction", 124),
            ],
        }
    ],
    "above_benchmark": _figure("return above benchmark", -0.0090763, "fraction", 124, -0.05, 0.03),
    "trades": [
        _figure("win rate", 0.5789, "fraction", 19, 0.36, 0.77),
        _figure("profit factor", 1.64, "ratio", 19),
        _figure("average win", 612.40, "usd", 11),
        _figure("average loss", -355.10, "usd", 8),
        _figure("expectancy", 205.15, "usd", 19),
    ],
    "costs": {"commissions": "184.00", "slippage_bps": 3.2, "fills": 92},
}
BOOK = {
    "session": "2017-06-30",
    "equity": "108412.37",
    "cash": "21930.12",
    "holdings": [
        {"ticker": "AAPL", "name": "Apple Inc.", "sector": "Technology", "quantity": "90", "mark": "144.02",
         "value": "12961.80", "weight": "0.1196", "unrealised": "1834.50", "opened": "2017-04-03", "held_sessions": 61},
        {"ticker": "MSFT", "name": "Microsoft Corp.", "sector": "Technology", "quantity": "150", "mark": "68.93",
         "value": "10339.50", "weight": "0.0954", "unrealised": "-212.25", "opened": "2017-05-30", "held_sessions": 22},
        {"ticker": "XOM", "name": "Exxon Mobil Corp.", "sector": "Energy", "quantity": "110", "mark": "80.73",
         "value": "8880.30", "weight": "0.0819", "unrealised": "-640.20", "opened": "2017-02-23", "held_sessions": 88},
        {"ticker": "JPM", "name": "JPMorgan Chase", "sector": "Financials", "quantity": "130", "mark": "91.40",
         "value": "11882.00", "weight": "0.1096", "unrealised": "905.60", "opened": "2017-04-26", "held_sessions": 45},
    ],
    "exposure": {"gross": 0.7977, "net": 0.7977},
    "limits": [
        {"limit": "max_position", "cap": "0.15", "used": "0.1196"},
        {"limit": "max_sector", "cap": "0.35", "used": "0.2150"},
    ],
    "stops": [{"ticker": "AAPL", "level": "131.50", "away": "0.0869"}],
}
JUNE = {
    "span": "June 2017, 2017-06-01 to 2017-06-30",
    "by": "ticker",
    "opening_equity": "107020.00",
    "profit": "1392.37",
    "fraction": 0.01301,
    "parts": [
        {
            "name": "ticker",
            "rows": [
                {"name": "JPM", "profit": "1210.75", "fraction": 0.01131, "positions": 1},
                {"name": "MSFT", "profit": "774.42", "fraction": 0.00724, "positions": 1},
                {"name": "XOM", "profit": "210.40", "fraction": 0.00197, "positions": 2},
                {"name": "AAPL", "profit": "-803.20", "fraction": -0.0075, "positions": 1},
            ],
        }
    ],
}
MONTHS = [
    {"span": "May 2017, 2017-05-01 to 2017-05-31", "sessions": 22, "return": -0.0061, "profit": "-652.80", "volatility": 0.088},
    {"span": "June 2017, 2017-06-01 to 2017-06-30", "sessions": 22, "return": 0.0130, "profit": "1392.37", "volatility": 0.071},
]
FORECASTS = {
    "ticker": "NVDA",
    "session": "2017-06-30",
    "forecasts": [
        {"ticker": "NVDA", "forecaster": "momentum", "horizon_sessions": 10, "expected": 0.031, "low": -0.022,
         "high": 0.084, "probability_up": 0.61},
        {"ticker": "NVDA", "forecaster": "ridge", "horizon_sessions": 10, "expected": -0.012, "low": -0.06,
         "high": 0.036, "probability_up": 0.44},
    ],
}
CONCERNS = {
    "trades": 41,
    "losers": 17,
    "base_rate": 0.4146,
    "concerns": [
        {"concern": "overheated", "trades": 14, "losses": 9, "precision": 0.6429, "recall": 0.5294, "lift": 1.55},
        {"concern": "crowded", "trades": 8, "losses": 2, "precision": 0.25, "recall": 0.1176, "lift": 0.60},
    ],
}
NEWS = {
    "hits": [
        {"kind": "news", "ticker": "AAPL", "at": "2017-06-20", "source": "wire",
         "text": "Analysts raise Apple target to $165 after 12 % revenue growth"},
    ]
}
ROWS = {
    "columns": ["ticker", "trades", "profit"],
    "rows": [["AAPL", 7, "1520.10"], ["MSFT", 4, "-88.25"], ["XOM", 5, "-310.00"], ["JPM", 3, "990.00"]],
    "row_count": 4,
}
RESULTS: Mapping[str, Any] = {
    "performance": PERFORMANCE,
    "book": BOOK,
    "june": JUNE,
    "months": MONTHS,
    "forecasts": FORECASTS,
    "concerns": CONCERNS,
    "news": NEWS,
    "rows": ROWS,
}
