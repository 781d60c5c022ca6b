"""The account as if every working order had filled, and what of new orders still fits into it (INV-10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from fund.execution.orders import WHOLE, ZERO, Order, in_steps
from fund.risk.limits import UNKNOWN_SECTOR, RiskLimits

Cap = Literal[
    "no_price",
    "no_equity",
    "nothing_left",
    "allow_short",
    "max_position",
    "max_names",
    "max_sector",
    "max_gross",
    "max_daily_increase",
    "max_net",
    "min_cash",
]
"""What an order did not fit: a limit of the mandate, or a fact that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """What of an order was not placed, and which cap left no room for it."""

    order_id: str
    ticker: str
    quantity: Decimal
    cap: Cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What may be placed of some orders, shrunk where it must be, and what was refused of them."""

    placed: tuple[Order, ...]
    unplaced: tuple[Unplaced, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitments:
    """What is held, and what will be once every working order has filled; signed shares, cash in USD."""

    cash: Decimal
    """With everything paid for that was ordered."""
    held: Mapping[str, Decimal] = field(default_factory=dict)
    promised: Mapping[str, Decimal] = field(default_factory=dict)
    """Shares once every working order has filled; of every ticker held or ordered."""

    def with_order(self, order: Order, quantity: Decimal, price: Decimal) -> "Commitments":
        """Return the commitments with so many shares of an order promised too."""
        signed = quantity if order.side == "buy" else -quantity
        after = self.promised.get(order.ticker, ZERO) + signed
        return replace(self, cash=self.cash - signed * price, promised={**self.promised, order.ticker: after})


def committed(
    cash: Decimal, held: Mapping[str, Decimal], working: Iterable[tuple[Order, Decimal]]
) -> Commitments:
    """Return an account as if its working orders had filled; each comes with the quantity still open."""
    account = Commitments(cash=cash, held=held, promised=held)
    for order, left in working:
        account = account.with_order(order, left, _cost(order, order.reference_price))
    return account


def reserved(working: Iterable[tuple[Order, Decimal]]) -> Decimal:
    """Return what the buys among working orders can cost, commissions aside, USD; as in `committed`."""
    return sum((left * _cost(o, o.reference_price) for o, left in working if o.side == "buy"), ZERO)


def fit(
    orders: Sequence[Order],
    account: Commitments,
    limits: RiskLimits,
    *,
    prices: Mapping[str, Decimal],
    sectors: Mapping[str, str],
) -> Fitting:
    """Return what of new orders fits the caps beside everything that is promised already, in their order.

    What brings a position closer to zero always fits, up to zero. The rest is shrunk to whole shares that
    break no cap, or refused; a price that is missing refuses every increase, as nobody can say what equity
    is (INV-11).
    """
    placed: list[Order] = []
    unplaced: list[Unplaced] = []
    for order in orders:
        quantity, cap = _fitting(order, account, limits, prices, sectors)
        if quantity < order.quantity:
            refused = order.quantity - quantity
            unplaced.append(Unplaced(order_id=order.order_id, ticker=order.ticker, quantity=refused, cap=cap))
        if quantity > 0:
            placed.append(replace(order, quantity=quantity))
            price = prices.get(order.ticker, order.reference_price)
            account = account.with_order(order, quantity, _cost(order, price))
    return Fitting(placed=tuple(placed), unplaced=tuple(unplaced))


def _cost(order: Order, price: Decimal) -> Decimal:
    """Return the most a share can cost: a limit above the mark may be paid whole."""
    if order.side == "sell":
        return price
    return max(price, order.reference_price, order.limit_price or ZERO, order.stop_price or ZERO)


def _fitting(
    order: Order,
    account: Commitments,
    limits: RiskLimits,
    prices: Mapping[str, Decimal],
    sectors: Mapping[str, str],
) -> tuple[Decimal, Cap]:
    """Return how many shares of an order fit, and the cap that is closest."""
    promised = account.promised.get(order.ticker, ZERO)
    sign = 1 if order.side == "buy" else -1
    reducing = min(order.quantity, abs(promised)) if promised * sign < 0 else ZERO
    rest = order.quantity - reducing
    if not rest:
        return reducing, "nothing_left"
    if reducing and order.purpose == "exit":
        return reducing, "nothing_left"
    after = account.with_order(order, reducing, _cost(order, prices.get(order.ticker, order.reference_price)))
    missing = {t for t, q in after.promised.items() if q and t not in prices} | {order.ticker} - prices.keys()
    if missing or any(not price.is_finite() or price <= 0 for price in prices.values()):
        return reducing, "no_price"
    rooms = _rooms(order, after, limits, prices, sectors)
    cap = min(rooms, key=lambda name: rooms[name])
    return reducing + min(rest, in_steps(max(rooms[cap], ZERO), WHOLE)), cap


def _rooms(
    order: Order,
    account: Commitments,
    limits: RiskLimits,
    prices: Mapping[str, Decimal],
    sectors: Mapping[str, str],
) -> dict[Cap, Decimal]:
    """Return, cap by cap, how many more shares of an order's ticker it leaves room for."""
    values = {t: q * prices[t] for t, q in account.promised.items() if q}
    equity = account.cash + sum(values.values(), ZERO)
    if equity <= 0:
        return {"no_equity": ZERO}
    buys, price = order.side == "buy", prices[order.ticker]
    promised = account.promised.get(order.ticker, ZERO)
    gross = sum(map(abs, values.values()), ZERO)
    net = sum(values.values(), ZERO) * (1 if buys else -1)
    sector = _sector(sectors, order.ticker)
    in_sector = sum((abs(v) for t, v in values.items() if _sector(sectors, t) == sector), ZERO)
    dollars: dict[Cap, Decimal] = {
        "max_position": limits.max_position * equity - abs(promised) * price,
        "max_sector": limits.max_sector * equity - in_sector,
        "max_gross": limits.max_gross * equity - gross,
        "max_daily_increase": limits.max_daily_increase * equity - _growth(account, prices),
        "max_net": limits.max_net * equity - net,
    }
    rooms = {cap: room / price for cap, room in dollars.items()}
    if not buys and not limits.allow_short:
        rooms["allow_short"] = ZERO
    if not promised and len(values) >= limits.max_names:
        rooms["max_names"] = ZERO
    if buys:
        rooms["min_cash"] = (account.cash - limits.min_cash * equity) / _cost(order, price)
    return rooms


def _growth(account: Commitments, prices: Mapping[str, Decimal]) -> Decimal:
    """Return by how much exposure will have grown once every working order has filled, USD."""
    grown = ZERO
    for ticker, promised in account.promised.items():
        held = account.held.get(ticker, ZERO)
        kept = min(abs(held), abs(promised)) if held * promised > 0 else ZERO
        if promised:
            grown += (abs(promised) - kept) * prices[ticker]
    return grown


def _sector(sectors: Mapping[str, str], ticker: str) -> str:
    return sectors.get(ticker) or UNKNOWN_SECTOR
