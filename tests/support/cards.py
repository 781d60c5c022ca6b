"""A decision about a ticker with everything that a card can show, and the card of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from fund.metrics.inference import Interval
from graph.chat_events import Card
from graph.replies.decision_card import decision_card
from support.books import TUESDAY, a_fill
from support.explanations import an_explanation
from support.instruments import an_instrument
from support.records import a_cycle_record
from support.tool_results import a_seen_forecast, a_seen_ticker, a_word
from support.views import a_view
from tools.decision_reasons import ForecastReasons
from tools.heard import SeenRecord, SeenTrade
from tools.told import OrderSeen, TickerDecision, explain

HOSTILE = "<img src=x onerror=alert(1)> [click](http://evil.example) ![x](http://evil.example/p.png)"


def a_rich_decision(**changes: object) -> TickerDecision:
    """Return a purchase with two forecasts, two similar trades, an order that filled, and two roles."""
    decision = explain(a_cycle_record(), an_instrument(), a_view(AAPL=100))
    record = SeenRecord(
        forecaster="gbm",
        rank_ic=Interval(value=0.012, low=-0.004, high=0.028, n=140),
        sessions=140,
        hit_rate=0.51,
    )
    trades = (
        SeenTrade(
            ticker="CVX", opened=date(2016, 2, 1), held_sessions=12, return_fraction=-0.012, distance=0.031
        ),
        SeenTrade(ticker="PG", opened=None, held_sessions=None, return_fraction=0.02, distance=0.055),
    )
    order = OrderSeen(
        side="buy",
        quantity=Decimal(10),
        reference_price=Decimal(100),
        status="filled",
        reason=None,
        fills=(a_fill(session=TUESDAY),),
    )
    rich = replace(
        decision,
        seen=a_seen_ticker(
            forecasts=(a_seen_forecast(), a_seen_forecast(forecaster="momentum", low=None)),
            track_records=(record,),
            similar=trades,
        ),
        words=(a_word(), a_word("validator", said=HOSTILE, figure="severity", value=0.3)),
        weight_before=Decimal("0.02"),
        proposed=Decimal("0.08"),
        weight_after=Decimal("0.04"),
        orders=(order,),
        behind=ForecastReasons(
            forecaster="gbm", version="gbm-0123456789ab", explanation=an_explanation(), missing=""
        ),
    )
    return replace(rich, **changes)  # type: ignore[arg-type]


def a_card(**changes: object) -> Card:
    """Return the card of a decision."""
    return decision_card(a_rich_decision(**changes))
