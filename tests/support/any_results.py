"""Results of the desk's tools filled with any numbers, for tests of how they are told."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from fund.forecasting.forecast import Forecast, Interval
from fund.risk.limits import Clamp
from graph.desk_control import PlayedSession
from support.books import a_fill
from tools.exposure import Exposure, LimitsReport, LimitUse
from tools.figures import Figure
from tools.forecasts import ForecasterRecord
from tools.heard import RoleWord, SeenForecast, SeenRecord, SeenTicker, SeenTrade
from tools.portfolio import Holding, OpenOrder, Portfolio
from tools.told import CycleSummary, OrderSeen, TargetLine, TickerDecision
from tools.track_record import Comparison, Costs, TradeResult
from tools.verdict import Verdict

names = st.sampled_from(["AAPL", "MSFT", "XOM"])
texts = st.sampled_from(["", "cheap", "a <b> & [c]", "n = 77 of 991"])
days = st.dates(date(2015, 1, 1), date(2017, 12, 31))
money = st.decimals(-(10**7), 10**7, places=2)
prices = st.decimals(Decimal("0.01"), 5000, places=4)
quantities = st.decimals(Decimal("0.5"), 10**5, places=1)
weights = st.decimals(-2, 2, places=4)
fractions = st.floats(-0.99, 3.0).map(lambda value: round(value, 6))
maybe = st.none() | fractions
counts = st.integers(0, 5000)
units = st.sampled_from(["fraction", "ratio"])


def built(kind: type, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **fields)


def several(one: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[Any]:
    return st.lists(one, max_size=most).map(tuple)


figures = built(
    Figure,
    name=st.just("return"),
    value=maybe,
    unit=units,
    n=counts,
    low=maybe,
    high=maybe,
    note=st.just("none"),
)
exposures = built(
    Exposure, gross=weights, net=weights, cash=weights, sectors=st.dictionaries(names, weights, max_size=3)
)
holdings = built(
    Holding,
    ticker=names,
    name=names,
    sector=names,
    quantity=quantities,
    average_cost=prices,
    mark=prices,
    marked=days,
    stale=st.booleans(),
    value=money,
    weight=weights,
    unrealised=money,
    unrealised_fraction=fractions,
    opened=days,
    held_sessions=counts,
    why=texts,
    why_session=days,
)
portfolios = built(
    Portfolio,
    session=days,
    equity=money,
    cash=money,
    unrealised=money,
    holdings=several(holdings),
    exposure=exposures,
    open_orders=several(
        built(
            OpenOrder,
            ticker=names,
            side=st.just("buy"),
            quantity=quantities,
            reference_price=prices,
            cycle_id=st.just("c"),
        )
    ),
)
limits = built(
    LimitsReport,
    session=days,
    equity=money,
    mandate=names,
    mandate_hash=st.just("h"),
    limits=several(
        built(
            LimitUse,
            limit=st.sampled_from(["max_gross", "min_cash", "max_var", "max_beta", "max_names"]),
            value=st.none() | weights,
            cap=weights,
            kind=st.sampled_from(["most", "least"]),
            detail=names,
            sample=st.none() | counts,
        )
    ),
    exposure=exposures,
    shorts_allowed=st.booleans(),
)
trades = built(TradeResult, ticker=names, opened=days, closed=days, profit=money, return_fraction=fractions)
comparisons = built(Comparison, name=st.just("SPY"), figures=figures.map(lambda figure: (figure,)))
costs = built(Costs, commissions=money, traded=money, fills=counts, turnover=fractions)
forecasts = built(
    Forecast,
    ticker=names,
    session=days,
    horizon_sessions=st.integers(1, 250),
    expected=fractions,
    low=fractions,
    high=fractions,
    probability_up=st.floats(0, 1),
    rank=st.floats(0, 1),
    forecaster=st.just("gbm"),
    version=st.just("v"),
)
tracks = built(
    ForecasterRecord,
    forecaster=st.just("gbm"),
    version=st.just("v"),
    rank_ic=maybe,
    rank_ic_low=maybe,
    rank_ic_high=maybe,
    sessions=counts,
    hit_rate=maybe,
)
intervals = built(Interval, value=fractions, low=fractions, high=fractions, n=counts)
seen = built(
    SeenTicker,
    price=st.none() | st.floats(0.01, 1e5),
    return_5=maybe,
    return_20=maybe,
    return_60=maybe,
    volatility_20=maybe,
    forecasts=several(
        built(
            SeenForecast,
            forecaster=st.just("gbm"),
            horizon_sessions=st.integers(1, 250),
            expected=maybe,
            low=maybe,
            high=maybe,
            probability_up=maybe,
            rank=maybe,
        ),
        2,
    ),
    track_records=several(
        built(
            SeenRecord,
            forecaster=st.just("gbm"),
            rank_ic=st.none() | intervals,
            sessions=counts,
            hit_rate=maybe,
        ),
        1,
    ),
    similar=several(
        built(
            SeenTrade,
            ticker=names,
            opened=st.none() | days,
            held_sessions=st.none() | counts,
            return_fraction=maybe,
            distance=maybe,
        ),
        3,
    ),
)
words = built(
    RoleWord, role=st.just("validator"), said=texts, figure=st.just("severity"), value=maybe, speaker=texts
)
clamps = built(Clamp, limit=st.just("max_sector"), ticker=names, before=weights, after=weights, reason=texts)
orders = built(
    OrderSeen,
    side=st.just("buy"),
    quantity=quantities,
    reference_price=prices,
    status=st.sampled_from(["filled", "pending", "expired"]),
    reason=st.none() | texts,
    fills=several(
        st.builds(lambda q, p, c: a_fill(quantity=q, price=p, commission=c), quantities, prices, money), 2
    ),
)
decisions = built(
    TickerDecision,
    ticker=names,
    name=names,
    session=days,
    as_of=st.just(None),
    cycle_id=st.just("c"),
    strategy=st.just("committee"),
    note=texts,
    verdict=built(Verdict, outcome=st.just("kept"), cause=st.just("kept"), sentence=texts),
    reason=texts,
    seen=st.none() | seen,
    words=several(words),
    weight_before=weights,
    proposed=st.none() | weights,
    weight_after=st.none() | weights,
    clamps=several(clamps),
    orders=several(orders, 2),
    forecast_place=st.none() | st.tuples(counts, counts),
)
summaries = built(
    CycleSummary,
    session=days,
    cycle_id=st.just("c"),
    strategy=st.just("committee"),
    status=st.sampled_from(["decided", "held", "halted"]),
    cause=texts,
    note=texts,
    candidates=counts,
    revisions=st.integers(0, 3),
    words=several(words),
    targets=several(
        built(
            TargetLine,
            ticker=names,
            before=weights,
            proposed=st.none() | weights,
            after=st.none() | weights,
            ordered=st.just("buy 10"),
            reason=texts,
        )
    ),
    clamps=several(clamps),
    orders=counts,
)
played = built(
    PlayedSession,
    session=days,
    status=st.just("decided"),
    equity=money,
    return_fraction=maybe,
    benchmark_return=maybe,
    fills=st.integers(0, 3),
    orders=st.integers(0, 3),
)
