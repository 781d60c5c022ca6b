"""What memory compares by: a possible trade, and a state of the market, as vectors of named figures."""

from collections.abc import Iterable, Mapping, Sequence

from fund.features.setup import CONDITIONS_SCALES, TRADE_SCALES, embed_setup
from fund.forecasting.forecast import Forecast
from fund.market.view import FloatArray
from tools.market import MarketSnapshot, SeriesReading, TickerSnapshot


def trade_setup(
    snapshot: TickerSnapshot,
    forecasts: Sequence[Forecast],
    market: MarketSnapshot,
    macro: Iterable[SeriesReading],
) -> FloatArray:
    """Return the vector by which memory compares a possible trade with past ones."""
    first = forecasts[0] if forecasts else None
    figures = {
        "return_5": snapshot.return_5,
        "return_20": snapshot.return_20,
        "return_60": snapshot.return_60,
        "return_120": snapshot.return_120,
        "volatility_20": snapshot.volatility_20,
        "drawdown_60": snapshot.drawdown_60,
        "expected": first.expected if first else None,
        "rank": first.rank if first else None,
        "market_return_20": market.return_20,
        "market_volatility_20": market.volatility_20,
        "market_drawdown_120": market.drawdown_120,
        "vix_z": _reading(macro, "VIX").get("z_score"),
    }
    return embed_setup(figures, TRADE_SCALES)


def conditions_setup(market: MarketSnapshot, macro: Iterable[SeriesReading]) -> FloatArray:
    """Return the vector by which memory compares this session's market with past ones."""
    figures = {
        "return_5": market.return_5,
        "return_20": market.return_20,
        "return_60": market.return_60,
        "volatility_20": market.volatility_20,
        "drawdown_120": market.drawdown_120,
        "breadth": market.breadth,
        "vix_z": _reading(macro, "VIX").get("z_score"),
        "rate_change": _reading(macro, "UST_10Y").get("change_20"),
        "oil_change": _reading(macro, "WTI").get("change_20"),
        "gold_change": _reading(macro, "XAUUSD").get("change_20"),
    }
    return embed_setup(figures, CONDITIONS_SCALES)


def _reading(macro: Iterable[SeriesReading], series_id: str) -> Mapping[str, float | None]:
    for reading in macro:
        if reading.series_id == series_id:
            return {"z_score": reading.z_score, "change_20": reading.change_20}
    return {}
