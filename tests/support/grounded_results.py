"""What the tools returned in the turns whose answers are labelled: their own shapes, made-up figures."""

from collections.abc import Mapping
from typing import Any


def _figure(
    name: str, value: float | None, unit: str, n: int, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "n": n,
        "counted": "sessions",
        "low": low,
        "high": high,
        "note": "",
    }


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
        {
            "ticker": "AAPL",
            "name": "Apple Inc.",
            "sector": "Technology",
            "quantity": "90",
            "mark": "144.02",
            "value": "12961.80",
            "weight": "0.1196",
            "unrealised": "1834.50",
            "opened": "2017-04-03",
            "held_sessions": 61,
        },
        {
            "ticker": "MSFT",
            "name": "Microsoft Corp.",
            "sector": "Technology",
            "quantity": "150",
            "mark": "68.93",
            "value": "10339.50",
            "weight": "0.0954",
            "unrealised": "-212.25",
            "opened": "2017-05-30",
            "held_sessions": 22,
        },
        {
            "ticker": "XOM",
            "name": "Exxon Mobil Corp.",
            "sector": "Energy",
            "quantity": "110",
            "mark": "80.73",
            "value": "8880.30",
            "weight": "0.0819",
            "unrealised": "-640.20",
            "opened": "2017-02-23",
            "held_sessions": 88,
        },
        {
            "ticker": "JPM",
            "name": "JPMorgan Chase",
            "sector": "Financials",
            "quantity": "130",
            "mark": "91.40",
            "value": "11882.00",
            "weight": "0.1096",
            "unrealised": "905.60",
            "opened": "2017-04-26",
            "held_sessions": 45,
        },
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
    {
        "span": "May 2017, 2017-05-01 to 2017-05-31",
        "sessions": 22,
        "return": -0.0061,
        "profit": "-652.80",
        "volatility": 0.088,
    },
    {
        "span": "June 2017, 2017-06-01 to 2017-06-30",
        "sessions": 22,
        "return": 0.0130,
        "profit": "1392.37",
        "volatility": 0.071,
    },
]
FORECASTS = {
    "ticker": "NVDA",
    "session": "2017-06-30",
    "forecasts": [
        {
            "ticker": "NVDA",
            "forecaster": "momentum",
            "horizon_sessions": 10,
            "expected": 0.031,
            "low": -0.022,
            "high": 0.084,
            "probability_up": 0.61,
        },
        {
            "ticker": "NVDA",
            "forecaster": "ridge",
            "horizon_sessions": 10,
            "expected": -0.012,
            "low": -0.06,
            "high": 0.036,
            "probability_up": 0.44,
        },
    ],
}
CONCERNS = {
    "trades": 41,
    "losers": 17,
    "base_rate": 0.4146,
    "concerns": [
        {
            "concern": "overheated",
            "trades": 14,
            "losses": 9,
            "precision": 0.6429,
            "recall": 0.5294,
            "lift": 1.55,
        },
        {"concern": "crowded", "trades": 8, "losses": 2, "precision": 0.25, "recall": 0.1176, "lift": 0.60},
    ],
}
NEWS = {
    "hits": [
        {
            "kind": "news",
            "ticker": "AAPL",
            "at": "2017-06-20",
            "source": "wire",
            "text": "Analysts raise Apple target to $165 after 12 % revenue growth",
        },
    ]
}
ROWS = {
    "columns": ["ticker", "trades", "profit"],
    "rows": [["AAPL", 7, "1520.10"], ["MSFT", 4, "-88.25"], ["XOM", 5, "-310.00"], ["JPM", 3, "990.00"]],
    "row_count": 4,
}
STRESS = {
    "scenario": "2008",
    "equity": "250000.00",
    "loss": "-38250.00",
    "fraction": -0.153,
    "rows": [
        {"ticker": "AMZN", "name": "Amazon.com", "weight": "0.22", "shock": -0.31, "loss": "-17050.00"},
        {"ticker": "PG", "name": "Procter & Gamble", "weight": "0.18", "shock": -0.08, "loss": "-3600.00"},
        {"ticker": "CAT", "name": "Caterpillar", "weight": "0.15", "shock": -0.27, "loss": "-10125.00"},
    ],
}
RISK = {
    "session": "2019-03-15",
    "figures": [
        _figure("value at risk", 0.0142, "fraction", 250),
        _figure("CVaR", 0.0203, "fraction", 250),
        _figure("beta", 0.87, "ratio", 250, 0.7, 1.02),
        _figure("volatility", 0.118, "fraction", 250, 0.1, 0.14),
        _figure("tracking error", 0.054, "fraction", 250),
        _figure("correlation", 0.91, "ratio", 250),
        _figure("turnover", 2.4, "ratio", 250),
    ],
}
TRADES = {
    "trades": [
        {
            "ticker": "AMZN",
            "opened": "2019-01-07",
            "closed": "2019-02-11",
            "held_days": 35,
            "profit": "1845.00",
            "return_fraction": 0.092,
        },
        {
            "ticker": "PG",
            "opened": "2019-01-22",
            "closed": "2019-03-01",
            "held_days": 38,
            "profit": "-412.50",
            "return_fraction": -0.021,
        },
        {
            "ticker": "CAT",
            "opened": "2019-02-04",
            "closed": "2019-03-12",
            "held_days": 36,
            "profit": "640.25",
            "return_fraction": 0.031,
        },
    ]
}
DECISION = {
    "session": "2019-03-14",
    "ticker": "CAT",
    "signals": [
        {"role": "quant_researcher", "figure": "conviction", "value": 0.45},
        {"role": "validator", "figure": "severity", "value": 0.7},
        {"role": "risk_officer", "figure": "factor", "value": 0.6},
    ],
    "clamps": [{"ticker": "CAT", "limit_name": "max_position", "before": "0.18", "after": "0.15"}],
}
REGIMES = {
    "columns": ["regime", "trades", "win_rate", "profit"],
    "rows": [
        ["calm", 24, 0.625, "5210.00"],
        ["stressed", 9, 0.3333, "-1890.40"],
        ["mixed", 13, 0.5385, "702.10"],
    ],
    "row_count": 3,
}
WEEKS = [
    {"span": "this week, 2019-03-11 to 2019-03-15", "return": 0.0042, "profit": "1050.00", "sessions": 5},
    {"span": "last week, 2019-03-04 to 2019-03-08", "return": -0.0117, "profit": "-2960.00", "sessions": 5},
]
SECTORS = {
    "session": "2021-09-30",
    "equity": "512300.00",
    "cash": "46107.00",
    "sectors": {"Health Care": "0.2640", "Utilities": "0.1125", "Materials": "0.0780"},
    "gross": "0.9100",
    "net": "0.7350",
    "open_orders": [
        {
            "ticker": "JNJ",
            "name": "Johnson & Johnson",
            "side": "buy",
            "quantity": "40",
            "limit_price": "161.50",
        },
        {"ticker": "DOW", "name": "Dow Inc.", "side": "sell", "quantity": "115", "limit_price": "58.20"},
    ],
}
CALIBRATION = {
    "forecaster": "ridge",
    "buckets": [
        {"bucket": "low confidence", "n": 62, "hit_rate": 0.4839, "mean_return": -0.0021},
        {"bucket": "medium confidence", "n": 48, "hit_rate": 0.5417, "mean_return": 0.0048},
        {"bucket": "high confidence", "n": 21, "hit_rate": 0.6667, "mean_return": 0.0137},
    ],
    "brier": 0.231,
    "base_rate": 0.5267,
}
QUARTERS = [
    {
        "span": "second quarter, 2021-04-01 to 2021-06-30",
        "sessions": 63,
        "desk": [_figure("return", 0.0415, "fraction", 63), _figure("Sharpe ratio", 1.12, "ratio", 63)],
        "costs": {"commissions": "210.00"},
    },
    {
        "span": "third quarter, 2021-07-01 to 2021-09-30",
        "sessions": 64,
        "desk": [_figure("return", -0.0283, "fraction", 64), _figure("Sharpe ratio", -0.94, "ratio", 64)],
        "costs": {"commissions": "175.50"},
    },
]
DRAWDOWNS = {
    "deepest": {
        "depth_fraction": -0.0714,
        "from": "2021-02-12",
        "low": "2021-03-08",
        "until": "2021-04-15",
        "sessions": 43,
    },
    "current_drawdown": -0.0195,
    "days_under_water": 17,
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
    "stress": STRESS,
    "risk": RISK,
    "trades": TRADES,
    "decision": DECISION,
    "regimes": REGIMES,
    "weeks": WEEKS,
    "sectors": SECTORS,
    "calibration": CALIBRATION,
    "quarters": QUARTERS,
    "drawdowns": DRAWDOWNS,
}
