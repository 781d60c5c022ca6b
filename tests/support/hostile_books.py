"""Books that no sane desk would hold, and that what is decided about one leaves it within every limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fund.cycle import CycleRecord, decide
from fund.portfolio.book import Book
from fund.risk.limits import WEIGHT_STEP, ZERO, RiskLimits
from support.asking import Asking
from support.books import a_book
from support.mandates import a_mandate, any_limits
from support.market_risks import some_returns
from support.views import FakeView

D = Decimal
TICKERS = ("AAPL", "CVX", "DUST", "GONE", "IBM", "NONE", "OLD", "XOM")
SECTORS = {"CVX": "Energy", "XOM": "Energy", "NONE": "", "GONE": ""}
SOLVENT = D(1_001)
"""Equity of the poorest book, in USD; whoever owes more than that gets the cash for it."""
LONG_AGO = date(2016, 1, 4)
PAST = some_returns([t for t in TICKERS if t != "DUST"], sessions=100)


quantities = st.one_of(
    st.integers(-3_000, 3_000).filter(bool).map(D),
    st.sampled_from([D("0.000001"), D("-0.000001"), D("0.5"), D("-0.5"), D(10**7)]),
)
prices = st.one_of(st.decimals("0.0001", "900", places=4), st.sampled_from([D("0.0001"), D(250_000)]))
asks = st.dictionaries(
    st.sampled_from([*TICKERS, "NOPE"]),
    st.one_of(
        st.decimals("-2", "2", places=4), st.sampled_from([D("NaN"), D("Infinity"), D(10**9), D("1E-9")])
    ),
)


@dataclass(frozen=True)
class Excess:
    """How far a book is over each limit, as fractions of equity; names are counted."""

    position: dict[str, Decimal]
    sector: dict[str, Decimal]
    gross: Decimal
    net: Decimal
    cash: Decimal
    names: int


def excess(weights: Mapping[str, Decimal], caps: RiskLimits) -> Excess:
    sectors: dict[str, Decimal] = {}
    for ticker, weight in weights.items():
        name = SECTORS.get(ticker, ticker) or "unknown"
        sectors[name] = sectors.get(name, ZERO) + abs(weight)
    gross = sum((abs(w) for w in weights.values()), ZERO)
    net = sum(weights.values(), ZERO)
    return Excess(
        position={t: max(abs(w) - caps.max_position, ZERO) for t, w in weights.items()},
        sector={name: max(w - caps.max_sector, ZERO) for name, w in sectors.items()},
        gross=max(gross - caps.max_gross, ZERO),
        net=max(abs(net) - caps.max_net, ZERO),
        cash=max(caps.min_cash - (1 - net), ZERO),
        names=max(sum(abs(w) >= WEIGHT_STEP for w in weights.values()) - caps.max_names, 0),
    )


def after(record: CycleRecord, book: Book, at: Mapping[str, Decimal], equity: Decimal) -> dict[str, Decimal]:
    held = {t: p.quantity for t, p in book.positions.items()}
    for order in record.orders:
        assert order.quantity > 0
        signed = order.quantity if order.side == "buy" else -order.quantity
        held[order.ticker] = held.get(order.ticker, ZERO) + signed
    return {t: n * at[t] / equity for t, n in held.items() if n}


any_hostile_book = given(
    held=st.dictionaries(st.sampled_from(TICKERS), quantities, min_size=1),
    asked=asks,
    at=st.fixed_dictionaries(dict.fromkeys(TICKERS, prices)),
    cash=st.integers(-500_000, 2_000_000),
    caps=any_limits(),
    min_trade=st.sampled_from([ZERO, D("0.005"), D("0.03")]),
)
"""Runs a test on such books, what is asked of them, prices, and limits."""


def stays_within_limits(
    held: dict[str, Decimal],
    asked: dict[str, Decimal],
    at: dict[str, Decimal],
    cash: int,
    caps: RiskLimits,
    min_trade: Decimal,
) -> None:
    """Decide about a book, and fail where the orders leave it over a limit that trading can keep."""
    worth = sum((q * at[t] for t, q in held.items()), ZERO)
    book = a_book({t: (q, at[t]) for t, q in held.items()}, cash=max(D(cash), SOLVENT - worth))
    equity = book.equity(at)
    assert equity >= SOLVENT
    view = FakeView(
        prices=at,
        stale_since={"OLD": LONG_AGO},
        outsiders=frozenset({"GONE"}),
        sectors=SECTORS,
        nameless=frozenset({"NONE"}),
        returns=PAST,
    )
    mandate = a_mandate(limits=caps, min_trade=min_trade)
    record = decide(Asking(asked), view, book, mandate, cycle_id="cycle-1", inputs={})
    assert all(order.ticker != "OLD" for order in record.orders)
    now, then = book.weights(at), after(record, book, at, equity)
    left = excess(then, caps)
    step = WEIGHT_STEP + max(at.values()) / equity
    several = len(TICKERS) * step
    stuck = {"OLD"} & now.keys()
    unavoidable = excess({t: now[t] for t in stuck}, caps)
    for ticker, over in left.position.items():
        assert over <= unavoidable.position.get(ticker, ZERO) + step
    for name, over in left.sector.items():
        assert over <= unavoidable.sector.get(name, ZERO) + several
    assert left.gross <= unavoidable.gross + several
    assert left.net <= unavoidable.net + several
    assert left.cash <= unavoidable.cash + several
    assert left.names <= unavoidable.names
    if not caps.allow_short:
        assert all(w > -WEIGHT_STEP or t in stuck for t, w in then.items())
    growth = sum(
        max(abs(then[t]) - (abs(now.get(t, ZERO)) if then[t] * now.get(t, ZERO) > 0 else ZERO), ZERO)
        for t in then
    )
    assert growth <= caps.max_daily_increase + several
